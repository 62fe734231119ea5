//! What can go wrong with a store, with the engine's stable codes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use grantrie::{Code, Problem, Refused, Revision};
use rusqlite::ErrorCode;

/// Why a store did not do what it was asked. Nothing of a change that failed is visible.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The change set itself is refused; the store is well.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Reading or writing failed.
    #[error("{doing}: {reason}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system or SQLite said.
        reason: String,
    },
    /// No room is left where the store is.
    #[error("{doing}: no room is left on the device")]
    Full {
        /// What was being done.
        doing: String,
    },
    /// The store was opened for reading, or may not be written.
    #[error("{} cannot be written: {reason}", shown(path))]
    ReadOnly {
        /// The store's file; empty where that is not known any more.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Others were writing for longer than the change was allowed to wait.
    #[error("others were writing for {waited:?}; nothing was changed, try again")]
    Busy {
        /// How long was waited.
        waited: Duration,
    },
    /// The store is not as it was written.
    #[error("the store is damaged: {0}")]
    Damaged(Damage),
    /// The store's format is later than this version knows.
    #[error("the store has format {found}, and this version knows formats up to {known}: use a later version")]
    TooNew {
        /// The store's format.
        found: i64,
        /// The latest that is known here.
        known: i64,
    },
    /// The file is something else.
    #[error("`{}` is not a store: {reason}", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: String,
    },
    /// The store was closed.
    #[error("the store was closed")]
    Closed,
    /// The revision did not come in time.
    #[error("revision {wanted} did not come within {waited:?}; the newest is {newest}")]
    Awaited {
        /// Which revision was waited for.
        wanted: Revision,
        /// How long.
        waited: Duration,
        /// The newest that is known.
        newest: Revision,
    },
}

fn shown(path: &Path) -> String {
    if path.as_os_str().is_empty() { "the store".to_owned() } else { format!("`{}`", path.display()) }
}

/// Where and how a store is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; good up to revision {last_good}")]
pub struct Damage {
    /// What was found.
    pub what: String,
    /// The last revision up to which everything is as it was written. [`restore_last_good`](crate::restore_last_good) comes
    /// to it, or to a later one where a snapshot after the damage is good.
    pub last_good: Revision,
}

impl StoreError {
    /// The stable code; of a refused change set, that of its first problem.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refused) => refused.problems().first().map_or(Code::Unreadable, |problem| problem.code),
            Self::Io { .. } => Code::StoreIo,
            Self::Full { .. } => Code::StoreFull,
            Self::ReadOnly { .. } => Code::StoreReadOnly,
            Self::Busy { .. } => Code::StoreBusy,
            Self::Damaged(_) => Code::StoreDamaged,
            Self::TooNew { .. } => Code::StoreTooNew,
            Self::NotAStore { .. } => Code::NotAStore,
            Self::Closed => Code::StoreClosed,
            Self::Awaited { .. } => Code::RevisionAwaited,
        }
    }

    /// The same as an engine's refusal, for [`Engine::apply`](grantrie::Engine::apply).
    #[must_use]
    pub fn into_refused(self) -> Refused {
        match self {
            Self::Refused(refused) => refused,
            other => Problem::new(other.code(), "", other.to_string()).into(),
        }
    }

    pub(crate) fn damaged(what: impl Into<String>, last_good: Revision) -> Self {
        Self::Damaged(Damage { what: what.into(), last_good })
    }
}

/// Says what was being done when SQLite answered an error.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &str) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::of_sqlite(&error, doing))
    }
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, doing: &str) -> Result<T, StoreError> {
        self.map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::Full { doing: doing.to_owned() },
            _ => StoreError::Io { doing: doing.to_owned(), reason: error.to_string() },
        })
    }
}

impl StoreError {
    /// What SQLite's error means here.
    pub(crate) fn of_sqlite(error: &rusqlite::Error, doing: &str) -> Self {
        let doing = doing.to_owned();
        let io = |reason: String| StoreError::Io { doing: doing.clone(), reason };
        let rusqlite::Error::SqliteFailure(failure, message) = error else { return io(error.to_string()) };
        match failure.code {
            ErrorCode::DiskFull => StoreError::Full { doing },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy { waited: Duration::ZERO },
            ErrorCode::DatabaseCorrupt => {
                let message = message.clone().unwrap_or_else(|| failure.to_string());
                StoreError::damaged(format!("{doing}: {message}"), Revision(0))
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
                StoreError::ReadOnly { path: PathBuf::new(), reason: failure.to_string() }
            }
            _ => io(match message {
                Some(message) => format!("{message} ({failure})"),
                None => failure.to_string(),
            }),
        }
    }
}
