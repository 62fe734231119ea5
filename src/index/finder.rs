//! Entries of patterns, found by a name whose known text they share.
//!
//! For each frame that occurs there is one hash of the name. It finds the patterns without an anchor, or a [`Bunch`] of
//! those with one, which are compared one by one. Where they are more than a few they are hashed, too, and a [`Search`] of
//! the segment finds them. Most that is looked for then is not there, so a [`Sieve`] is asked first, and before the hashes
//! of one kind are made at all, a *gate* is asked whether there is anything of that kind:
//!
//! ```text
//! the literals of the frame ─┬─ prefix ─────┬─ suffix ──┬─ grams of a length
//!                 bunch      │    gate      │           │    gate
//!                            └─ last bytes  └─ first bytes
//!                                 gate           gate
//! ```
//!
//! What must hold: an entry is proposed for every name that its pattern matches, once. Others may be proposed too.
//! An insertion or a removal touches the entry, its bunch, at most four gates and the counts of one shape; the insertion
//! that makes a bunch too large hashes its few patterns.

use smallvec::SmallVec;

use super::anchors::{Anchors, add, take};
use super::bunch::{Bunch, FEW};
use super::key::{Place, base};
use super::search::Search;
use super::shape::Frame;
use super::sieve::Sieve;
use super::texts::Texts;
use crate::cow::{Buckets, Hashed, Heap, IdEntry, IdTable, Slab, bytes_of, heap_of, short};

/// See the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Finder<E, const N: usize> {
    /// Entries of patterns without an anchor.
    plain: Buckets<E, N>,
    /// The frames of those, with how many entries have each; ascending.
    frames: SmallVec<[(Frame, u32); 3]>,
    /// All others, by what is known of their literals.
    bunches: Slab<Bunch<E>>,
    by_base: IdTable,
    /// The frames of those, with what anchors occur in each among what is hashed; ascending.
    groups: Vec<(Frame, Group)>,
    /// Those of bunches that are more than a few.
    anchored: Sieve<E, N>,
    gates: Sieve<Gate, 7>,
    /// How many entries are listed in bunches.
    listed: usize,
}

#[derive(Debug, Clone, Default)]
struct Group {
    entries: u32,
    /// Of those that are hashed.
    anchors: Anchors,
}

impl<E: Clone, const N: usize> Default for Finder<E, N> {
    fn default() -> Self {
        Self {
            plain: Buckets::default(),
            frames: SmallVec::new(),
            bunches: Slab::default(),
            by_base: IdTable::default(),
            groups: Vec::new(),
            anchored: Sieve::default(),
            gates: Sieve::default(),
            listed: 0,
        }
    }
}

