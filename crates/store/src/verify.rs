//! Is everything as it was written? And what to do when it is not.

use std::path::Path;

use grantrie::Revision;
use rusqlite::Connection;

use crate::connection::Place;
use crate::error::{Damage, Doing, StoreError};
use crate::log;
use crate::mark;
use crate::snapshot;
use crate::store::Store;
use crate::wal;

/// What looking through a whole store came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Entries of the log whose checksum is right and follows from the one before.
    pub entries: u64,
    /// The revision before the first of them: what is older was trimmed.
    pub base: Revision,
    /// The last revision that is written.
    pub head: Revision,
    /// The revision of the newest snapshot that is as it was written.
    pub snapshot: Option<Revision>,
    /// The format.
    pub format: i64,
    /// Bytes of the file, without its write-ahead log.
    pub bytes: u64,
    /// All that is wrong; empty if nothing is.
    pub damages: Vec<Damage>,
}

/// Reads a whole store, every entry and every snapshot, and changes nothing; SQLite looks through its own structure too.
/// Progress is told as entries read, of how many.
///
/// # Errors
/// The file cannot be read at all, or is no store. What is merely damaged is in the report.
pub fn verify(path: impl AsRef<Path>, mut progress: impl FnMut(u64, u64)) -> Result<Report, StoreError> {
    let path = path.as_ref();
    let wal = wal::damage(path);
    let place = place(path);
    let (connection, format) = place.prepare()?;
    let mark = mark::read(path);
    let doing = "reading the store";
    connection.execute_batch("BEGIN").doing(doing)?;
    let mut damages = Vec::new();
    let structure = structure(&connection);
    let ends = log::ends(&connection)?;
    let (base, head) = (ends.base.revision, ends.head.revision);
    let total = head.0.saturating_sub(base.0);
    let mut entries = 0;
    let walked = log::after(&connection, ends.base, |entry| {
        entries += 1;
        if entries % 256 == 0 || entries == total {
            progress(entries, total);
        }
        entry.changes(Revision(entry.link.revision.0.saturating_sub(1))).map(|_| true)
    });
    let good = base.0.saturating_add(entries).min(head.0);
    match walked {
        Ok(reached) if reached == ends.head => {}
        Ok(reached) => damages.push(Damage {
            what: format!("the log ends at revision {}, and {head} was written", reached.revision),
            last_good: reached.revision,
        }),
        Err(StoreError::Damaged(damage)) => damages.push(damage),
        Err(other) => return Err(other),
    }
    let good = Revision(good);
    let mut newest = None;
    for header in snapshot::headers(&connection)? {
        let said = log::said_link(&connection, header.link.revision)?;
        if said == Some(header.link) && snapshot::image(&connection, &header).is_some() {
            newest = newest.or(Some(header.link.revision));
        } else {
            let what = format!("the snapshot of revision {} is not as it was written", header.link.revision);
            damages.push(Damage { what, last_good: good });
        }
    }
    for remembered in [ends.whole(&connection), mark.compare(&connection, &ends)] {
        if let Err(StoreError::Damaged(damage)) = remembered {
            damages.push(damage);
        }
    }
    damages.extend(wal.into_iter().chain(structure).map(|what| Damage { what, last_good: good }));
    connection.execute_batch("ROLLBACK").doing(doing)?;
    let bytes = std::fs::metadata(path).doing(doing)?.len();
    Ok(Report { entries, base, head, snapshot: newest, format, bytes, damages })
}

/// How a store is opened that may be damaged: it is only read.
pub(crate) fn place(path: &Path) -> Place {
    Place {
        path: path.to_owned(),
        read_only: true,
        create: false,
        as_it_is: true,
        wait: std::time::Duration::from_secs(5),
    }
}

/// What SQLite finds wrong with its own structure, one line.
fn structure(connection: &Connection) -> Option<String> {
    match connection.query_row("PRAGMA integrity_check(10)", [], |row| row.get::<_, String>(0)) {
        Ok(found) if found == "ok" => None,
        Ok(found) => Some(found.replace('\n', "; ")),
        Err(error) => Some(error.to_string()),
    }
}

/// Removes a store that came to nothing, with what stands beside it.
pub(crate) fn remove_store(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal", "-mark"] {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        // What is left says that it is there already, should it be tried again.
        let _ = std::fs::remove_file(path);
    }
}

pub(crate) fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        let doing = format!("writing `{}`", path.display());
        return Err(StoreError::Io { doing, reason: "there is a file already".to_owned() });
    }
    Ok(())
}

/// How far a store goes, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent {
    /// The revision before the first entry of the log: what is older was trimmed.
    pub base: Revision,
    /// The last revision that is written.
    pub head: Revision,
    /// The revision of the newest snapshot.
    pub snapshot: Option<Revision>,
    /// The format.
    pub format: i64,
    /// Bytes of the file, without its write-ahead log.
    pub bytes: u64,
}

impl Store {
    /// How far the file goes, without a look at whether all of it is [good](crate::verify).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn extent(&self) -> Result<Extent, StoreError> {
        let doing = "reading the store";
        let connection = self.shared.connect()?;
        let ends = log::ends(&connection)?;
        let snapshot = snapshot::headers(&connection)?.first().map(|header| header.link.revision);
        let format = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).doing(doing)?;
        let bytes = std::fs::metadata(self.path()).doing(doing)?.len();
        Ok(Extent { base: ends.base.revision, head: ends.head.revision, snapshot, format, bytes })
    }

    /// What opening would find now, of this store while it is open; see [`verify`](crate::verify).
    ///
    /// # Errors
    /// As [`verify`](crate::verify).
    pub fn verify(&self, progress: impl FnMut(u64, u64)) -> Result<Report, StoreError> {
        verify(self.path(), progress)
    }
}
