//! A hash table of numbers whose buckets are one cache line each, compared all at once.
//!
//! It grows one bucket at a time, as [`Buckets`](super::Buckets) do. To ask a bucket takes no branch that depends on what is in
//! it, so the buckets of several hashes are fetched at the same time. With each number goes a byte of *marks*: who asks for some
//! of them is not shown entries that have none of those.

use smallvec::SmallVec;
use wide::{u8x16, u32x4};

use super::Pages;
use super::buckets::{index, mask, parent};
use super::fetch;
use super::heap::Heap;

/// Entries of a bucket.
const ENTRIES: usize = 6;

/// A bit for each entry.
const ALL: u32 = (1 << ENTRIES) - 1;

/// Buckets in a page: one number that comes or goes may cost the copy of a page.
const PAGE: usize = 32;

/// Marks that everybody asks for.
pub(crate) const ANY: u8 = u8::MAX;

/// The part of a hash that is kept; never 0, which stands where an entry is free.
#[inline(always)]
fn short(hash: u64) -> u32 {
    super::short(hash).max(1)
}

/// See the [module](self). A number is there once.
#[derive(Debug, Clone, Default)]
pub(crate) struct NumberTable {
    buckets: Pages<Bucket, PAGE>,
    /// What full buckets go on in.
    more: Pages<Bucket, PAGE>,
    /// One more than the number of the first of those that is free: it goes on in the next one that is.
    free: u32,
    /// Of the number of buckets, made up to a power of two.
    mask: usize,
    len: usize,
}

/// Some entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C, align(64))]
struct Bucket {
    /// The hashes of the entries, 0 where one is free; then their numbers.
    words: [u32; 2 * ENTRIES],
    /// The marks of the entries, none where an entry is free; from byte [`NEXT`] on, one more than the number of what this goes
    /// on in, and which hashes are there.
    tail: [u8; 16],
}

const NEXT: usize = 8;
const THERE: usize = 12;

/// Which of 32 bits tells of a hash that it is in what a bucket goes on in. Its highest bits: the bucket's number is made of the lowest.
#[inline(always)]
const fn there(hash: u32) -> u32 {
    hash >> 27
}

/// Where the numbers with a hash are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'t> {
    bucket: &'t Bucket,
    hash: u32,
}

impl Default for Spot<'_> {
    #[inline(always)]
    fn default() -> Self {
        Self { bucket: Bucket::EMPTY, hash: 0 }
    }
}

/// What stands in a bucket.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u32,
    number: u32,
    marks: u8,
}

impl Bucket {
    const EMPTY: &Self = &Self { words: [0; 2 * ENTRIES], tail: [0; 16] };

    /// The entries with this hash, a bit for each.
    #[inline(always)]
    fn with_hash(&self, hash: u32) -> u32 {
        let ([low, high, _], _) = self.words.as_chunks::<4>() else { return 0 };
        let hash = u32x4::splat(hash);
        let low = u32x4::new(*low).simd_eq(hash).to_bitmask();
        (low | u32x4::new(*high).simd_eq(hash).to_bitmask() << 4) & ALL
    }

    /// The entries with this hash and one of these marks, a bit for each.
    #[inline(always)]
    fn propose(&self, hash: u32, marks: u8) -> u32 {
        if marks == ANY {
            return self.with_hash(hash);
        }
        let unmarked = (u8x16::new(self.tail) & u8x16::splat(marks)).simd_eq(u8x16::default()).to_bitmask();
        self.with_hash(hash) & !unmarked
    }

    /// Visits the numbers of those.
    #[inline(always)]
    fn visit(&self, hash: u32, marks: u8, visit: &mut impl FnMut(u32)) {
        let mut proposed = self.propose(hash, marks);
        while proposed != 0 {
            visit(self.number(proposed.trailing_zeros() as usize));
            proposed &= proposed.wrapping_sub(1);
        }
    }

    /// Whether this hash may be in what it goes on in: a full bucket is seldom full of what is sought. One that has been there is
    /// not forgotten before the bucket is filled anew.
    #[inline(always)]
    fn may_go_on(&self, hash: u32) -> bool {
        self.word::<THERE>() >> there(hash) & 1 != 0
    }

    fn goes_on_with(&mut self, hash: u32) {
        self.set_word::<THERE>(self.word::<THERE>() | 1 << there(hash));
    }

    #[inline(always)]
    fn next_word(&self) -> u32 {
        self.word::<NEXT>()
    }

