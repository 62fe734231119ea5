//! A hash table with a sieve before it: a word for each bucket, with two bits for each entry in it.
//!
//! Most that is asked for is not there. The words are a small part of the table and stand close together, so a miss
//! costs no more than a look at one of them; one in a hundred gets through and looks at the bucket. A word is made from
//! its bucket alone: it is made anew when an entry leaves or the bucket is split, so the sieve is never rebuilt.
//!
//! There are as many words as a power of two, so that a mask finds one: a bucket that is not split yet has the same word
//! twice. The words are one run of memory, which is copied with the sieve and when it doubles: a word for two to four
//! entries.

use crate::cow::{Buckets, Hashed, Heap, short};

/// Entries by hash; see the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Sieve<E, const N: usize> {
    buckets: Buckets<E, N>,
    words: Vec<u64>,
}

impl<E, const N: usize> Default for Sieve<E, N> {
    fn default() -> Self {
        Self { buckets: Buckets::default(), words: Vec::new() }
    }
}

impl<E: Copy, const N: usize> Heap for Sieve<E, N> {
    fn heap(&self) -> usize {
        self.buckets.heap().saturating_add(self.words.heap())
    }
}

/// The bits of a hash in its word. They are the highest, and the bucket's number is made of the lowest.
#[inline]
const fn bits(hash: u32) -> u64 {
    1 << (hash >> 26) | 1 << (hash >> 20 & 63)
}

/// The words of a sieve.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    words: &'a [u64],
    mask: usize,
}

impl Look<'_> {
    /// Whether an entry with this hash may be there. False is certain.
    #[inline]
    pub(super) fn may_hold(self, hash: u64) -> bool {
        let hash = short(hash);
        let word = self.words.get(hash as usize & self.mask).copied().unwrap_or_default();
        // Both at once: whether the first is there is not to be guessed.
        word >> (hash >> 26) & word >> (hash >> 20 & 63) & 1 != 0
    }
}

impl<E: Hashed, const N: usize> Sieve<E, N> {
    pub(super) const fn len(&self) -> usize {
        self.buckets.len()
    }

    /// To be asked many times.
    #[inline]
    pub(super) fn look(&self) -> Look<'_> {
        Look { words: &self.words, mask: self.words.len().wrapping_sub(1) }
    }

    /// The entries with this hash.
    #[inline]
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = &E> {
        self.buckets.find(hash)
    }

    pub(super) fn insert(&mut self, entry: E) {
        let before = self.buckets.bucket_count();
        self.buckets.insert(entry);
        let after = self.buckets.bucket_count();
        if self.words.is_empty() {
            self.words.push(0);
        } else if after > self.words.len() {
            self.words.extend_from_within(..);
        }
        self.refresh(self.buckets.bucket_of(entry.hash()));
        for new in before.max(1)..after {
            self.refresh(Buckets::<E, N>::parent(new));
            self.refresh(new);
        }
    }

    /// The first entry with this hash for which `is` holds, to be changed but for its hash.
    pub(super) fn find_mut(&mut self, hash: u64, is: impl Fn(&E) -> bool) -> Option<&mut E> {
        self.buckets.find_mut(hash, is)
    }

    /// Removes the first entry with this hash for which `is` holds.
    pub(super) fn remove(&mut self, hash: u64, is: impl Fn(&E) -> bool) -> Option<E> {
        let before = self.buckets.bucket_count();
        let removed = self.buckets.remove(hash, is)?;
        let after = self.buckets.bucket_count();
        self.words.truncate(after.next_power_of_two());
        self.refresh(self.buckets.bucket_of(removed.hash()));
        for gone in after..before {
            self.refresh(Buckets::<E, N>::parent(gone));
        }
        Some(removed)
    }

    /// Makes the word of a bucket anew, and the same again where the bucket that will be split from it has its own.
    fn refresh(&mut self, bucket: usize) {
        let word = self.buckets.bucket(bucket).iter().fold(0, |word, entry| word | bits(entry.hash()));
        let other = bucket | (self.words.len() / 2);
        let other = if other < self.buckets.bucket_count() { bucket } else { other };
        for index in [bucket, other] {
            self.words.get_mut(index).into_iter().for_each(|slot| *slot = word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cow::IdEntry;

    #[test]
    fn what_is_there_gets_through_and_little_else() {
        let state = ahash::RandomState::new();
        let mut sieve: Sieve<IdEntry, 7> = Sieve::default();
        for id in 0..20_000_u32 {
            sieve.insert(IdEntry::new(state.hash_one(id), id));
        }
        for id in (0..20_000).filter(|id| id % 3 > 0) {
            assert!(sieve.remove(state.hash_one(id), |entry| entry.id == id).is_some());
        }
        assert!((0..20_000).step_by(3).all(|id: u32| sieve.look().may_hold(state.hash_one(id))));
        let through = (20_000..120_000_u32).filter(|id| sieve.look().may_hold(state.hash_one(id))).count();
        assert!(through < 4_000, "{through} of 100,000 that are not there");
        for id in (0..20_000).step_by(3) {
            assert!(sieve.remove(state.hash_one(id), |entry| entry.id == id).is_some());
        }
        assert!((0..20_000_u32).all(|id| !sieve.look().may_hold(state.hash_one(id))));
    }
}
