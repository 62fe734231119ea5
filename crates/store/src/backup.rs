//! Backups, and worlds that come and go as files.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use grantrie::Revision;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::error::{Doing, StoreError};
use crate::store::Store;
use crate::verify::{Report, place, refuse_existing, remove_store, verify};

/// Pages that one step copies.
const STEP: i32 = 512;

impl Store {
    /// Copies the store to a new file while it is in use: one state of it, whole. Progress is told as pages copied, of how
    /// many. The copy has its name only when it is complete, synced, and found to be [good](verify).
    ///
    /// # Errors
    /// There is a file at `into` already, reading or writing failed, or the copy is [damaged](StoreError::Damaged), as the
    /// store then is; nothing is left there.
    pub fn backup(&self, into: impl AsRef<Path>, progress: impl FnMut(u64, u64)) -> Result<Revision, StoreError> {
        let source = self.shared.connect()?;
        copy(&source, into.as_ref(), progress).map(|report| report.head)
    }

    /// Writes a world file of what is shown now; see [`Snapshot::write_world`](grantrie::Snapshot::write_world). Answers its
    /// revision.
    ///
    /// # Errors
    /// What `out` answered.
    pub fn export(&self, out: impl Write) -> io::Result<Revision> {
        let snapshot = self.snapshot();
        snapshot.write_world(out)?;
        Ok(snapshot.revision())
    }
}

/// Makes a backup a store again: it is copied to a new file, which is verified before it has its name.
///
/// # Errors
/// The backup is [damaged](StoreError::Damaged), there is a file at `into` already, or reading or writing failed; nothing is
/// left there.
pub fn restore(
    backup: impl AsRef<Path>,
    into: impl AsRef<Path>,
    progress: impl FnMut(u64, u64),
) -> Result<Report, StoreError> {
    let backup = backup.as_ref();
    if let Some(what) = crate::wal::damage(backup) {
        return Err(StoreError::damaged(what, Revision(0)));
    }
    let (source, _) = place(backup).prepare()?;
    let mark = crate::mark::read(backup);
    let ends = crate::log::ends(&source)?;
    ends.whole(&source)?;
    mark.compare(&source, &ends)?;
    copy(&source, into.as_ref(), progress)
}

fn copy(source: &Connection, into: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Report, StoreError> {
    refuse_existing(into)?;
    // What is left of another store says nothing of this one.
    let _ = std::fs::remove_file(crate::mark::path(into));
    let mut partial = into.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let copied = copy_to(source, &partial, &mut progress).and_then(|()| {
        let doing = "giving the copy its name";
        let report = verify(&partial, |_, _| {})?;
        if let Some(damage) = report.damages.first() {
            return Err(StoreError::Damaged(damage.clone()));
        }
        File::open(&partial).and_then(|file| file.sync_all()).doing(doing)?;
        name(&partial, into).doing(doing)?;
        let synced = crate::connection::sync_directory(into).doing(doing);
        if synced.is_err() {
            // What may not last is not left there as though it did.
            let _ = std::fs::remove_file(into);
        }
        synced.map(|()| report)
    });
    remove_store(&partial);
    copied
}

/// Gives a file its name, which no other file has.
fn name(partial: &Path, into: &Path) -> io::Result<()> {
    match std::fs::hard_link(partial, into) {
        // Some file systems know no links (FAT says so in these words).
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => {
            if into.exists() { Err(error) } else { std::fs::rename(partial, into) }
        }
        linked => linked,
    }
}

fn copy_to(source: &Connection, partial: &Path, progress: &mut impl FnMut(u64, u64)) -> Result<(), StoreError> {
    let doing = "copying the store";
    remove_store(partial);
    // A reader's state for as long as it takes: writers go on, and what they write is not in it.
    source.execute_batch("BEGIN").doing(doing)?;
    // Which begins with the first that is read.
    crate::log::ends(source)?;
    let mut target = Connection::open(partial).doing(doing)?;
    {
        let backup = Backup::new(source, &mut target).doing(doing)?;
        loop {
            let step = backup.step(STEP).doing(doing)?;
            let pages = backup.progress();
            let count = |pages: i32| u64::try_from(pages).unwrap_or(0);
            progress(count(pages.pagecount - pages.remaining), count(pages.pagecount));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
    source.execute_batch("ROLLBACK").doing(doing)?;
    target.close().map_err(|(_, error)| StoreError::of_sqlite(&error, doing))
}
