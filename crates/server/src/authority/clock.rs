//! The clock by which permissions begin and end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use grantrie::Timestamp;

use crate::config::read_clock;

/// The system's clock, or in development one that is a file.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    System,
    File(Arc<FileClock>),
}

/// A file with an instant, read whenever somebody asks for the time. While it cannot be read, the time stands still.
#[derive(Debug)]
pub(crate) struct FileClock {
    path: PathBuf,
    last: AtomicI64,
}

impl Clock {
    pub(crate) fn of_file(path: PathBuf) -> Result<Self, String> {
        let last = AtomicI64::new(read_clock(&path)?.as_micros());
        Ok(Self::File(Arc::new(FileClock { path, last })))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::File(file) => file.now(),
        }
    }
}

impl FileClock {
    fn now(&self) -> Timestamp {
        if let Ok(now) = read_clock(&self.path) {
            self.last.store(now.as_micros(), Ordering::Relaxed);
            return now;
        }
        Timestamp::from_micros(self.last.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
    }
}
