//! Entries of patterns, found by a name whose known text they share.
//!
//! For each frame that occurs there is one hash of the name; for each kind of anchor below it, one for each length that
//! occurs. Most of those hashes find nothing, so they are put to a [`Sieve`] first, and before the hashes of one kind are
//! made at all, a *gate* is asked whether there is anything of that kind:
//!
//! ```text
//! the literals of the frame ─┬─ prefix ─────┬─ suffix ──┬─ grams of a length
//!                 gate       │    gate      │           │    gate
//!                            └─ first bytes └─ last bytes
//!                                 gate           gate
//! ```
//!
//! What must hold: an entry is proposed for every name that its pattern matches, once. Others may be proposed too.
//! An insertion or a removal touches the entry, at most five gates and the counts of one shape.

use smallvec::SmallVec;

use super::anchor::{Anchor, GRAMS};
use super::edges::{Edges, each_gram};
use super::key::{Keys, RUNG, base, gram_gate, gram_key};
use super::secret::Secret;
use super::shape::Frame;
use super::sieve::{Look, Sieve};
use super::texts::Texts;
use crate::cow::{Buckets, Hashed, Heap, bytes_of, heap_of};

/// See the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Finder<E, const N: usize> {
    /// Entries of patterns without an anchor.
    plain: Buckets<E, N>,
    /// The frames of those, with how many entries have each; ascending.
    frames: SmallVec<[(Frame, u32); 3]>,
    anchored: Sieve<E, N>,
    /// What anchors occur in which frame; ascending.
    groups: Vec<(Frame, Anchors)>,
    gates: Sieve<Gate, 7>,
}

impl<E, const N: usize> Default for Finder<E, N> {
    fn default() -> Self {
        let (plain, frames, groups) = (Buckets::default(), SmallVec::new(), Vec::new());
        Self { plain, frames, anchored: Sieve::default(), groups, gates: Sieve::default() }
    }
}

impl<E: Copy, const N: usize> Heap for Finder<E, N> {
    fn heap(&self) -> usize {
        let tables = [self.plain.heap(), self.frames.heap(), self.anchored.heap(), self.gates.heap()];
        let groups = heap_of(self.groups.iter().map(|(_, anchors)| anchors));
        let groups = groups.saturating_add(bytes_of::<(Frame, Anchors)>(self.groups.capacity()));
        tables.into_iter().fold(groups, usize::saturating_add)
    }
}

impl Heap for Anchors {
    fn heap(&self) -> usize {
        let own = if self.0.spilled() { bytes_of::<Prefix>(self.0.capacity()) } else { 0 };
        self.0.iter().fold(own, |sum, prefix| sum.saturating_add(prefix.suffixes.heap()))
    }
}

/// How many entries need something known to be there.
#[derive(Debug, Clone, Copy)]
struct Gate {
    hash: u32,
    count: u32,
}

impl Hashed for Gate {
    fn hash(&self) -> u32 {
        self.hash
    }
}

/// The anchors that occur, with how many entries have each: by the length of the prefix, ascending.
#[derive(Debug, Clone, Default)]
struct Anchors(SmallVec<[Prefix; 1]>);

#[derive(Debug, Clone, Default)]
struct Prefix {
    length: u8,
    /// Entries with this prefix and nothing else.
    alone: u32,
    /// All others, by the length of the suffix, ascending.
    suffixes: SmallVec<[Suffix; 1]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Suffix {
    length: u8,
    /// Entries with this suffix and no gram.
    alone: u32,
    /// Entries with a gram.
    with_gram: u32,
    /// Those, for each of the [`GRAMS`].
    grams: [u32; GRAMS.len()],
}

impl<E: Hashed, const N: usize> Finder<E, N> {
    pub(super) const fn len(&self) -> usize {
        self.plain.len().saturating_add(self.anchored.len())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.plain.iter().chain(self.anchored.iter())
    }

    /// The entries of patterns that these keys may be of.
    pub(super) fn find(&self, keys: &Keys) -> impl Iterator<Item = &E> {
        let (plain, anchored) = match keys.shape.anchor {
            None => (Some(self.plain.find(keys.key)), None),
            Some(_) => (None, Some(self.anchored.find(keys.key))),
        };
        plain.into_iter().flatten().chain(anchored.into_iter().flatten())
    }

    pub(super) fn find_mut(&mut self, keys: &Keys, is: impl Fn(&E) -> bool) -> Option<&mut E> {
        match keys.shape.anchor {
            None => self.plain.find_mut(keys.key, is),
            Some(_) => self.anchored.find_mut(keys.key, is),
        }
    }