    #[inline(always)]
    fn word<const AT: usize>(&self) -> u32 {
        let bytes = self.tail.get(AT..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn set_word<const AT: usize>(&mut self, word: u32) {
        if let Some(bytes) = self.tail.get_mut(AT..).and_then(<[u8]>::first_chunk_mut) {
            *bytes = word.to_le_bytes();
        }
    }

    /// Where it goes on.
    #[inline]
    fn next(&self) -> Option<usize> {
        self.next_word().checked_sub(1).map(|number| number as usize)
    }

    fn set_next_word(&mut self, next: u32) {
        self.set_word::<NEXT>(next);
    }

    /// The number of an entry.
    #[inline(always)]
    fn number(&self, entry: usize) -> u32 {
        self.words.get(ENTRIES.wrapping_add(entry)).copied().unwrap_or_default()
    }

    fn marks(&self, entry: usize) -> u8 {
        self.tail.get(entry).copied().unwrap_or_default()
    }

    /// The entries that are not free, a bit for each.
    #[inline(always)]
    fn taken(&self) -> u32 {
        !u8x16::new(self.tail).simd_eq(u8x16::default()).to_bitmask() & ALL
    }

    /// The first place that is free.
    #[inline(always)]
    fn free(&self) -> Option<usize> {
        let free = !self.taken() & ALL;
        if free == 0 { None } else { Some(free.trailing_zeros() as usize) }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let mut taken = self.taken();
        std::iter::from_fn(move || {
            let place = taken.trailing_zeros() as usize;
            taken &= taken.wrapping_sub(1);
            let hash = *self.words.get(place).filter(|_| place < ENTRIES)?;
            Some(Entry { hash, number: self.number(place), marks: self.marks(place) })
        })
    }

    fn set(&mut self, place: usize, entry: Entry) {
        let (hashes, numbers) = self.words.split_at_mut(ENTRIES);
        if let (Some(hash), Some(number), Some(marks)) =
            (hashes.get_mut(place), numbers.get_mut(place), self.tail.get_mut(place))
        {
            (*hash, *number, *marks) = (entry.hash, entry.number, entry.marks);
        }
    }

    /// The place of an entry with this number.
    fn place_of(&self, number: u32) -> Option<usize> {
        (0..ENTRIES).find(|place| self.marks(*place) != 0 && self.number(*place) == number)
    }
}

impl NumberTable {
    /// Entries to two buckets on average, past which the table grows: few buckets are then full.
    const LOAD: usize = 8;

    #[cfg(test)]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The bucket that what has this hash is in, or in what it goes on in.
    #[inline(always)]
    fn bucket(&self, hash: u32) -> &Bucket {
        self.buckets.get(index(hash, self.buckets.len(), self.mask)).unwrap_or(Bucket::EMPTY)
    }

    /// Has the bucket of a hash fetched, which is changed soon.
    pub(crate) fn fetch_to_change(&self, hash: u64) {
        self.buckets.fetch_to_change(index(short(hash), self.buckets.len(), self.mask));
    }

    /// Visits the numbers there that have one of these marks.
    #[inline(always)]
    pub(crate) fn visit(&self, Spot { bucket, hash }: Spot<'_>, marks: u8, visit: &mut impl FnMut(u32)) {
        bucket.visit(hash, marks, visit);
        if bucket.may_go_on(hash) {
            self.visit_more(bucket, hash, marks, visit);
        }
    }

    /// Visits those in what a bucket goes on in.
    #[inline(never)]
    fn visit_more(&self, bucket: &Bucket, hash: u32, marks: u8, visit: &mut impl FnMut(u32)) {
        let mut next = bucket.next();
        while let Some(bucket) = next.and_then(|next| self.more.get(next)) {
            bucket.visit(hash, marks, visit);
            next = bucket.next();
        }
    }

    /// The numbers with this hash.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64) -> impl Iterator<Item = u32> {
        self.find_in(self.spot(hash))
    }

    /// Where the numbers with this hash are.
    #[inline(always)]
    pub(crate) fn spot(&self, hash: u64) -> Spot<'_> {
        let hash = short(hash);
        Spot { bucket: self.bucket(hash), hash }
    }

