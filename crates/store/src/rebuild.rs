//! What is good of a damaged store, as a new one.
//!
//! The newest snapshot that is good, or the beginning, and the entries that follow from it: that is the world. Of the audit
//! before the snapshot what still leads there in one chain is kept: all of it, or what came after the last entry that is
//! damaged. Nothing is joined over a gap.

use std::path::Path;

use grantrie::Revision;
use rusqlite::Connection;

use crate::chain::Link;
use crate::error::{Doing, StoreError};
use crate::log;
use crate::options::Options;
use crate::store::{self, Shared, lock};
use crate::verify::{place, refuse_existing, remove_store};

/// Writes a new store with what a damaged one has up to its last good revision, and leaves the damaged one as it is.
/// Answers that revision. What came after is lost: whoever decides that has [`verify`](crate::verify)'s report. Where the
/// damage is older than a good snapshot nothing of the world is lost, and the audit begins after the damage.
///
/// # Errors
/// There is a file at `into` already, nothing good is left, or reading or writing failed; then nothing is left there.
pub fn restore_last_good(damaged: impl AsRef<Path>, into: impl AsRef<Path>) -> Result<Revision, StoreError> {
    let (damaged, into) = (damaged.as_ref(), into.as_ref());
    refuse_existing(into)?;
    let (connection, _) = place(damaged).prepare()?;
    let doing = "reading the damaged store";
    connection.execute_batch("BEGIN").doing(doing)?;
    let (store, _) = store::open(into, Options::default().follow(None))?;
    let reached = store.shared.rebuild(&connection).and_then(|reached| store.compact().map(|_| reached));
    drop(store);
    if reached.is_err() {
        // Nobody is to take it for what is good.
        remove_store(into);
    }
    reached
}

impl Shared {
    /// Writes what another store has up to its last good revision, entry by entry, each with the same checksum; answers
    /// that revision.
    fn rebuild(&self, from: &Connection) -> Result<Revision, StoreError> {
        let doing = "writing what is good";
        let mut core = lock(&self.core);
        let connection = self.sound(&mut core)?;
        let snapshot = self.load_snapshot(from, &mut core)?.revision.map(|_| core.head);
        let base = log::meta_link(from, "base");
        let world = match (snapshot, &base) {
            (Some(link), _) => link,
            (None, Ok(base)) if base.revision == Revision(0) => *base,
            _ => {
                let what = "no snapshot is good, and the log does not begin at the beginning";
                return Err(StoreError::damaged(what, Revision(0)));
            }
        };
        let begun = base.as_ref().ok().and_then(|base| leads_to(from, *base, world)).unwrap_or(world);
        core.head = world;
        let mut link = begun;
        self.begin(&connection)?;
        log::put_link(&connection, "base", &begun).doing(doing)?;
        if let (Some(at), Ok(true)) = (log::trimmed(from)?, base.map(|base| base == begun)) {
            log::put_trimmed(&connection, at).doing(doing)?;
        }
        // What cannot be read any more ends it, one way or another.
        while let Ok(Some(entry)) = log::entry(from, &link) {
            if entry.link.revision > world.revision {
                let mut staging = self.writer.stage();
                let changes = entry.changes(link.revision);
                let staged = changes.ok().and_then(|changes| staging.replay(changes, entry.at).ok());
                if staged.is_none_or(|staged| staged.revision != entry.link.revision) {
                    break;
                }
                staging.publish();
            }
            log::copy(&connection, &entry).doing(doing)?;
            link = entry.link;
        }
        log::seal(&connection, &link)?;
        connection.execute_batch("COMMIT").doing(doing)?;
        core.head = link;
        core.connection = Some(connection);
        Ok(link.revision)
    }
}

/// The first link from which a good chain leads to `world`: that of the last damaged entry before it, or `base`.
fn leads_to(from: &Connection, base: Link, world: Link) -> Option<Link> {
    let (mut begun, mut link) = (base, base);
    while link.revision < world.revision {
        let next = Revision(link.revision.0.saturating_add(1));
        match log::entry(from, &link) {
            Ok(Some(entry)) if entry.link.revision == next => link = entry.link,
            // The chain goes on from what the damaged entry says of itself, if the next one says so too.
            _ => {
                let said = (next.0..=world.revision.0).find_map(|at| log::said_link(from, Revision(at)).ok().flatten());
                link = said?;
                begun = link;
            }
        }
    }
    (link == world).then_some(begun)
}
