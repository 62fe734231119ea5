//! Texts under numbers, each once, with what is kept of each.
//!
//! Texts and what is kept of them stand apart: to find a text touches one bucket and the text's slot, in which all but
//! very long texts stand themselves.

use std::hint::black_box;
use std::sync::Arc;

use crate::cow::{Heap, IdEntry, IdTable, Pages, Slab, shared};
use crate::index::Seeds;

/// Texts in rooms (kinds of principals; most tables use one room), with a `T` kept of each.
#[derive(Debug, Clone)]
pub(crate) struct Names<T> {
    names: Slab<Name>,
    /// Under the same numbers.
    kept: Pages<Option<T>>,
    by_text: IdTable,
    seeds: Seeds,
}

/// A text and its room. With its length and both tags, a text of [`IN_PLACE`] bytes fills a slot of 40.
#[derive(Debug, Clone)]
enum Name {
    Short { room: u8, len: u8, bytes: [u8; IN_PLACE] },
    Long { room: u8, text: Arc<str> },
}

/// Bytes of a text that stand in its slot: enough for a UUID.
const IN_PLACE: usize = 37;

impl Name {
    fn new(room: u8, text: &str) -> Self {
        let mut bytes = [0; IN_PLACE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { room, len, bytes }
            }
            _ => Self::Long { room, text: text.into() },
        }
    }

    #[inline]
    const fn room(&self) -> u8 {
        match self {
            Self::Short { room, .. } | Self::Long { room, .. } => *room,
        }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes, .. } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long { text, .. } => text.as_bytes(),
        }
    }

    fn text(&self) -> &str {
        match self {
            // Never empty-handed: the bytes were a text.
            Self::Short { .. } => str::from_utf8(self.bytes()).unwrap_or_default(),
            Self::Long { text, .. } => text,
        }
    }
}

impl<T: Clone> Names<T> {
    pub(crate) fn new(seeds: Seeds) -> Self {
        Self { names: Slab::default(), kept: Pages::default(), by_text: IdTable::default(), seeds }
    }

    pub(crate) const fn len(&self) -> usize {
        self.names.len()
    }

    /// See [`Slab::turns`].
    pub(crate) const fn turns(&self) -> u64 {
        self.names.turns()
    }

    #[inline]
    fn hash(&self, room: u8, text: &str) -> u64 {
        self.seeds.text_in(room.into(), text.as_bytes())
    }

    #[inline]
    pub(crate) fn find(&self, room: u8, text: &str) -> Option<u32> {
        self.find_hashed(self.hash(room, text), room, text)
    }

    #[inline]
    fn find_hashed(&self, hash: u64, room: u8, text: &str) -> Option<u32> {
        self.by_text.find(hash).map(|entry| entry.id).find(|number| self.is(*number, room, text))
    }

    /// Touches where a text is to be found, and answers its hash.
    pub(crate) fn touch(&self, room: u8, text: &str) -> u64 {
        let hash = self.hash(room, text);
        black_box(self.by_text.touch(hash));
        hash
    }

    /// Touches what is found by a hash, and answers its number.
    pub(crate) fn touch_found(&self, hash: u64) -> Option<u32> {
        let number = self.by_text.find(hash).next()?.id;
        black_box(self.names.get(number).map(Name::room));
        black_box(self.kept.touch(number as usize).map(Option::is_some));
        Some(number)
    }

    /// Whether this number stands for this text.
    #[inline]
    pub(crate) fn is(&self, number: u32, room: u8, text: &str) -> bool {
        self.names.get(number).is_some_and(|name| name.room() == room && name.bytes() == text.as_bytes())
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.names.get(number).map_or("", Name::text)
    }

    pub(crate) fn room(&self, number: u32) -> Option<u8> {
        self.names.get(number).map(Name::room)
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
    pub(crate) fn intern(&mut self, room: u8, text: &str, kept: impl FnOnce() -> T) -> Option<u32> {
        let hash = self.hash(room, text);
        if let Some(number) = self.find_hashed(hash, room, text) {
            return Some(number);
        }
        let number = self.names.insert(Name::new(room, text))?;
        while self.kept.len() <= number as usize {
            self.kept.push(None);
        }
        if let Some(slot) = self.kept.get_mut(number as usize) {
            *slot = Some(kept());
        }
        self.by_text.insert(IdEntry::new(hash, number));
        Some(number)
    }

    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(slot) = self.kept.get_mut(number as usize) {
            *slot = None;
        }
        if let Some(name) = self.names.remove(number) {
            self.by_text.remove(self.hash(name.room(), name.text()), |entry| entry.id == number);
        }
    }
}

impl Heap for Name {
    fn heap(&self) -> usize {
        match self {
            Self::Short { .. } => 0,
            Self::Long { text, .. } => shared(text.len()),
        }
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
    fn a_text_is_found_whether_it_stands_in_its_slot_or_not() {
        let mut names = Names::new(Seeds::default());
        let texts: Vec<String> =
            (0..80).map(|len| "\u{e9}".repeat(len / 2) + if len % 2 == 0 { "" } else { "x" }).collect();
        let numbers: Vec<u32> = texts.iter().map(|text| names.intern(1, text, || ()).unwrap()).collect();
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!((names.find(1, text), names.find(0, text)), (Some(*number), None), "{text}");
            assert_eq!(names.text(*number), text);
        }
        numbers.iter().for_each(|number| names.remove(*number));
        assert!(texts.iter().all(|text| names.find(1, text).is_none()));
        assert_eq!(names.by_text.iter().count(), 0);
    }

    #[test]
    fn a_slot_is_as_large_as_its_text() {
        assert_eq!((size_of::<Name>(), Slab::<Name>::SLOT), (40, 40));
    }
}
