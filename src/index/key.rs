//! Keys: hashes of what is known of a pattern, and of the same parts of a name.
//!
//! There are two kinds. A *head* knows the namespace and the first two segments, where those are literals: four heads
//! of a name find all patterns that may match it, which is enough to pick a few grants out of a few dozen. A *key*
//! knows all that the pattern's [`Shape`] does: it finds one pattern among millions.
//!
//! The seeds are random for each world, so nobody outside can choose texts whose keys collide.

use std::cell::OnceCell;
use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;

use super::anchor::Known;
use super::shape::Shape;
use crate::limits::MAX_SEGMENTS;
use crate::{Irn, Pattern, irn::Segment};

/// Odd constants without a pattern (digits of the golden ratio and of pi).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const PI: u64 = 0x2438_6A88_85A3_08D3;

/// The random seeds of one world's hashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seeds(RandomState);

/// What a pattern can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) head: u32,
    pub(crate) shape: Shape,
    pub(crate) key: u64,
}

impl Seeds {
    #[inline]
    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }

    /// A hash of a text in a room of its own (a kind of principal, a parent node).
    #[inline]
    pub(crate) fn text_in(&self, room: u64, text: &[u8]) -> u64 {
        self.in_room(room, self.bytes(text))
    }

    /// A hash in a room of its own.
    #[inline]
    pub(crate) const fn in_room(&self, room: u64, hash: u64) -> u64 {
        fold(hash ^ room.wrapping_mul(PI), GOLDEN)
    }

    /// A hash of an anchor's text.
    pub(crate) fn known(&self, known: Known<'_>) -> u64 {
        let parts =
            [known.prefix, known.suffix, known.infix].into_iter().enumerate().filter(|(_, part)| !part.is_empty());
        parts.fold(0, |sum: u64, (index, part)| sum.wrapping_add(at(self.bytes(part), index)))
    }

    pub(crate) fn number(&self, number: u128) -> u64 {
        self.0.hash_one(number)
    }

    /// What a pattern in a namespace can be found by.
    pub(crate) fn pattern(&self, pattern: &Pattern, namespace: u32) -> Keys {
        let (shape, anchor) = Shape::of(pattern);
        let mut sum = 0_u64;
        let mut first_two = [None; 2];
        for (index, segment) in pattern.segments().enumerate() {
            if let Segment::Literal(text) = segment {
                let hash = at(self.bytes(text.as_bytes()), index);
                sum = sum.wrapping_add(hash);
                if let Some(slot) = first_two.get_mut(index) {
                    *slot = Some(hash);
                }
            }
        }
        if let Some((_, segment)) = shape.anchor() {
            sum = sum.wrapping_add(at(self.known(anchor), segment.wrapping_add(MAX_SEGMENTS)));
        }
        let [service, kind] = first_two;
        Keys { head: head(namespace, service, kind), shape, key: finish(sum, shape, namespace) }
    }
}

/// The hashes of one name in one namespace, made once for a check.
#[derive(Debug)]
pub(crate) struct NameKeys<'a> {
    irn: Irn<'a>,
    seeds: &'a Seeds,
    namespace: u32,
    heads: [u32; 4],
    summary: Summary,
    /// The hash of each segment at its place; made when the first large table is met.
    segments: OnceCell<[u64; MAX_SEGMENTS]>,
}

impl<'a> NameKeys<'a> {
    #[inline]
    pub(crate) fn new(irn: Irn<'a>, namespace: u32, seeds: &'a Seeds) -> Self {
        let service = Some(at(seeds.bytes(irn.segment_bytes(0)), 0));
        let kind = Some(at(seeds.bytes(irn.segment_bytes(1)), 1));
        let heads = [
            head(namespace, service, kind),
            head(namespace, service, None),
            head(namespace, None, kind),
            head(namespace, None, None),
        ];
        let summary = heads.into_iter().map(Summary::of).fold(Summary::default(), Summary::or);
        Self { irn, seeds, namespace, heads, summary, segments: OnceCell::new() }
    }

    #[inline]
    pub(crate) const fn irn(&self) -> &Irn<'a> {
        &self.irn
    }

    #[inline]
    pub(crate) const fn namespace(&self) -> u32 {
        self.namespace
    }

    /// What tells of most principals at a glance that they hold no such patterns.
    #[inline]
    pub(crate) const fn summary(&self) -> Summary {
        self.summary
    }

    /// The heads that patterns which match the name may have.
    #[inline]
    pub(crate) const fn heads(&self) -> [u32; 4] {
        self.heads
    }

    /// Visits the keys under which patterns of this shape that match the name may stand: none, one, or one for each
    /// place where an infix may be. Keys may repeat.
    pub(crate) fn each(&self, shape: Shape, mut visit: impl FnMut(u64)) {
        if !shape.fits(self.irn.segment_count()) {
            return;
        }
        let segments = self.segments.get_or_init(|| {
            let mut segments = [0; MAX_SEGMENTS];
            for (index, slot) in segments.iter_mut().enumerate().take(self.irn.segment_count()) {
                *slot = at(self.seeds.bytes(self.irn.segment_bytes(index)), index);
            }
            segments
        });
        let literals = shape.literals().filter_map(|index| segments.get(index));
        let sum = literals.fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
        let Some((anchor, segment)) = shape.anchor() else {
            return visit(finish(sum, shape, self.namespace));
        };
        let mut last = None;
        for window in anchor.windows(self.irn.segment_bytes(segment)) {
            let known = at(self.seeds.known(window), segment.wrapping_add(MAX_SEGMENTS));
            let key = finish(sum.wrapping_add(known), shape, self.namespace);
            // Neighbouring windows of an infix are often the same (`aaaa`).
            if last.replace(key) != Some(key) {
                visit(key);
            }
        }
    }
}

/// The head of a namespace and the hashes of the first two segments, where they are literals.
#[inline]
const fn head(namespace: u32, service: Option<u64>, kind: Option<u64>) -> u32 {
    let mut sum = (namespace as u64).wrapping_mul(GOLDEN);
    if let Some(service) = service {
        sum = sum.wrapping_add(service);
    }
    if let Some(kind) = kind {
        sum = sum.wrapping_add(kind);
    }
    // The upper half, where the product mixes best.
    let hash = (sum.wrapping_mul(PI) >> 32) as u32;
    if service.is_some() { hash & !WILD_SERVICE } else { hash | WILD_SERVICE }
}

/// The bit of a head that says that the pattern's first segment is wild.
const WILD_SERVICE: u32 = 1;

/// Which heads occur among some lines: one of 63 bits for each, several heads sharing one, and one bit for all with a wild
/// first segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Summary(u64);

impl Summary {
    /// All heads.
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// Those with a wild first segment are few: looking for them finds no others.
    #[inline]
    pub(crate) const fn of(head: u32) -> Self {
        Self(if is_wild_service(head) { 1 << 63 } else { 1 << ((head as u64).wrapping_mul(63) >> 32) })
    }

    #[inline]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a head may occur in both; false only if none does.
    #[inline]
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Whether the head is one of patterns whose first segment is wild.
#[inline]
pub(crate) const fn is_wild_service(head: u32) -> bool {
    head & WILD_SERVICE != 0
}

/// A segment's hash, told apart from that of the same text elsewhere in the name.
#[inline]
const fn at(hash: u64, index: usize) -> u64 {
    fold(hash ^ (index as u64).wrapping_mul(PI), GOLDEN)
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
