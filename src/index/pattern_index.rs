//! All patterns of a world, each once, with what hangs on each.

use std::hint::black_box;

use super::finder::Finder;
use super::key::{PatternHashes, Place, Seeds};
use super::texts::Texts;
use super::trie::{Met, Trie};
use crate::cow::{ANY, Heap, IdEntry, IdTable, Slab, bytes_of, shared};
use crate::{Irn, Pattern};

/// Patterns in a page: 32 of them are as much as is quickly copied.
const ENTRIES: usize = 32;

/// Patterns stand here in no namespace.
const NOWHERE: u32 = 0;

/// Patterns under numbers, found by text, by a name, or by their relation to another; `T` is kept with each.
#[derive(Debug, Clone)]
pub(crate) struct PatternIndex<T> {
    patterns: Slab<Entry<T>, ENTRIES>,
    finder: Finder,
    /// Patterns of which many may have the same keys; all others the finder finds by their text as well.
    by_text: IdTable,
    trie: Trie,
    seeds: Seeds,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    pattern: Pattern,
    kept: T,
}

impl<T: Clone + Default> PatternIndex<T> {
    pub(crate) fn new(seeds: Seeds) -> Self {
        Self {
            patterns: Slab::default(),
            finder: Finder::default(),
            by_text: IdTable::default(),
            trie: Trie::new(seeds.clone()),
            seeds,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.patterns.len()
    }

    /// See [`Slab::turns`].
    pub(crate) const fn turns(&self) -> u64 {
        self.patterns.turns()
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&Pattern> {
        self.patterns.get(number).map(|entry| &entry.pattern)
    }

    pub(crate) fn kept(&self, number: u32) -> Option<&T> {
        self.patterns.get(number).map(|entry| &entry.kept)
    }

    pub(crate) fn kept_mut(&mut self, number: u32) -> Option<&mut T> {
        self.patterns.get_mut(number).map(|entry| &mut entry.kept)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.patterns.iter().map(|entry| &entry.pattern)
    }

    pub(crate) fn find(&self, pattern: &Pattern) -> Option<u32> {
        if has_own_keys(pattern) {
            self.find_hashed(pattern, &self.seeds.hashes(pattern))
        } else {
            self.find_by_text(pattern, self.text_hash(pattern))
        }
    }

    /// The same for a pattern whose hashes are known.
    pub(crate) fn find_hashed(&self, pattern: &Pattern, hashes: &PatternHashes<'_>) -> Option<u32> {
        if has_own_keys(pattern) {
            self.find_at(pattern, &hashes.place(NOWHERE))
        } else {
            self.find_by_text(pattern, self.text_hash(pattern))
        }
    }

    /// Finds a pattern that has its own keys.
    fn find_at(&self, pattern: &Pattern, place: &Place) -> Option<u32> {
        let is_it = |number: &u32| self.get(*number) == Some(pattern);
        self.finder.find(place).find(is_it)
    }

    fn find_by_text(&self, pattern: &Pattern, hash: u64) -> Option<u32> {
        self.by_text.find(hash).map(|entry| entry.id).find(|number| self.get(*number) == Some(pattern))
    }

    fn text_hash(&self, pattern: &Pattern) -> u64 {
        self.seeds.bytes(pattern.bytes())
    }

    /// The number of a pattern, which is added if it is not there; `None` if there is no room for it.
    pub(crate) fn intern(&mut self, pattern: &Pattern) -> Option<u32> {
        let hashes = self.seeds.hashes(pattern);
        self.intern_hashed(pattern, &hashes)
    }

    /// The same for a pattern whose hashes are known.
    pub(crate) fn intern_hashed(&mut self, pattern: &Pattern, hashes: &PatternHashes<'_>) -> Option<u32> {
        let place = hashes.place(NOWHERE);
        let text_hash = if has_own_keys(pattern) { None } else { Some(self.text_hash(pattern)) };
        let found = match text_hash {
            None => self.find_at(pattern, &place),
            Some(hash) => self.find_by_text(pattern, hash),
        };
        if found.is_some() || self.trie.is_full() {
            return found;
        }
        let number = self.patterns.insert(Entry { pattern: pattern.clone(), kept: T::default() })?;
        if let Some(hash) = text_hash {
            self.by_text.insert(IdEntry::new(hash, number));
        }
        let (patterns, seeds) = (&self.patterns, &self.seeds);
        self.finder.insert(&place, number, ANY, |other| {
            patterns.get(other).map(|other| seeds.hashes(&other.pattern).place(NOWHERE))
        });
        self.trie.insert(pattern, number);
        Some(number)
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let Entry { pattern, kept } = self.patterns.remove(number)?;
        if !has_own_keys(&pattern) {
            self.by_text.remove(self.text_hash(&pattern), |found| found.id == number);
        }
        self.finder.remove(&self.seeds.hashes(&pattern).place(NOWHERE), number);
        self.trie.remove(&pattern, number);
        Some(kept)
    }

    /// The hash that a pattern is [touched](Self::touch) by.
    pub(crate) fn touching(&self, pattern: &Pattern) -> u64 {
        self.seeds.hashes(pattern).place(NOWHERE).key
    }

    /// Touches where most patterns with this hash are found.
    pub(crate) fn touch(&self, hash: u64) {
        black_box(self.finder.touch(hash));
    }

    /// Touches a pattern.
    pub(crate) fn touch_number(&self, number: u32) {
        black_box(self.get(number).is_some());
    }

    /// Visits the patterns that match a name, with their numbers, each once.
    #[inline]
    pub(crate) fn matching<'a>(&'a self, irn: &Irn<'_>, visit: impl FnMut(u32, &'a Pattern)) {
        self.visit(&Texts::of_irn(irn, &self.seeds), |pattern| pattern.matches(irn), visit);
    }

