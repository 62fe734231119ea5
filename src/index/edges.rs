//! One segment of a name, hashed from both ends.
//!
//! From either side the segment is hashed in words of eight bytes, and what is left over is a part of a word: the hash
//! of the first 21 bytes is the state after two words and five bytes more. Lengths are asked for in ascending order, so
//! that all of them together cost one pass.

use super::key::WINDOW;
use super::secret::Secret;

const WORD: usize = size_of::<u64>();

/// The beginnings (or the ends) of a segment, by ascending length.
pub(super) struct Edges<'a> {
    segment: &'a [u8],
    secret: Secret,
    /// Whole words in the state.
    whole: usize,
    state: u64,
}

impl<'a> Edges<'a> {
    #[inline]
    pub(super) const fn beginnings(segment: &'a [u8], secret: Secret) -> Self {
        Self { segment, secret, whole: 0, state: secret.state() }
    }

    #[inline]
    pub(super) const fn ends(segment: &'a [u8], secret: Secret) -> Self {
        Self { segment, secret, whole: 0, state: secret.state().rotate_left(32) }
    }

    /// A hash of the first so many bytes, which must be there and not fewer than asked for before.
    #[inline(always)]
    pub(super) fn prefix(&mut self, length: u8) -> u64 {
        while self.whole < usize::from(length) / WORD {
            self.state = self.secret.fold(self.state ^ self.word(self.whole.wrapping_mul(WORD)));
            self.whole = self.whole.wrapping_add(1);
        }
        let more = self.word(self.whole.wrapping_mul(WORD)) & low_bytes(usize::from(length) % WORD);
        self.secret.fold(self.state ^ more ^ u64::from(length) << 56)
    }

    /// A hash of the last so many bytes, which must be there and not fewer than asked for before; another than if they were
    /// the first.
    #[inline(always)]
    pub(super) fn suffix(&mut self, length: u8) -> u64 {
        let mut end = self.segment.len().wrapping_sub(self.whole.wrapping_mul(WORD));
        while self.whole < usize::from(length) / WORD {
            end = end.wrapping_sub(WORD);
            self.state = self.secret.fold(self.state ^ self.word(end));
            self.whole = self.whole.wrapping_add(1);
        }
        let count = usize::from(length) % WORD;
        let more = self.word(end.wrapping_sub(count)) & low_bytes(count);
        self.secret.fold(self.state ^ more ^ u64::from(length) << 56)
    }

    /// The eight bytes from a place on, zeros behind the end.
    #[inline(always)]
    fn word(&self, at: usize) -> u64 {
        let bytes = self.segment.get(at..).unwrap_or_default();
        match (bytes.first_chunk(), self.segment.last_chunk()) {
            (Some(word), _) => u64::from_le_bytes(*word),
            // The end of the last eight bytes; two steps, because there may be none left.
            (None, Some(last)) => {
                u64::from_le_bytes(*last) >> 8 >> (WORD - 1).wrapping_sub(bytes.len()).wrapping_mul(8)
            }
            (None, None) => gram(bytes),
        }
    }
}

/// A mask of the first so many bytes of a word, fewer than 8.
#[inline]
const fn low_bytes(count: usize) -> u64 {
    !(u64::MAX << (count.wrapping_mul(8) & 63))
}

/// At most eight bytes as a number.
#[inline]
pub(super) fn gram(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.first_chunk()) {
        (Some(word), _) => u64::from_le_bytes(*word),
        (None, Some(word)) if bytes.len() == size_of::<u32>() => u32::from_le_bytes(*word).into(),
        _ => bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The last so many bytes of a text, 1 to 8, as a number.
#[inline(always)]
pub(super) fn gram_at_end(text: &[u8], length: u8) -> u64 {
    match text.last_chunk() {
        Some(last) => u64::from_le_bytes(*last).unbounded_shr(64_u32.wrapping_sub(u32::from(length).wrapping_mul(8))),
        None => gram(text.get(text.len().wrapping_sub(length.into())..).unwrap_or_default()),
    }
}

/// The bytes of a window as a number.
#[inline(always)]
pub(super) const fn window(bytes: &[u8; WINDOW as usize]) -> u32 {
    u32::from_le_bytes(*bytes)
}

/// Visits each run of so many bytes, with its place: as many as a gram has, as numbers.
#[inline]
pub(super) fn each_gram(text: &[u8], length: u8, visit: impl FnMut(usize, u64)) {
    match length {
        1 => each_of::<1>(text, visit),
        2 => each_of::<2>(text, visit),
        3 => each_of::<3>(text, visit),
        4 => each_of::<4>(text, visit),
        7 => each_of::<7>(text, visit),
        8 => each_of::<8>(text, visit),
        _ => {}
    }
}

#[inline]
fn each_of<const N: usize>(text: &[u8], mut visit: impl FnMut(usize, u64)) {
    let Some((first, more)) = text.split_first_chunk::<N>() else { return };
    let mut word = gram(first);
    visit(0, word);
    for (place, byte) in (1..).zip(more) {
        word = word >> 8 | u64::from(*byte) << N.wrapping_sub(1).wrapping_mul(8);
        visit(place, word);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Seeds;
    use super::*;
    use crate::limits::MAX_SEGMENT_BYTES;

    #[test]
    fn an_edge_hashes_alike_whatever_else_there_is() {
        let secret = Seeds::default().secret();
        let text: Vec<u8> = (0..=250).cycle().take(MAX_SEGMENT_BYTES).collect();
        for length in (1..=24).chain([63, 64, 65, 250, 256]) {
            let mut seen = BTreeSet::new();
            let (front, back) = (&text[..length], &text[MAX_SEGMENT_BYTES - length..]);
            let (mut beginnings, mut ends) = (Edges::beginnings(front, secret), Edges::ends(back, secret));
            for edge in 1..=u8::try_from(length).unwrap_or(u8::MAX) {
                let (front, back) = (&text[..edge.into()], &text[MAX_SEGMENT_BYTES - usize::from(edge)..]);
                let (prefix, suffix) = (beginnings.prefix(edge), ends.suffix(edge));
                assert_eq!(prefix, Edges::beginnings(front, secret).prefix(edge), "{edge} of {length}");
                assert_eq!(suffix, Edges::ends(back, secret).suffix(edge), "{edge} of {length}");
                assert!(seen.insert(prefix) && seen.insert(suffix));
            }
        }
    }

    #[test]
    fn grams_are_all_runs_of_their_length() {
        for length in super::super::anchor::GRAMS {
            let mut seen = Vec::new();
            each_gram(b"abcdefghijk", length, |place, word| seen.push((place, word)));
            let runs = b"abcdefghijk".windows(length.into()).map(gram).enumerate();
            assert_eq!(seen, runs.collect::<Vec<_>>());
        }
    }
}