    /// The same, which is fetched and not waited for.
    #[inline(always)]
    pub(crate) fn seek(&self, hash: u64) -> Spot<'_> {
        let spot = self.spot(hash);
        fetch(spot.bucket);
        spot
    }

    /// The numbers there.
    #[inline(always)]
    pub(crate) fn find_in<'t>(&'t self, Spot { bucket, hash }: Spot<'t>) -> impl Iterator<Item = u32> + use<'t> {
        Found { table: self, bucket, entries: bucket.with_hash(hash), hash }
    }

    /// Adds a number under a hash; it must have marks.
    pub(crate) fn insert(&mut self, hash: u64, number: u32, marks: u8) {
        debug_assert!(marks != 0, "what has no marks is not there");
        if self.buckets.len() == 0 {
            self.buckets.push(Bucket::default());
        }
        let entry = Entry { hash: short(hash), number, marks };
        self.put(entry);
        self.len = self.len.saturating_add(1);
        if self.len.saturating_mul(2) > self.buckets.len().saturating_mul(Self::LOAD) {
            self.split();
        }
    }

    fn put(&mut self, entry: Entry) {
        let first = index(entry.hash, self.buckets.len(), self.mask);
        let Some(bucket) = self.buckets.get_mut(first) else { return };
        if let Some(place) = bucket.free() {
            return bucket.set(place, entry);
        }
        bucket.goes_on_with(entry.hash);
        let (next, mut at) = (bucket.next_word(), bucket.next());
        // Where there is room in what it goes on in, or before all of that.
        while let Some(bucket) = at.and_then(|at| self.more.get_mut(at)) {
            if let Some(place) = bucket.free() {
                return bucket.set(place, entry);
            }
            at = bucket.next();
        }
        let new = self.free_bucket();
        if let Some(bucket) = new.checked_sub(1).and_then(|new| self.more.get_mut(new as usize)) {
            *bucket = Bucket::default();
            bucket.set(0, entry);
            bucket.set_next_word(next);
        }
        if let Some(bucket) = self.buckets.get_mut(first) {
            bucket.set_next_word(new);
        }
    }

    /// One more than the number of a bucket that is free to go on in.
    fn free_bucket(&mut self) -> u32 {
        match self.free.checked_sub(1).and_then(|free| self.more.get(free as usize)) {
            Some(bucket) => std::mem::replace(&mut self.free, bucket.next_word()),
            // There are fewer of them than numbers.
            None => u32::try_from(self.more.push(Bucket::default()).saturating_add(1)).unwrap_or_default(),
        }
    }

    /// Gives a number under a hash other marks.
    pub(crate) fn mark(&mut self, hash: u64, number: u32, marks: u8) {
        self.change(hash, number, |bucket, place| {
            let hash = short(hash);
            bucket.set(place, Entry { hash, number, marks });
        });
    }

    /// Removes a number from under a hash; whether it was there.
    pub(crate) fn remove(&mut self, hash: u64, number: u32) -> bool {
        let was_there = self.change(hash, number, |bucket, place| {
            bucket.set(place, Entry { hash: 0, number: 0, marks: 0 });
        });
        if was_there {
            self.len = self.len.saturating_sub(1);
            if self.len.saturating_mul(8) < self.buckets.len().saturating_mul(Self::LOAD) {
                self.merge();
            }
        }
        was_there
    }

    /// Changes the entry of a number; whether it was there.
    fn change(&mut self, hash: u64, number: u32, change: impl Fn(&mut Bucket, usize)) -> bool {
        let first = index(short(hash), self.buckets.len(), self.mask);
        let Some(bucket) = self.buckets.get(first) else { return false };
        if let Some(place) = bucket.place_of(number) {
            self.buckets.get_mut(first).into_iter().for_each(|bucket| change(bucket, place));
            return true;
        }
        let mut at = bucket.next();
        while let Some(number_of) = at
            && let Some(bucket) = self.more.get(number_of)
        {
            if let Some(place) = bucket.place_of(number) {
                self.more.get_mut(number_of).into_iter().for_each(|bucket| change(bucket, place));
                return true;
            }
            at = bucket.next();
        }
        false
    }

    /// Adds one bucket and moves into it what belongs there from the one bucket that it is split from.
    fn split(&mut self) {
        let new = self.buckets.push(Bucket::default());
        self.mask = mask(self.buckets.len());
        let (count, mask, from) = (self.buckets.len(), self.mask, parent(new));
        let mut halves = [(from, Bucket::default(), 0), (new, Bucket::default(), 0)];
        let mut others: SmallVec<[Entry; ENTRIES]> = SmallVec::new();
        for entry in self.take(from) {
            let Some((_, half, room)) = halves.get_mut(usize::from(index(entry.hash, count, mask) == new)) else {
                return;
            };
            if *room < ENTRIES {
                half.set(*room, entry);
                *room = room.saturating_add(1);
            } else {
                others.push(entry);
            }
        }
        for (at, half, _) in halves {
            self.buckets.get_mut(at).into_iter().for_each(|bucket| *bucket = half);
        }
        others.into_iter().for_each(|entry| self.put(entry));
    }

    /// The reverse of [`split`](Self::split).
    fn merge(&mut self) {
        if let Some(last) = self.buckets.len().checked_sub(1).filter(|last| *last > 0) {
            let moved = self.take(last);
            self.buckets.pop();
            self.mask = mask(self.buckets.len());
            moved.into_iter().for_each(|entry| self.put(entry));
        }
    }

    /// Empties a bucket and all that it goes on in.
    fn take(&mut self, first: usize) -> SmallVec<[Entry; 4 * ENTRIES]> {
        let mut taken = SmallVec::new();
        let Some(bucket) = self.buckets.get_mut(first).map(std::mem::take) else { return taken };
        taken.extend(bucket.entries());
        let mut word = bucket.next_word();
        while let Some(bucket) = word.checked_sub(1).and_then(|at| self.more.get_mut(at as usize)) {
            taken.extend(bucket.entries());
            let next = bucket.next_word();
            *bucket = Bucket::default();
            bucket.set_next_word(self.free);
            self.free = word;
            word = next;
        }
        taken
    }
}

