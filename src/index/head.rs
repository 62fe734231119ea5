//! Heads: small hashes of how a pattern begins.
//!
//! A head knows the namespace and the first two segments, where those are literals, or all of a pattern that is one name.
//! Patterns that match a name have one of its five heads, so comparing heads picks a few grants out of a few dozen; what
//! is picked is compared in full.

use wide::u32x4;

use super::key::{GOLDEN, PI};
use super::secret::Secret;
use crate::irn::{LazyIrn, PatternRef, Segment};

/// The head of a pattern in a namespace.
pub(super) fn of_pattern(pattern: PatternRef<'_>, namespace: u32, secret: Secret) -> u32 {
    let text = pattern.bytes();
    let mut segments = pattern.segments();
    let heads = Making { secret, salt: salt(namespace) };
    match (segments.next(), segments.next()) {
        (Some(Segment::Literal(service)), Some(Segment::Literal(kind))) => {
            let end = service.len().saturating_add(1).saturating_add(kind.len());
            if pattern.is_exact() { heads.exact(text) } else { heads.of_first(secret.beginning(text, end)) }
        }
        (Some(Segment::Literal(service)), _) => heads.of_first(secret.beginning(text, service.len())),
        (_, Some(Segment::Literal(kind))) => heads.of_any_service(kind),
        _ => heads.of_any(),
    }
}

/// The heads of a name: those that patterns which match it may have, but for those with a wild first segment. Few
/// patterns have one, so they are made only when one is met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads([u32; 3]);

impl Heads {
    #[inline(always)]
    pub(super) fn of(name: &LazyIrn<'_>, salt: u64, secret: Secret) -> Self {
        Self(Self::tame(name, salt, secret))
    }

    /// Of the pattern that is just this name; of those that begin with its first two segments; of those that begin with
    /// its first and any second.
    #[inline(always)]
    fn tame(name: &LazyIrn<'_>, salt: u64, secret: Secret) -> [u32; 3] {
        let heads = Making { secret, salt };
        let [service, kind] = name.first_ends();
        let [kind, service] = secret.beginnings(name.bytes(), [kind, service]);
        [heads.exact(name.bytes()), heads.of_first(kind), heads.of_first(service)]
    }

    /// Of those that begin with any first segment and its second; of those that begin with any two.
    #[inline(never)]
    pub(super) fn wild(name: &LazyIrn<'_>, salt: u64, secret: Secret) -> [u32; 2] {
        let heads = Making { secret, salt };
        [heads.of_any_service(name.second()), heads.of_any()]
    }
}

/// Heads that are compared at a time.
pub(super) const LANES: usize = 4;

/// The heads of a name, to be compared with several at a time.
#[derive(Clone, Copy)]
pub(super) struct Lanes([u32x4; 3]);

impl Lanes {
    #[inline(always)]
    pub(super) fn of(heads: &Heads) -> Self {
        let [a, b, c] = heads.0;
        Self([u32x4::splat(a), u32x4::splat(b), u32x4::splat(c)])
    }

    /// A bit for each of these that is one of the heads.
    #[inline(always)]
    pub(super) fn among(self, heads: [u32; LANES]) -> u32 {
        let heads = u32x4::new(heads);
        let Self([a, b, c]) = self;
        (heads.simd_eq(a) | heads.simd_eq(b) | heads.simd_eq(c)).to_bitmask()
    }
}

/// What tells the heads of a namespace from those of others.
#[inline]
pub(super) const fn salt(namespace: u32) -> u64 {
    (namespace as u64).wrapping_mul(GOLDEN)
}

/// How heads are made: a hash of the text that is known, and what tells the kinds of heads and the namespaces apart.
#[derive(Clone, Copy)]
struct Making {
    secret: Secret,
    salt: u64,
}

impl Making {
    #[inline]
    const fn head(self, hash: u64) -> u32 {
        (hash.wrapping_add(self.salt) >> 32) as u32
    }

    /// Of a literal beginning with this hash. A service and no more never has the text of a service and a type: there is
    /// no `:` in it.
    #[inline]
    const fn of_first(self, hash: u64) -> u32 {
        self.head(hash) & !WILD_SERVICE
    }

    #[inline(always)]
    fn exact(self, text: &[u8]) -> u32 {
        self.head(self.secret.text_here(text)) & !WILD_SERVICE
    }

    #[inline]
    fn of_any_service(self, kind: &[u8]) -> u32 {
        self.head(self.secret.text(kind)) | WILD_SERVICE
    }

    #[inline]
    const fn of_any(self) -> u32 {
        self.head(PI) | WILD_SERVICE
    }
}

/// The bit of a head that says that the pattern's first segment is wild.
const WILD_SERVICE: u32 = 1;

/// Whether the head is one of patterns whose first segment is wild.
#[inline]
pub(crate) const fn is_wild_service(head: u32) -> bool {
    head & WILD_SERVICE != 0
}

/// Which heads do not occur among some lines: three of 62 bits are cleared for each that does (Bloom 1970), and one bit for
/// all with a wild first segment, which are few. Bits that are cleared, because that makes the question one instruction
/// shorter for each head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary(u64);

/// Set where no head has a wild first segment.
const NO_WILD: u64 = 1 << 63;
/// Set where whoever keeps the summary has not marked it.
const NO_MARK: u64 = 1 << 62;

impl Default for Summary {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Summary {
    /// No heads.
    pub(crate) const NOTHING: Self = Self(u64::MAX);

    /// All heads.
    pub(crate) const ALL: Self = Self(0);

    #[inline]
    pub(crate) const fn of(head: u32) -> Self {
        if is_wild_service(head) { Self(!NO_WILD) } else { Self(!bits(head)) }
    }

    #[inline]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The same with a mark.
    pub(crate) const fn marked(self) -> Self {
        Self(self.0 & !NO_MARK)
    }

    #[inline(always)]
    pub(crate) const fn is_marked(self) -> bool {
        self.0 & NO_MARK == 0
    }

    /// Whether nothing but heads counts: none of them is wild, and there is no mark.
    #[inline(always)]
    pub(crate) const fn is_plain(self) -> bool {
        self.0 >> 62 == 3
    }

    /// Whether what is sought may occur; false only if it does not.
    #[inline]
    pub(crate) const fn may_have(self, sought: Sought) -> bool {
        self.has_one_of(sought) | self.has_wild()
    }

    /// Whether heads with a wild first segment occur.
    #[inline(always)]
    pub(crate) const fn has_wild(self) -> bool {
        self.0 & NO_WILD == 0
    }

    /// The same but for heads with a wild first segment. Without a branch: none would be guessed right.
    #[inline(always)]
    pub(crate) const fn has_one_of(self, sought: Sought) -> bool {
        let [a, b, c] = sought.0;
        (self.0 & a == 0) | (self.0 & b == 0) | (self.0 & c == 0)
    }
}

/// The bits of a head: three for most, fewer where one is not to be had.
#[inline]
const fn bits(head: u32) -> u64 {
    (1 << (head >> 1 & 63) | 1 << (head >> 7 & 63) | 1 << (head >> 13 & 63)) & !(NO_WILD | NO_MARK)
}

/// The heads of a name as a [`Summary`] has them, those with a wild first segment apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought([u64; 3]);

impl Sought {
    /// Whatever it is.
    pub(crate) const ANY: Self = Self([0; 3]);

    #[inline(always)]
    pub(super) const fn of(heads: &Heads) -> Self {
        let [a, b, c] = heads.0;
        Self([bits(a), bits(b), bits(c)])
    }
}
