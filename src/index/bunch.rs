//! A few anchored patterns of the same frame and literals, looked at one after the other.
//!
//! Most of what a name is compared with is told from it by four bytes at a known place of the segment. For a few dozen
//! patterns that is less work than hashing the segment in all the ways in which they might be found.

use smallvec::SmallVec;
use wide::i16x8;

use super::anchor::{Anchor, Known};
use super::edges::window;
use super::key::WINDOW;
use crate::cow::{Hashed, Heap};

/// Patterns up to which they are listed.
pub(super) const FEW: usize = 64;

/// Four known bytes of a segment, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    bytes: [u8; WINDOW as usize],
    at: At,
}

/// So many bytes from the beginning, or one of the places below. Those that are looked for at one place stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At(u16);

impl At {
    const END: Self = Self(u16::MAX - 1);
    const ANYWHERE: Self = Self(u16::MAX);

    /// The bytes there; something else than any bytes where the text is too short.
    #[inline(always)]
    fn of(self, text: &[u8]) -> u64 {
        let bytes = match self {
            Self::END => text.last_chunk(),
            Self(place) => text.get(place.into()..).and_then(<[u8]>::first_chunk),
        };
        bytes.map_or(u64::MAX, |bytes| window(bytes).into())
    }
}

impl Window {
    /// A window of what is known of a segment; the last bytes, because names count upwards. `None` if all is shorter.
    pub(super) fn of(anchor: Anchor, known: &Known<'_>) -> Option<Self> {
        if let Some(bytes) = known.prefix.last_chunk() {
            return Some(Self { bytes: *bytes, at: At(anchor.prefix.wrapping_sub(WINDOW).into()) });
        }
        if let Some(bytes) = known.suffix.last_chunk() {
            return Some(Self { bytes: *bytes, at: At::END });
        }
        known.gram.last_chunk().map(|bytes| Self { bytes: *bytes, at: At::ANYWHERE })
    }
}

/// The patterns, those whose windows may be anywhere last.
#[derive(Debug, Clone)]
pub(super) struct Bunch<E> {
    listed: SmallVec<[(Window, E); 1]>,
    /// How many others are found by their hashes.
    pub(super) hashed: u32,
    /// How many are listed whose windows are at one place.
    placed: u8,
    /// Whether they were too many, and are all hashed until none is left.
    is_spread: bool,
}

impl<E> Default for Bunch<E> {
    fn default() -> Self {
        Self { listed: SmallVec::new(), hashed: 0, placed: 0, is_spread: false }
    }
}

impl<E: Copy> Heap for Bunch<E> {
    fn heap(&self) -> usize {
        self.listed.heap()
    }
}

impl<E: Hashed> Bunch<E> {
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.hashed == 0
    }

    pub(super) fn len(&self) -> usize {
        self.listed.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.listed.iter().map(|(_, entry)| entry)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.listed.iter_mut().map(|(_, entry)| entry)
    }

    pub(super) fn insert(&mut self, window: Window, entry: E) {
        let at = self.listed.partition_point(|(other, _)| other.at <= window.at);
        self.listed.insert(at, (window, entry));
        self.count_placed();
    }

    pub(super) fn remove(&mut self, is: impl Fn(&E) -> bool) -> Option<E> {
        let at = self.iter().position(is)?;
        let (_, removed) = self.listed.remove(at);
        self.listed.shrink_to_fit();
        self.count_placed();
        Some(removed)
    }

    fn count_placed(&mut self) {
        let placed = self.listed.partition_point(|(window, _)| window.at < At::ANYWHERE);
        // One more than a few, at most.
        self.placed = u8::try_from(placed).unwrap_or(u8::MAX);
    }

    /// Whether a further one is listed.
    pub(super) const fn lists(&self) -> bool {
        !self.is_spread
    }

    /// Lists no more from now on, and what is listed only where it stays.
    pub(super) fn spread(&mut self, mut stays: impl FnMut(E) -> bool) {
        let before = self.len();
        self.listed.retain(|(_, entry)| stays(*entry));
        self.listed.shrink_to_fit();
        self.count_placed();
        self.is_spread = true;
        let moved = u32::try_from(before.saturating_sub(self.len())).unwrap_or(u32::MAX);
        self.hashed = self.hashed.saturating_add(moved);
    }

    /// Visits the entries whose windows stand in a segment.
    #[inline(always)]
    pub(super) fn visit(&self, segment: &[u8], visit: &mut impl FnMut(&E)) {
        let Some((placed, anywhere)) = self.listed.split_at_checked(self.placed.into()) else { return };
        let (mut at, mut here) = (At::ANYWHERE, u64::MAX);
        for (known, entry) in placed {
            if known.at != at {
                at = known.at;
                here = at.of(segment);
            }
            if u64::from(window(&known.bytes)) == here {
                visit(entry);
            }
        }
        if !anywhere.is_empty() {
            Pairs::of(segment).visit(segment, anywhere, visit);
        }
    }
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;
const LANES: usize = 16;

/// A segment's pairs of neighbouring bytes, to be compared with many.
struct Pairs {
    /// Those that begin at even places, and those that begin at odd ones.
    lanes: [[i16x8; 2]; BLOCK / LANES],
    /// How many of the lanes are used; more than there are of a segment that does not fit.
    used: usize,
}

impl Pairs {
    #[inline(always)]
    fn of(segment: &[u8]) -> Self {
        // No known byte is zero. One place more, for the pairs at odd places.
        let mut bytes = [0; BLOCK + 2];
        if let Some(place) = bytes.get_mut(..segment.len()) {
            place.copy_from_slice(segment);
        }
        let lanes = |at: usize| {
            let bytes: Option<&[u8; LANES]> = bytes.get(at..).and_then(<[u8]>::first_chunk);
            bytemuck::cast(bytes.copied().unwrap_or_default())
        };
        let all = [0_usize, 16, 32, 48].map(|at| [lanes(at), lanes(at.wrapping_add(1))]);
        Self { lanes: all, used: segment.len().div_ceil(LANES) }
    }

    #[inline(never)]
    fn visit<E>(&self, segment: &[u8], anywhere: &[(Window, E)], visit: &mut impl FnMut(&E)) {
        for (Window { bytes: known, .. }, entry) in anywhere {
            let [first, second, third, last] = *known;
            if self.may_have([third, last])
                && self.may_have([first, second])
                && segment.windows(known.len()).any(|bytes| *bytes == *known)
            {
                visit(entry);
            }
        }
    }

    /// Whether two bytes may stand side by side.
    #[inline(always)]
    fn may_have(&self, pair: [u8; 2]) -> bool {
        let pair = i16x8::splat(i16::from_ne_bytes(pair));
        let Some(lanes) = self.lanes.get(..self.used) else { return true };
        let equal = lanes.iter().fold(i16x8::ZERO, |all, [even, odd]| all | even.simd_eq(pair) | odd.simd_eq(pair));
        equal.to_bitmask() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_seen_wherever_they_stand() {
        for length in 2..=256 {
            for at in 0..length - 1 {
                let mut text = vec![b'a'; length];
                text[at..at + 2].copy_from_slice(b"bc");
                let pairs = Pairs::of(&text);
                assert!(pairs.may_have(*b"bc"), "at {at} of {length}");
                assert!(length > BLOCK || !pairs.may_have(*b"cb"), "at {at} of {length}");
            }
        }
    }
}
