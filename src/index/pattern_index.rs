//! All patterns of a world, each once, with what hangs on each.

use std::hint::black_box;

use super::finder::Finder;
use super::key::{PatternHashes, Place, Seeds};
use super::pattern_store::{Lent, Packed, PatternStore};
use super::texts::Texts;
use super::trie::{Met, Trie};
use crate::cow::{ANY, Heap, IdEntry, IdTable, Slot};
use crate::irn::PatternRef;
use crate::{Irn, Pattern};

/// Patterns stand here in no namespace.
const NOWHERE: u32 = 0;

/// Patterns under numbers, found by text, by a name, or by their relation to another.
#[derive(Debug, Clone)]
pub(crate) struct PatternIndex<S> {
    patterns: S,
    finder: Finder,
    /// Patterns of which many may have the same keys; all others the finder finds by their text as well.
    by_text: IdTable,
    trie: Trie,
    seeds: Seeds,
}

impl<S: PatternStore> PatternIndex<S> {
    pub(crate) fn new(seeds: Seeds) -> Self {
        Self {
            patterns: S::default(),
            finder: Finder::default(),
            by_text: IdTable::default(),
            trie: Trie::new(seeds.clone()),
            seeds,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.patterns.len()
    }

    /// See [`Slab::turns`].
    pub(crate) fn turns(&self) -> u64 {
        self.patterns.turns()
    }

    #[inline(always)]
    pub(crate) fn get(&self, number: u32) -> Option<PatternRef<'_>> {
        self.patterns.get(number)
    }

    pub(crate) fn find(&self, pattern: PatternRef<'_>) -> Option<u32> {
        if has_own_keys(pattern) {
            self.find_at(pattern, &self.seeds.hashes(pattern).place(NOWHERE))
        } else {
            self.find_by_text(pattern, self.text_hash(pattern))
        }
    }

    /// The same for a pattern whose hashes are known.
    pub(crate) fn find_hashed(&self, hashes: &PatternHashes<'_>) -> Option<u32> {
        let pattern = hashes.pattern();
        if has_own_keys(pattern) {
            self.find_at(pattern, &hashes.place(NOWHERE))
        } else {
            self.find_by_text(pattern, self.text_hash(pattern))
        }
    }

    /// Finds a pattern that has its own keys.
    fn find_at(&self, pattern: PatternRef<'_>, place: &Place) -> Option<u32> {
        let is_it = |number: &u32| self.get(*number) == Some(pattern);
        self.finder.find(place).find(is_it)
    }

    fn find_by_text(&self, pattern: PatternRef<'_>, hash: u64) -> Option<u32> {
        self.by_text.find(hash).map(|entry| entry.id).find(|number| self.get(*number) == Some(pattern))
    }

    fn text_hash(&self, pattern: PatternRef<'_>) -> u64 {
        self.seeds.bytes(pattern.bytes())
    }

    /// The number of a pattern, which is added if it is not there; `None` if there is no room for it.
    pub(crate) fn intern(&mut self, pattern: &Pattern) -> Option<u32> {
        let hashes = self.seeds.hashes(pattern.view());
        self.intern_own(&hashes, || pattern.clone())
    }

    /// The same for a pattern whose hashes are known.
    pub(crate) fn intern_hashed(&mut self, hashes: &PatternHashes<'_>) -> Option<u32> {
        self.intern_own(hashes, || hashes.pattern().to_pattern())
    }

    fn intern_own(&mut self, hashes: &PatternHashes<'_>, own: impl FnOnce() -> Pattern) -> Option<u32> {
        let (place, view) = (hashes.place(NOWHERE), hashes.pattern());
        let text_hash = if has_own_keys(view) { None } else { Some(self.text_hash(view)) };
        let found = match text_hash {
            None => self.find_at(view, &place),
            Some(hash) => self.find_by_text(view, hash),
        };
        if found.is_some() || self.trie.is_full() {
            return found;
        }
        let number = self.patterns.insert(view, own)?;
        if let Some(hash) = text_hash {
            self.by_text.insert(IdEntry::new(hash, number));
        }
        let Self { patterns, seeds, .. } = self;
        self.finder
            .insert(&place, number, ANY, |other| patterns.get(other).map(|other| seeds.hashes(other).place(NOWHERE)));
        self.trie.insert(view, number);
        Some(number)
    }