    /// Adds an entry, whose hash must be that of the key.
    pub(super) fn insert(&mut self, keys: &Keys, entry: E) {
        let frame = keys.shape.frame;
        let Some(anchor) = keys.shape.anchor else {
            match self.frames.binary_search_by_key(&frame, |(frame, _)| *frame) {
                Ok(at) => self.frames.get_mut(at).into_iter().for_each(|(_, count)| add(count)),
                Err(at) => self.frames.insert(at, (frame, 1)),
            }
            return self.plain.insert(entry);
        };
        let at = self.groups.binary_search_by_key(&frame, |(frame, _)| *frame).unwrap_or_else(|at| {
            self.groups.insert(at, (frame, Anchors::default()));
            at
        });
        if let Some((_, anchors)) = self.groups.get_mut(at) {
            anchors.insert(anchor);
        }
        for gate in keys.gates.iter() {
            match self.gates.find_mut(u64::from(gate) << 32, |_| true) {
                Some(gate) => add(&mut gate.count),
                None => self.gates.insert(Gate { hash: gate, count: 1 }),
            }
        }
        self.anchored.insert(entry);
    }

    /// Removes the first entry with these keys for which `is` holds.
    pub(super) fn remove(&mut self, keys: &Keys, is: impl Fn(&E) -> bool) -> Option<E> {
        let frame = keys.shape.frame;
        let Some(anchor) = keys.shape.anchor else {
            let removed = self.plain.remove(keys.key, is)?;
            if let Ok(at) = self.frames.binary_search_by_key(&frame, |(frame, _)| *frame)
                && self.frames.get_mut(at).is_some_and(|(_, count)| take(count))
            {
                self.frames.remove(at);
            }
            return Some(removed);
        };
        let removed = self.anchored.remove(keys.key, is)?;
        for gate in keys.gates.iter() {
            let hash = u64::from(gate) << 32;
            if self.gates.find_mut(hash, |_| true).is_some_and(|gate| take(&mut gate.count)) {
                self.gates.remove(hash, |_| true);
            }
        }
        if let Ok(at) = self.groups.binary_search_by_key(&frame, |(frame, _)| *frame)
            && self.groups.get_mut(at).is_some_and(|(_, anchors)| anchors.remove(anchor))
        {
            self.groups.remove(at);
        }
        Some(removed)
    }

    /// Visits the entries of all patterns that may match the name (or cover the pattern) in the namespace, each once.
    #[inline]
    pub(super) fn visit(&self, texts: &Texts<'_>, namespace: u32, mut visit: impl FnMut(&E)) {
        let secret = texts.secret();
        for (frame, _) in &self.frames {
            if texts.fit(*frame) {
                self.plain.find(base(texts.sum(*frame), *frame, namespace, secret)).for_each(&mut visit);
            }
        }
        if self.groups.is_empty() {
            return;
        }
        let gates = self.gates.look();
        for (frame, anchors) in &self.groups {
            if texts.fit(*frame) {
                let base = base(texts.sum(*frame), *frame, namespace, secret);
                if gates.may_hold(base) {
                    let search = Search { finder: self, gates, entries: self.anchored.look(), secret };
                    search.prefixes(anchors, base, texts.segment(frame.anchored), &mut visit);
                }
            }
        }
    }
}

/// The search for one segment of a name, below the gate of a frame.
struct Search<'a, E, const N: usize> {
    finder: &'a Finder<E, N>,
    gates: Look<'a>,
    entries: Look<'a>,
    secret: Secret,
}