/// See [`NumberTable::find`].
struct Found<'a> {
    table: &'a NumberTable,
    bucket: &'a Bucket,
    /// Entries of it that are still to come.
    entries: u32,
    hash: u32,
}

impl Iterator for Found<'_> {
    type Item = u32;

    #[inline(always)]
    fn next(&mut self) -> Option<u32> {
        loop {
            if self.entries != 0 {
                let entry = self.entries.trailing_zeros() as usize;
                self.entries &= self.entries.wrapping_sub(1);
                return Some(self.bucket.number(entry));
            }
            self.bucket = self.table.more.get(self.bucket.next()?)?;
            self.entries = self.bucket.with_hash(self.hash);
        }
    }
}

impl Heap for Bucket {
    fn heap(&self) -> usize {
        0
    }
}

impl Heap for NumberTable {
    fn heap(&self) -> usize {
        self.buckets.heap().saturating_add(self.more.heap())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Few different hashes, so that equal ones and full buckets are met too.
    fn hash(number: u32) -> u64 {
        u64::from(number / 5).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn all(table: &NumberTable) -> Vec<u32> {
        table.buckets.iter().chain(table.more.iter()).flat_map(Bucket::entries).map(|entry| entry.number).collect()
    }

    fn found(table: &NumberTable, hash: u64, marks: u8) -> Vec<u32> {
        let mut found = Vec::new();
        table.visit(table.spot(hash), marks, &mut |number| found.push(number));
        found.sort_unstable();
        found
    }

    #[test]
    fn finds_what_is_there_while_it_grows_and_shrinks() {
        assert_eq!(size_of::<Bucket>(), 64);
        let mut table = NumberTable::default();
        let mut known: BTreeMap<u32, u8> = BTreeMap::new();
        for turn in 0..30_000_u32 {
            let number = turn.wrapping_mul(2_654_435_761) % 4_000;
            let marks = 1 << (turn % 8);
            // More come than go, and then more go than come.
            let is_known = known.contains_key(&number);
            if is_known {
                match turn % 4 {
                    0 => {
                        table.mark(hash(number), number, marks);
                        known.insert(number, marks);
                    }
                    1 if turn < 15_000 => {}
                    _ => {
                        assert!(table.remove(hash(number), number));
                        known.remove(&number);
                    }
                }
            } else if turn < 15_000 || turn % 8 == 0 {
                assert!(!table.remove(hash(number), number));
                table.insert(hash(number), number, marks);
                known.insert(number, marks);
            }
            assert_eq!(table.len, known.len());
            if turn % 97 == 0 {
                let group = number / 5 * 5..number / 5 * 5 + 5;
                for asked in [ANY, 1, 0b1010_0000] {
                    let meant = known.range(group.clone()).filter(|(_, marks)| *marks & asked != 0);
                    assert_eq!(found(&table, hash(number), asked), meant.map(|(n, _)| *n).collect::<Vec<_>>());
                }
                assert_eq!(table.find(hash(number)).next().is_some(), known.range(group).next().is_some());
            }
        }
        let mut known_numbers = all(&table);
        known_numbers.sort_unstable();
        assert_eq!(known_numbers, known.keys().copied().collect::<Vec<_>>());
        known.keys().for_each(|number| assert!(table.remove(hash(*number), *number)));
        assert_eq!((table.len, all(&table).len()), (0, 0));
        assert!(table.buckets.len() < 500);
    }
}
