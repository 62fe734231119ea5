//! Keys: hashes of what is known of a pattern, and of the same parts of a name.
//!
//! There are two kinds. A [head](super::head) is enough to pick a few grants out of a few dozen. A *key* knows all that
//! the pattern's [`Shape`] does: it finds one pattern among millions.
//!
//! The seeds are random for each world, so nobody outside can choose texts whose keys collide.

use std::cell::OnceCell;

use super::anchor::Known;
use super::edges::{Edges, gram};
use super::head::{self, Heads, Lanes, Sought, salt};
use super::secret::{Secret, fold};
use super::shape::{Frame, Shape};
use super::texts::Texts;
use crate::Pattern;
use crate::cow::short;
use crate::irn::{LazyIrn, Segment};

/// Odd constants without a pattern (digits of the golden ratio and of pi).
pub(super) const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
pub(super) const PI: u64 = 0x2438_6A88_85A3_08D3;

/// The random seeds of one world's hashes.
#[derive(Debug, Clone)]
pub(crate) struct Seeds {
    secret: Secret,
}

impl Default for Seeds {
    fn default() -> Self {
        Self { secret: Secret::new() }
    }
}

/// What a pattern can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) head: u32,
    pub(crate) shape: Shape,
    pub(crate) key: u64,
    pub(super) gates: Gates,
}

/// Gates that a pattern keeps open, as many as there can be; the upper halves of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gates {
    hashes: [u32; 5],
    count: u8,
}

impl Gates {
    fn push(&mut self, hash: u64) {
        if let Some(slot) = self.hashes.get_mut(usize::from(self.count)) {
            *slot = short(hash);
            self.count = self.count.wrapping_add(1);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.hashes.into_iter().take(self.count.into())
    }
}

impl Seeds {
    /// A hash of a text: 16 bytes a step, of which the last may overlap those before it.
    #[inline]
    pub(crate) fn bytes(&self, bytes: &[u8]) -> u64 {
        self.secret.text(bytes)
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

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.secret
    }

    /// A hash of the segment at this place of a name.
    #[inline]
    pub(super) fn segment(&self, text: &[u8], place: usize) -> u64 {
        at(self.bytes(text), place)
    }

    pub(crate) fn number(&self, number: u128) -> u64 {
        self.secret.number(number)
    }

    /// What a pattern in a namespace can be found by.
    pub(crate) fn pattern(&self, pattern: &Pattern, namespace: u32) -> Keys {
        self.hashes(pattern).keys(namespace)
    }

    /// What is hashed of a pattern whatever its namespace.
    pub(crate) fn hashes<'a>(&self, pattern: &'a Pattern) -> PatternHashes<'a> {
        let (shape, known) = Shape::of(pattern);
        let mut sum = 0_u64;
        for (index, segment) in pattern.segments().enumerate() {
            if let Segment::Literal(text) = segment {
                sum = sum.wrapping_add(self.segment(text.as_bytes(), index));
            }
        }
        PatternHashes { pattern, shape, known, sum, secret: self.secret }
    }
}

/// What is hashed of a pattern before it is known in which namespaces it is to be found.
#[derive(Debug)]
pub(crate) struct PatternHashes<'a> {
    pattern: &'a Pattern,
    shape: Shape,
    known: Known<'a>,
    /// Of all literal segments.
    sum: u64,
    secret: Secret,
}

