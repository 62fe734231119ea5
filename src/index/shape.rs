//! Which parts of a pattern are known text.
//!
//! Patterns of one shape differ only in that text, so one hash of the same parts of a name finds all those of them
//! that can match it. `aisvc:agent:*` and `filesvc:file:*` have one shape; `*:agent:x` has another.

use super::anchor::{Anchor, Known};
use crate::irn::{PatternRef, Segment};

/// Which segments are known, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Frame {
    /// Fixed segments; the highest bit says that `**` follows.
    count: u8,
    /// A bit for each fixed segment that is a literal.
    pub(super) literals: u8,
    /// The segment that the anchor is of; 0 if there is none.
    pub(super) anchored: u8,
}

/// The frame of a pattern, and the anchor of one of its glob segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(super) frame: Frame,
    pub(super) anchor: Option<Anchor>,
}

const REST: u8 = 1 << 7;

impl Shape {
    /// The shape of a pattern, and the text of its anchor. Visits the literal segments, each with its place.
    pub(crate) fn of<'a>(pattern: PatternRef<'a>, mut literal: impl FnMut(u8, &'a [u8])) -> (Self, Known<'a>) {
        let mut shape = Self { frame: Frame::default(), anchor: None };
        let frame = &mut shape.frame;
        let mut anchor_text = Known::default();
        for segment in pattern.segments() {
            match segment {
                Segment::Literal(text) => {
                    frame.literals |= 1_u8.checked_shl(frame.count.into()).unwrap_or_default();
                    literal(frame.count, text);
                }
                Segment::Any => {}
                Segment::Glob(glob) => {
                    // The glob with the most known text finds best.
                    let better = Anchor::of(glob).filter(|(_, known)| known.len() > anchor_text.len());
                    if let Some((anchor, known)) = better {
                        (shape.anchor, frame.anchored, anchor_text) = (Some(anchor), frame.count, known);
                    }
                }
                Segment::Rest => {
                    frame.count |= REST;
                    break;
                }
            }
            frame.count = frame.count.saturating_add(1);
        }
        (shape, anchor_text)
    }
}

impl Frame {
    #[inline]
    pub(super) const fn fixed(self) -> usize {
        (self.count & !REST) as usize
    }

    #[inline]
    pub(super) const fn has_rest(self) -> bool {
        self.count & REST != 0
    }

    /// How many literal segments it begins with.
    #[inline]
    pub(super) const fn leading(self) -> u32 {
        self.literals.trailing_ones()
    }

    /// A bit for each of the other literal segments.
    #[inline]
    pub(super) const fn scattered(self) -> u8 {
        // Adding one clears the lowest run of bits.
        self.literals & self.literals.wrapping_add(1)
    }
}
