//! The random numbers of one world, and the hash that is made with them.
//!
//! Hashing texts is a good part of a check, so it is done here in a few instructions without a hasher's state: sixteen
//! bytes at a time are multiplied with what is secret, and both halves of the product kept, as in ahash's fallback,
//! wyhash and foldhash. Nobody outside knows the numbers, so nobody can choose texts whose hashes collide; and no answer
//! rests on a hash alone.

use ahash::RandomState;

use super::key::GOLDEN;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Secret {
    state: u64,
    factor: u64,
}

impl Secret {
    /// New numbers, from the system's source of randomness.
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self { state: random.hash_one(1), factor: random.hash_one(2) | 1 }
    }

    #[inline]
    pub(super) const fn state(self) -> u64 {
        self.state
    }

    #[inline]
    pub(super) const fn fold(self, word: u64) -> u64 {
        fold(word, self.factor)
    }

    /// A hash of a number of 128 bits.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
    pub(super) const fn number(self, number: u128) -> u64 {
        fold(number as u64 ^ self.state, (number >> 64) as u64 ^ self.factor)
    }

    /// A hash of a text of any length.
    #[inline]
    pub(super) fn text(self, text: &[u8]) -> u64 {
        self.text_here(text)
    }

    /// The same without a call.
    #[inline(always)]
    pub(super) fn text_here(self, text: &[u8]) -> u64 {
        if text.len() > 16 {
            return self.long(text);
        }
        let (low, high) = two_words(text);
        self.words(self.begin(text.len()), low, high)
    }

    /// A hash of the first bytes of a text.
    #[inline(always)]
    pub(super) fn beginning(self, text: &[u8], length: usize) -> u64 {
        match text.first_chunk() {
            Some(chunk) if length <= 16 => self.filled_up(&keep(chunk, length)),
            _ => self.long_beginning(text.get(..length).unwrap_or_default()),
        }
    }

    /// Hashes of two beginnings of a text, the longer first.
    #[inline(always)]
    pub(super) fn beginnings(self, text: &[u8], [longer, shorter]: [usize; 2]) -> [u64; 2] {
        match text.first_chunk() {
            // No `map` of arrays on the road of a check: it is not inlined.
            Some(chunk) if longer <= 16 => {
                [self.filled_up(&keep(chunk, longer)), self.filled_up(&keep(chunk, shorter))]
            }
            _ => self.long_beginnings(text, [longer, shorter]),
        }
    }

    #[inline(never)]
    fn long_beginnings(self, text: &[u8], lengths: [usize; 2]) -> [u64; 2] {
        lengths.map(|length| self.long_beginning(text.get(..length).unwrap_or_default()))
    }

    /// A hash of a beginning that is longer than 16 bytes, or all of a text that is not.
    #[inline(never)]
    fn long_beginning(self, text: &[u8]) -> u64 {
        if text.len() > 16 {
            return self.long(text);
        }
        let mut chunk = [0; 16];
        chunk.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        self.filled_up(&chunk)
    }

    /// A hash of at most 16 bytes that are filled up with zeros: how many there were does not count.
    #[inline]
    fn filled_up(self, chunk: &[u8; 16]) -> u64 {
        self.chunk(self.state, chunk)
    }

    #[inline(always)]
    fn long(self, text: &[u8]) -> u64 {
        let state = self.begin(text.len());
        let (Some((first, rest)), Some((inner, last))) =
            (text.split_first_chunk::<16>(), text.split_last_chunk::<16>())
        else {
            return state;
        };
        let state = self.chunk(self.chunk(state, first), last);
        // Most names end here.
        match (rest.first_chunk::<16>(), inner.last_chunk::<16>()) {
            (Some(second), Some(before)) if text.len() > 32 => {
                let state = self.chunk(self.chunk(state, second), before);
                if text.len() > 64 { self.longer(state, text) } else { state }
            }
            _ => state,
        }
    }

    /// What stands between the first and the last 32 bytes.
    #[inline(never)]
    fn longer(self, state: u64, text: &[u8]) -> u64 {
        let end = text.len().wrapping_sub(32);
        let (chunks, _) = text.get(32..end).unwrap_or_default().as_chunks::<16>();
        let state = chunks.iter().fold(state, |state, chunk| self.chunk(state, chunk));
        // Overlaps what was read before.
        text.get(..end).and_then(<[u8]>::last_chunk).map_or(state, |last| self.chunk(state, last))
    }

    #[inline]
    fn chunk(self, state: u64, chunk: &[u8; 16]) -> u64 {
        let ([low, high], _) = chunk.as_chunks::<8>() else { return state };
        self.words(state, u64::from_le_bytes(*low), u64::from_le_bytes(*high))
    }

    /// The state before a text of this length. Multiplied, because a plain length could be made up for by a byte.
    #[inline]
    const fn begin(self, length: usize) -> u64 {
        self.state ^ (length as u64).wrapping_mul(GOLDEN)
    }

    #[inline]
    const fn words(self, state: u64, low: u64, high: u64) -> u64 {
        fold(low ^ state, high ^ self.factor)
    }
}

