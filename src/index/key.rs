//! Keys: hashes of what is known of a pattern, and of the same parts of a name.
//!
//! There are two kinds. A [head](super::head) is enough to pick a few grants out of a few dozen. A *key* knows all that
//! the pattern's [`Shape`] does: it finds one pattern among millions.
//!
//! The seeds are random for each world, so nobody outside can choose texts whose keys collide.

use super::anchor::{Known, SAMPLED, STRIDE};
use super::bunch::Window;
use super::edges::{Edges, gram, window};
use super::head::{self, Heads, Lanes, Sought, salt};
use super::secret::Secret;
use super::shape::{Frame, Shape};
use super::texts::Texts;
use crate::cow::short;
use crate::irn::{LazyIrn, PatternRef};

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
    pub(super) place: Place,
}

/// Where a [`Finder`](super::finder) has a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) shape: Shape,
    /// Of the literal segments.
    pub(super) base: u64,
    /// Of what is known of the anchored segment, or else of the literal ones.
    pub(super) key: u64,
    pub(super) window: Option<Window>,
    pub(super) gates: Gates,
}

/// Gates that a pattern keeps open, as many as there can be; the upper halves of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gates {
    hashes: [u32; 9],
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

    /// A hash of a text in a room of its own (a kind of principal): another than that of the same text in others.
    #[inline]
    pub(crate) fn text_in(&self, room: u8, text: &[u8]) -> u64 {
        self.bytes(text).wrapping_add(u64::from(room).wrapping_mul(GOLDEN))
    }

    #[inline]
    pub(super) const fn secret(&self) -> Secret {
        self.secret
    }

    /// A hash of the segment at this place of a name: another than that of the same text elsewhere.
    #[inline]
    pub(super) fn segment(&self, text: &[u8], place: u8) -> u64 {
        self.bytes(text).rotate_left(u32::from(place).wrapping_mul(7))
    }

    pub(crate) fn number(&self, number: u128) -> u64 {
        self.secret.number(number)
    }

    /// What a pattern in a namespace can be found by.
    pub(crate) fn pattern(&self, pattern: PatternRef<'_>, namespace: u32) -> Keys {
        self.hashes(pattern).keys(namespace)
    }

    /// What is hashed of a pattern whatever its namespace.
    pub(crate) fn hashes<'a>(&self, pattern: PatternRef<'a>) -> PatternHashes<'a> {
        let (mut lead, mut end, mut sum) = (0, 0_usize, 0_u64);
        let (shape, known) = Shape::of(pattern, |place, text| {
            if place == lead {
                end = end.saturating_add(usize::from(lead > 0)).saturating_add(text.len());
                lead = lead.wrapping_add(1);
            } else {
                sum = sum.wrapping_add(self.segment(text, place));
            }
        });
        let sum = if lead > 0 { sum.wrapping_add(self.secret.beginning(pattern.bytes(), end)) } else { sum };
        PatternHashes { pattern, shape, known, sum, secret: self.secret }
    }
}

/// What is hashed of a pattern before it is known in which namespaces it is to be found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PatternHashes<'a> {
    pattern: PatternRef<'a>,
    shape: Shape,
    known: Known<'a>,
    /// Of all literal segments: of those that it begins with as one text, of each other.
    sum: u64,
    secret: Secret,
}

