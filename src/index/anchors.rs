//! Which anchors occur among patterns, with how many have each: what is worth looking for in a segment.

use smallvec::SmallVec;

use super::anchor::{Anchor, GRAMS};
use crate::cow::{Heap, bytes_of};

/// The anchors that occur, by the length of the prefix, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors(SmallVec<[Prefix; 1]>);

#[derive(Debug, Clone, Default)]
pub(super) struct Prefix {
    pub(super) length: u8,
    /// Entries with this prefix and nothing else.
    pub(super) alone: u32,
    /// All others, by the length of the suffix, ascending.
    pub(super) suffixes: SmallVec<[Suffix; 1]>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Suffix {
    pub(super) length: u8,
    /// Entries with this suffix and no gram.
    pub(super) alone: u32,
    /// Entries with a gram.
    pub(super) with_gram: u32,
    /// Those, for each of the [`GRAMS`].
    grams: [u32; GRAMS.len()],
}

impl Heap for Anchors {
    fn heap(&self) -> usize {
        let own = if self.0.spilled() { bytes_of::<Prefix>(self.0.capacity()) } else { 0 };
        self.0.iter().fold(own, |sum, prefix| sum.saturating_add(prefix.suffixes.heap()))
    }
}

impl Anchors {
    #[inline]
    pub(super) fn prefixes(&self) -> &[Prefix] {
        &self.0
    }

    pub(super) fn insert(&mut self, anchor: Anchor) {
        let at = self.0.binary_search_by_key(&anchor.prefix, |prefix| prefix.length).unwrap_or_else(|at| {
            self.0.insert(at, Prefix { length: anchor.prefix, ..Prefix::default() });
            at
        });
        let Some(prefix) = self.0.get_mut(at) else { return };
        if anchor.suffix == 0 && anchor.gram == 0 {
            return add(&mut prefix.alone);
        }
        let suffixes = &mut prefix.suffixes;
        let at = suffixes.binary_search_by_key(&anchor.suffix, |suffix| suffix.length).unwrap_or_else(|at| {
            suffixes.insert(at, Suffix { length: anchor.suffix, ..Suffix::default() });
            at
        });
        if let Some(suffix) = suffixes.get_mut(at) {
            suffix.counts(anchor.gram).for_each(add);
        }
    }

    /// Counts an anchor less.
    pub(super) fn remove(&mut self, anchor: Anchor) {
        let Ok(at) = self.0.binary_search_by_key(&anchor.prefix, |prefix| prefix.length) else { return };
        let Some(prefix) = self.0.get_mut(at) else { return };
        if anchor.suffix == 0 && anchor.gram == 0 {
            take(&mut prefix.alone);
        } else if let Ok(at) = prefix.suffixes.binary_search_by_key(&anchor.suffix, |suffix| suffix.length)
            && let Some(suffix) = prefix.suffixes.get_mut(at)
        {
            suffix.counts(anchor.gram).for_each(|count| {
                take(count);
            });
            if suffix.alone == 0 && suffix.with_gram == 0 {
                prefix.suffixes.remove(at);
            }
        }
        if prefix.alone == 0 && prefix.suffixes.is_empty() {
            self.0.remove(at);
        }
    }
}

impl Suffix {
    /// The lengths of grams that occur.
    #[inline]
    pub(super) fn grams(&self) -> impl Iterator<Item = u8> {
        GRAMS.into_iter().zip(self.grams).filter(|(_, count)| *count > 0).map(|(length, _)| length)
    }

    /// The counts that an entry with a gram of this length, or with none, has a part in.
    fn counts(&mut self, gram: u8) -> impl Iterator<Item = &mut u32> {
        let Self { alone, with_gram, grams, .. } = self;
        let of_length = GRAMS.into_iter().zip(grams).find(|(length, _)| *length == gram);
        let (first, second) = match of_length {
            Some((_, of_length)) => (with_gram, Some(of_length)),
            None => (alone, None),
        };
        std::iter::once(first).chain(second)
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
