//! Heads: small hashes of how a pattern begins.
//!
//! A head knows the namespace and the first two segments, where those are literals, or all of a pattern that is one name.
//! Patterns that match a name have one of its five heads, so comparing heads picks a few grants out of a few dozen; what
//! is picked is compared in full.

use super::key::{GOLDEN, PI};
use super::secret::Secret;
use crate::irn::Segment;
use crate::{Irn, Pattern};

/// The head of a pattern in a namespace.
pub(super) fn of_pattern(pattern: &Pattern, namespace: u32, secret: Secret) -> u32 {
    let text = pattern.bytes();
    let mut segments = pattern.segments();
    let heads = Making { secret, namespace };
    match (segments.next(), segments.next()) {
        (Some(Segment::Literal(service)), Some(Segment::Literal(kind))) => {
            let end = service.len().saturating_add(1).saturating_add(kind.len());
            if pattern.is_exact() { heads.exact(text, end) } else { heads.of_type(text, end) }
        }
        (Some(Segment::Literal(service)), _) => heads.of_service(text, service.len()),
        (_, Some(Segment::Literal(kind))) => heads.of_any_service(kind.as_bytes()),
        _ => heads.of_any(),
    }
}

/// The heads of a name: those that patterns which match it may have, but for those with a wild first segment. Few
/// patterns have one, so they are made only when one is met.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads([u32; 3]);

impl Heads {
    #[inline(always)]
    pub(super) fn of(irn: &Irn<'_>, namespace: u32, secret: Secret) -> Self {
        Self(Self::tame(irn, namespace, secret))
    }

    /// Of the pattern that is just this name; of those that begin with its first two segments; of those that begin with
    /// its first and any second.
    #[inline(always)]
    pub(super) fn tame(irn: &Irn<'_>, namespace: u32, secret: Secret) -> [u32; 3] {
        let heads = Making { secret, namespace };
        let (text, [service, kind]) = (irn.as_str().as_bytes(), irn.first_ends());
        let of_type = heads.of_type(text, kind);
        [heads.exact_in(of_type, text, kind), of_type, heads.of_service(text, service)]
    }

    /// Of those that begin with any first segment and its second; of those that begin with any two.
    #[inline(never)]
    pub(super) fn wild(irn: &Irn<'_>, namespace: u32, secret: Secret) -> [u32; 2] {
        let heads = Making { secret, namespace };
        [heads.of_any_service(irn.segment_bytes(1)), heads.of_any()]
    }

    #[inline(always)]
    pub(super) fn has(&self, head: u32, wild: impl FnOnce() -> [u32; 2]) -> bool {
        let [a, b, c] = self.0;
        (head == a) | (head == b) | (head == c) || is_wild_service(head) && wild().contains(&head)
    }
}

/// How heads are made: a hash of the text that is known, and what tells the kinds of heads and the namespaces apart.
#[derive(Clone, Copy)]
struct Making {
    secret: Secret,
    namespace: u32,
}

impl Making {
    #[inline]
    const fn head(self, hash: u64) -> u32 {
        (hash.wrapping_add((self.namespace as u64).wrapping_mul(GOLDEN)) >> 32) as u32
    }

    #[inline]
    fn of_type(self, text: &[u8], end: usize) -> u32 {
        self.head(self.secret.beginning(text, end)) & !WILD_SERVICE
    }

    #[inline]
    fn of_service(self, text: &[u8], end: usize) -> u32 {
        // A service and no more never has the text of a service and a type: there is no `:` in it.
        self.head(self.secret.beginning(text, end)) & !WILD_SERVICE
    }

    #[inline]
    fn exact(self, text: &[u8], end: usize) -> u32 {
        self.exact_in(self.of_type(text, end), text, end)
    }

    #[inline]
    fn exact_in(self, of_type: u32, text: &[u8], end: usize) -> u32 {
        let path = text.get(end.wrapping_add(1)..).unwrap_or_default();
        of_type.wrapping_add((self.secret.text(path) >> 32) as u32) & !WILD_SERVICE
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

/// Which heads occur among some lines: two of 63 bits for each (Bloom 1970), and one bit for all with a wild first
/// segment, which are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Summary(u64);

const ANY_WILD: u64 = 1 << 63;

impl Summary {
    /// All heads.
    pub(crate) const ALL: Self = Self(u64::MAX);

    #[inline]
    pub(crate) const fn of(head: u32) -> Self {
        if is_wild_service(head) {
            return Self(ANY_WILD);
        }
        Self(1 << below_63(head) | 1 << below_63(head.rotate_left(16)))
    }

    #[inline]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether what is sought may occur; false only if it does not.
    #[inline]
    pub(crate) const fn may_have(self, sought: Sought) -> bool {
        let [a, b, c] = sought.0;
        (self.0 & a == a) | (self.0 & b == b) | (self.0 & c == c) | (self.0 & ANY_WILD != 0)
    }
}

#[inline]
const fn below_63(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(63) >> 32
}

/// The heads of a name as a [`Summary`] has them, those with a wild first segment apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought([u64; 3]);

impl Sought {
    #[inline]
    pub(super) const fn of(heads: &Heads) -> Self {
        let [a, b, c] = heads.0;
        Self([Summary::of(a).0, Summary::of(b).0, Summary::of(c).0])
    }
}
