//! Which parts of a pattern are known text.
//!
//! Patterns of one shape differ only in that text, so one hash of the same parts of a name finds all those of them
//! that can match it. `aisvc:agent:*` and `filesvc:file:*` have one shape; `*:agent:x` has another.

use super::anchor::{Anchor, Known};
use crate::Pattern;
use crate::irn::Segment;
use crate::limits::MAX_SEGMENTS;

/// A shape, packed: the count of fixed segments, whether `**` follows, which segments are literals, and the anchor of
/// one glob segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shape {
    /// A bit for each fixed segment that is a literal.
    literals: u8,
    /// Fixed segments; the highest bit says that `**` follows.
    count: u8,
    /// The segment that the anchor is of.
    anchored: u8,
    anchor: Option<Anchor>,
}

const REST: u8 = 1 << 7;

impl Shape {
    /// The shape of a pattern, and the text of its anchor.
    pub(crate) fn of(pattern: &Pattern) -> (Self, Known<'_>) {
        let mut shape = Self { literals: 0, count: 0, anchored: 0, anchor: None };
        let mut anchor_text = Known::default();
        for segment in pattern.segments() {
            match segment {
                Segment::Literal(_) => shape.literals |= 1_u8.checked_shl(shape.count.into()).unwrap_or_default(),
                Segment::Any => {}
                Segment::Glob(glob) => {
                    // The glob with the most known text finds best.
                    if let Some((anchor, known)) = Anchor::of(glob).filter(|(_, known)| known.len() > anchor_text.len())
                    {
                        (shape.anchor, shape.anchored, anchor_text) = (Some(anchor), shape.count, known);
                    }
                }
                Segment::Rest => {
                    shape.count |= REST;
                    break;
                }
            }
            shape.count = shape.count.saturating_add(1);
        }
        (shape, anchor_text)
    }

    /// Whether patterns of this shape can match names of so many segments.
    #[inline]
    pub(crate) const fn fits(self, segments: usize) -> bool {
        let fixed = (self.count & !REST) as usize;
        if self.count & REST == 0 { segments == fixed } else { segments > fixed }
    }

    /// The numbers of the literal segments.
    #[inline]
    pub(crate) fn literals(self) -> impl Iterator<Item = usize> {
        (0..MAX_SEGMENTS).filter(move |index| self.literals >> index & 1 == 1)
    }

    /// The anchor and the number of its segment.
    #[inline]
    pub(crate) fn anchor(self) -> Option<(Anchor, usize)> {
        self.anchor.map(|anchor| (anchor, usize::from(self.anchored)))
    }

    /// All of the shape as one number.
    #[inline]
    pub(crate) fn bits(self) -> u64 {
        let anchor = self.anchor.map_or(0, |anchor| anchor.bits() | 1 << 24);
        u64::from(self.literals) | u64::from(self.count) << 8 | u64::from(self.anchored) << 16 | anchor << 24
    }
}
