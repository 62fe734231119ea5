//! The segments of a name, or of a pattern in the place of a name, as patterns are sought by them.

use super::key::{Seeds, lead, scattered};
use super::secret::Secret;
use super::shape::Frame;
use crate::Irn;
use crate::irn::{LazyIrn, PatternRef, Segment};
use crate::limits::MIN_NAME_SEGMENTS;

/// The segments, hashed where somebody asks: few need be hashed twice, and there is little to be set up.
///
/// A pattern in the place of a name is taken as it is written: a wildcard is a byte that no known text holds, so the text
/// finds just what matches it whatever the wildcards stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a> {
    of: Of<'a>,
    /// Segments that a pattern without `**` must have; more than it can have if none can be meant.
    exactly: usize,
    /// Segments that a pattern may have before `**`, at most.
    before_rest: usize,
    seeds: &'a Seeds,
}

#[derive(Debug, Clone, Copy)]
enum Of<'a> {
    Name(&'a Irn<'a>),
    Pattern(PatternRef<'a>),
}

impl<'a> Texts<'a> {
    /// `None` where the name can't be read.
    #[inline]
    pub(crate) fn of_name(name: &'a LazyIrn<'_>, seeds: &'a Seeds) -> Option<Self> {
        name.irn().map(|irn| Self::of_irn(irn, seeds))
    }

    #[inline(always)]
    pub(super) fn of_irn(name: &'a Irn<'a>, seeds: &'a Seeds) -> Self {
        let count = name.segment_count();
        Self::new(Of::Name(name), count, count.saturating_sub(1), seeds)
    }

    /// For the patterns that may cover this one.
    pub(super) fn of_pattern(pattern: PatternRef<'a>, seeds: &'a Seeds) -> Self {
        let count = pattern.segment_count();
        let (exactly, before_rest) = match count.saturating_sub(1) {
            // Every name has so many segments before its last; see `irn::relation`.
            before if pattern.has_rest() => (usize::MAX, before.max(MIN_NAME_SEGMENTS.saturating_sub(1))),
            before => (count, before),
        };
        Self::new(Of::Pattern(pattern), exactly, before_rest, seeds)
    }

    #[inline(always)]
    fn new(of: Of<'a>, exactly: usize, before_rest: usize, seeds: &'a Seeds) -> Self {
        Self { of, exactly, before_rest, seeds }
    }

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.seeds.secret()
    }

    #[inline]
    pub(super) fn segment(&self, index: u8) -> &'a [u8] {
        match self.of {
            Of::Name(name) => name.segment_bytes(index.into()),
            Of::Pattern(pattern) => match pattern.segments().nth(index.into()) {
                Some(Segment::Literal(text) | Segment::Glob(text)) => text,
                _ => &[],
            },
        }
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
    #[inline]
    fn lead(&self, count: usize) -> u64 {
        let text = self.text();
        if count == 0 { 0 } else { self.secret().beginning(text, self.end(text, count)) }
    }

    fn single(&self, place: usize) -> u64 {
        // There are few segments.
        let place = u8::try_from(place).unwrap_or_default();
        self.seeds.segment(self.segment(place), place)
    }

    #[inline]
    fn text(&self) -> &'a [u8] {
        match self.of {
            Of::Name(name) => name.as_str().as_bytes(),
            Of::Pattern(pattern) => pattern.bytes(),
        }
    }

    /// Where so many first segments end.
    #[inline]
    fn end(&self, text: &[u8], count: usize) -> usize {
        match self.of {
            Of::Name(name) => name.end(count),
            Of::Pattern(_) => {
                let mut colons = text.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
                count.checked_sub(1).and_then(|last| colons.nth(last)).unwrap_or(text.len())
            }
        }
    }
}
