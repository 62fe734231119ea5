//! Texts under numbers, each once, with what is kept of each.

use std::sync::Arc;

use wide::u32x4;

use crate::bytes::is_same;
use crate::cow::{ANY, Heap, NumberTable, Pages, Slab, shared};
use crate::index::Seeds;

/// Whatever knows numbers of texts; principals do of texts in rooms, which are their kinds.
pub(crate) trait Lookup {
    /// The number of a text.
    fn find(&self, room: u8, text: &str) -> Option<u32>;

    /// Whether this number stands for this text.
    fn is(&self, number: u32, room: u8, text: &str) -> bool;
}

/// Texts that are told apart by their tags: that takes less than to hash one.
const FEW: usize = 4;

/// What tells a text from a few others at a glance; equal tags are possible.
#[inline(always)]
fn tag(text: &[u8]) -> u32 {
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => u32::from_le_bytes(*first) ^ u32::from_le_bytes(*last).rotate_left(8),
        _ => text.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte)),
    }
}

/// Texts with a `T` kept of each. All in one room.
#[derive(Debug, Clone)]
pub(crate) struct Names<T> {
    names: Slab<Arc<str>>,
    /// Under the same numbers.
    kept: Pages<Option<T>>,
    by_text: NumberTable,
    /// The tags of those with the lowest numbers.
    tags: [u32; FEW],
    seeds: Seeds,
}

impl<T: Clone> Names<T> {
    pub(crate) fn new(seeds: Seeds) -> Self {
        Self { names: Slab::default(), kept: Pages::default(), by_text: NumberTable::default(), tags: [0; FEW], seeds }
    }

    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    /// See [`Slab::turns`].
    pub(crate) const fn turns(&self) -> u64 {
        self.names.turns()
    }

    #[inline(always)]
    #[expect(clippy::manual_find, reason = "a chain of iterators is put together in memory")]
    fn find_hashed(&self, hash: u64, text: &str) -> Option<u32> {
        for number in self.by_text.find(hash) {
            if self.stands_for(number, text) {
                return Some(number);
            }
        }
        None
    }

    #[inline(never)]
    fn find_among_many(&self, text: &str) -> Option<u32> {
        self.find_hashed(self.seeds.bytes(text.as_bytes()), text)
    }

    #[inline]
    fn stands_for(&self, number: u32, text: &str) -> bool {
        self.names.get(number).is_some_and(|name| is_same(name.as_bytes(), text.as_bytes()))
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.names.get(number).map_or("", |name| name)
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.kept.get(number as usize).and_then(Option::as_ref)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.kept.get_mut(number as usize).and_then(Option::as_mut)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.names.is_full()
    }

    /// The numbers that are given out, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..=u32::MAX).zip(self.kept.iter()).filter(|(_, kept)| kept.is_some()).map(|(number, _)| number)
    }

    /// The number of a text, which is added with `kept` if it is not there; `None` if there is no room.
    pub(crate) fn intern(&mut self, text: &str, kept: impl FnOnce() -> T) -> Option<u32> {
        let hash = self.seeds.bytes(text.as_bytes());
        if let Some(number) = self.find_hashed(hash, text) {
            return Some(number);
        }
        let number = self.names.insert(text.into())?;
        while self.kept.len() <= number as usize {
            self.kept.push(None);
        }
        if let Some(slot) = self.kept.get_mut(number as usize) {
            *slot = Some(kept());
        }
        if let Some(slot) = self.tags.get_mut(number as usize) {
            *slot = tag(text.as_bytes());
        }
        self.by_text.insert(hash, number, ANY);
        Some(number)
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(slot) = self.kept.get_mut(number as usize) {
            *slot = None;
        }
        if let Some(name) = self.names.remove(number) {
            self.by_text.remove(self.seeds.bytes(name.as_bytes()), number);
        }
    }
}

impl<T: Clone> Lookup for Names<T> {
    #[inline(always)]
    fn find(&self, _: u8, text: &str) -> Option<u32> {
        if self.kept.len() > FEW {
            return self.find_among_many(text);
        }
        // All tags at once: nobody could guess which text is meant.
        let sought = u32x4::splat(tag(text.as_bytes()));
        let mut alike = u32x4::new(self.tags).simd_eq(sought).to_bitmask();
        while alike != 0 {
            let number = alike.trailing_zeros();
            if self.stands_for(number, text) {
                return Some(number);
            }
            alike &= alike.wrapping_sub(1);
        }
        None
    }

    #[inline]
    fn is(&self, number: u32, _: u8, text: &str) -> bool {
        self.stands_for(number, text)
    }
}

impl Heap for Arc<str> {
    fn heap(&self) -> usize {
        shared(self.len())
    }
}

impl<T: Heap> Names<T> {
    /// The bytes of the names and of finding them, and of what is kept of them.
    pub(crate) fn heap(&self) -> (usize, usize) {
        (self.names.heap().saturating_add(self.by_text.heap()), self.kept.heap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whatever_its_length() {
        let mut names = Names::new(Seeds::default());
        let texts: Vec<String> =
            (0..80).map(|len| "\u{e9}".repeat(len / 2) + if len % 2 == 0 { "" } else { "x" }).collect();
        let numbers: Vec<u32> = texts.iter().map(|text| names.intern(text, || ()).unwrap()).collect();
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(names.find(0, text), Some(*number), "{text}");
            assert_eq!(names.text(*number), text);
        }
        numbers.iter().for_each(|number| names.remove(*number));
        assert!(texts.iter().all(|text| names.find(0, text).is_none()));
        assert!(texts.iter().all(|text| names.by_text.find(names.seeds.bytes(text.as_bytes())).next().is_none()));
    }

    #[test]
    fn few_texts_are_told_apart_whatever_their_tags() {
        let mut names = Names::new(Seeds::default());
        let alike = ["abcd-1-abcd", "abcd-2-abcd", "abcd-3-abcd"];
        assert!(alike.iter().all(|text| tag(text.as_bytes()) == tag(alike[0].as_bytes())));
        let numbers = alike.map(|text| names.intern(text, || ()).unwrap());
        assert_eq!(alike.map(|text| names.find(0, text)), numbers.map(Some));
        assert_eq!((names.find(0, "abcd-4-abcd"), names.find(0, "")), (None, None));
        names.remove(numbers[1]);
        assert_eq!(alike.map(|text| names.find(0, text)), [Some(numbers[0]), None, Some(numbers[2])]);
        assert_eq!(names.intern("another", || ()), Some(numbers[1]));
        assert_eq!(
            ["another", alike[1], alike[2]].map(|text| names.find(0, text)),
            [Some(numbers[1]), None, Some(numbers[2])]
        );
    }
}