impl<E: Hashed, const N: usize> Search<'_, E, N> {
    fn prefixes(&self, anchors: &Anchors, base: u64, segment: &[u8], visit: &mut impl FnMut(&E)) {
        let mut edges = Edges::beginnings(segment, self.secret);
        let mut is_rung_open = false;
        for prefix in &anchors.0 {
            let Some(behind) = segment.get(prefix.length.into()..) else { return };
            if prefix.length == 0 {
                self.suffixes(prefix, base, behind, visit);
                continue;
            }
            if prefix.length > RUNG && !is_rung_open {
                is_rung_open = self.gates.may_hold(base.wrapping_add(edges.prefix(RUNG)));
                if !is_rung_open {
                    return;
                }
            }
            let known = base.wrapping_add(edges.prefix(prefix.length));
            if prefix.alone > 0 {
                self.key(known, visit);
            }
            if !prefix.suffixes.is_empty() && self.gates.may_hold(known) {
                self.suffixes(prefix, known, behind, visit);
            }
        }
    }

    /// Looks for what is known besides the prefix in what stands behind it.
    fn suffixes(&self, prefix: &Prefix, base: u64, behind: &[u8], visit: &mut impl FnMut(&E)) {
        let mut edges = Edges::ends(behind, self.secret);
        let mut is_rung_open = false;
        for suffix in &prefix.suffixes {
            let length = behind.len().checked_sub(suffix.length.into());
            let Some(between) = length.and_then(|length| behind.get(..length)) else { return };
            let mut known = base;
            if suffix.length > 0 {
                if suffix.length > RUNG && !is_rung_open {
                    is_rung_open = self.gates.may_hold(base.wrapping_add(edges.suffix(RUNG)));
                    if !is_rung_open {
                        return;
                    }
                }
                known = known.wrapping_add(edges.suffix(suffix.length));
                if suffix.alone > 0 {
                    self.key(known, visit);
                }
            }
            if suffix.with_gram > 0 {
                self.grams(suffix, known, between, visit);
            }
        }
    }

    /// Looks for what is known besides the edges in what stands between them.
    fn grams(&self, suffix: &Suffix, base: u64, between: &[u8], visit: &mut impl FnMut(&E)) {
        for (length, count) in GRAMS.into_iter().zip(suffix.grams) {
            if count > 0 && self.gates.may_hold(gram_gate(base, length, self.secret)) {
                each_gram(between, length, |place, gram| {
                    let key = gram_key(base, gram, self.secret);
                    if self.entries.may_hold(key) {
                        self.gram(between, place, length, key, visit);
                    }
                });
            }
        }
    }

    #[inline]
    fn key(&self, key: u64, visit: &mut impl FnMut(&E)) {
        if self.entries.may_hold(key) {
            self.finder.anchored.find(key).for_each(visit);
        }
    }

    /// The entries under the key of the gram at a place, unless it stood in the text before.
    #[inline(never)]
    fn gram(&self, text: &[u8], place: usize, length: u8, key: u64, visit: &mut impl FnMut(&E)) {
        let mut found = self.finder.anchored.find(key).peekable();
        if found.peek().is_some() {
            let mut grams = text.windows(length.into());
            let gram = grams.clone().nth(place);
            if grams.position(|earlier| Some(earlier) == gram) == Some(place) {
                found.for_each(visit);
            }
        }
    }
}

impl Anchors {
    fn insert(&mut self, anchor: Anchor) {
        let at = self.0.binary_search_by_key(&anchor.prefix, |prefix| prefix.length).unwrap_or_else(|at| {
            self.0.insert(at, Prefix { length: anchor.prefix, ..Prefix::default() });
            at
        });
        let Some(prefix) = self.0.get_mut(at) else { return };
        if anchor.suffix == 0 && anchor.gram == 0 {
            return add(&mut prefix.alone);
        }
        let suffixes = &mut prefix.suffixes;
        let at = suffixes.binary_search_by_key(&anchor.suffix, |suffix| suffix.length).unwrap_or_else(|at| {
            suffixes.insert(at, Suffix { length: anchor.suffix, ..Suffix::default() });
            at
        });
        if let Some(suffix) = suffixes.get_mut(at) {
            suffix.counts(anchor.gram).for_each(add);
        }
    }

    /// Counts an anchor less; true if none is left.
    fn remove(&mut self, anchor: Anchor) -> bool {
        let Ok(at) = self.0.binary_search_by_key(&anchor.prefix, |prefix| prefix.length) else { return false };
        let Some(prefix) = self.0.get_mut(at) else { return false };
        if anchor.suffix == 0 && anchor.gram == 0 {
            take(&mut prefix.alone);
        } else if let Ok(at) = prefix.suffixes.binary_search_by_key(&anchor.suffix, |suffix| suffix.length)
            && let Some(suffix) = prefix.suffixes.get_mut(at)
        {
            suffix.counts(anchor.gram).for_each(|count| {
                take(count);
            });
            if suffix.alone == 0 && suffix.with_gram == 0 {
                prefix.suffixes.remove(at);
            }
        }
        if prefix.alone == 0 && prefix.suffixes.is_empty() {
            self.0.remove(at);
        }
        self.0.is_empty()
    }
}

impl Suffix {
    /// The counts that an entry with a gram of this length, or with none, has a part in.
    fn counts(&mut self, gram: u8) -> impl Iterator<Item = &mut u32> {
        let Self { alone, with_gram, grams, .. } = self;
        let of_length = GRAMS.into_iter().zip(grams).find(|(length, _)| *length == gram);
        let (first, second) = match of_length {
            Some((_, of_length)) => (with_gram, Some(of_length)),
            None => (alone, None),
        };
        std::iter::once(first).chain(second)
    }
}

