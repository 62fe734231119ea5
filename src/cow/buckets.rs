//! A hash table that grows one bucket at a time (linear hashing, Litwin 1980).
//!
//! A table of open addressing doubles in one go: at a million entries that is a pause of milliseconds within one
//! change. Here an insertion splits at most one bucket, and a clone copies only the pages of buckets that change. A
//! bucket has its first entries in place: with small entries it is one cache line.

use std::ops::{Deref, DerefMut};

use smallvec::SmallVec;

use super::{Heap, Pages};

/// An entry that knows its hash. Equal hashes are possible: who looks an entry up compares what it stands for.
pub(crate) trait Hashed: Copy {
    fn hash(&self) -> u32;
}

/// An entry that stands for a numbered item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdEntry {
    hash: u32,
    pub(crate) id: u32,
}

impl IdEntry {
    pub(crate) fn new(hash: u64, id: u32) -> Self {
        Self { hash: short(hash), id }
    }
}

impl Hashed for IdEntry {
    #[inline]
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// Buckets in a page: one entry that comes or goes may cost the copy of a page, and few come or go in the same one.
const PAGE: usize = 32;

/// The entries of one bucket.
#[derive(Debug)]
struct Bucket<E, const N: usize>(SmallVec<[E; N]>);

impl<E: Copy, const N: usize> Clone for Bucket<E, N> {
    fn clone(&self) -> Self {
        // All at once; its own clone goes entry by entry.
        Self(SmallVec::from_slice(&self.0))
    }
}

impl<E, const N: usize> Default for Bucket<E, N> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<E, const N: usize> Deref for Bucket<E, N> {
    type Target = SmallVec<[E; N]>;

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<E, const N: usize> DerefMut for Bucket<E, N> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<E: Copy, const N: usize> Heap for Bucket<E, N> {
    fn heap(&self) -> usize {
        self.0.heap()
    }
}

/// A table of entries by hash, of which `N` stand in place in each bucket; several entries may have the same hash.
#[derive(Debug, Clone)]
pub(crate) struct Buckets<E, const N: usize> {
    buckets: Pages<Bucket<E, N>, PAGE>,
    /// Of the number of buckets, made up to a power of two.
    mask: usize,
    len: usize,
}

/// A table of numbered items: a bucket of 7 is one cache line of 64 bytes.
pub(crate) type IdTable = Buckets<IdEntry, 7>;

impl<E, const N: usize> Default for Buckets<E, N> {
    fn default() -> Self {
        Self { buckets: Pages::default(), mask: 0, len: 0 }
    }
}

impl<E: Copy, const N: usize> Heap for Buckets<E, N> {
    fn heap(&self) -> usize {
        self.buckets.heap()
    }
}

/// The part of a hash that a table keeps: enough to tell entries apart and to find the bucket among 2^32.
#[inline]
pub(crate) const fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl<E: Hashed, const N: usize> Buckets<E, N> {
    /// Entries to a bucket on average, past which the table grows: few buckets then have more than fit in place.
    const LOAD: usize = if N > 4 { 4 } else { 2 };

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The entries with this hash.
    #[inline]
    pub(crate) fn find(&self, hash: u64) -> impl Iterator<Item = &E> {
        let hash = short(hash);
        let bucket = self.buckets.get(self.bucket_of(hash));
        bucket.into_iter().flat_map(|bucket| bucket.as_slice()).filter(move |entry| entry.hash() == hash)
    }

    pub(crate) const fn bucket_count(&self) -> usize {
        self.buckets.len()
    }

    /// The number of the bucket for entries with this hash.
    #[inline]
    pub(crate) const fn bucket_of(&self, hash: u32) -> usize {
        index(hash, self.buckets.len(), self.mask)
    }

    /// The entries in a bucket.
    pub(crate) fn bucket(&self, index: usize) -> &[E] {
        self.buckets.get(index).map_or(&[], |bucket| bucket.as_slice())
    }

    /// The bucket that bucket `new` (at least 1) was split from.
    pub(crate) const fn parent(new: usize) -> usize {
        parent(new)
    }

    /// Has the bucket of a hash fetched, which is changed soon.
    pub(crate) fn fetch_to_change(&self, hash: u64) {
        self.buckets.fetch_to_change(self.bucket_of(short(hash)));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &E> {
        self.buckets.iter().flat_map(|bucket| bucket.as_slice())
    }

    pub(crate) fn insert(&mut self, entry: E) {
        if self.buckets.len() == 0 {
            self.buckets.push(Bucket::default());
        }
        if let Some(bucket) = self.buckets.get_mut(self.bucket_of(entry.hash())) {
            bucket.push(entry);
            self.len = self.len.saturating_add(1);
        }
        if self.len > self.buckets.len().saturating_mul(Self::LOAD) {
            self.split();
        }
    }

    /// The first entry with this hash for which `is` holds, to be changed but for its hash.
    pub(crate) fn find_mut(&mut self, hash: u64, is: impl Fn(&E) -> bool) -> Option<&mut E> {
        let hash = short(hash);
        let bucket = self.buckets.get_mut(self.bucket_of(hash))?;
        bucket.iter_mut().find(|entry| entry.hash() == hash && is(entry))
    }

    /// Removes the first entry with this hash for which `is` holds.
    pub(crate) fn remove(&mut self, hash: u64, is: impl Fn(&E) -> bool) -> Option<E> {
        let hash = short(hash);
        let bucket = self.buckets.get_mut(self.bucket_of(hash))?;
        let position = bucket.iter().position(|entry| entry.hash() == hash && is(entry))?;
        let removed = bucket.swap_remove(position);
        self.len = self.len.saturating_sub(1);
        if self.len < self.buckets.len().saturating_mul(Self::LOAD) / 4 {
            self.merge();
        }
        Some(removed)
    }

    /// Adds one bucket and moves into it what belongs there from the one bucket that it is split from.
    fn split(&mut self) {
        let new = self.buckets.push(Bucket::default());
        self.mask = mask(self.buckets.len());
        let (count, mask) = (self.buckets.len(), self.mask);
        let Some(from) = self.buckets.get_mut(parent(new)) else { return };
        let (moved, kept) = std::mem::take(&mut from.0).into_iter().partition(|e| index(e.hash(), count, mask) == new);
        from.0 = kept;
        if let Some(new) = self.buckets.get_mut(new) {
            new.0 = moved;
        }
    }

    /// The reverse of [`split`](Self::split).
    fn merge(&mut self) {
        if self.buckets.len() < 2 {
            return;
        }
        let Some(last) = self.buckets.pop() else { return };
        self.mask = mask(self.buckets.len());
        if let Some(into) = self.buckets.get_mut(parent(self.buckets.len())) {
            into.extend_from_slice(&last);
        }
    }
}

/// The mask of the number of buckets.
pub(super) const fn mask(count: usize) -> usize {
    count.next_power_of_two().wrapping_sub(1)
}

/// The bucket of a hash among `count` buckets.
#[inline]
pub(super) const fn index(hash: u32, count: usize, mask: usize) -> usize {
    let index = hash as usize & mask;
    // A shift: a branch would be guessed wrong for every other hash.
    index & mask.wrapping_shr((index >= count) as u32)
}

/// The bucket that bucket `new` (at least 1) is split from: the same number without its highest bit.
pub(super) const fn parent(new: usize) -> usize {
    match new.checked_ilog2() {
        Some(highest) => new & !(1_usize << highest),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(id: u32) -> u64 {
        // Few different hashes, so that equal ones are met too.
        u64::from(id / 3).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    #[test]
    fn finds_what_is_there_while_it_grows_and_shrinks() {
        let mut table = IdTable::default();
        for id in 0..5_000 {
            table.insert(IdEntry::new(hash(id), id));
        }
        let kept = table.clone();
        for id in (0..5_000).filter(|id| id % 5 != 0) {
            assert_eq!(table.remove(hash(id), |e| e.id == id).map(|e| e.id), Some(id));
            assert!(table.remove(hash(id), |e| e.id == id).is_none());
        }
        assert_eq!((table.len(), table.iter().count()), (1_000, 1_000));
        assert!(table.buckets.len() < kept.buckets.len());
        for id in 0..5_000 {
            let there = |t: &IdTable| t.find(hash(id)).any(|e| e.id == id);
            assert!(there(&kept));
            assert_eq!(there(&table), id % 5 == 0, "{id}");
        }
        table.find_mut(hash(10), |e| e.id == 10).unwrap().id = 77;
        assert!(table.find(hash(10)).any(|e| e.id == 77));
    }

    #[test]
    fn buckets_stay_short_and_in_place() {
        let mut table = IdTable::default();
        let state = ahash::RandomState::with_seeds(1, 2, 3, 4);
        for id in 0..100_000_u32 {
            table.insert(IdEntry::new(state.hash_one(id), id));
        }
        let spilled = table.buckets.iter().filter(|bucket| bucket.spilled()).count();
        assert!(spilled * 10 < table.buckets.len(), "{spilled} of {}", table.buckets.len());
        assert!(table.buckets.iter().all(|bucket| bucket.len() < 30));
        assert_eq!(size_of::<SmallVec<[IdEntry; 7]>>(), 64);
    }
}