impl<E: Copy, const N: usize> Heap for Finder<E, N> {
    fn heap(&self) -> usize {
        let tables = [self.plain.heap(), self.frames.heap(), self.anchored.heap(), self.gates.heap()];
        let bunches = self.bunches.heap().saturating_add(self.by_base.heap());
        let groups = heap_of(self.groups.iter().map(|(_, group)| &group.anchors));
        let groups = groups.saturating_add(bytes_of::<(Frame, Group)>(self.groups.capacity()));
        tables.into_iter().fold(groups.saturating_add(bunches), usize::saturating_add)
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

impl<E: Hashed, const N: usize> Finder<E, N> {
    pub(super) const fn len(&self) -> usize {
        self.plain.len().saturating_add(self.anchored.len()).saturating_add(self.listed)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.plain.iter().chain(self.anchored.iter()).chain(self.bunches.iter().flat_map(Bunch::iter))
    }

    /// The entries of patterns that may have this place.
    pub(super) fn find(&self, place: &Place) -> impl Iterator<Item = &E> {
        let (plain, anchored) = match place.shape.anchor {
            None => (Some(self.plain.find(place.key)), None),
            Some(_) => (None, Some(self.anchored.find(place.key))),
        };
        let hash = short(place.key);
        let bunch = anchored.is_some().then(|| self.bunch(place.base)).flatten();
        let listed = bunch.into_iter().flat_map(Bunch::iter).filter(move |entry| entry.hash() == hash);
        plain.into_iter().flatten().chain(anchored.into_iter().flatten()).chain(listed)
    }

    /// The same for a pattern without an anchor.
    #[inline]
    pub(super) fn plain(&self, place: &Place) -> impl Iterator<Item = &E> {
        with_hash(&self.plain, place.key)
    }

    pub(super) fn find_mut(&mut self, place: &Place, is: impl Fn(&E) -> bool) -> Option<&mut E> {
        if place.shape.anchor.is_none() {
            return self.plain.find_mut(place.key, is);
        }
        let hash = short(place.key);
        let listed = self.number(place.base).and_then(|number| self.bunches.get_mut(number));
        let mut listed = listed.into_iter().flat_map(Bunch::iter_mut);
        match listed.find(|entry| entry.hash() == hash && is(entry)) {
            Some(entry) => Some(entry),
            None => self.anchored.find_mut(place.key, is),
        }
    }

    #[inline]
    fn number(&self, base: u64) -> Option<u32> {
        with_hash(&self.by_base, base).next().map(|entry| entry.id)
    }

    /// The bunch of a base, or of one with the same hash.
    #[inline]
    fn bunch(&self, base: u64) -> Option<&Bunch<E>> {
        self.bunches.get(self.number(base)?)
    }

    /// Adds an entry, whose hash must be that of the place's key, unless there are as many as there can be. `place_of` says
    /// where others belong.
    pub(super) fn insert(&mut self, place: &Place, entry: E, place_of: impl Fn(&E) -> Option<Place>) {
        let frame = place.shape.frame;
        if place.shape.anchor.is_none() {
            match self.frames.binary_search_by_key(&frame, |(frame, _)| *frame) {
                Ok(at) => self.frames.get_mut(at).into_iter().for_each(|(_, count)| add(count)),
                Err(at) => self.frames.insert(at, (frame, 1)),
            }
            return self.plain.insert(entry);
        }
        let number = self.number(place.base).or_else(|| {
            let number = self.bunches.insert(Bunch::default())?;
            self.by_base.insert(IdEntry::new(place.base, number));
            Some(number)
        });
        let Some(number) = number else { return };
        self.change_group(frame, |group| add(&mut group.entries));
        let Some(bunch) = self.bunches.get_mut(number) else { return };
        if let Some(window) = place.window.filter(|_| bunch.lists()) {
            bunch.insert(window, entry);
            self.listed = self.listed.saturating_add(1);
            if bunch.len() > FEW {
                self.spread(number, place_of);
            }
        } else {
            add(&mut bunch.hashed);
            self.insert_hashed(place, entry);
        }
    }

    /// Hashes what a bunch lists.
    #[cold]
    fn spread(&mut self, number: u32, place_of: impl Fn(&E) -> Option<Place>) {
        let Some(bunch) = self.bunches.get_mut(number) else { return };
        let listed = bunch.len();
        let mut hashed: Vec<(Place, E)> = Vec::with_capacity(listed);
        bunch.spread(|entry| match place_of(&entry) {
            Some(place) => {
                hashed.push((place, entry));
                false
            }
            // Nobody's place is unknown; if it were, it would be found where it is.
            None => true,
        });
        self.listed = self.listed.saturating_sub(hashed.len());
        hashed.into_iter().for_each(|(place, entry)| self.insert_hashed(&place, entry));
    }

    fn insert_hashed(&mut self, place: &Place, entry: E) {
        let Some(anchor) = place.shape.anchor else { return };
        self.change_group(place.shape.frame, |group| group.anchors.insert(anchor));
        for gate in place.gates.iter() {
            match self.gates.find_mut(u64::from(gate) << 32, |_| true) {
                Some(gate) => add(&mut gate.count),
                None => self.gates.insert(Gate { hash: gate, count: 1 }),
            }
        }
        self.anchored.insert(entry);
    }

    /// Removes the first entry at this place for which `is` holds.
    pub(super) fn remove(&mut self, place: &Place, is: impl Fn(&E) -> bool) -> Option<E> {
        let frame = place.shape.frame;
        if place.shape.anchor.is_none() {
            let removed = self.plain.remove(place.key, is)?;
            if let Ok(at) = self.frames.binary_search_by_key(&frame, |(frame, _)| *frame)
                && self.frames.get_mut(at).is_some_and(|(_, count)| take(count))
            {
                self.frames.remove(at);
            }
            return Some(removed);
        }
        let number = self.number(place.base)?;
        let hash = short(place.key);
        let listed = self.bunches.get_mut(number)?.remove(|entry| entry.hash() == hash && is(entry));
        let removed = match listed {
            Some(entry) => {
                self.listed = self.listed.saturating_sub(1);
                entry
            }
            None => self.remove_hashed(place, is)?,
        };
        let bunch = self.bunches.get_mut(number)?;
        if listed.is_none() {
            take(&mut bunch.hashed);
        }
        if bunch.is_empty() {
            self.bunches.remove(number);
            self.by_base.remove(place.base, |entry| entry.id == number);
        }
        if let Ok(at) = self.groups.binary_search_by_key(&frame, |(frame, _)| *frame)
            && self.groups.get_mut(at).is_some_and(|(_, group)| take(&mut group.entries))
        {
            self.groups.remove(at);
        }
        Some(removed)
    }

    fn remove_hashed(&mut self, place: &Place, is: impl Fn(&E) -> bool) -> Option<E> {
        let removed = self.anchored.remove(place.key, is)?;
        for gate in place.gates.iter() {
            let hash = u64::from(gate) << 32;
            if self.gates.find_mut(hash, |_| true).is_some_and(|gate| take(&mut gate.count)) {
                self.gates.remove(hash, |_| true);
            }
        }
        if let Some(anchor) = place.shape.anchor {
            self.change_group(place.shape.frame, |group| group.anchors.remove(anchor));
        }
        Some(removed)
    }

    /// Changes the group of a frame, which is made if there is none.
    fn change_group(&mut self, frame: Frame, change: impl FnOnce(&mut Group)) {
        let at = self.groups.binary_search_by_key(&frame, |(frame, _)| *frame).unwrap_or_else(|at| {
            self.groups.insert(at, (frame, Group::default()));
            at
        });
        if let Some((_, group)) = self.groups.get_mut(at) {
            change(group);
        }
    }

    /// Visits the entries of all patterns that may match the name (or cover the pattern) in the namespace, each once.
    #[inline]
    pub(super) fn visit(&self, texts: &Texts<'_>, namespace: u32, mut visit: impl FnMut(&E)) {
        let secret = texts.secret();
        for (frame, _) in &self.frames {
            if texts.fit(*frame) {
                let key = base(texts.sum(*frame), *frame, namespace, secret);
                with_hash(&self.plain, key).for_each(&mut visit);
            }
        }
        for (frame, group) in &self.groups {
            if texts.fit(*frame) {
                let base = base(texts.sum(*frame), *frame, namespace, secret);
                if let Some(bunch) = self.bunch(base) {
                    let segment = texts.segment(frame.anchored);
                    bunch.visit(segment, &mut visit);
                    if bunch.hashed > 0 {
                        let (entries, gates) = (self.anchored.look(), self.gates.look());
                        let search = Search { table: &self.anchored, entries, gates, secret };
                        search.segment(&group.anchors, base, segment, &mut visit);
                    }
                }
            }
        }
    }
}

/// The entries with a hash, as [`Buckets::find`] does it, in fewer steps.
#[inline(always)]
fn with_hash<E: Hashed, const N: usize>(table: &Buckets<E, N>, hash: u64) -> impl Iterator<Item = &E> {
    let hash = short(hash);
    table.bucket(table.bucket_of(hash)).iter().filter(move |entry| entry.hash() == hash)
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
            let mut patterns = Self { seeds: Seeds::default(), finder: Finder::default(), all: Vec::new() };
            texts.into_iter().for_each(|text| patterns.insert(&text));
            patterns
        }

        fn insert(&mut self, text: &str) {
            let id = u32::try_from(self.all.len()).unwrap();
            self.all.push(text.parse().unwrap());
            let place_of = |id: u32| Some(self.seeds.hashes(self.all.get(id as usize)?).place(0));
            let place = place_of(id).unwrap();
            self.finder.insert(&place, IdEntry::new(place.key, id), |entry| place_of(entry.id));
        }

        fn remove(&mut self, id: u32) -> bool {
            let place = self.seeds.hashes(&self.all[id as usize]).place(0);
            self.finder.remove(&place, |entry| entry.id == id).is_some()
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
    fn a_bunch_is_found_while_it_grows_and_shrinks() {
        let text = |n: u32| match n % 5 {
            0 => format!("a:b:pre{n}-*"),
            1 => format!("a:b:*-post{n}"),
            2 => format!("a:b:*-mid{n}-*"),
            3 => format!("a:b:{n}*:*"),
            _ => format!("a:b:x*-{n}-*y"),
        };
        let name = |n: u32| text(n).replace('*', "~");
        let mut patterns = Patterns::new([]);
        for n in 0..130 {
            patterns.insert(&text(n));
            let places: Vec<_> = patterns.all.iter().map(|pattern| patterns.seeds.hashes(pattern).place(0)).collect();
            let found = |id: u32| patterns.finder.find(&places[id as usize]).any(|entry| entry.id == id);
            assert!((0..=n).all(|id| patterns.proposed(&name(id)).1 >= 1 && found(id)), "{n}");
        }
        for n in 0..130 {
            assert!(patterns.remove(n));
            assert!((n + 1..130).all(|left| patterns.proposed(&name(left)).1 >= 1), "{n}");
        }
        assert_eq!(patterns.finder.len(), 0);
    }

    #[test]
    fn nothing_is_left_of_what_was_removed() {
        let texts = (0..600).map(|n| match n % 3 {
            0 => format!("a:b{n}:x{n}*yyyyyy{n}"),
            1 => format!("a:b:*-{n}-*:**"),
            _ => format!("*:b:{n}"),
        });
        let mut patterns = Patterns::new(texts);
        assert_eq!(patterns.finder.iter().count(), patterns.finder.len());
        assert!((0..600).all(|id| patterns.remove(id) && !patterns.remove(id)));
        let Finder { plain, frames, bunches, by_base, groups, anchored, gates, listed } = patterns.finder;
        assert_eq!((plain.len(), frames.len(), groups.len(), listed), (0, 0, 0, 0));
        assert_eq!((bunches.len(), by_base.len(), anchored.len(), gates.len()), (0, 0, 0, 0));
    }
}