impl PatternHashes<'_> {
    /// What the pattern can be found by in a namespace.
    pub(crate) fn keys(&self, namespace: u32) -> Keys {
        let Self { pattern, shape, known, sum, secret } = *self;
        let head = head::of_pattern(pattern, namespace, secret);
        let mut keys = Keys { head, shape, key: base(sum, shape.frame, namespace, secret), gates: Gates::default() };
        let Some(anchor) = shape.anchor else { return keys };
        keys.gates.push(keys.key);
        if anchor.prefix > 0 {
            let mut edges = Edges::beginnings(known.prefix, secret);
            if anchor.prefix > RUNG {
                keys.gates.push(keys.key.wrapping_add(edges.prefix(RUNG)));
            }
            keys.key = keys.key.wrapping_add(edges.prefix(anchor.prefix));
            if anchor.suffix > 0 || anchor.gram > 0 {
                keys.gates.push(keys.key);
            }
        }
        if anchor.suffix > 0 {
            let mut edges = Edges::ends(known.suffix, secret);
            if anchor.suffix > RUNG {
                keys.gates.push(keys.key.wrapping_add(edges.suffix(RUNG)));
            }
            keys.key = keys.key.wrapping_add(edges.suffix(anchor.suffix));
        }
        if anchor.gram > 0 {
            keys.gates.push(gram_gate(keys.key, anchor.gram, secret));
            keys.key = gram_key(keys.key, gram(known.gram), secret);
        }
        keys
    }
}

/// A prefix or suffix longer than this has a gate at its first or last bytes, as many as this.
pub(super) const RUNG: u8 = 4;

/// What is known of the literal segments, in a frame and a namespace.
#[inline]
pub(super) fn base(sum: u64, frame: Frame, namespace: u32, secret: Secret) -> u64 {
    secret.fold(sum ^ frame.bits() ^ u64::from(namespace) << 32)
}

/// The key of a gram, beyond what was known before.
#[inline]
pub(super) const fn gram_key(before: u64, gram: u64, secret: Secret) -> u64 {
    secret.fold(before ^ gram)
}

/// The gate to all grams of a length, beyond what was known before.
#[inline]
pub(super) fn gram_gate(before: u64, length: u8, secret: Secret) -> u64 {
    secret.fold(before.wrapping_add(length.into()))
}

/// The hashes of one name in one namespace, made once for a check.
#[derive(Debug)]
pub(crate) struct NameKeys<'k, 'a> {
    name: &'k LazyIrn<'a>,
    seeds: &'k Seeds,
    namespace: u32,
    heads: Heads,
    /// The segments as large tables look at them; made when the first one is met.
    texts: OnceCell<Texts<'a>>,
}

impl<'k, 'a> NameKeys<'k, 'a> {
    #[inline(always)]
    pub(crate) fn new(name: &'k LazyIrn<'a>, namespace: u32, seeds: &'k Seeds) -> Self {
        let heads = Heads::of(name, salt(namespace), seeds.secret);
        Self { name, seeds, namespace, heads, texts: OnceCell::new() }
    }

    #[inline]
    pub(crate) const fn name(&self) -> &'k LazyIrn<'a> {
        self.name
    }

    #[inline]
    pub(crate) const fn namespace(&self) -> u32 {
        self.namespace
    }

    /// What tells of most principals at a glance that they hold no such patterns.
    #[inline]
    pub(crate) const fn sought(&self) -> Sought {
        Sought::of(&self.heads)
    }

    /// Whether a pattern with this head may match the name.
    #[inline]
    pub(crate) fn may_match(&self, head: u32) -> bool {
        self.heads.has(head, || Heads::wild(self.name, salt(self.namespace), self.seeds.secret))
    }

    /// The heads as rows are searched for them.
    #[inline]
    pub(super) fn lanes(&self) -> Lanes {
        Lanes::of(&self.heads)
    }

    /// The segments, each hashed. `None` where the name can't be read.
    #[inline]
    pub(super) fn texts(&self) -> Option<&Texts<'a>> {
        let irn = self.name.irn()?;
        Some(self.texts.get_or_init(|| Texts::of_name(irn, self.seeds)))
    }
}

/// A segment's hash, told apart from that of the same text elsewhere in the name.
#[inline]
const fn at(hash: u64, index: usize) -> u64 {
    fold(hash ^ (index as u64).wrapping_mul(PI), GOLDEN)
}
