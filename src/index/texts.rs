//! The segments of a name, or of a pattern in the place of a name, as patterns are sought by them.

use super::key::{Seeds, lead, scattered};
use super::secret::Secret;
use super::shape::Frame;
use crate::Irn;
use crate::irn::{Ends, PatternRef};
use crate::limits::MIN_NAME_SEGMENTS;

/// The segments, hashed where somebody asks: few need be hashed twice, and there is little to be set up.
///
/// A pattern in the place of a name is taken as it is written: a wildcard is a byte that no known text holds, so the text
/// finds just what matches it whatever the wildcards stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a> {
    text: &'a [u8],
    ends: &'a Ends,
    /// Segments that a pattern without `**` must have; more than it can have if none can be meant.
    exactly: usize,
    /// Segments that a pattern may have before `**`, at most.
    before_rest: usize,
    seeds: &'a Seeds,
}

impl<'a> Texts<'a> {
    #[inline(always)]
    pub(crate) fn of_irn(name: &'a Irn<'a>, seeds: &'a Seeds) -> Self {
        let (text, count) = (name.as_str().as_bytes(), name.segment_count());
        Self { text, ends: name.ends(), exactly: count, before_rest: count.wrapping_sub(1), seeds }
    }

    /// For the patterns that may cover this one, whose segments end there.
    pub(super) fn of_pattern(pattern: PatternRef<'a>, ends: &'a Ends, seeds: &'a Seeds) -> Self {
        let count = pattern.segment_count();
        let (exactly, before_rest) = match count.saturating_sub(1) {
            // Every name has so many segments before its last; see `irn::relation`.
            before if pattern.has_rest() => (usize::MAX, before.max(MIN_NAME_SEGMENTS.saturating_sub(1))),
            before => (count, before),
        };
        Self { text: pattern.bytes(), ends, exactly, before_rest, seeds }
    }

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.seeds.secret()
    }

    #[inline]
    pub(super) fn segment(&self, index: u8) -> &'a [u8] {
        self.ends.range(index.into()).and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// Whether patterns of this frame can be meant.
    #[inline]
    pub(super) fn fit(&self, frame: Frame) -> bool {
        if frame.has_rest() { frame.fixed() <= self.before_rest } else { frame.fixed() == self.exactly }
    }

    /// How many segments a pattern may begin with: a bit for each number.
    #[inline]
    pub(super) fn leads(&self) -> u32 {
        self.segments() << 1 | 1
    }

    /// Whether a pattern may have literals in these places.
    #[inline]
    pub(super) fn has(&self, literals: u8) -> bool {
        u32::from(literals) & !self.segments() == 0
    }

    /// A bit for each segment that a pattern may have and know.
    #[inline]
    fn segments(&self) -> u32 {
        let count = self.before_rest.saturating_add(1);
        1_u32.wrapping_shl(u32::try_from(count).unwrap_or_default()).wrapping_sub(1)
    }

    /// The key of the patterns in this namespace whose literals are so many of the first segments.
    #[inline]
    pub(super) fn lead_key(&self, count: usize, namespace: u32) -> u64 {
        lead(self.lead(count), namespace, self.secret())
    }

    /// The key of the patterns in this namespace whose literals are the segments in these places, which are not the first ones.
    #[inline]
    pub(super) fn scattered_key(&self, literals: u8, namespace: u32) -> u64 {
        let mut sum = self.lead(literals.trailing_ones() as usize);
        let mut left = literals & literals.wrapping_add(1);
        while left != 0 {
            sum = sum.wrapping_add(self.single(left.trailing_zeros() as usize));
            left &= left.wrapping_sub(1);
        }
        scattered(sum, literals, namespace, self.secret())
    }

    /// The hash of so many first segments, 0 of none.
    #[inline(always)]
    fn lead(&self, count: usize) -> u64 {
        // None but a pattern can have fewer.
        let end = if count > self.ends.count() { self.text.len() } else { self.ends.end(count) };
        if count == 0 { 0 } else { self.secret().beginning(self.text, end) }
    }

    fn single(&self, place: usize) -> u64 {
        // There are few segments.
        let place = u8::try_from(place).unwrap_or_default();
        self.seeds.segment(self.segment(place), place)
    }
}
