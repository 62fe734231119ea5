//! The files of a store: taken as a crash leaves them, and put elsewhere.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use grantrie_testkit::Choices;

/// Bytes at the beginning of a write-ahead log that are written at once, and are synced before what follows.
const HEADER: usize = 32;

/// A directory that is gone with the history; in memory, where there is such a place, since it syncs by the thousand.
#[derive(Debug)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> std::io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let name = format!("grantrie-history-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed lies where such things are cleared away.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The bytes of a store's file, its write-ahead log and its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    main: Vec<u8>,
    log: Vec<u8>,
    mark: Option<Vec<u8>>,
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

impl Files {
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let log = std::fs::read(beside(path, "-wal")).unwrap_or_default();
        Ok(Self { main: std::fs::read(path)?, log, mark: std::fs::read(beside(path, "-mark")).ok() })
    }

    pub(crate) fn put(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, &self.main)?;
        if !self.log.is_empty() {
            std::fs::write(beside(path, "-wal"), &self.log)?;
        }
        match &self.mark {
            Some(mark) => std::fs::write(beside(path, "-mark"), mark),
            None => Ok(()),
        }
    }

    /// What a crash leaves in the middle of a commit that led from `before` to `after`: the log is written from its
    /// beginning to its end. Answers whether all of it is there, too. Nothing, if more was written than the log.
    pub(crate) fn torn(before: &Self, after: &Self, choices: &mut Choices<'_>) -> Option<(Self, bool)> {
        if before.main != after.main || after.log.len() < before.log.len() {
            return None;
        }
        let from = before.log.iter().zip(&after.log).take_while(|(before, after)| before == after).count();
        // The checksums of the last frame are in what changed.
        let from = if from < HEADER { HEADER.min(after.log.len()) } else { from };
        let changed = after.log.len().checked_sub(from).filter(|changed| *changed > 0)?;
        let cut = from + (choices.below(usize::from(u16::MAX) + 1) * changed) / usize::from(u16::MAX);
        let cut = cut.min(after.log.len());
        let mut log = after.log[..cut].to_vec();
        log.extend_from_slice(before.log.get(cut..).unwrap_or_default());
        let whole = log == after.log;
        // The mark is written when the commit is synced.
        let mark = if whole && choices.percent(50) { &after.mark } else { &before.mark };
        Some((Self { main: before.main.clone(), log, mark: mark.clone() }, whole))
    }
}
