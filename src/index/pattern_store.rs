//! Where the patterns of a [`PatternIndex`](super::PatternIndex) stand.

use crate::Pattern;
use crate::cow::{Heap, Pages, Slab, TextSlab};
use crate::irn::{Form, PatternRef};

/// Patterns under numbers that are used again; see [`Slab`].
pub(crate) trait PatternStore: Clone + Default {
    fn len(&self) -> usize;

    /// See [`Slab::turns`].
    fn turns(&self) -> u64;

    fn get(&self, number: u32) -> Option<PatternRef<'_>>;

    /// Adds a pattern and answers its number; `None` if there is no room for it. `own` makes one that stands by itself.
    fn insert(&mut self, pattern: PatternRef<'_>, own: impl FnOnce() -> Pattern) -> Option<u32>;

    fn remove(&mut self, number: u32);
}

/// Patterns in a page: 32 of them are as much as is quickly copied.
const PATTERNS: usize = 32;

/// Each by itself, so that it can be lent.
pub(crate) type Lent = Slab<Pattern, PATTERNS>;

impl PatternStore for Lent {
    fn len(&self) -> usize {
        Self::len(self)
    }

    fn turns(&self) -> u64 {
        Self::turns(self)
    }

    #[inline]
    fn get(&self, number: u32) -> Option<PatternRef<'_>> {
        Self::get(self, number).map(Pattern::view)
    }

    fn insert(&mut self, _: PatternRef<'_>, own: impl FnOnce() -> Pattern) -> Option<u32> {
        Self::insert(self, own())
    }

    fn remove(&mut self, number: u32) {
        Self::remove(self, number);
    }
}

/// Side by side, with something kept of each, apart: a check reads only the patterns.
#[derive(Debug, Clone)]
pub(crate) struct Packed<T> {
    texts: TextSlab,
    /// Under the same numbers.
    kept: Pages<T>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { texts: TextSlab::default(), kept: Pages::default() }
    }
}

impl<T: Clone + Default> PatternStore for Packed<T> {
    fn len(&self) -> usize {
        self.texts.len()
    }

    fn turns(&self) -> u64 {
        self.texts.turns()
    }

    #[inline(always)]
    fn get(&self, number: u32) -> Option<PatternRef<'_>> {
        let (form, text) = self.texts.get(number)?;
        Some(PatternRef::new(Form(form), text))
    }

    fn insert(&mut self, pattern: PatternRef<'_>, _: impl FnOnce() -> Pattern) -> Option<u32> {
        let number = self.texts.insert(pattern.form().0, pattern.bytes())?;
        while self.kept.len() <= number as usize {
            self.kept.push(T::default());
        }
        Some(number)
    }

    fn remove(&mut self, number: u32) {
        if self.texts.remove(number) {
            self.kept.get_mut(number as usize).into_iter().for_each(|kept| *kept = T::default());
        }
    }
}

impl<T: Clone + Default> Packed<T> {
    /// Has fetched what is kept with a pattern, which is changed soon.
    pub(super) fn fetch_kept(&self, number: u32) {
        self.kept.fetch_to_change(number as usize);
    }

    /// What is kept with a pattern that is there.
    pub(super) fn kept(&self, number: u32) -> Option<&T> {
        self.kept.get(number as usize)
    }

    pub(super) fn kept_mut(&mut self, number: u32) -> Option<&mut T> {
        self.kept.get_mut(number as usize)
    }
}

impl<T: Heap> Packed<T> {
    /// The bytes of the patterns, and of what is kept with them.
    pub(super) fn heap(&self) -> (usize, usize) {
        (self.texts.heap(), self.kept.heap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns() -> impl Iterator<Item = Pattern> {
        let texts = ["**", "a:**", "a:b:*", "a:b:c", "*:b:x*y?:*", "a:b:c:d:e:f:g:h"].map(str::to_owned);
        let long = (1..=1_000).step_by(9).map(|length| {
            let words: Vec<String> = (0..5).map(|_| "x".repeat(length / 5 + 1)).collect();
            format!("a:b:{}{}", words.join(":"), if length % 2 == 0 { "*" } else { "" })
        });
        texts.into_iter().chain(long).map(|text| text.parse().expect(&text))
    }

    #[test]
    fn a_pattern_comes_out_as_it_went_in() {
        let (mut packed, mut lent) = (Packed::<u32>::default(), Lent::default());
        for pattern in patterns() {
            let [packed, lent] = [
                packed.insert(pattern.view(), || pattern.clone()).and_then(|number| packed.get(number)),
                PatternStore::insert(&mut lent, pattern.view(), || pattern.clone())
                    .and_then(|number| PatternStore::get(&lent, number)),
            ]
            .map(Option::unwrap);
            assert_eq!((packed, packed.form()), (lent, lent.form()), "{pattern}");
            assert_eq!((packed.to_pattern(), packed.to_pattern().view().form()), (pattern.clone(), packed.form()));
            assert_eq!((packed.segment_count(), packed.has_rest()), (pattern.segment_count(), pattern.has_rest()));
        }
        assert_eq!((packed.len(), packed.turns()), (PatternStore::len(&lent), PatternStore::turns(&lent)));
    }

    #[test]
    fn what_is_kept_goes_with_its_pattern() {
        let mut packed = Packed::<u32>::default();
        let numbers: Vec<u32> =
            patterns().map(|pattern| packed.insert(pattern.view(), || pattern.clone()).unwrap()).collect();
        numbers.iter().for_each(|number| *packed.kept_mut(*number).unwrap() = number + 1);
        assert!(numbers.iter().all(|number| packed.kept(*number) == Some(&(number + 1))));
        numbers.iter().for_each(|number| packed.remove(*number));
        assert!(packed.len() == 0 && numbers.iter().all(|number| packed.get(*number).is_none()));
        let again: Vec<u32> =
            patterns().map(|pattern| packed.insert(pattern.view(), || pattern.clone()).unwrap()).collect();
        assert!(again.iter().all(|number| numbers.contains(number) && packed.kept(*number) == Some(&0)));
    }
}
