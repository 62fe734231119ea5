//! The anchored patterns of the same frame and literals: a few are looked at one after the other, more are
//! [spread](super::spread).
//!
//! Most of what a name is compared with is told from it by four bytes at a known place of the segment. For a few dozen
//! patterns that is less work than hashing the segment in all the ways in which they might be found.

use std::sync::Arc;

use smallvec::SmallVec;
use wide::{i16x8, u32x4};

use super::anchor::{Anchor, Known};
use super::edges::window;
use super::key::{Place, WINDOW};
use super::search::Search;
use super::secret::Secret;
use super::spread::Spread;
use crate::cow::{Hashed, Heap, IdEntry, bytes_of, shared, short};

/// Patterns up to which they are listed: as many as a word has bits.
const FEW: usize = 64;

/// Edges that are compared at a time.
const EDGES: usize = 4;

/// Four known bytes of a segment, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    bytes: [u8; WINDOW as usize],
    at: At,
    /// What of the segment's first bytes, or else of its last, is known besides, for those that stand at one place.
    edge: u32,
}

/// So many bytes from the beginning, or one of the places below. Those that are looked for at one place stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At(u16);

/// What is known of a segment is less than a window: its first bytes, its last, or bytes anywhere in it.
#[derive(Debug, Clone, Copy)]
enum Short {
    First,
    Last,
    Inner,
}

impl At {
    const END: Self = Self(0x7ffe);
    const ANYWHERE: Self = Self(0x7fff);

    const fn short(side: Short, length: u8) -> Self {
        let side = match side {
            Short::First => 0x8000,
            Short::Last => 0x9000,
            Short::Inner => 0xa000,
        };
        Self(side | length as u16)
    }

    /// Whether the first of the bytes, as many as are known, stand in a segment; of a place that is [`short`](Self::short).
    fn has(self, bytes: [u8; WINDOW as usize], segment: &[u8]) -> bool {
        let known = bytes.get(..usize::from(self.0 & 0xff)).unwrap_or_default();
        match self.0 & 0xf000 {
            0x8000 => segment.starts_with(known),
            0x9000 => segment.ends_with(known),
            _ => segment.windows(known.len().max(1)).any(|bytes| bytes == known),
        }
    }

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
    /// A window of what is known of a segment; the last bytes, because names count upwards.
    pub(super) fn of(anchor: Anchor, known: &Known<'_>) -> Self {
        if let (Some(first), Some(bytes)) = (known.prefix.first_chunk(), known.prefix.last_chunk()) {
            return Self { bytes: *bytes, at: At(anchor.prefix.wrapping_sub(WINDOW).into()), edge: window(first) };
        }
        if let Some(bytes) = known.suffix.last_chunk() {
            return Self { bytes: *bytes, at: At::END, edge: window(bytes) };
        }
        if let Some(bytes) = known.gram.last_chunk() {
            return Self { bytes: *bytes, at: At::ANYWHERE, edge: 0 };
        }
        let sides = [(Short::First, known.prefix), (Short::Last, known.suffix), (Short::Inner, known.gram)];
        let (side, text) = sides.into_iter().max_by_key(|(_, text)| text.len()).unwrap_or((Short::Inner, &[]));
        let mut bytes = [0; WINDOW as usize];
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        // Shorter than a window.
        Self { bytes, at: At::short(side, u8::try_from(text.len()).unwrap_or_default()), edge: 0 }
    }
}

/// The patterns; of those that are listed, the ones with a window at one place first, then the ones with a window anywhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Bunch {
    listed: SmallVec<[(Window, IdEntry); 1]>,
    /// The edges of those at one place, to be compared together; filled up with 0, which is no edge.
    edges: SmallVec<[[u32; EDGES]; 1]>,
    /// How many are listed that begin with their edge, how many that begin or end with it, and how many whose windows are anywhere.
    begin: u8,
    placed: u8,
    anywhere: u8,
    /// All others, once they were more than a few, until none of them is left.
    spread: Option<Arc<Spread>>,
}

impl Heap for Bunch {
    fn heap(&self) -> usize {
        let spread = self.spread.as_deref();
        let spread = spread.map_or(0, |spread| shared(bytes_of::<Spread>(1)).saturating_add(spread.heap()));
        self.listed.heap().saturating_add(self.edges.heap()).saturating_add(spread)
    }
}

