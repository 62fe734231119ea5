//! Which anchors occur among patterns, with how many have each: what is worth looking for in a segment.

use smallvec::SmallVec;

use super::anchor::{Anchor, GRAMS, SAMPLED};
use super::key::WINDOW;
use crate::cow::{Heap, bytes_of};

/// The anchors that occur, by the length of their prefix.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    pub(super) prefixes: ByLength<Prefix>,
}

/// Entries with prefixes of one length.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    length: u8,
    /// Those with this prefix and nothing else.
    pub(super) alone: u32,
    /// All others, by the length of their suffix.
    pub(super) suffixes: ByLength<Suffix>,
}

/// Of entries with prefixes of one length, those with suffixes of one length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suffix {
    length: u8,
    /// For each of the [`GRAMS`] a bit that says whether any has it.
    occurring: u8,
    /// Entries with this suffix and no gram.
    pub(super) alone: u32,
    /// Entries with a gram, for each of the [`GRAMS`].
    grams: [u32; GRAMS.len()],
}

/// Lengths from a window's on: a bit for each, the last one for all that have none of their own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lengths(u64);

/// It stands for all lengths from here on.
pub(super) const LAST: u8 = 63;

impl Lengths {
    fn of(lengths: impl Iterator<Item = u8>) -> Self {
        Self(lengths.filter(|length| *length >= WINDOW).fold(0, |bits, length| bits | 1 << length.min(LAST)))
    }

    #[inline(always)]
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that fit into so many bytes, ascending; a longer one as [`LAST`].
    #[inline(always)]
    pub(super) fn within(self, bytes: usize) -> impl Iterator<Item = u8> {
        let more = u32::try_from(bytes.saturating_add(1)).unwrap_or(u32::MAX);
        let mut left = self.0 & !u64::MAX.unbounded_shl(more);
        std::iter::from_fn(move || {
            let first = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            if first < u64::BITS { u8::try_from(first).ok() } else { None }
        })
    }
}

/// What has a length of its own, at most one for each length.
pub(super) trait OfLength {
    fn new(length: u8) -> Self;
    fn length(&self) -> u8;
    fn is_empty(&self) -> bool;
}

/// By length, ascending, with the lengths from a window's on for a search to go through.
#[derive(Debug, Clone)]
pub(super) struct ByLength<T> {
    all: SmallVec<[T; 1]>,
    windowed: Lengths,
}

impl<T> Default for ByLength<T> {
    fn default() -> Self {
        Self { all: SmallVec::new(), windowed: Lengths::default() }
    }
}

impl<T: OfLength> ByLength<T> {
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The one without any length.
    #[inline(always)]
    pub(super) fn bare(&self) -> Option<&T> {
        self.all.first().filter(|it| it.length() == 0)
    }

    /// Those that are shorter than a window.
    #[inline(always)]
    pub(super) fn short(&self) -> impl Iterator<Item = &T> {
        self.all.iter().skip_while(|it| it.length() == 0).take_while(|it| it.length() < WINDOW)
    }

    /// The lengths of all others.
    #[inline(always)]
    pub(super) const fn windowed(&self) -> Lengths {
        self.windowed
    }

    /// Those of such a length.
    #[inline(always)]
    pub(super) fn of_length(&self, length: u8) -> impl Iterator<Item = &T> {
        let from = self.all.partition_point(|it| it.length() < length);
        let found = self.all.get(from..).unwrap_or_default().iter();
        found.take_while(move |it| it.length() == length || length == LAST)
    }

    /// Changes the one of a length, which is there from its first change until it is empty.
    fn change(&mut self, length: u8, change: impl FnOnce(&mut T)) {
        let at = self.all.binary_search_by_key(&length, T::length).unwrap_or_else(|at| {
            self.all.insert(at, T::new(length));
            self.count();
            at
        });
        let Some(it) = self.all.get_mut(at) else { return };
        change(it);
        if it.is_empty() {
            self.all.remove(at);
            self.count();
        }
    }

    fn count(&mut self) {
        self.windowed = Lengths::of(self.all.iter().map(T::length));
    }
}

impl Heap for Anchors {
    fn heap(&self) -> usize {
        let prefixes = &self.prefixes.all;
        let own = if prefixes.spilled() { bytes_of::<Prefix>(prefixes.capacity()) } else { 0 };
        prefixes.iter().fold(own, |sum, prefix| sum.saturating_add(prefix.suffixes.all.heap()))
    }
}

impl Anchors {
    pub(super) fn insert(&mut self, anchor: Anchor) {
        self.change(anchor, add);
    }

    /// Counts an anchor less.
    pub(super) fn remove(&mut self, anchor: Anchor) {
        self.change(anchor, |count| _ = take(count));
    }

    fn change(&mut self, Anchor { prefix, suffix, gram }: Anchor, change: impl FnOnce(&mut u32)) {
        self.prefixes.change(prefix, |prefix| {
            if suffix == 0 && gram == 0 {
                change(&mut prefix.alone);
            } else {
                prefix.suffixes.change(suffix, |suffix| suffix.change(gram, change));
            }
        });
    }
}

impl OfLength for Prefix {
    fn new(length: u8) -> Self {
        Self { length, alone: 0, suffixes: ByLength::default() }
    }

    #[inline(always)]
    fn length(&self) -> u8 {
        self.length
    }

    fn is_empty(&self) -> bool {
        self.alone == 0 && self.suffixes.is_empty()
    }
}

impl OfLength for Suffix {
    fn new(length: u8) -> Self {
        Self { length, occurring: 0, alone: 0, grams: [0; GRAMS.len()] }
    }

    #[inline(always)]
    fn length(&self) -> u8 {
        self.length
    }

    fn is_empty(&self) -> bool {
        self.alone == 0 && self.occurring == 0
    }
}

/// The [`GRAMS`] that are sampled.
const ARE_SAMPLED: u8 = {
    let mut bits = 0;
    let mut left: &[u8] = &GRAMS;
    while let [before @ .., last] = left {
        if *last >= SAMPLED {
            bits |= 1 << before.len();
        }
        left = before;
    }
    bits
};

impl Suffix {
    /// Whether any entry has a gram.
    #[inline(always)]
    pub(super) const fn has_grams(&self) -> bool {
        self.occurring != 0
    }

    /// Whether any has a gram that is sampled.
    #[inline(always)]
    pub(super) const fn has_sampled(&self) -> bool {
        self.occurring & ARE_SAMPLED != 0
    }

    /// Whether any has one that is not.
    #[inline(always)]
    pub(super) const fn has_others(&self) -> bool {
        self.occurring & !ARE_SAMPLED != 0
    }

    /// The lengths of grams that occur.
    #[inline]
    pub(super) fn grams(&self) -> impl Iterator<Item = u8> {
        GRAMS.into_iter().zip(self.grams).filter(|(_, count)| *count > 0).map(|(length, _)| length)
    }

    /// Changes how many entries have a gram of this length, or none.
    fn change(&mut self, gram: u8, change: impl FnOnce(&mut u32)) {
        let Some(place) = GRAMS.iter().position(|length| *length == gram) else { return change(&mut self.alone) };
        if let Some(count) = self.grams.get_mut(place) {
            change(count);
            let bit = 1_u8.wrapping_shl(u32::try_from(place).unwrap_or_default());
            self.occurring = if *count > 0 { self.occurring | bit } else { self.occurring & !bit };
        }
    }
}

pub(super) fn add(count: &mut u32) {
    *count = count.saturating_add(1);
}

/// Counts one less; true if none is left.
pub(super) fn take(count: &mut u32) -> bool {
    *count = count.saturating_sub(1);
    *count == 0
}
