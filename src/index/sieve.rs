//! A hash table with a sieve before it: a word for each bucket, with two bits for each entry in it.
//!
//! Most that is asked for is not there. The words are a small part of the table and stand close together, so a miss
//! costs no more than a look at one of them; one in a hundred gets through and looks at the bucket. A word is made from
//! its bucket alone: it is made anew when an entry leaves or the bucket is split, so the sieve is never rebuilt.

use std::sync::Arc;

use crate::cow::{Buckets, Hashed};

/// Words in a page: what is copied when a shared page is changed.
const PAGE: usize = 64;

/// Entries by hash; see the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Sieve<E, const N: usize> {
    buckets: Buckets<E, N>,
    /// A word for each bucket, and zeros up to a whole page.
    words: Vec<Arc<[u64; PAGE]>>,
}

impl<E, const N: usize> Default for Sieve<E, N> {
    fn default() -> Self {
        Self { buckets: Buckets::default(), words: Vec::new() }
    }
}

/// The bits of a hash in its word. They are the highest, and the bucket's number is made of the lowest.
#[inline]
const fn bits(hash: u32) -> u64 {
    1 << (hash >> 26) | 1 << (hash >> 20 & 63)
}

impl<E: Hashed, const N: usize> Sieve<E, N> {
    pub(super) const fn len(&self) -> usize {
        self.buckets.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.buckets.iter()
    }

    /// Whether an entry with this hash may be there. False is certain.
    #[inline]
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let hash = crate::cow::short(hash);
        let index = self.buckets.bucket_of(hash);
        let page = self.words.get(index / PAGE);
        let word = page.and_then(|page| page.get(index % PAGE)).copied().unwrap_or_default();
        !word & bits(hash) == 0
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
        self.refresh(self.buckets.bucket_of(entry.hash()));
        for new in before..after {
            if self.words.len() <= new / PAGE {
                self.words.push(Arc::new([0; PAGE]));
            }
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
        self.refresh(self.buckets.bucket_of(removed.hash()));
        for gone in after..before {
            self.set(gone, 0);
            self.refresh(Buckets::<E, N>::parent(gone));
        }
        self.words.truncate(after.div_ceil(PAGE));
        Some(removed)
    }

    fn refresh(&mut self, bucket: usize) {
        let word = self.buckets.bucket(bucket).iter().fold(0, |word, entry| word | bits(entry.hash()));
        self.set(bucket, word);
    }

    fn set(&mut self, bucket: usize, word: u64) {
        let page = self.words.get_mut(bucket / PAGE);
        if let Some(slot) = page.and_then(|page| Arc::make_mut(page).get_mut(bucket % PAGE)) {
            *slot = word;
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
        assert!((0..20_000).step_by(3).all(|id: u32| sieve.may_hold(state.hash_one(id))));
        let through = (20_000..120_000_u32).filter(|id| sieve.may_hold(state.hash_one(id))).count();
        assert!(through < 4_000, "{through} of 100,000 that are not there");
        for id in (0..20_000).step_by(3) {
            assert!(sieve.remove(state.hash_one(id), |entry| entry.id == id).is_some());
        }
        assert!((0..20_000_u32).all(|id| !sieve.may_hold(state.hash_one(id))));
    }
}
