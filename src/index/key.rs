//! Keys: hashes of what is known of a pattern, and of the same parts of a name.
//!
//! There are two kinds. A [head](super::head) is enough to pick a few grants out of a few dozen. A *key* knows all that
//! the pattern's [`Shape`] does: it finds one pattern among millions.
//!
//! The seeds are random for each world, so nobody outside can choose texts whose keys collide.

use std::cell::OnceCell;

use super::anchor::Known;
use super::bunch::Window;
use super::edges::{Edges, gram, window};
use super::head::{self, Heads, Lanes, Sought, salt};
use super::secret::{Secret, fold};
use super::shape::{Frame, Shape};
use super::texts::Texts;
use crate::Pattern;
use crate::cow::short;
use crate::irn::LazyIrn;

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
    /// Of all that is known.
    pub(super) key: u64,
    pub(super) window: Option<Window>,
    pub(super) gates: Gates,
}

/// Gates that a pattern keeps open, as many as there can be; the upper halves of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gates {
    hashes: [u32; 4],
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

    /// A hash of the segment at this place of a name: another than that of the same text elsewhere.
    #[inline]
    pub(super) fn segment(&self, text: &[u8], place: u8) -> u64 {
        self.bytes(text).rotate_left(u32::from(place).wrapping_mul(7))
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
        let mut sum = 0_u64;
        let (shape, known) = Shape::of(pattern, |place, text| sum = sum.wrapping_add(self.segment(text, place)));
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
        let head = head::of_pattern(self.pattern, namespace, self.secret);
        Keys { head, place: self.place(namespace) }
    }

    /// Where a finder has the pattern in a namespace.
    pub(super) fn place(&self, namespace: u32) -> Place {
        let Self { shape, known, sum, secret, .. } = *self;
        let base = base(sum, shape.frame, namespace, secret);
        let mut place = Place { shape, base, key: base, window: None, gates: Gates::default() };
        let Some(anchor) = shape.anchor else { return place };
        place.window = Window::of(anchor, &known);
        let Place { key, gates, .. } = &mut place;
        if anchor.prefix > 0 {
            if let Some(last) = known.prefix.last_chunk() {
                gates.push(window_gate(*key, window(last), secret));
            }
            *key = key.wrapping_add(Edges::beginnings(known.prefix, secret).prefix(anchor.prefix));
            if anchor.suffix > 0 || anchor.gram > 0 {
                gates.push(*key);
            }
        }
        if anchor.suffix > 0 {
            if let Some(first) = known.suffix.first_chunk() {
                gates.push(window_gate(*key, window(first), secret));
            }
            *key = key.wrapping_add(Edges::ends(known.suffix, secret).suffix(anchor.suffix));
        }
        if anchor.gram > 0 {
            match known.gram.last_chunk() {
                Some(last) if anchor.suffix == 0 => gates.push(window_gate(*key, window(last), secret)),
                _ => gates.push(gram_gate(*key, anchor.gram, secret)),
            }
            *key = gram_key(*key, gram(known.gram), secret);
        }
        place
    }
}

/// A prefix, a suffix or a gram of as many bytes as this has a gate at so many of them.
pub(super) const WINDOW: u8 = 4;

/// The gate at these bytes of a name, beyond what was known before. Made at every place of a segment, so by a mere
/// multiplication: only its upper half is used.
#[inline(always)]
pub(super) const fn window_gate(before: u64, window: u32, secret: Secret) -> u64 {
    (before ^ window as u64).wrapping_mul(secret.state() | 1)
}

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
