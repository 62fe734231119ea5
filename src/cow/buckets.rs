//! A hash table that grows one bucket at a time (linear hashing, Litwin 1980).
//!
//! A table of open addressing doubles in one go: at a million entries that is a pause of milliseconds within one
//! change. Here an insertion splits at most one bucket, and a clone copies a bucket only when it changes.

use std::sync::Arc;

use super::Pages;

/// Entries to a bucket on average, past which the table grows. A bucket is searched from end to end.
const LOAD: usize = 6;

/// An entry that knows its hash. Equal hashes are possible: who looks an entry up compares what it stands for.
pub(crate) trait Hashed: Clone {
    fn hash(&self) -> u64;
}

/// An entry that stands for a numbered item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdEntry {
    pub(crate) hash: u64,
    pub(crate) id: u32,
}

impl Hashed for IdEntry {
    fn hash(&self) -> u64 {
        self.hash
    }
}

/// A table of entries by hash; several entries may have the same.
#[derive(Debug, Clone)]
pub(crate) struct Buckets<E> {
    buckets: Pages<Option<Arc<[E]>>>,
    len: usize,
}

impl<E> Default for Buckets<E> {
    fn default() -> Self {
        Self { buckets: Pages::default(), len: 0 }
    }
}

impl<E: Hashed> Buckets<E> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The entries with this hash.
    #[inline]
    pub(crate) fn find(&self, hash: u64) -> impl Iterator<Item = &E> {
        self.bucket(hash).iter().filter(move |entry| entry.hash() == hash)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &E> {
        self.buckets.iter().flatten().flat_map(|bucket| bucket.iter())
    }

    #[inline]
    fn bucket(&self, hash: u64) -> &[E] {
        self.buckets.get(index(hash, self.buckets.len())).and_then(Option::as_deref).unwrap_or_default()
    }

    pub(crate) fn insert(&mut self, entry: E) {
        if self.buckets.len() == 0 {
            self.buckets.push(None);
        }
        let hash = entry.hash();
        let grown = self.bucket(hash).iter().cloned().chain([entry]).collect();
        self.put(index(hash, self.buckets.len()), grown);
        self.len = self.len.saturating_add(1);
        if self.len > self.buckets.len().saturating_mul(LOAD) {
            self.split();
        }
    }

    /// Replaces the first entry with this hash for which `is` holds. The new one must have the same hash.
    pub(crate) fn replace(&mut self, hash: u64, is: impl Fn(&E) -> bool, entry: E) {
        let mut bucket = self.bucket(hash).to_vec();
        if let Some(old) = bucket.iter_mut().find(|old| old.hash() == hash && is(old)) {
            *old = entry;
        }
        self.put(index(hash, self.buckets.len()), bucket);
    }

    /// Removes the first entry with this hash for which `is` holds.
    pub(crate) fn remove(&mut self, hash: u64, is: impl Fn(&E) -> bool) -> Option<E> {
        let mut bucket = self.bucket(hash).to_vec();
        let position = bucket.iter().position(|entry| entry.hash() == hash && is(entry))?;
        let removed = bucket.swap_remove(position);
        self.put(index(hash, self.buckets.len()), bucket);
        self.len = self.len.saturating_sub(1);
        if self.len < self.buckets.len().saturating_mul(LOAD) / 4 {
            self.merge();
        }
        Some(removed)
    }

    fn put(&mut self, index: usize, entries: Vec<E>) {
        if let Some(slot) = self.buckets.get_mut(index) {
            *slot = if entries.is_empty() { None } else { Some(entries.into()) };
        }
    }

    /// Adds one bucket and moves into it what belongs there from the one bucket that it is split from.
    fn split(&mut self) {
        let new = self.buckets.push(None);
        let count = self.buckets.len();
        let from = parent(new);
        let entries = self.buckets.get(from).and_then(Option::as_deref).unwrap_or_default();
        let (moved, kept) = entries.iter().cloned().partition(|entry| index(entry.hash(), count) == new);
        self.put(from, kept);
        self.put(new, moved);
    }

    /// The reverse of [`split`](Self::split).
    fn merge(&mut self) {
        if self.buckets.len() < 2 {
            return;
        }
        let Some(last) = self.buckets.pop() else { return };
        let into = parent(self.buckets.len());
        let kept = self.buckets.get(into).and_then(Option::as_deref).unwrap_or_default();
        let entries = kept.iter().cloned().chain(last.iter().flat_map(|bucket| bucket.iter().cloned())).collect();
        self.put(into, entries);
    }
}

/// The bucket of a hash among `count` buckets.
#[inline]
fn index(hash: u64, count: usize) -> usize {
    let mask = count.next_power_of_two().wrapping_sub(1);
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
    let index = hash as usize & mask;
    if index < count { index } else { index & (mask >> 1) }
}

/// The bucket that bucket `new` (at least 1) is split from: the same number without its highest bit.
const fn parent(new: usize) -> usize {
    match new.checked_ilog2() {
        Some(highest) => new & !(1_usize << highest),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u32) -> IdEntry {
        // Few different hashes, so that equal ones are met too.
        IdEntry { hash: u64::from(id / 3).wrapping_mul(0x9E37_79B9_7F4A_7C15), id }
    }

    #[test]
    fn finds_what_is_there_while_it_grows_and_shrinks() {
        let mut table = Buckets::default();
        for id in 0..5_000 {
            table.insert(entry(id));
        }
        let kept = table.clone();
        for id in (0..5_000).filter(|id| id % 5 != 0) {
            let hash = entry(id).hash;
            assert_eq!(table.remove(hash, |e| e.id == id).map(|e| e.id), Some(id));
            assert!(table.remove(hash, |e| e.id == id).is_none());
        }
        assert_eq!((table.len(), table.iter().count()), (1_000, 1_000));
        assert!(table.buckets.len() < kept.buckets.len());
        for id in 0..5_000 {
            let there = |t: &Buckets<IdEntry>| t.find(entry(id).hash).any(|e| e.id == id);
            assert!(there(&kept));
            assert_eq!(there(&table), id % 5 == 0, "{id}");
        }
        table.replace(entry(10).hash, |e| e.id == 10, IdEntry { hash: entry(10).hash, id: 77 });
        assert!(table.find(entry(10).hash).any(|e| e.id == 77));
    }

    #[test]
    fn buckets_stay_short() {
        let mut table = Buckets::default();
        let state = ahash::RandomState::with_seeds(1, 2, 3, 4);
        for id in 0..100_000_u32 {
            table.insert(IdEntry { hash: state.hash_one(id), id });
        }
        let longest = table.buckets.iter().flatten().map(|bucket| bucket.len()).max();
        assert!(longest < Some(40), "{longest:?}");
    }
}
