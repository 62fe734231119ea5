//! Which anchors occur among patterns, with how many have each: what is worth looking for in a segment.

use smallvec::SmallVec;

use super::anchor::{Anchor, GRAMS, SAMPLED};
use super::key::WINDOW;
use crate::cow::{Heap, bytes_of};

/// The anchors that occur, by the length of the prefix, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    prefixes: SmallVec<[Prefix; 1]>,
    windowed: Lengths,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Prefix {
    length: u8,
    /// Entries with this prefix and nothing else.
    pub(super) alone: u32,
    /// All others, by the length of the suffix, ascending.
    suffixes: SmallVec<[Suffix; 1]>,
    windowed: Lengths,
}

#[derive(Debug, Clone, Copy, Default)]
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

impl Heap for Anchors {
    fn heap(&self) -> usize {
        let own = if self.prefixes.spilled() { bytes_of::<Prefix>(self.prefixes.capacity()) } else { 0 };
        self.prefixes.iter().fold(own, |sum, prefix| sum.saturating_add(prefix.suffixes.heap()))
    }
}

impl Anchors {
    /// What occurs without a prefix.
    #[inline(always)]
    pub(super) fn bare(&self) -> Option<&Prefix> {
        self.prefixes.first().filter(|prefix| prefix.length == 0)
    }

    /// The prefixes that are shorter than a window.
    #[inline(always)]
    pub(super) fn short(&self) -> impl Iterator<Item = &Prefix> {
        self.prefixes.iter().skip_while(|prefix| prefix.length == 0).take_while(|prefix| prefix.length < WINDOW)
    }

    /// The lengths of all others.
    #[inline(always)]
    pub(super) const fn windowed(&self) -> Lengths {
        self.windowed
    }

    /// The prefixes of such a length.
    #[inline(always)]
    pub(super) fn of_length(&self, length: u8) -> impl Iterator<Item = &Prefix> {
        let from = self.prefixes.partition_point(|prefix| prefix.length < length);
        let found = self.prefixes.get(from..).unwrap_or_default().iter();
        found.take_while(move |prefix| prefix.length == length || length == LAST)
    }

    pub(super) fn insert(&mut self, anchor: Anchor) {
        let at = self.prefixes.binary_search_by_key(&anchor.prefix, Prefix::length).unwrap_or_else(|at| {
            self.prefixes.insert(at, Prefix { length: anchor.prefix, ..Prefix::default() });
            self.windowed = Lengths::of(self.prefixes.iter().map(Prefix::length));
            at
        });
        let Some(prefix) = self.prefixes.get_mut(at) else { return };
        if anchor.suffix == 0 && anchor.gram == 0 {
            return add(&mut prefix.alone);
        }
        let suffixes = &mut prefix.suffixes;
        let at = suffixes.binary_search_by_key(&anchor.suffix, Suffix::length).unwrap_or_else(|at| {
            suffixes.insert(at, Suffix { length: anchor.suffix, ..Suffix::default() });
            prefix.windowed = Lengths::of(suffixes.iter().map(Suffix::length));
            at
        });
        if let Some(suffix) = suffixes.get_mut(at) {
            suffix.change(anchor.gram, add);
        }
    }

    /// Counts an anchor less.
    pub(super) fn remove(&mut self, anchor: Anchor) {
        let Ok(at) = self.prefixes.binary_search_by_key(&anchor.prefix, Prefix::length) else { return };
        let Some(prefix) = self.prefixes.get_mut(at) else { return };
        if anchor.suffix == 0 && anchor.gram == 0 {
            take(&mut prefix.alone);
        } else if let Ok(at) = prefix.suffixes.binary_search_by_key(&anchor.suffix, Suffix::length)
            && let Some(suffix) = prefix.suffixes.get_mut(at)
        {
            suffix.change(anchor.gram, |count| _ = take(count));
            if suffix.alone == 0 && suffix.occurring == 0 {
                prefix.suffixes.remove(at);
                prefix.windowed = Lengths::of(prefix.suffixes.iter().map(Suffix::length));
            }
        }
        if prefix.alone == 0 && prefix.suffixes.is_empty() {
            self.prefixes.remove(at);
            self.windowed = Lengths::of(self.prefixes.iter().map(Prefix::length));
        }
    }
}

impl Prefix {
    #[inline(always)]
    pub(super) const fn length(&self) -> u8 {
        self.length
    }

    /// Whether something more is known of entries with this prefix.
    #[inline(always)]
    pub(super) fn has_more(&self) -> bool {
        !self.suffixes.is_empty()
    }

    /// What occurs without a suffix, but with a gram.
    #[inline(always)]
    pub(super) fn bare(&self) -> Option<&Suffix> {
        self.suffixes.first().filter(|suffix| suffix.length == 0)
    }

    /// The suffixes that are shorter than a window.
    #[inline(always)]
    pub(super) fn short(&self) -> impl Iterator<Item = &Suffix> {
        self.suffixes.iter().skip_while(|suffix| suffix.length == 0).take_while(|suffix| suffix.length < WINDOW)
    }

    /// The lengths of all others.
    #[inline(always)]
    pub(super) const fn windowed(&self) -> Lengths {
        self.windowed
    }

    /// The suffixes of such a length.
    #[inline(always)]
    pub(super) fn of_length(&self, length: u8) -> impl Iterator<Item = &Suffix> {
        let from = self.suffixes.partition_point(|suffix| suffix.length < length);
        let found = self.suffixes.get(from..).unwrap_or_default().iter();
        found.take_while(move |suffix| suffix.length == length || length == LAST)
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
    #[inline(always)]
    pub(super) const fn length(&self) -> u8 {
        self.length
    }

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
