//! The search for anchors in one segment of a name.
//!
//! Four bytes of the segment, a *window*, are put to a gate before anything is hashed: its first four before any prefix, the four
//! at the end of a prefix before that prefix, its last four before any suffix, and every fourth window before the longer grams
//! (which have four windows each, so that one of them is met), then those that may be their ends. What is shorter than a window is looked for by its length.

use super::anchor::{SAMPLED, STRIDE};
use super::anchors::{Prefix, Suffix};
use super::edges::{Edges, each_gram, gram_at_end, window};
use super::key::{At, WINDOW, gram_gate, gram_key, start, window_gate};
use super::secret::Secret;
use super::sieve::Look;
use super::spread::Spread;

/// See the [module](self).
pub(super) struct Search<'a> {
    spread: &'a Spread,
    entries: Look<'a>,
    gates: Look<'a>,
    secret: Secret,
}

impl<'a> Search<'a> {
    #[inline]
    pub(super) fn new(spread: &'a Spread, secret: Secret) -> Self {
        Self { spread, entries: spread.entries.look(), gates: spread.gates.look(), secret }
    }

    /// Visits the numbers of the patterns whose anchors the segment has. Apart from who calls it, who seldom does.
    #[inline(never)]
    pub(super) fn segment(&self, segment: &[u8], visit: &mut impl FnMut(u32)) {
        let start = start(self.secret);
        let mut edges = Edges::beginnings(segment, self.secret);
        let (bare, prefixes) = match self.spread.anchors.prefixes() {
            [bare, prefixes @ ..] if bare.length == 0 => (Some(bare), prefixes),
            prefixes => (None, prefixes),
        };
        if let Some(bare) = bare {
            self.behind(bare, start, segment, visit);
        }
        for (place, prefix) in prefixes.iter().enumerate() {
            let Some(before) = segment.get(..prefix.length.into()) else { break };
            if let Some(last) = before.last_chunk() {
                // The first that is as long as a window: none of them is there if its first bytes are not.
                let is_first = prefixes.get(place.wrapping_sub(1)).is_none_or(|prefix| prefix.length < WINDOW);
                if is_first && !self.is_open(start, At::First, before.first_chunk()) {
                    break;
                }
                if !self.is_open(start, At::PrefixEnd, Some(last)) {
                    continue;
                }
            }
            self.prefix(prefix, &mut edges, segment, visit);
        }
    }

    /// Whether there is something with this window.
    #[inline(always)]
    fn is_open(&self, known: u64, at: At, bytes: Option<&[u8; WINDOW as usize]>) -> bool {
        bytes.is_some_and(|bytes| self.gates.may_hold(window_gate(known, at, window(bytes), self.secret)))
    }

    /// Looks for what begins with a prefix that may be there.
    fn prefix(&self, prefix: &Prefix, edges: &mut Edges<'_>, segment: &[u8], visit: &mut impl FnMut(u32)) {
        let known = start(self.secret).wrapping_add(edges.prefix(prefix.length));
        if prefix.alone > 0 {
            self.key(known, visit);
        }
        if !prefix.suffixes.is_empty() && self.gates.may_hold(known) {
            self.behind(prefix, known, segment.get(prefix.length.into()..).unwrap_or_default(), visit);
        }
    }

    /// Looks for what is known besides the prefix in what stands behind it.
    fn behind(&self, prefix: &Prefix, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        let mut edges = Edges::ends(behind, self.secret);
        let mut is_open = None;
        for suffix in &prefix.suffixes {
            let Some(end) = behind.len().checked_sub(suffix.length.into()) else { return };
            if suffix.length == 0 {
                self.grams_at(suffix, known, behind, visit);
                continue;
            }
            if suffix.length >= WINDOW
                && !*is_open.get_or_insert_with(|| self.is_open(known, At::Last, behind.last_chunk()))
            {
                return;
            }
            let known = known.wrapping_add(edges.suffix(suffix.length));
            if suffix.alone > 0 {
                self.key(known, visit);
            }
            if suffix.with_gram > 0 {
                let between = behind.get(..end).unwrap_or_default();
                suffix.grams().for_each(|length| self.grams(length, known, between, visit));
            }
        }
    }

    /// Looks for what is known besides the prefix, if that is no suffix.
    fn grams_at(&self, suffix: &Suffix, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        suffix.grams().filter(|length| *length < SAMPLED).for_each(|length| self.grams(length, known, behind, visit));
        if !suffix.grams().any(|length| length >= SAMPLED) {
            return;
        }
        for first in (0..behind.len()).step_by(STRIDE) {
            let Some(bytes) = behind.get(first..).and_then(<[u8]>::first_chunk) else { return };
            if self.is_open(known, At::Inner, Some(bytes)) {
                self.grams_around(first, suffix, known, behind, visit);
            }
        }
    }

    /// Looks for the grams that have a window at this place.
    #[inline(never)]
    fn grams_around(&self, first: usize, suffix: &Suffix, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        let end = first.wrapping_add(WINDOW.into());
        for text in (end..end.wrapping_add(STRIDE)).map_while(|end| behind.get(..end)) {
            if !self.is_open(known, At::GramEnd, text.last_chunk()) {
                continue;
            }
            for length in suffix.grams().filter(|length| *length >= SAMPLED && usize::from(*length) <= text.len()) {
                let key = gram_key(known, gram_at_end(text, length), self.secret);
                if self.entries.may_hold(key) {
                    self.gram(behind, text.len().wrapping_sub(length.into()), length, key, visit);
                }
            }
        }
    }

    /// Looks for grams of one length at every place.
    #[inline(never)]
    fn grams(&self, length: u8, known: u64, between: &[u8], visit: &mut impl FnMut(u32)) {
        if self.gates.may_hold(gram_gate(known, length, self.secret)) {
            each_gram(between, length, |place, gram| {
                let key = gram_key(known, gram, self.secret);
                if self.entries.may_hold(key) {
                    self.gram(between, place, length, key, visit);
                }
            });
        }
    }

    #[inline]
    fn key(&self, key: u64, visit: &mut impl FnMut(u32)) {
        if self.entries.may_hold(key) {
            self.spread.entries.find(key).for_each(|entry| visit(entry.id));
        }
    }

    /// The numbers under the key of the gram at a place, unless it stood in the text before.
    #[inline(never)]
    fn gram(&self, text: &[u8], place: usize, length: u8, key: u64, visit: &mut impl FnMut(u32)) {
        let mut found = self.spread.entries.find(key).peekable();
        if found.peek().is_some() {
            let mut grams = text.windows(length.into());
            let gram = grams.clone().nth(place);
            if grams.position(|earlier| Some(earlier) == gram) == Some(place) {
                found.for_each(|entry| visit(entry.id));
            }
        }
    }
}
