//! Snapshots in place of a long log, and what is older than the audit is kept.

use std::time::Duration;

use grantrie::{Revision, Timestamp};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::error::{Doing, StoreError};
use crate::log;
use crate::snapshot;
use crate::store::{Shared, Store, lock};

/// Entries that one transaction trims at most.
const TRIMMED: usize = 500;
/// Pages given back to the file system in one transaction at most.
const PAGES: i64 = 256;
/// How long a step waits at most for those who are about to write.
const GIVE_WAY: Duration = Duration::from_secs(1);
/// Pages of the write-ahead log past which the background moves them into the file.
const CHECKPOINT_AT: i64 = 1_000;

/// What compacting did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Compacted {
    /// The revision of the snapshot that was written, if one was.
    pub snapshot: Option<Revision>,
    /// Change sets that were dropped from the log, being older than the audit is kept.
    pub trimmed: u64,
}

impl Store {
    /// Writes a snapshot of what is shown now, drops what is older than the audit is kept, and gives room back to the file
    /// system. Checks do not notice, and writers get in between.
    ///
    /// # Errors
    /// The file cannot be written; it is as it was then, or has some of it done.
    pub fn compact(&self) -> Result<Compacted, StoreError> {
        let mut connection = self.shared.connect()?;
        let snapshot = self.shared.save(&mut connection)?;
        let trimmed = self.shared.trim(&mut connection)?;
        while self.shared.next_step() && crate::audit::index(&mut connection)? {}
        give_back(&connection)?;
        checkpoint(&connection, true)?;
        Ok(Compacted { snapshot, trimmed })
    }
}

impl Shared {
    /// What the background does when there is something to do.
    pub(crate) fn keep_up(&self) -> Result<(), StoreError> {
        let unsaved = lock(&self.core).unsaved;
        let mut connection = self.connect()?;
        if unsaved >= self.options.compact_after.max(1) {
            self.save(&mut connection)?;
            give_back(&connection)?;
        }
        self.trim(&mut connection)?;
        while self.next_step() && crate::audit::index(&mut connection)? {}
        checkpoint(&connection, false)
    }

    /// Lets those write who are about to, and says whether there is to be a further step. Between any two transactions.
    fn next_step(&self) -> bool {
        self.queue.give_way(GIVE_WAY);
        self.bell.goes_on()
    }

    /// Writes a snapshot of what is shown.
    fn save(&self, connection: &mut Connection) -> Result<Option<Revision>, StoreError> {
        let (world, link) = {
            let core = lock(&self.core);
            (self.engine.snapshot(), core.head)
        };
        // Both were taken while nobody could publish.
        if world.revision() != link.revision || link.revision == Revision(0) {
            return Ok(None);
        }
        let written = snapshot::write(connection, &world, &link, self.now(), || self.next_step())?;
        if !written {
            return Ok(None);
        }
        let mut core = lock(&self.core);
        if core.head == link {
            core.unsaved = 0;
        } else {
            // What came meanwhile is few compared with what makes a snapshot due.
            core.unsaved = core.head.revision.0.saturating_sub(link.revision.0);
        }
        Ok(Some(link.revision))
    }

    /// Drops entries that a snapshot has and that are older than the audit is kept.
    fn trim(&self, connection: &mut Connection) -> Result<u64, StoreError> {
        let Some(retention) = self.options.retention else { return Ok(0) };
        let micros = i64::try_from(retention.as_micros()).unwrap_or(i64::MAX);
        let cutoff = self.now().as_micros().saturating_sub(micros);
        let mut trimmed = 0;
        while self.next_step() {
            let step = trim_step(connection, cutoff)?;
            trimmed += step as u64;
            if step < TRIMMED {
                break;
            }
        }
        Ok(trimmed)
    }
}

/// Drops the first entries of the log, as far as they are old and a snapshot has them; the chain goes on from the last.
fn trim_step(connection: &mut Connection, cutoff: i64) -> Result<usize, StoreError> {
    let doing = "trimming the log";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    let Some(newest) = snapshot::headers(&transaction)?.into_iter().next() else { return Ok(0) };
    let base = log::meta_link(&transaction, "base")?;
    let mut count = 0;
    let mut gone = Vec::new();
    log::after(&transaction, base, |entry| {
        let old = entry.at < Timestamp::from_micros(cutoff).unwrap_or(Timestamp::MIN);
        if !old || entry.link.revision > newest.link.revision {
            return Ok(false);
        }
        gone.push(entry);
        count += 1;
        Ok(count < TRIMMED)
    })?;
    let Some(last) = gone.last() else { return Ok(0) };
    for entry in &gone {
        crate::audit::forget(&transaction, entry)?;
    }
    let revision = params![log::number(last.link.revision)];
    transaction.execute("DELETE FROM log WHERE revision <= ?1", revision).doing(doing)?;
    transaction.execute("DELETE FROM log_part WHERE revision <= ?1", revision).doing(doing)?;
    log::put_link(&transaction, "base", &last.link).doing(doing)?;
    log::put_trimmed(&transaction, last.at).doing(doing)?;
    transaction.commit().doing(doing)?;
    Ok(gone.len())
}

/// Gives free pages back to the file system, some at a time.
fn give_back(connection: &Connection) -> Result<(), StoreError> {
    let doing = "giving room back";
    let free = || connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0)).doing(doing);
    let mut left = free()?;
    while left > 0 {
        connection.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})")).doing(doing)?;
        let now = free()?;
        if now >= left {
            break;
        }
        left = now;
    }
    Ok(())
}

/// Moves the write-ahead log into the file, if it is worth it or wanted. Nobody is waited for, and the log keeps its length:
/// writing over what is there is synced in much less time than what makes a file longer.
fn checkpoint(connection: &Connection, wanted: bool) -> Result<(), StoreError> {
    let doing = "moving the write-ahead log into the file";
    let waiting = |mode: &str| {
        connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok(row.get::<_, i64>(1)?.saturating_sub(row.get::<_, i64>(2)?))
        })
    };
    // How many pages of it are not in the file yet; an SQLite that knows no such question moves them.
    if wanted || waiting("NOOP").doing(doing)? >= CHECKPOINT_AT {
        waiting("PASSIVE").doing(doing)?;
    }
    Ok(())
}
