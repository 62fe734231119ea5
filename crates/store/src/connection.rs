//! Connections to the file, and whether the file is one of ours.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Doing, StoreError};
use crate::schema::{self, APPLICATION, FORMAT, READABLE};

/// Pages of the write-ahead log past which a commit itself moves them into the file; before that, the background does.
const CHECKPOINT_AT_LATEST: i64 = 16_384;
/// Bytes to which the write-ahead log is cut when it begins anew.
const JOURNAL_BYTES: i64 = 64 * 1024 * 1024;

/// Where the store is and how it may be opened.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: std::path::PathBuf,
    pub(crate) read_only: bool,
    pub(crate) create: bool,
    /// Whether an earlier format may be read without being brought to this one.
    pub(crate) as_it_is: bool,
    pub(crate) wait: Duration,
}

impl Place {
    /// A connection as every user of the file has one.
    pub(crate) fn connect(&self) -> Result<Connection, StoreError> {
        let doing = format!("opening `{}`", self.path.display());
        self.look()?;
        let access = match (self.read_only, self.create) {
            (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
            (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        let connection = self.connect_with(access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|error| {
            match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => {
                    StoreError::NotAStore { path: self.path.clone(), reason: error.to_string() }
                }
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                    self.refused().unwrap_or_else(|| StoreError::of_sqlite(&error, &doing))
                }
                _ => StoreError::of_sqlite(&error, &doing),
            }
        })?;
        // SQLite opens what may not be written for reading, and says nothing.
        if !self.read_only && connection.is_readonly("main").doing(&doing)? {
            let reason = "the file may not be written".to_owned();
            return Err(self.refused().unwrap_or(StoreError::ReadOnly { path: self.path.clone(), reason }));
        }
        Ok(connection)
    }

    /// Why the system does not let the file be opened, which SQLite does not tell. It is not opened here to find out:
    /// closing it would give up the locks by which other connections of this process have it.
    fn refused(&self) -> Option<StoreError> {
        // SQLite writes beside the file too, also where it only reads; and a file that is not there is made.
        let error = match access(&self.path, !self.read_only) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => error,
            _ => access(directory(&self.path), true).err()?,
        };
        Some(match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem if !self.read_only => {
                StoreError::ReadOnly { path: self.path.clone(), reason: error.to_string() }
            }
            _ => {
                let doing = format!("opening `{}`", self.path.display());
                StoreError::Io { doing, reason: format!("{error} (the file must be readable, its directory writable)") }
            }
        })
    }

    fn connect_with(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.wait)?;
        // The file is hostile until its checksums are right: no views, triggers or functions of its schema are run.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_AT_LATEST)?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Reads the file for the first time.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    /// Whether the file can be what it should be, in words that say what to do.
    fn look(&self) -> Result<(), StoreError> {
        let doing = format!("opening `{}`", self.path.display());
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.create && !self.read_only => {
                return Ok(());
            }
            Err(error) => return Err(error).doing(&doing),
        };
        if !metadata.is_file() {
            return Err(StoreError::NotAStore { path: self.path.clone(), reason: "not a file".to_owned() });
        }
        // SQLite makes these with the rights that the file then has, and finds out late that they are others now.
        for end in ["-wal", "-shm"].iter().filter(|_| !self.read_only) {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            match access(Path::new(&path), true) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::ReadOnly { path: path.into(), reason: error.to_string() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The first connection: the file is made if there is none, checked to be a store, and brought to this format.
    /// Answers the format that it had.
    pub(crate) fn prepare(&self) -> Result<(Connection, i64), StoreError> {
        let doing = format!("opening `{}`", self.path.display());
        let mut connection = self.connect()?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).doing(&doing)?;
        let pragma = |name: &str| -> Result<i64, StoreError> {
            connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).doing(&doing)
        };
        let application = pragma("application_id")?;
        if tables == 0 && !self.read_only && self.create {
            schema::create(&mut connection)?;
            // From the first change on, readers and a writer do not wait for each other.
            let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).doing(&doing)?;
            if mode != "wal" {
                let reason = format!("the file system does not support a write-ahead log (mode {mode})");
                return Err(StoreError::Io { doing, reason });
            }
            sync_directory(&self.path).doing(&doing)?;
        } else if application != APPLICATION {
            let reason = format!("its application id is {application:#x}, not that of a store");
            return Err(StoreError::NotAStore { path: self.path.clone(), reason });
        }
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).doing(&doing)?;
        if found > FORMAT {
            return Err(StoreError::TooNew { found, known: FORMAT });
        }
        if found < FORMAT {
            if self.read_only && !self.as_it_is && found < READABLE {
                let reason =
                    format!("it has format {found}, and must be opened for writing once to get format {FORMAT}");
                return Err(StoreError::ReadOnly { path: self.path.clone(), reason });
            }
            if !self.read_only {
                schema::migrate(&mut connection)?;
            }
        }
        Ok((connection, found))
    }
}

/// Whether this process may read the file, and write it if it is to.
#[cfg(unix)]
fn access(path: &Path, write: bool) -> std::io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let write = if write { Access::WRITE_OK } else { Access::empty() };
    Ok(accessat(CWD, path, Access::READ_OK | write, AtFlags::EACCESS)?)
}

/// Not asked where files have no such rights: SQLite's own words then stand alone.
#[cfg(not(unix))]
fn access(_: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}

/// Makes sure that a new file's name lasts too.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(directory(path))?.sync_all()
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
