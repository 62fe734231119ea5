//! The search for anchors in one segment of a name.
//!
//! Four bytes of the segment, a *window*, are put to a gate before anything is hashed: its first four before any prefix, the four
//! at the end of a prefix before that prefix; its last four before any suffix, the four at the beginning of a suffix before that
//! suffix; and every fourth window before the longer grams (which have four windows each, so that one of them is met), then those
//! that may be their ends. What is shorter than a window is looked for by its length.

use super::anchor::{SAMPLED, STRIDE};
use super::anchors::{LAST, OfLength, Prefix, Suffix};
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
        let (prefixes, start) = (&self.spread.anchors.prefixes, start(self.secret));
        if let Some(bare) = prefixes.bare() {
            self.behind(bare, start, segment, visit);
        }
        let mut edges = Edges::beginnings(segment, self.secret);
        for prefix in prefixes.short() {
            self.prefix(prefix, &mut edges, segment, visit);
        }
        // None of the others is there if its first bytes are not.
        if prefixes.windowed().is_empty() || !self.is_open(start, At::First, segment.first_chunk()) {
            return;
        }
        for length in prefixes.windowed().within(segment.len()) {
            let end = segment.get(..length.into()).and_then(<[u8]>::last_chunk);
            if length == LAST || self.is_open(start, At::PrefixEnd(length), end) {
                for prefix in prefixes.of_length(length) {
                    self.prefix(prefix, &mut edges, segment, visit);
                }
            }
        }
    }

    /// Whether there is something with this window.
    #[inline(always)]
    fn is_open(&self, known: u64, at: At, bytes: Option<&[u8; WINDOW as usize]>) -> bool {
        bytes.is_some_and(|bytes| self.gates.may_hold(window_gate(known, at, window(bytes), self.secret)))
    }

    /// Looks for what begins with a prefix that may be there.
    fn prefix(&self, prefix: &Prefix, edges: &mut Edges<'_>, segment: &[u8], visit: &mut impl FnMut(u32)) {
        let Some(behind) = segment.get(prefix.length().into()..) else { return };
        let known = start(self.secret).wrapping_add(edges.prefix(prefix.length()));
        if prefix.alone > 0 {
            self.key(known, visit);
        }
        if !prefix.suffixes.is_empty() && self.gates.may_hold(known) {
            self.behind(prefix, known, behind, visit);
        }
    }

    /// Looks for what is known besides the prefix in what stands behind it.
    fn behind(&self, prefix: &Prefix, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        if let Some(bare) = prefix.suffixes.bare() {
            self.grams_at(bare, known, behind, visit);
        }
        let mut edges = Edges::ends(behind, self.secret);
        for suffix in prefix.suffixes.short() {
            self.suffix(suffix, &mut edges, known, behind, visit);
        }
        if prefix.suffixes.windowed().is_empty() || !self.is_open(known, At::Last, behind.last_chunk()) {
            return;
        }
        for length in prefix.suffixes.windowed().within(behind.len()) {
            let begin = behind.get(behind.len().wrapping_sub(length.into())..).and_then(<[u8]>::first_chunk);
            if length == LAST || self.is_open(known, At::SuffixStart(length), begin) {
                for suffix in prefix.suffixes.of_length(length) {
                    self.suffix(suffix, &mut edges, known, behind, visit);
                }
            }
        }
    }

    /// Looks for what ends with a suffix that may be there.
    fn suffix(&self, suffix: &Suffix, edges: &mut Edges<'_>, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        let Some(end) = behind.len().checked_sub(suffix.length().into()) else { return };
        let known = known.wrapping_add(edges.suffix(suffix.length()));
        if suffix.alone > 0 {
            self.key(known, visit);
        }
        if suffix.has_grams() {
            let between = behind.get(..end).unwrap_or_default();
            suffix.grams().for_each(|length| self.grams(length, known, between, visit));
        }
    }

    /// Looks for what is known besides the prefix, if that is no suffix.
    #[inline(always)]
    fn grams_at(&self, suffix: &Suffix, known: u64, behind: &[u8], visit: &mut impl FnMut(u32)) {
        if suffix.has_others() {
            let others = suffix.grams().filter(|length| *length < SAMPLED);
            others.for_each(|length| self.grams(length, known, behind, visit));
        }
        if suffix.has_sampled() {
            let (windows, _) = behind.as_chunks::<STRIDE>();
            for (bytes, first) in windows.iter().zip((0_usize..).step_by(STRIDE)) {
                if self.is_open(known, At::Inner, Some(bytes)) {
                    self.grams_around(first, suffix, known, behind, visit);
                }
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
