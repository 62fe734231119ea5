//! One segment of a name, read so that each beginning and each end of it is hashed in a few steps.
//!
//! The segment is hashed in words of eight bytes from both sides, and every state on the way is kept: the hash of the
//! first 21 bytes is the state after two words and five bytes more.

use super::key::Secret;
use crate::limits::MAX_SEGMENT_BYTES;

const WORD: usize = size_of::<u64>();

/// Words in the longest segment.
const WORDS: usize = MAX_SEGMENT_BYTES / WORD;

/// See the [module](self).
pub(super) struct Edges {
    secret: Secret,
    length: usize,
    /// The segment with a word of zeros before and behind it.
    text: [u8; MAX_SEGMENT_BYTES + 2 * WORD],
    /// States after each whole word from the left.
    from_left: [u64; WORDS + 1],
    /// States after each whole word from the right.
    from_right: [u64; WORDS + 1],
}

impl Edges {
    pub(super) fn of(segment: &[u8], secret: Secret) -> Self {
        let mut edges = Self {
            secret,
            length: segment.len(),
            text: [0; _],
            from_left: [secret.state(); _],
            from_right: [secret.state().rotate_left(32); _],
        };
        if let Some(text) = edges.text.get_mut(WORD..WORD.wrapping_add(segment.len())) {
            text.copy_from_slice(segment);
        }
        let (mut left, mut right) = (secret.state(), secret.state().rotate_left(32));
        for whole in 1..=segment.len().min(MAX_SEGMENT_BYTES) / WORD {
            let bytes = whole.wrapping_mul(WORD);
            left = secret.fold(left ^ edges.word(bytes));
            right = secret.fold(right ^ edges.word(WORD.wrapping_add(segment.len()).wrapping_sub(bytes)));
            if let Some((l, r)) = edges.from_left.get_mut(whole).zip(edges.from_right.get_mut(whole)) {
                (*l, *r) = (left, right);
            }
        }
        edges
    }

    /// The word that begins at a place of the text with its zeros.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        let bytes = self.text.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// A hash of the first so many bytes, which must be there.
    #[inline]
    pub(super) fn prefix(&self, length: u8) -> u64 {
        let (whole, more) = (usize::from(length) / WORD, u32::from(length) % 8);
        let state = self.from_left.get(whole).copied().unwrap_or_default();
        let word = self.word(whole.wrapping_add(1).wrapping_mul(WORD)) & low_bytes(more);
        self.secret.fold(state ^ word ^ u64::from(length) << 56)
    }

    /// A hash of the last so many bytes, which must be there; another than if they were the first.
    #[inline]
    pub(super) fn suffix(&self, length: u8) -> u64 {
        let (whole, more) = (usize::from(length) / WORD, u32::from(length) % 8);
        let state = self.from_right.get(whole).copied().unwrap_or_default();
        let word = self.word(self.length.wrapping_sub(whole.wrapping_mul(WORD)));
        // Two steps, because none of a word is left when all of it is shifted out.
        let word = word >> 1 >> 63_u32.wrapping_sub(more.wrapping_mul(8));
        self.secret.fold(state ^ word ^ u64::from(length) << 56)
    }

    /// The so many bytes at each place between a prefix and a suffix that are there, as numbers.
    #[inline]
    pub(super) fn grams(&self, prefix: u8, suffix: u8, length: u8) -> impl Iterator<Item = u64> + Clone {
        let from = WORD.wrapping_add(prefix.into());
        let to = WORD.wrapping_add(self.length).wrapping_sub(suffix.into());
        // The last gram may be shorter than a word: what is read beyond it is cut off.
        let to = to.wrapping_add(WORD.wrapping_sub(length.into()));
        let mask = if usize::from(length) < WORD { low_bytes(length.into()) } else { u64::MAX };
        let words = self.text.get(from..to).unwrap_or_default().windows(WORD);
        words.filter_map(|word| word.first_chunk()).map(move |word| u64::from_le_bytes(*word) & mask)
    }
}

/// A mask of the first so many bytes of a word, fewer than 8.
#[inline]
const fn low_bytes(count: u32) -> u64 {
    !(u64::MAX << (count.wrapping_mul(8) & 63))
}

/// A gram as a number: the same as where it is met in a segment.
pub(super) fn gram(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::super::Seeds;
    use super::*;

    #[test]
    fn an_edge_hashes_alike_whatever_else_there_is() {
        let secret = Seeds::default().secret();
        let text: Vec<u8> = (0..=250).cycle().take(MAX_SEGMENT_BYTES).collect();
        for length in (1..=24).chain([63, 64, 65, 250, 256]) {
            let edges = Edges::of(&text[..length], secret);
            let behind = Edges::of(&text[MAX_SEGMENT_BYTES - length..], secret);
            let mut seen = std::collections::BTreeSet::new();
            for edge in 1..=length.min(255) {
                let short = u8::try_from(edge).unwrap();
                assert_eq!(edges.prefix(short), Edges::of(&text[..edge], secret).prefix(short), "{edge} of {length}");
                let alone = Edges::of(&text[MAX_SEGMENT_BYTES - edge..], secret);
                assert_eq!(behind.suffix(short), alone.suffix(short), "{edge} of {length}");
                assert!(seen.insert(edges.prefix(short)) && seen.insert(edges.suffix(short)));
            }
        }
    }

    #[test]
    fn grams_are_those_between_the_edges() {
        let edges = Edges::of(b"abcdefghijk", Seeds::default().secret());
        let grams = |prefix, suffix, length| edges.grams(prefix, suffix, length).collect::<Vec<_>>();
        assert_eq!(grams(0, 0, 8), [b"abcdefgh", b"bcdefghi", b"cdefghij", b"defghijk"].map(|g| gram(g)));
        assert_eq!(grams(3, 4, 3), [b"def", b"efg"].map(|g| gram(g)));
        assert_eq!(grams(5, 5, 1), [gram(b"f")]);
        assert!(grams(5, 5, 2).is_empty());
        assert_eq!(grams(0, 0, 1).len(), 11);
    }
}
