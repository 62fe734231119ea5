//! What SQLite does not tell: whether the write-ahead log ends because nothing more was written, or because it is broken.
//!
//! A frame whose checksum is wrong ends the log for SQLite, whatever follows; it is how a transaction that a crash cut
//! short is left out. But a commit is synced before the next one is written, so behind frames that a crash spoilt at most
//! one commit can stand. Two or more mean that what was acknowledged has been lost, and nothing is to be done silently.
//!
//! Looked at before SQLite opens the file. Only what frames say of themselves is read.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Bytes before the first frame, and before the page of each.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// What the write-ahead log of a store looks like, if something is wrong with it.
pub(crate) fn damage(store: &Path) -> Option<String> {
    let mut path = store.as_os_str().to_owned();
    path.push("-wal");
    // A writer at work may be seen half-way, or begin the log anew meanwhile: what is wrong stays wrong, at the same place.
    let path = Path::new(&path);
    let mut found: Option<Seen> = None;
    let mut same = 0;
    for _ in 0..LOOKS {
        let seen = look(path);
        seen.what.as_ref()?;
        same = if found.as_ref() == Some(&seen) { same + 1 } else { 0 };
        if same == SAME {
            return seen.what;
        }
        found = Some(seen);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // It changes all the time, so somebody has it open and reads it. Entries have checksums of their own.
    None
}

/// So often a log is looked at, at most.
const LOOKS: usize = 50;
/// And so often it must look the same again to be damaged.
const SAME: usize = 2;

/// What a log looks like: its head, which changes when it begins anew, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    head: [u8; HEADER],
    length: u64,
    what: Option<String>,
}

fn look(path: &Path) -> Seen {
    let mut seen = Seen { head: [0; HEADER], length: 0, what: None };
    if let Ok(mut file) = File::open(path) {
        seen.length = file.metadata().map_or(0, |metadata| metadata.len());
        // An empty log has no head.
        let _ = file.read_exact(&mut seen.head);
        seen.what = wrong(path);
    }
    seen
}

fn wrong(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut header = [0; HEADER];
    if length <= HEADER as u64 || file.read_exact(&mut header).is_err() {
        return None;
    }
    let big_endian = match word(&header, 0) {
        0x377F_0683 => true,
        0x377F_0682 => false,
        // The header of an empty log that was never used again is zero.
        0 => return None,
        _ => return Some("the write-ahead log begins with what is none".to_owned()),
    };
    let page = usize::try_from(word(&header, 8)).ok().filter(|page| (512..=65_536).contains(page));
    let mut sum = checksum(&header[..24], (0, 0), big_endian);
    let (Some(page), true) = (page, sum == (word(&header, 24), word(&header, 28))) else {
        return Some("the head of the write-ahead log is not as it was written".to_owned());
    };
    let salt = [word(&header, 16), word(&header, 20)];
    let mut frame = vec![0; FRAME_HEADER + page];
    let (mut good, mut broken, mut commits) = (0_u64, false, 0);
    while file.read_exact(&mut frame).is_ok() {
        let ours = [word(&frame, 8), word(&frame, 12)] == salt;
        let said = (word(&frame, 16), word(&frame, 20));
        let follows = said == checksum(&frame[FRAME_HEADER..], checksum(&frame[..8], sum, big_endian), big_endian);
        // What the frame says of itself, also where it is wrong: the next one is judged by it.
        sum = said;
        if !broken && ours && follows {
            good += 1;
            continue;
        }
        // Frames of the log before this one have other salts; torn ones that an earlier crash left do not follow.
        if ours && word(&frame, 4) != 0 && (!broken || follows) {
            commits += 1;
        }
        broken = true;
    }
    (commits > 1).then(|| format!("the write-ahead log breaks after {good} frames, and {commits} commits follow"))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_be_bytes(*word))
}

/// SQLite's: two sums over pairs of words.
fn checksum(bytes: &[u8], (mut first, mut second): (u32, u32), big_endian: bool) -> (u32, u32) {
    let read = |word: &[u8]| {
        let word = word.first_chunk().copied().unwrap_or_default();
        if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    for pair in bytes.chunks_exact(8) {
        first = first.wrapping_add(read(&pair[..4])).wrapping_add(second);
        second = second.wrapping_add(read(&pair[4..])).wrapping_add(first);
    }
    (first, second)
}