fn add(count: &mut u32) {
    *count = count.saturating_add(1);
}

/// Counts one less; true if none is left.
fn take(count: &mut u32) -> bool {
    *count = count.saturating_sub(1);
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::super::Seeds;
    use super::*;
    use crate::cow::IdEntry;
    use crate::{Irn, Pattern};

    struct Patterns {
        seeds: Seeds,
        finder: Finder<IdEntry, 7>,
        all: Vec<Pattern>,
    }

    impl Patterns {
        fn new(texts: impl IntoIterator<Item = String>) -> Self {
            let (seeds, mut finder) = (Seeds::default(), Finder::default());
            let all: Vec<Pattern> = texts.into_iter().map(|text| text.parse().unwrap()).collect();
            for (pattern, id) in all.iter().zip(0..) {
                let keys = seeds.pattern(pattern, 0);
                finder.insert(&keys, IdEntry::new(keys.key, id));
            }
            Self { seeds, finder, all }
        }

        /// How many patterns are proposed for a name, and how many of them match.
        fn proposed(&self, name: &str) -> (usize, usize) {
            let name = Irn::parse(name).unwrap();
            let (mut proposed, mut matching) = (0, 0);
            self.finder.visit(&Texts::of_name(&name, &self.seeds), 0, |entry| {
                proposed += 1;
                matching += usize::from(self.all[entry.id as usize].matches(&name));
            });
            (proposed, matching)
        }
    }

    #[test]
    fn few_are_proposed_that_do_not_match() {
        let letter = |n: usize| char::from(b"abcdefghijklmnopqrstuvwxyz"[n % 26]);
        let text = |n: usize| {
            (0..n % 29 + 5).map(|i| letter(n * 7 + i * i * n % 251)).chain(n.to_string().chars()).collect::<String>()
        };
        let globs = (0..10_000).map(|n| match n % 4 {
            0 => format!("a:b:{}*", text(n)),
            1 => format!("a:b:*{}", text(n)),
            2 => format!("a:b:*{}*", text(n)),
            _ => format!("a:b:{}*{}", text(n), text(n / 2)),
        });
        let patterns = Patterns::new(globs);
        let (mut proposed, mut matching) = (0, 0);
        for pattern in &patterns.all {
            let (more, meant) = patterns.proposed(&pattern.as_str().replace('*', "-~-"));
            assert!(meant >= 1, "{pattern}");
            (proposed, matching) = (proposed + more, matching + meant);
        }
        assert!(proposed - matching < patterns.all.len() / 10, "{proposed} proposed, {matching} match");
        assert_eq!(patterns.proposed("a:c:abc"), (0, 0));
    }

    #[test]
    fn a_hostile_name_is_proposed_each_pattern_once() {
        let runs = (1..60).flat_map(|n| {
            let run = "a".repeat(n);
            [format!("a:b:*{run}*"), format!("a:b:{run}*"), format!("a:b:*{run}"), format!("a:b:{run}*{run}")]
        });
        let nested = (1..8).map(|n| format!("a:b:{}", "a*".repeat(n)));
        let patterns = Patterns::new(runs.chain(nested));
        let all = patterns.all.len();
        assert_eq!(patterns.proposed(&format!("a:b:{}", "a".repeat(256))), (all, all));
        assert_eq!(patterns.proposed(&format!("a:b:{}", "b".repeat(256))), (0, 0));
    }

    #[test]
    fn nothing_is_left_of_what_was_removed() {
        let texts = (0..600).map(|n| match n % 3 {
            0 => format!("a:b{n}:x{n}*yyyyyy{n}"),
            1 => format!("a:b:*-{n}-*:**"),
            _ => format!("*:b:{n}"),
        });
        let mut patterns = Patterns::new(texts);
        for (pattern, id) in patterns.all.iter().zip(0..) {
            let keys = patterns.seeds.pattern(pattern, 0);
            assert!(patterns.finder.remove(&keys, |entry| entry.id == id).is_some());
            assert!(patterns.finder.remove(&keys, |entry| entry.id == id).is_none());
        }
        let Finder { plain, frames, anchored, groups, gates } = patterns.finder;
        assert_eq!((plain.len(), frames.len(), anchored.len(), groups.len(), gates.len()), (0, 0, 0, 0, 0));
    }
}