impl Bunch {
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.spread.is_none()
    }

    /// The numbers of patterns with this key.
    pub(super) fn find(&self, key: u64) -> impl Iterator<Item = u32> {
        let hash = short(key);
        let listed = self.listed.iter().map(|(_, entry)| entry).filter(move |entry| entry.hash() == hash);
        listed.chain(self.spread.iter().flat_map(move |spread| spread.entries.find(key))).map(|entry| entry.id)
    }

    /// Adds a number at a place. `place_of` says where others belong.
    pub(super) fn insert(&mut self, place: &Place, number: u32, place_of: impl Fn(u32) -> Option<Place>) {
        if let Some(spread) = &mut self.spread {
            return Arc::make_mut(spread).insert(place, number);
        }
        let Some(window) = place.window else { return };
        self.list(window, IdEntry::new(place.key, number));
        if self.listed.len() > FEW {
            self.spread_out(place_of);
        }
    }

    fn list(&mut self, window: Window, entry: IdEntry) {
        let at = self.listed.partition_point(|(other, _)| other.at <= window.at);
        self.listed.insert(at, (window, entry));
        self.count(window.at, |count| count.saturating_add(1));
    }

    /// Hashes what is listed.
    #[cold]
    fn spread_out(&mut self, place_of: impl Fn(u32) -> Option<Place>) {
        let mut spread = Spread::default();
        for (window, entry) in std::mem::take(self).listed {
            match place_of(entry.id) {
                Some(place) => spread.insert(&place, entry.id),
                // Nobody's place is unknown; if it were, it would be found where it is.
                None => self.list(window, entry),
            }
        }
        self.spread = Some(Arc::new(spread));
    }

    /// Removes a number from a place; whether it was there.
    pub(super) fn remove(&mut self, place: &Place, number: u32) -> bool {
        if let Some(at) = self.listed.iter().position(|(_, entry)| entry.id == number) {
            let (window, _) = self.listed.remove(at);
            self.listed.shrink_to_fit();
            self.count(window.at, |count| count.saturating_sub(1));
            return true;
        }
        let Some(spread) = self.spread.as_mut().map(Arc::make_mut) else { return false };
        let was_there = spread.remove(place, number);
        if spread.entries.len() == 0 {
            self.spread = None;
        }
        was_there
    }

    /// Counts one of those with a window at a place more, or less.
    fn count(&mut self, at: At, change: impl Fn(u8) -> u8) {
        let Self { begin, placed, anywhere, .. } = self;
        for (count, is_one) in [(begin, at < At::END), (placed, at < At::ANYWHERE), (anywhere, at == At::ANYWHERE)] {
            if is_one {
                *count = change(*count);
            }
        }
        if at < At::ANYWHERE {
            self.gather_edges();
        }
    }

    /// Puts the edges together.
    fn gather_edges(&mut self) {
        let placed = usize::from(self.placed);
        let edges = self.listed.iter().take(placed).map(|(window, _)| window.edge);
        let mut edges = edges.chain(std::iter::repeat(0));
        self.edges = (0..placed.div_ceil(EDGES)).map(|_| [(); EDGES].map(|()| edges.next().unwrap_or(0))).collect();
    }

    /// Visits the numbers of all patterns that may match a segment, each once.
    #[inline]
    pub(super) fn visit(&self, segment: &[u8], secret: Secret, visit: &mut impl FnMut(u32)) {
        if !self.listed.is_empty() {
            self.visit_listed(segment, visit);
        }
        if let Some(spread) = self.spread.as_deref() {
            Search::new(spread, secret).segment(segment, visit);
        }
    }

    /// Visits the numbers whose windows stand in a segment.
    #[inline(always)]
    fn visit_listed(&self, segment: &[u8], visit: &mut impl FnMut(u32)) {
        let (placed, others) = self.listed.split_at_checked(self.placed.into()).unwrap_or_default();
        let (anywhere, short) = others.split_at_checked(self.anywhere.into()).unwrap_or_default();
        let mut edged = self.edged(segment);
        while edged != 0 {
            let known = placed.get(edged.trailing_zeros() as usize);
            if let Some((Window { bytes, at, .. }, entry)) = known
                && u64::from(window(bytes)) == at.of(segment)
            {
                visit(entry.id);
            }
            edged &= edged.wrapping_sub(1);
        }
        if !anywhere.is_empty() {
            visit_anywhere(segment, anywhere, visit);
        }
        for (Window { bytes, at, .. }, entry) in short {
            if at.has(*bytes, segment) {
                visit(entry.id);
            }
        }
    }
}

impl Bunch {
    /// Which of those at one place have their edge in common with a segment: a bit for each.
    #[inline(always)]
    fn edged(&self, segment: &[u8]) -> u64 {
        let (Some(first), Some(last)) = (segment.first_chunk(), segment.last_chunk()) else { return 0 };
        let (first, last) = (u32x4::splat(window(first)), u32x4::splat(window(last)));
        let (mut begin, mut end) = (0, 0);
        for (edges, at) in self.edges.iter().zip((0_u32..).step_by(EDGES)) {
            let edges = u32x4::new(*edges);
            begin |= u64::from(edges.simd_eq(first).to_bitmask()).wrapping_shl(at);
            end |= u64::from(edges.simd_eq(last).to_bitmask()).wrapping_shl(at);
        }
        let ending = u64::MAX.unbounded_shl(self.begin.into());
        begin & !ending | end & ending
    }
}

