//! All patterns of a world, each once, with what hangs on each.

use super::key::Seeds;
use super::trie::Trie;
use crate::cow::{IdEntry, IdTable, Slab};
use crate::{Irn, Pattern};

/// Patterns under numbers, found by text, by a name, or by their relation to another; `T` is kept with each.
#[derive(Debug, Clone)]
pub(crate) struct PatternIndex<T> {
    patterns: Slab<Entry<T>>,
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
        Self { patterns: Slab::default(), by_text: IdTable::default(), trie: Trie::new(seeds.clone()), seeds }
    }

    pub(crate) const fn len(&self) -> usize {
        self.patterns.len()
    }

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

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(self.seeds.bytes(text.as_bytes()), text)
    }

    fn find_hashed(&self, hash: u64, text: &str) -> Option<u32> {
        let mut found = self.by_text.find(hash).map(|entry| entry.id);
        found.find(|number| self.get(*number).is_some_and(|pattern| pattern.as_str() == text))
    }

    /// The number of a pattern, which is added if it is not there; `None` if there is no room for it.
    pub(crate) fn intern(&mut self, pattern: &Pattern) -> Option<u32> {
        let hash = self.seeds.bytes(pattern.as_str().as_bytes());
        if let Some(number) = self.find_hashed(hash, pattern.as_str()) {
            return Some(number);
        }
        if self.trie.is_full() {
            return None;
        }
        let number = self.patterns.insert(Entry { pattern: pattern.clone(), kept: T::default() })?;
        self.by_text.insert(IdEntry::new(hash, number));
        self.trie.insert(pattern, number);
        Some(number)
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let entry = self.patterns.remove(number)?;
        self.by_text.remove(self.seeds.bytes(entry.pattern.as_str().as_bytes()), |found| found.id == number);
        self.trie.remove(&entry.pattern);
        Some(entry.kept)
    }

    /// Visits the numbers of the patterns that match a name, each once.
    pub(crate) fn matching(&self, irn: &Irn<'_>, visit: impl FnMut(u32)) {
        self.trie.matching(irn, visit);
    }

    /// Visits the numbers of the patterns that cover this one, each once.
    pub(crate) fn covering(&self, pattern: &Pattern, visit: impl FnMut(u32)) {
        self.trie.covering(pattern, visit);
    }

    /// Visits the numbers of the patterns that this one covers, each once.
    pub(crate) fn covered_by(&self, pattern: &Pattern, visit: impl FnMut(u32)) {
        self.trie.covered_by(pattern, visit);
    }
}
