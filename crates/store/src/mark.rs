//! The mark: a small file beside the store that says how far acknowledged changes go.
//!
//! It is written after each commit and never synced, so it costs next to nothing and may lag behind after a power cut.
//! What it says was durable before. If the store ends before it, acknowledged changes have been lost: the end of the
//! write-ahead log was spoilt or removed, or an older copy was put in place.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

use grantrie::Revision;
use rusqlite::Connection;

use crate::chain::Link;
use crate::error::StoreError;
use crate::log::{self, Ends};
use crate::schema::CHECKSUM;

const LINK: usize = 8 + CHECKSUM;

/// Where the mark of a store is.
pub(crate) fn path(store: &Path) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push("-mark");
    path.into()
}

/// Writes the mark; that it cannot be written harms nothing else.
pub(crate) fn put(store: &Path, file: &mut Option<File>, link: &Link) {
    if file.is_none() {
        *file = OpenOptions::new().create(true).truncate(false).write(true).open(path(store)).ok();
    }
    if let Some(file) = file {
        let mut bytes = [0; LINK + CHECKSUM];
        bytes[..8].copy_from_slice(&link.revision.0.to_le_bytes());
        bytes[8..LINK].copy_from_slice(&link.checksum);
        let sum = blake3::hash(&bytes[..LINK]);
        bytes[LINK..].copy_from_slice(sum.as_bytes());
        let _ = write_over(file, &bytes);
    }
}

/// Writes over the beginning of a file, with one call of the system where there is one for it.
#[cfg(unix)]
fn write_over(file: &File, bytes: &[u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn write_over(mut file: &File, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(bytes))
}

/// What a mark says, if there is one.
#[derive(Debug)]
pub(crate) struct Mark {
    path: PathBuf,
    link: Option<Link>,
}

/// Reads the mark. Whoever compares it reads it before the store: what is in the store then has what it says, whoever
/// writes meanwhile.
pub(crate) fn read(store: &Path) -> Mark {
    let path = path(store);
    let link = read_link(&path);
    Mark { path, link }
}

fn read_link(path: &Path) -> Option<Link> {
    let mut bytes = [0; LINK + CHECKSUM];
    File::open(path).ok()?.read_exact(&mut bytes).ok()?;
    let (link, sum) = bytes.split_first_chunk::<LINK>()?;
    let (revision, checksum) = link.split_first_chunk::<8>()?;
    // One that is half written says nothing.
    (blake3::hash(link).as_bytes() == sum).then_some(())?;
    Some(Link { revision: Revision(u64::from_le_bytes(*revision)), checksum: checksum.try_into().ok()? })
}

impl Mark {
    /// Fails if the store does not have what the mark says.
    pub(crate) fn compare(&self, connection: &Connection, ends: &Ends) -> Result<(), StoreError> {
        let Some(mark) = self.link else { return Ok(()) };
        let head = ends.head.revision;
        if mark.revision > head {
            let what = format!(
                "it ends at revision {head}, and revision {} was acknowledged (if an older copy was put here on purpose, \
                 remove `{}`)",
                mark.revision,
                self.path.display()
            );
            return Err(StoreError::damaged(what, head));
        }
        log::same(connection, &mark, "acknowledged")
    }
}