/// Visits the numbers of those whose windows stand somewhere in a segment.
fn visit_anywhere(segment: &[u8], anywhere: &[(Window, IdEntry)], visit: &mut impl FnMut(u32)) {
    // No known byte is zero.
    let mut filled = [0; LANES + 1];
    match (segment.len(), filled.get_mut(..segment.len())) {
        (..=LANES, Some(place)) => {
            place.copy_from_slice(segment);
            visit_paired(segment, &Pairs::<1>::of(&filled), anywhere, visit);
        }
        (..=REACH, _) => visit_paired(segment, &Pairs::<3>::of(segment), anywhere, visit),
        _ => visit_each(segment, anywhere.iter(), visit),
    }
}

/// The same where the segment's pairs are at hand.
#[inline(always)]
fn visit_paired<const TURNS: usize>(
    segment: &[u8],
    pairs: &Pairs<TURNS>,
    anywhere: &[(Window, IdEntry)],
    visit: &mut impl FnMut(u32),
) {
    let may_be_there = |(Window { bytes: [first, second, third, last], .. }, _): &&(Window, IdEntry)| {
        pairs.has([*third, *last]) && pairs.has([*first, *second])
    };
    visit_each(segment, anywhere.iter().filter(may_be_there), visit);
}

/// Visits the numbers of those of these whose windows stand somewhere in it.
#[inline(always)]
fn visit_each<'b>(segment: &[u8], anywhere: impl Iterator<Item = &'b (Window, IdEntry)>, visit: &mut impl FnMut(u32)) {
    for (Window { bytes: known, .. }, entry) in anywhere {
        if segment.windows(known.len()).any(|bytes| *bytes == *known) {
            visit(entry.id);
        }
    }
}

/// Bytes that are looked at together.
const LANES: usize = 16;
/// Bytes of a segment whose pairs are looked at.
const REACH: usize = 3 * LANES + 1;

/// A segment's pairs of neighbouring bytes, to be compared with many: those that begin at even places of each turn, and those that
/// begin at odd ones.
struct Pairs<const TURNS: usize>([[i16x8; 2]; TURNS]);

impl<const TURNS: usize> Pairs<TURNS> {
    /// Of a segment with at least one byte more than lanes, and at most one more than those of all turns.
    #[inline(always)]
    fn of(segment: &[u8]) -> Self {
        // The later turns may read again what was read before: that costs less than to guess how many there are.
        let last = segment.len().wrapping_sub(LANES + 1);
        let lanes = |at: usize| {
            let bytes: Option<&[u8; LANES]> = segment.get(at..).and_then(<[u8]>::first_chunk);
            bytemuck::cast(bytes.copied().unwrap_or_default())
        };
        let mut turns = [[i16x8::ZERO; 2]; TURNS];
        // No `map` of arrays on the road of a check: it is not inlined.
        for (turn, at) in turns.iter_mut().zip((0..).step_by(LANES)) {
            let at = last.min(at);
            *turn = [lanes(at), lanes(at.wrapping_add(1))];
        }
        Self(turns)
    }

    /// Whether two bytes stand side by side.
    #[inline(always)]
    fn has(&self, pair: [u8; 2]) -> bool {
        let pair = i16x8::splat(i16::from_ne_bytes(pair));
        let Self(turns) = self;
        let equal = turns.iter().fold(i16x8::ZERO, |all, [even, odd]| all | even.simd_eq(pair) | odd.simd_eq(pair));
        equal.to_bitmask() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_anywhere_is_found_wherever_it_stands() {
        let window = |bytes: &[u8; 4]| (Window { bytes: *bytes, at: At::ANYWHERE, edge: 0 }, IdEntry::new(0, 7));
        let found = |text: &[u8], bytes: &[u8; 4]| {
            let mut count = 0;
            visit_anywhere(text, &[window(b"...."), window(bytes)], &mut |number| count += number);
            count == 7
        };
        for length in 4..=256 {
            for at in 0..length - 3 {
                let mut text = vec![b'a'; length];
                text[at..at + 4].copy_from_slice(b"bcde");
                assert!(found(&text, b"bcde"), "at {at} of {length}");
                assert!(!found(&text, b"bcdf") && !found(&text, b"xcde") && !found(&text, b"debc"));
            }
        }
    }
}
