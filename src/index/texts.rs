//! The segments of a name, or of a pattern in the place of a name, as patterns are sought by them.

use super::key::Seeds;
use super::secret::Secret;
use super::shape::Frame;
use crate::limits::{MAX_SEGMENTS, MIN_NAME_SEGMENTS};
use crate::{Irn, Pattern, irn::Segment};

/// The segments, each with its hash at its place.
///
/// A pattern in the place of a name is taken as it is written: a wildcard is a byte that no known text holds, so the text
/// finds just what matches it whatever the wildcards stand for.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    segments: [&'a [u8]; MAX_SEGMENTS],
    hashes: [u64; MAX_SEGMENTS],
    /// Segments that a pattern without `**` must have; more than it can have if none can be meant.
    exactly: usize,
    /// Segments that a pattern may have before `**`, at most.
    before_rest: usize,
    secret: Secret,
}

impl<'a> Texts<'a> {
    #[inline]
    pub(super) fn of_name(name: &Irn<'a>, seeds: &Seeds) -> Self {
        let count = name.segment_count();
        let mut texts = Self::new(count, count.saturating_sub(1), seeds);
        (0..count).for_each(|index| texts.set(index, name.segment_bytes(index), seeds));
        texts
    }

    /// For the patterns that may cover this one.
    pub(super) fn of_pattern(pattern: &'a Pattern, seeds: &Seeds) -> Self {
        let count = pattern.segment_count();
        let mut texts = if pattern.has_rest() {
            // Every name has so many segments before its last; see `irn::relation`.
            Self::new(usize::MAX, count.saturating_sub(1).max(MIN_NAME_SEGMENTS.saturating_sub(1)), seeds)
        } else {
            Self::new(count, count.saturating_sub(1), seeds)
        };
        for (index, segment) in pattern.segments().enumerate() {
            if let Segment::Literal(text) | Segment::Glob(text) = segment {
                texts.set(index, text.as_bytes(), seeds);
            }
        }
        texts
    }

    #[inline]
    fn new(exactly: usize, before_rest: usize, seeds: &Seeds) -> Self {
        let (segments, hashes) = ([&[][..]; MAX_SEGMENTS], [0; MAX_SEGMENTS]);
        Self { segments, hashes, exactly, before_rest, secret: seeds.secret() }
    }

    #[inline]
    fn set(&mut self, index: usize, text: &'a [u8], seeds: &Seeds) {
        if let Some((segment, hash)) = self.segments.get_mut(index).zip(self.hashes.get_mut(index)) {
            (*segment, *hash) = (text, seeds.segment(text, index));
        }
    }

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.secret
    }

    #[inline]
    pub(super) fn segment(&self, index: u8) -> &'a [u8] {
        self.segments.get(usize::from(index)).copied().unwrap_or_default()
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
