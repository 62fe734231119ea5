//! The search for anchors in one segment of a name, below the gate of a frame.
//!
//! Each run of four bytes of the segment, a *window*, is put to the gates first: at the end of a prefix, at the beginning of
//! a suffix or at the end of a gram stands one of those that are known, and its place tells how long the prefix or the
//! suffix is. So one pass over the segment leaves the few places that are worth a hash, however many lengths occur. What is
//! shorter than a window is looked for by its length.

use super::anchor::GRAMS;
use super::anchors::{Anchors, Prefix, Suffix};
use super::edges::{Edges, each_gram, gram, window};
use super::key::{WINDOW, gram_gate, gram_key, window_gate};
use super::secret::Secret;
use super::sieve::{Look, Sieve};
use crate::cow::Hashed;

/// See the [module](self).
pub(super) struct Search<'a, E, const N: usize> {
    pub(super) table: &'a Sieve<E, N>,
    pub(super) entries: Look<'a>,
    pub(super) gates: Look<'a>,
    pub(super) secret: Secret,
}

impl<E: Hashed, const N: usize> Search<'_, E, N> {
    /// Visits the entries below `base` whose anchors the segment has. Apart from who calls it, who seldom does.
    #[inline(never)]
    pub(super) fn segment(&self, anchors: &Anchors, base: u64, segment: &[u8], visit: &mut impl FnMut(&E)) {
        let windows = if anchors.have_windows() { self.windows(base, segment) } else { Windows::default() };
        let mut edges = Edges::beginnings(segment, self.secret);
        for prefix in anchors.prefixes() {
            let Some(behind) = segment.get(prefix.length.into()..) else { return };
            if prefix.length == 0 {
                self.suffixes(prefix, base, behind, &windows, visit);
                continue;
            }
            if let Some(place) = prefix.length.checked_sub(WINDOW) {
                if windows.are_none() {
                    return;
                }
                if !windows.are_at(place.into()) {
                    continue;
                }
            }
            let known = base.wrapping_add(edges.prefix(prefix.length));
            if prefix.alone > 0 {
                self.key(known, visit);
            }
            if !prefix.suffixes.is_empty() && self.gates.may_hold(known) {
                let windows = if prefix.has_windows() { self.windows(known, behind) } else { Windows::default() };
                self.suffixes(prefix, known, behind, &windows, visit);
            }
        }
    }

    /// Looks for what is known besides the prefix in what stands behind it.
    fn suffixes(&self, prefix: &Prefix, base: u64, behind: &[u8], windows: &Windows, visit: &mut impl FnMut(&E)) {
        let mut edges = Edges::ends(behind, self.secret);
        for suffix in &prefix.suffixes {
            let Some(end) = behind.len().checked_sub(suffix.length.into()) else { return };
            if suffix.length == 0 {
                self.grams_at(suffix, base, behind, windows, visit);
                continue;
            }
            if suffix.length >= WINDOW {
                if windows.are_none() {
                    return;
                }
                if !windows.are_at(end) {
                    continue;
                }
            }
            let known = base.wrapping_add(edges.suffix(suffix.length));
            if suffix.alone > 0 {
                self.key(known, visit);
            }
            if suffix.with_gram > 0 {
                self.grams(suffix, known, behind.get(..end).unwrap_or_default(), visit);
            }
        }
    }

    /// Looks for what is known besides the prefix where windows are, and for what is shorter everywhere.
    fn grams_at(&self, suffix: &Suffix, base: u64, behind: &[u8], windows: &Windows, visit: &mut impl FnMut(&E)) {
        for length in occurring(suffix) {
            if length < WINDOW {
                self.grams_of(length, base, behind, visit);
                continue;
            }
            for end in windows.iter().map(|place| place.wrapping_add(WINDOW.into())) {
                let place = end.wrapping_sub(length.into());
                if let Some(text) = behind.get(place..end) {
                    let key = gram_key(base, gram(text), self.secret);
                    if self.entries.may_hold(key) {
                        self.gram(behind, place, length, key, visit);
                    }
                }
            }
        }
    }

    /// Looks for what is known besides the edges in what stands between them.
    fn grams(&self, suffix: &Suffix, base: u64, between: &[u8], visit: &mut impl FnMut(&E)) {
        occurring(suffix).for_each(|length| self.grams_of(length, base, between, visit));
    }

    /// Looks for grams of one length at every place.
    fn grams_of(&self, length: u8, base: u64, between: &[u8], visit: &mut impl FnMut(&E)) {
        if self.gates.may_hold(gram_gate(base, length, self.secret)) {
            each_gram(between, length, |place, gram| {
                let key = gram_key(base, gram, self.secret);
                if self.entries.may_hold(key) {
                    self.gram(between, place, length, key, visit);
                }
            });
        }
    }

    #[inline]
    fn key(&self, key: u64, visit: &mut impl FnMut(&E)) {
        if self.entries.may_hold(key) {
            self.table.find(key).for_each(visit);
        }
    }

    /// The entries under the key of the gram at a place, unless it stood in the text before.
    #[inline(never)]
    fn gram(&self, text: &[u8], place: usize, length: u8, key: u64, visit: &mut impl FnMut(&E)) {
        let mut found = self.table.find(key).peekable();
        if found.peek().is_some() {
            let mut grams = text.windows(length.into());
            let gram = grams.clone().nth(place);
            if grams.position(|earlier| Some(earlier) == gram) == Some(place) {
                found.for_each(visit);
            }
        }
    }

    /// Where windows are that may be known.
    #[inline]
    fn windows(&self, base: u64, text: &[u8]) -> Windows {
        let mut found = Windows::default();
        let mut rest = text;
        for bits in &mut found.0 {
            let block = rest.get(..BLOCK).unwrap_or(rest);
            for (bytes, place) in block.windows(WINDOW.into()).zip(0..) {
                let hash = bytes.first_chunk().map_or(0, |bytes| window_gate(base, window(bytes), self.secret));
                if self.gates.may_hold(hash) {
                    *bits |= 1 << (place & 63);
                }
            }
            match rest.get(BITS..) {
                Some(more) => rest = more,
                None => break,
            }
        }
        found
    }
}

/// The lengths of grams that occur beside a suffix.
fn occurring(suffix: &Suffix) -> impl Iterator<Item = u8> {
    GRAMS.into_iter().zip(suffix.grams).filter(|(_, count)| *count > 0).map(|(length, _)| length)
}

/// A bit for each place of a segment: a window there may be known.
#[derive(Debug, Default)]
struct Windows([u64; 4]);

const BITS: usize = u64::BITS as usize;

/// Bytes that hold as many windows as there are bits in a word.
const BLOCK: usize = BITS + WINDOW as usize - 1;

impl Windows {
    #[inline]
    fn are_none(&self) -> bool {
        self.0.iter().fold(0, |all, bits| all | bits) == 0
    }

    #[inline]
    fn are_at(&self, place: usize) -> bool {
        self.0.get(place / BITS).is_some_and(|bits| bits >> (place % BITS) & 1 != 0)
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = usize> {
        (0..).step_by(BITS).zip(self.0).flat_map(|(first, mut bits)| {
            std::iter::from_fn(move || {
                let place = bits.trailing_zeros() as usize;
                let found = (bits != 0).then_some(place.wrapping_add(first));
                bits &= bits.wrapping_sub(1);
                found
            })
        })
    }
}
