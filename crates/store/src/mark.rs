//! The mark: a small file beside the store that says how far acknowledged changes go.
//!
//! It is written after each commit and never synced, so it costs next to nothing and may lag behind after a power cut.
//! What it says was durable before. If the store ends before it, acknowledged changes have been lost: the end of the
//! write-ahead log was spoilt or removed, or an older copy was put in place.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
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
        let mut bytes = link.revision.0.to_le_bytes().to_vec();
        bytes.extend_from_slice(&link.checksum);
        bytes.extend_from_slice(blake3::hash(&bytes).as_bytes());
        let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&bytes));
    }
}

fn read(store: &Path) -> Option<Link> {
    let mut bytes = [0; LINK + CHECKSUM];
    File::open(path(store)).ok()?.read_exact(&mut bytes).ok()?;
    let (link, sum) = bytes.split_first_chunk::<LINK>()?;
    let (revision, checksum) = link.split_first_chunk::<8>()?;
    // One that is half written says nothing.
    (blake3::hash(link).as_bytes() == sum).then_some(())?;
    Some(Link { revision: Revision(u64::from_le_bytes(*revision)), checksum: checksum.try_into().ok()? })
}

/// Fails if the store does not have what the mark says.
pub(crate) fn compare(store: &Path, connection: &Connection, ends: &Ends) -> Result<(), StoreError> {
    let Some(mark) = read(store) else { return Ok(()) };
    let head = ends.head.revision;
    if mark.revision > head {
        let what = format!(
            "it ends at revision {head}, and revision {} was acknowledged (if an older copy was put here on purpose, \
             remove `{}`)",
            mark.revision,
            path(store).display()
        );
        return Err(StoreError::damaged(what, head));
    }
    match log::said_link(connection, mark.revision)? {
        Some(link) if link != mark => {
            let what = format!("revision {} is not the one that was acknowledged", mark.revision);
            Err(StoreError::damaged(what, Revision(mark.revision.0.saturating_sub(1))))
        }
        _ => Ok(()),
    }
}
