//! The segments of a name, or of a pattern in the place of a name, as patterns are sought by them.

use super::key::Seeds;
use super::secret::Secret;
use super::shape::Frame;
use crate::irn::Segment;
use crate::limits::{MAX_SEGMENTS, MIN_NAME_SEGMENTS};
use crate::{Irn, Pattern};

/// The segments, each with its hash at its place.
///
/// A pattern in the place of a name is taken as it is written: a wildcard is a byte that no known text holds, so the text
/// finds just what matches it whatever the wildcards stand for.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    of: Of<'a>,
    hashes: [u64; MAX_SEGMENTS],
    /// Segments that a pattern without `**` must have; more than it can have if none can be meant.
    exactly: usize,
    /// Segments that a pattern may have before `**`, at most.
    before_rest: usize,
    secret: Secret,
}

#[derive(Debug, Clone, Copy)]
enum Of<'a> {
    Name(Irn<'a>),
    Pattern(&'a Pattern),
}

impl<'a> Texts<'a> {
    #[inline(always)]
    pub(super) fn of_name(name: &Irn<'a>, seeds: &Seeds) -> Self {
        let count = name.segment_count();
        let mut hashes = [0; MAX_SEGMENTS];
        for (place, hash) in (0..).zip(hashes.iter_mut().take(count)) {
            *hash = seeds.segment(name.segment_bytes(place.into()), place);
        }
        let before_rest = count.saturating_sub(1);
        Self { of: Of::Name(*name), hashes, exactly: count, before_rest, secret: seeds.secret() }
    }

    /// For the patterns that may cover this one.
    pub(super) fn of_pattern(pattern: &'a Pattern, seeds: &Seeds) -> Self {
        let count = pattern.segment_count();
        let mut hashes = [0; MAX_SEGMENTS];
        for (place, (segment, hash)) in (0..).zip(pattern.segments().zip(&mut hashes)) {
            if let Segment::Literal(text) | Segment::Glob(text) = segment {
                *hash = seeds.segment(text, place);
            }
        }
        let (exactly, before_rest) = match count.saturating_sub(1) {
            // Every name has so many segments before its last; see `irn::relation`.
            before if pattern.has_rest() => (usize::MAX, before.max(MIN_NAME_SEGMENTS.saturating_sub(1))),
            before => (count, before),
        };
        Self { of: Of::Pattern(pattern), hashes, exactly, before_rest, secret: seeds.secret() }
    }

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.secret
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

    /// The sum of the hashes of the frame's literals.
    #[inline]
    pub(super) fn sum(&self, frame: Frame) -> u64 {
        let mut sum = 0_u64;
        let mut left = frame.literals;
        while left != 0 {
            sum = sum.wrapping_add(self.hashes.get(left.trailing_zeros() as usize).copied().unwrap_or_default());
            left &= left.wrapping_sub(1);
        }
        sum
    }
}
