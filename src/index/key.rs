//! Keys: hashes of what a shape knows of a pattern, and of the same parts of a name.
//!
//! The seeds are random for each world, so nobody outside can choose texts whose keys collide.

use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;

use super::shape::Shape;
use crate::limits::MAX_SEGMENTS;
use crate::{Irn, Pattern, irn::Segment};

/// Odd constants without a pattern (digits of the golden ratio and of pi).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const PI: u64 = 0x2438_6A88_85A3_08D3;

/// The random seeds of one world's hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seeds(RandomState);

impl Seeds {
    #[inline]
    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    /// A hash of a text in a room of its own (a kind of principal, a parent node).
    pub(crate) fn text_in(&self, room: u64, text: &[u8]) -> u64 {
        fold(self.bytes(text) ^ room.wrapping_mul(PI), GOLDEN)
    }

    pub(crate) fn number(&self, number: u128) -> u64 {
        self.0.hash_one(number)
    }

    /// The key of a pattern in a namespace, with its shape.
    pub(crate) fn pattern(&self, pattern: &Pattern, namespace: u32) -> (Shape, u64) {
        let (shape, anchor) = Shape::of(pattern);
        let mut sum = 0_u64;
        for (index, segment) in pattern.segments().enumerate() {
            if let Segment::Literal(text) = segment {
                sum = sum.wrapping_add(at(self.bytes(text.as_bytes()), index));
            }
        }
        if let Some((_, segment)) = shape.anchor() {
            sum = sum.wrapping_add(anchored(self.bytes(anchor), segment));
        }
        (shape, finish(sum, shape, namespace))
    }
}

/// The hashes of one name in one namespace, made once for a check and asked for many shapes.
#[derive(Debug)]
pub(crate) struct NameKeys<'a> {
    irn: Irn<'a>,
    seeds: &'a Seeds,
    namespace: u32,
    /// The hash of each segment at its place.
    segments: [u64; MAX_SEGMENTS],
}

impl<'a> NameKeys<'a> {
    #[inline]
    pub(crate) fn new(irn: Irn<'a>, namespace: u32, seeds: &'a Seeds) -> Self {
        let mut segments = [0; MAX_SEGMENTS];
        for (index, (slot, segment)) in segments.iter_mut().zip(irn.segments()).enumerate() {
            *slot = at(seeds.bytes(segment.as_bytes()), index);
        }
        Self { irn, seeds, namespace, segments }
    }

    pub(crate) const fn irn(&self) -> &Irn<'a> {
        &self.irn
    }

    pub(crate) const fn namespace(&self) -> u32 {
        self.namespace
    }

    /// Visits the keys under which patterns of this shape that match the name may stand: none, one, or one for each
    /// place where an infix may be. Keys may repeat.
    #[inline]
    pub(crate) fn each(&self, shape: Shape, mut visit: impl FnMut(u64)) {
        if !shape.fits(self.irn.segment_count()) {
            return;
        }
        let literals = shape.literals().filter_map(|index| self.segments.get(index));
        let sum = literals.fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
        let Some((anchor, segment)) = shape.anchor() else {
            return visit(finish(sum, shape, self.namespace));
        };
        let text = self.irn.segment(segment).unwrap_or_default();
        let mut last = None;
        for window in anchor.windows(text.as_bytes()) {
            let key = finish(sum.wrapping_add(anchored(self.seeds.bytes(window), segment)), shape, self.namespace);
            // Neighbouring windows of an infix are often the same (`aaaa`).
            if last.replace(key) != Some(key) {
                visit(key);
            }
        }
    }
}

/// A segment's hash, told apart from that of the same text elsewhere in the name.
#[inline]
const fn at(hash: u64, index: usize) -> u64 {
    fold(hash ^ (index as u64).wrapping_mul(PI), GOLDEN)
}

#[inline]
const fn anchored(hash: u64, index: usize) -> u64 {
    at(hash, index.wrapping_add(MAX_SEGMENTS))
}

#[inline]
fn finish(sum: u64, shape: Shape, namespace: u32) -> u64 {
    let room = shape.bits() ^ u64::from(namespace).rotate_left(20).wrapping_mul(GOLDEN);
    fold(sum ^ room, PI)
}

/// Both halves of the product, so that every bit of the input counts in every bit of the result.
#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
    {
        product as u64 ^ (product >> 64) as u64
    }
}