    /// Visits the patterns that cover this one, with their numbers, each once.
    pub(crate) fn covering<'a>(&'a self, sought: &Pattern, visit: impl FnMut(u32, &'a Pattern)) {
        self.visit(&Texts::of_pattern(sought, &self.seeds), |pattern| pattern.covers(sought), visit);
    }

    #[inline]
    fn visit<'a>(
        &'a self,
        texts: &Texts<'_>,
        is_meant: impl Fn(&Pattern) -> bool,
        mut visit: impl FnMut(u32, &'a Pattern),
    ) {
        self.finder.visit(texts, NOWHERE, ANY, |number| {
            if let Some(pattern) = self.get(number).filter(|pattern| is_meant(pattern)) {
                visit(number, pattern);
            }
        });
    }

    /// Visits the numbers of the patterns that this one covers, each once.
    pub(crate) fn covered_by(&self, sought: &Pattern, mut visit: impl FnMut(u32)) {
        self.trie.covered_by(sought, |met| match met {
            Met::Covered(number) => visit(number),
            Met::Perhaps(number) => {
                if self.get(number).is_some_and(|pattern| sought.covers(pattern)) {
                    visit(number);
                }
            }
            Met::Text(text) => {
                let pattern = str::from_utf8(&text).ok().and_then(|text| Pattern::parse(text).ok());
                pattern.and_then(|pattern| self.find(&pattern)).into_iter().for_each(&mut visit);
            }
        });
    }
}

impl<T: Heap> Heap for Entry<T> {
    fn heap(&self) -> usize {
        self.pattern.shared_text().map_or(0, |text| shared(text.len())).saturating_add(self.kept.heap())
    }
}

impl<T: Heap> PatternIndex<T> {
    /// The bytes of the patterns themselves, and of all that is for finding them and what they keep.
    pub(crate) fn heap(&self) -> (usize, usize) {
        let kept = self.patterns.iter().map(|entry| entry.kept.heap().saturating_add(bytes_of::<T>(1)));
        let kept = kept.fold(0, usize::saturating_add);
        let lookups = [kept, self.finder.heap(), self.by_text.heap(), self.trie.heap()];
        (self.patterns.heap().saturating_sub(kept), lookups.into_iter().fold(0, usize::saturating_add))
    }
}

/// Whether no other such pattern has the same shape and known text: behind its known text there are only stars.
fn has_own_keys(pattern: &Pattern) -> bool {
    !pattern.is_mixed()
}
