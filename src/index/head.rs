//! Heads: small hashes of how a pattern begins.
//!
//! A head knows the namespace and the first two segments, where those are literals, or all of a pattern that is one name.
//! Patterns that match a name have one of its five heads, so comparing heads picks a few grants out of a few dozen; what
//! is picked is compared in full.

use super::key::{GOLDEN, PI};

/// The head of a namespace and the hashes of the first two segments, where they are literals.
///
/// The hashes are as good as random, so a sum of them is too; turned by different distances, they tell their places.
#[inline]
pub(super) const fn of(namespace: u32, service: Option<u64>, kind: Option<u64>) -> u32 {
    let mut sum = (namespace as u64).wrapping_mul(GOLDEN);
    sum = sum.wrapping_add(match service {
        Some(service) => service,
        None => PI,
    });
    sum = sum.wrapping_add(match kind {
        Some(kind) => kind.rotate_left(17),
        None => GOLDEN,
    });
    let hash = (sum >> 32) as u32;
    if service.is_some() { hash & !WILD_SERVICE } else { hash | WILD_SERVICE }
}

/// The head of a pattern that is one name, from that of its first two segments and the hash of the rest.
#[inline]
pub(super) const fn exact(head: u32, rest: u64) -> u32 {
    head.wrapping_add((rest >> 32) as u32) & !WILD_SERVICE
}

/// The heads of a name: those that patterns which match it may have.
///
/// Of the pattern that is just this name; of patterns that begin with its first two segments; with its first and any
/// second; with any first and its second; with any two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads([u32; 5]);

impl Heads {
    /// So many come first that have no wild first segment.
    pub(crate) const TAME: usize = 3;

    /// The heads of a name in a namespace, from the hashes of its first segment, its second, and of all after them.
    #[inline]
    pub(super) const fn of(namespace: u32, service: u64, kind: u64, path: u64) -> Self {
        let of_type = of(namespace, Some(service), Some(kind));
        Self([
            exact(of_type, path),
            of_type,
            of(namespace, Some(service), None),
            of(namespace, None, Some(kind)),
            of(namespace, None, None),
        ])
    }

    #[inline]
    pub(crate) const fn all(&self) -> &[u32; 5] {
        &self.0
    }

    #[inline]
    pub(crate) const fn has(&self, head: u32) -> bool {
        let [a, b, c, d, e] = self.0;
        (head == a) | (head == b) | (head == c) | (head == d) | (head == e)
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
        let [a, b, c, ..] = heads.0;
        Self([Summary::of(a).0, Summary::of(b).0, Summary::of(c).0])
    }
}
