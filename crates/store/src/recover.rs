//! Opening: what is in the file becomes what the engine shows, or an error says why not.

use std::time::{Duration, Instant};

use grantrie::Revision;

use crate::error::{Doing, StoreError};
use crate::log;
use crate::mark;
use crate::store::Shared;
use crate::wal;
use crate::write::Core;

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Whether the store was made.
    pub created: bool,
    /// The format that was brought to this version's, if it was an earlier one.
    pub migrated_from: Option<i64>,
    /// The revision of the snapshot that was loaded; none, if the log was replayed from its beginning.
    pub snapshot: Option<Revision>,
    /// Snapshots that were not as they were written and could be done without.
    pub spoilt_snapshots: usize,
    /// Change sets that were replayed from the log, each with its checksum found right.
    pub replayed: u64,
    /// The revision that the engine shows.
    pub revision: Revision,
    /// How long it took.
    pub took: Duration,
}

pub(crate) fn recover(shared: &Shared, core: &mut Core) -> Result<Recovery, StoreError> {
    let begun = Instant::now();
    let doing = "opening the store";
    let created = !shared.place.path.exists();
    if let Some(what) = wal::damage(&shared.place.path) {
        return Err(StoreError::damaged(what, last_readable(shared)));
    }
    if created {
        // What is left of another store says nothing of this one.
        let _ = std::fs::remove_file(mark::path(&shared.place.path));
    }
    let (connection, found) = shared.place.prepare()?;
    let mark = mark::read(&shared.place.path);
    connection.execute_batch("BEGIN").doing(doing)?;
    let ends = log::ends(&connection)?;
    ends.whole(&connection)?;
    mark.compare(&connection, &ends)?;
    let loaded = shared.load_snapshot(&connection, core)?;
    if loaded.revision.is_none() {
        if ends.base.revision > Revision(0) {
            let what = format!("no snapshot is good, and the log begins after revision {}", ends.base.revision);
            return Err(StoreError::damaged(what, Revision(0)));
        }
        core.head = ends.base;
    }
    let replayed = shared.replay(&connection, core, &ends.head)?;
    connection.execute_batch("ROLLBACK").doing(doing)?;
    core.connection = Some(connection);
    Ok(Recovery {
        created,
        migrated_from: (found < crate::schema::FORMAT && !created && !shared.place.read_only).then_some(found),
        snapshot: loaded.revision,
        spoilt_snapshots: loaded.spoilt,
        replayed,
        revision: core.head.revision,
        took: begun.elapsed(),
    })
}

/// The last revision that SQLite still shows, for what is said about a write-ahead log that is broken.
fn last_readable(shared: &Shared) -> Revision {
    let place = crate::connection::Place { read_only: true, create: false, as_it_is: true, ..shared.place.clone() };
    place.prepare().and_then(|(connection, _)| log::ends(&connection)).map_or(Revision(0), |ends| ends.head.revision)
}