/// The first bytes of a chunk, at most 16; the others are zero.
#[inline(always)]
fn keep(chunk: &[u8; 16], bytes: usize) -> [u8; 16] {
    const KEPT_AND_NOT: [u8; 32] = {
        let mut mask = [0; 32];
        let (kept, _) = mask.split_at_mut(16);
        kept.copy_from_slice(&[0xff; 16]);
        mask
    };
    let mask =
        KEPT_AND_NOT.get(16_usize.wrapping_sub(bytes)..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    u128::to_ne_bytes(u128::from_ne_bytes(*chunk) & u128::from_ne_bytes(mask))
}

/// The bits of at most 16 bytes.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 16")]
const fn bits(bytes: usize) -> u32 {
    (bytes as u32).wrapping_mul(8)
}

/// At most 16 bytes as two words, filled up with zeros.
#[inline]
fn two_words(text: &[u8]) -> (u64, u64) {
    let missing = |size: usize| bits(size.wrapping_sub(text.len()));
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        let last = u64::from_le_bytes(*last);
        return (u64::from_le_bytes(*first), last.checked_shr(missing(16)).unwrap_or_default());
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let last = u64::from(u32::from_le_bytes(*last)) >> missing(8);
        return (u64::from(u32::from_le_bytes(*first)) | last << 32, 0);
    }
    (text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0)
}

/// Both halves of the product, so that every bit of the input counts in every bit of the result.
#[inline]
pub(super) const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
    {
        product as u64 ^ (product >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Texts that differ in one byte, in length, or in where the same bytes stand.
    #[test]
    fn texts_that_differ_hash_differently() {
        let secret = Secret::new();
        let mut hashes = HashSet::new();
        let mut texts = HashSet::new();
        for length in 0..140 {
            let plain = vec![b'a'; length];
            texts.insert(plain.clone());
            for at in 0..length {
                for byte in [0, b'b', b'a' + 1, 0xff] {
                    let mut text = plain.clone();
                    text[at] = byte;
                    texts.insert(text);
                }
            }
        }
        hashes.extend(texts.iter().map(|text| secret.text(text)));
        assert_eq!(hashes.len(), texts.len());
        assert!(texts.iter().all(|text| secret.text(text) == secret.text(&text.clone())));
    }

    #[test]
    fn a_beginning_hashes_the_same_whatever_follows_it() {
        let secret = Secret::new();
        let text: Vec<u8> = (0..40).map(|n| b'a' + n).collect();
        let hashes: Vec<u64> = (0..=text.len()).map(|end| secret.beginning(&text[..end], end)).collect();
        for length in 0..=text.len() {
            for end in 0..=length {
                let [longer, shorter] = secret.beginnings(&text[..length], [length, end]);
                assert_eq!([longer, shorter], [hashes[length], hashes[end]], "{end} of {length}");
            }
        }
        assert_eq!(hashes.iter().collect::<HashSet<_>>().len(), hashes.len());
    }

    /// As many hashes with equal upper or lower bits as chance has it, for texts that count upwards.
    #[test]
    fn bits_are_as_good_as_random() {
        let secret = Secret::new();
        for bits in [0, 16, 32, 48] {
            let mut counts = vec![0_u32; 1 << 10];
            for n in 0..100_000_u32 {
                counts[(secret.text(format!("agent-{n:08}").as_bytes()) >> bits & 1_023) as usize] += 1;
            }
            // 98 in each on average; ten standard deviations are as good as never.
            assert!(counts.iter().all(|count| (8..200).contains(count)), "bits from {bits}: {counts:?}");
        }
    }

    #[test]
    fn every_world_has_its_own() {
        assert_ne!(Secret::new().text(b"a:b:c"), Secret::new().text(b"a:b:c"));
    }
}