impl<'a> PatternHashes<'a> {
    #[inline]
    pub(super) const fn pattern(&self) -> PatternRef<'a> {
        self.pattern
    }

    /// What the pattern can be found by in a namespace.
    pub(crate) fn keys(&self, namespace: u32) -> Keys {
        let head = head::of_pattern(self.pattern, namespace, self.secret);
        Keys { head, place: self.place(namespace) }
    }

    /// Where a finder has the pattern in a namespace.
    pub(super) fn place(&self, namespace: u32) -> Place {
        let Self { shape, known, sum, secret, .. } = *self;
        let base = match shape.frame {
            frame if frame.scattered() == 0 => lead(sum, namespace, secret),
            Frame { literals, .. } => scattered(sum, literals, namespace, secret),
        };
        let mut place = Place { shape, base, key: base, window: None, gates: Gates::default() };
        let Some(anchor) = shape.anchor else { return place };
        place.window = Some(Window::of(anchor, &known));
        place.key = start(secret);
        let Place { key, gates, .. } = &mut place;
        if anchor.prefix > 0 {
            if let (Some(first), Some(last)) = (known.prefix.first_chunk(), known.prefix.last_chunk()) {
                gates.push(window_gate(*key, At::First, window(first), secret));
                gates.push(window_gate(*key, At::PrefixEnd(anchor.prefix), window(last), secret));
            }
            *key = key.wrapping_add(Edges::beginnings(known.prefix, secret).prefix(anchor.prefix));
            if anchor.suffix > 0 || anchor.gram > 0 {
                gates.push(*key);
            }
        }
        if anchor.suffix > 0 {
            if let (Some(first), Some(last)) = (known.suffix.first_chunk(), known.suffix.last_chunk()) {
                gates.push(window_gate(*key, At::Last, window(last), secret));
                gates.push(window_gate(*key, At::SuffixStart(anchor.suffix), window(first), secret));
            }
            *key = key.wrapping_add(Edges::ends(known.suffix, secret).suffix(anchor.suffix));
        }
        if anchor.gram >= SAMPLED && anchor.suffix == 0 {
            let ends = known.gram.windows(WINDOW.into()).rev().take(STRIDE);
            let windows = ends.filter_map(<[u8]>::first_chunk);
            windows.for_each(|bytes| gates.push(window_gate(*key, At::Inner, window(bytes), secret)));
            if let Some(last) = known.gram.last_chunk() {
                gates.push(window_gate(*key, At::GramEnd, window(last), secret));
            }
        } else if anchor.gram > 0 {
            gates.push(gram_gate(*key, anchor.gram, secret));
        }
        if anchor.gram > 0 {
            *key = gram_key(*key, gram(known.gram), secret);
        }
        place
    }
}

/// A prefix, a suffix or a gram of as many bytes as this has gates at so many of them.
pub(super) const WINDOW: u8 = 4;

/// Where in what is known of a segment the bytes of a gate stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    /// They are its first.
    First,
    /// A prefix of this length ends with them.
    PrefixEnd(u8),
    /// They are its last.
    Last,
    /// A suffix of this length begins with them.
    SuffixStart(u8),
    /// In a gram.
    Inner,
    /// A gram ends with them.
    GramEnd,
}

impl At {
    #[inline(always)]
    const fn bits(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Last => 1,
            Self::Inner => 2,
            Self::GramEnd => 3,
            Self::PrefixEnd(length) => 0x100 | length as u64,
            Self::SuffixStart(length) => 0x200 | length as u64,
        }
    }
}

/// The gate at these bytes of a name, beyond what was known before. Made at many places of a segment, so by a mere
/// multiplication: only its upper half is used.
#[inline(always)]
pub(super) const fn window_gate(before: u64, at: At, window: u32, secret: Secret) -> u64 {
    (before.wrapping_add(at.bits() << 32) ^ window as u64).wrapping_mul(secret.state() | 1)
}

/// The key of the patterns in a namespace that have these literals, not all of them first, of this hash.
#[inline]
pub(super) fn scattered(sum: u64, literals: u8, namespace: u32, secret: Secret) -> u64 {
    secret.fold(sum ^ u64::from(literals) ^ u64::from(namespace) << 32)
}

/// The key of the patterns in a namespace whose literals are all first and of this hash.
#[inline]
pub(super) const fn lead(hash: u64, namespace: u32, secret: Secret) -> u64 {
    secret.fold(hash ^ PI ^ (namespace as u64) << 32)
}

/// What is known of an anchored segment before any of it is.
#[inline]
pub(super) const fn start(secret: Secret) -> u64 {
    secret.state()
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
}

impl<'k, 'a> NameKeys<'k, 'a> {
    #[inline(always)]
    pub(crate) fn new(name: &'k LazyIrn<'a>, namespace: u32, seeds: &'k Seeds) -> Self {
        let heads = Heads::of(name, salt(namespace), seeds.secret);
        Self { name, seeds, namespace, heads }
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
    #[inline(always)]
    pub(crate) const fn sought(&self) -> Sought {
        Sought::of(&self.heads)
    }

    /// The heads of patterns with a wild first segment that may match the name.
    #[inline(never)]
    pub(super) fn wild_heads(&self) -> [u32; 2] {
        Heads::wild(self.name, salt(self.namespace), self.seeds.secret)
    }

    /// The heads as rows are searched for them.
    #[inline]
    pub(super) fn lanes(&self) -> Lanes {
        Lanes::of(&self.heads)
    }

    /// The segments, as large tables look at them. `None` where the name can't be read.
    #[inline]
    pub(super) fn texts(&self) -> Option<Texts<'k>> {
        self.name.irn().map(|irn| Texts::of_irn(irn, self.seeds))
    }
}