    /// Removes a pattern; whether it was there.
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let Some(pattern) = self.patterns.get(number) else { return false };
        if !has_own_keys(pattern) {
            self.by_text.remove(self.seeds.bytes(pattern.bytes()), |found| found.id == number);
        }
        self.finder.remove(&self.seeds.hashes(pattern).place(NOWHERE), number);
        self.trie.remove(pattern, number);
        self.patterns.remove(number);
        true
    }

    /// How a pattern with these hashes is sought.
    pub(crate) fn sought(&self, hashes: &PatternHashes<'_>) -> SoughtPattern {
        let pattern = hashes.pattern();
        if has_own_keys(pattern) {
            SoughtPattern::ByBase(hashes.place(NOWHERE).base)
        } else {
            SoughtPattern::ByText(self.text_hash(pattern))
        }
    }

    /// Has fetched where a pattern is found.
    pub(crate) fn fetch(&self, sought: SoughtPattern) {
        match sought {
            SoughtPattern::ByBase(base) => self.finder.fetch_to_change(base),
            SoughtPattern::ByText(hash) => self.by_text.fetch_to_change(hash),
        }
    }

    /// Touches a pattern.
    pub(crate) fn touch_number(&self, number: u32) {
        black_box(self.get(number).is_some());
    }

    /// The pattern that is found there, most likely the one that is sought.
    pub(crate) fn first(&self, sought: SoughtPattern) -> Option<u32> {
        match sought {
            SoughtPattern::ByBase(base) => self.finder.first(base),
            SoughtPattern::ByText(hash) => self.by_text.find(hash).next().map(|entry| entry.id),
        }
    }

    /// Visits the numbers of the patterns that cover this one, each once.
    pub(crate) fn covering(&self, sought: PatternRef<'_>, visit: impl FnMut(u32)) {
        let ends = sought.ends();
        self.visit(&Texts::of_pattern(sought, &ends, &self.seeds), |pattern| pattern.covers(sought), visit);
    }

    #[inline]
    fn visit(&self, texts: &Texts<'_>, is_meant: impl Fn(PatternRef<'_>) -> bool, mut visit: impl FnMut(u32)) {
        self.finder.visit(
            texts,
            NOWHERE,
            ANY,
            |number| number,
            |number| {
                if self.get(number).is_some_and(&is_meant) {
                    visit(number);
                }
            },
        );
    }

    /// Visits the numbers of the patterns that this one covers, each once.
    pub(crate) fn covered_by(&self, sought: PatternRef<'_>, mut visit: impl FnMut(u32)) {
        self.trie.covered_by(sought, |met| match met {
            Met::Covered(number) => visit(number),
            Met::Perhaps(number) => {
                if self.get(number).is_some_and(|pattern| sought.covers(pattern)) {
                    visit(number);
                }
            }
            Met::Text(text) => {
                let pattern = str::from_utf8(&text).ok().and_then(|text| Pattern::parse(text).ok());
                pattern.and_then(|pattern| self.find(pattern.view())).into_iter().for_each(&mut visit);
            }
        });
    }
}

/// How a pattern is sought that is wanted later.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SoughtPattern {
    ByBase(u64),
    ByText(u64),
}

impl PatternIndex<Lent> {
    /// Visits the patterns that match a name, each once.
    #[inline]
    pub(crate) fn matching<'a>(&'a self, irn: &Irn<'_>, mut visit: impl FnMut(&'a Pattern)) {
        let of = |number| self.patterns.seek(number);
        self.finder.visit(&Texts::of_irn(irn, &self.seeds), NOWHERE, ANY, of, |slot| {
            let pattern = slot.and_then(Slot::item);
            pattern.filter(|pattern| pattern.matches(irn)).into_iter().for_each(&mut visit);
        });
    }

    /// The pattern itself.
    pub(crate) fn pattern(&self, number: u32) -> Option<&Pattern> {
        self.patterns.get(number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.patterns.iter()
    }
}

impl<T: Clone + Default> PatternIndex<Packed<T>> {
    /// Touches a pattern, and has what is kept of it fetched.
    pub(crate) fn fetch_pattern(&self, number: u32) {
        self.touch_number(number);
        self.patterns.fetch_kept(number);
    }

    pub(crate) fn kept(&self, number: u32) -> Option<&T> {
        self.patterns.kept(number)
    }

    pub(crate) fn kept_mut(&mut self, number: u32) -> Option<&mut T> {
        self.patterns.kept_mut(number)
    }
}

impl<T: Heap> PatternIndex<Packed<T>> {
    /// The bytes of the patterns themselves, and of all that is for finding them and what they keep.
    pub(crate) fn heap(&self) -> (usize, usize) {
        let (patterns, kept) = self.patterns.heap();
        let lookups = [kept, self.finder.heap(), self.by_text.heap(), self.trie.heap()];
        (patterns, lookups.into_iter().fold(0, usize::saturating_add))
    }
}

/// Whether no other such pattern has the same shape and known text: behind its known text there are only stars.
fn has_own_keys(pattern: PatternRef<'_>) -> bool {
    !pattern.is_mixed()
}
