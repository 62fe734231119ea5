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
use super::edges::Edges;
use super::key::{Keys, RUNG, base, gram_gate, gram_key};
use super::shape::Frame;
use super::sieve::Sieve;
use super::texts::Texts;
use crate::cow::{Buckets, Hashed};

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
    /// Entries with a gram of each of the [`GRAMS`].
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
        for (frame, anchors) in &self.groups {
            if texts.fit(*frame) {
                let base = base(texts.sum(*frame), *frame, namespace, secret);
                if self.gates.may_hold(base) {
                    self.visit_anchored(anchors, base, texts.segment(frame.anchored), texts, &mut visit);
                }
            }
        }
    }

    fn visit_anchored(
        &self,
        anchors: &Anchors,
        base: u64,
        segment: &[u8],
        texts: &Texts<'_>,
        visit: &mut impl FnMut(&E),
    ) {
        let secret = texts.secret();
        let edges = Edges::of(segment, secret);
        let mut rung = None;
        for prefix in &anchors.0 {
            let Some(room) = edges.len().checked_sub(prefix.length.into()) else { return };
            let open = || self.gates.may_hold(base.wrapping_add(edges.prefix(RUNG)));
            if prefix.length > RUNG && !*rung.get_or_insert_with(open) {
                return;
            }
            let mut known = base;
            if prefix.length > 0 {
                known = known.wrapping_add(edges.prefix(prefix.length));
                if prefix.alone > 0 {
                    self.visit_key(known, visit);
                }
                if prefix.suffixes.is_empty() || !self.gates.may_hold(known) {
                    continue;
                }
            }
            self.visit_suffixes(prefix, known, &edges, room, visit, secret);
        }
    }

    fn visit_suffixes(
        &self,
        prefix: &Prefix,
        base: u64,
        edges: &Edges,
        room: usize,
        visit: &mut impl FnMut(&E),
        secret: super::key::Secret,
    ) {
        let mut rung = None;
        for suffix in &prefix.suffixes {
            if usize::from(suffix.length) > room {
                return;
            }
            let open = || self.gates.may_hold(base.wrapping_add(edges.suffix(RUNG)));
            if suffix.length > RUNG && !*rung.get_or_insert_with(open) {
                return;
            }
            let mut known = base;
            if suffix.length > 0 {
                known = known.wrapping_add(edges.suffix(suffix.length));
                if suffix.alone > 0 {
                    self.visit_key(known, visit);
                }
            }
            for (length, count) in GRAMS.into_iter().zip(suffix.grams) {
                if count > 0 && self.gates.may_hold(gram_gate(known, length, secret)) {
                    let grams = edges.grams(prefix.length, suffix.length, length);
                    for (place, gram) in grams.clone().enumerate() {
                        let key = gram_key(known, gram, secret);
                        // A gram that stands in the segment twice was looked for at its first place.
                        if self.anchored.may_hold(key) && grams.clone().take(place).all(|earlier| earlier != gram) {
                            self.anchored.find(key).for_each(&mut *visit);
                        }
                    }
                }
            }
        }
    }

    #[inline]
    fn visit_key(&self, key: u64, visit: &mut impl FnMut(&E)) {
        if self.anchored.may_hold(key) {
            self.anchored.find(key).for_each(visit);
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
            suffix.count_of(anchor.gram).into_iter().for_each(add);
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
            suffix.count_of(anchor.gram).into_iter().for_each(|count| {
                take(count);
            });
            if suffix.alone == 0 && suffix.grams.iter().all(|count| *count == 0) {
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
    fn count_of(&mut self, gram: u8) -> Option<&mut u32> {
        match GRAMS.iter().position(|length| *length == gram) {
            Some(at) => self.grams.get_mut(at),
            None => Some(&mut self.alone),
        }
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
