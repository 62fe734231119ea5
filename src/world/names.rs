//! Texts under numbers, each once, with what is kept of each.
//!
//! Texts and what is kept of them stand apart: to find a text touches nothing else.

use std::sync::Arc;

use crate::cow::{IdEntry, IdTable, Pages, Slab};
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

#[derive(Debug, Clone)]
struct Name {
    text: Arc<str>,
    room: u8,
}

impl<T: Clone> Names<T> {
    pub(crate) fn new(seeds: Seeds) -> Self {
        Self { names: Slab::default(), kept: Pages::default(), by_text: IdTable::default(), seeds }
    }

    pub(crate) const fn len(&self) -> usize {
        self.names.len()
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

    /// Whether this number stands for this text.
    #[inline]
    pub(crate) fn is(&self, number: u32, room: u8, text: &str) -> bool {
        self.names.get(number).is_some_and(|name| name.room == room && *name.text == *text)
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.names.get(number).map_or("", |name| &name.text)
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

    /// The number of a text, which is added with `kept` if it is not there; `None` if there is no room.
    pub(crate) fn intern(&mut self, room: u8, text: &str, kept: impl FnOnce() -> T) -> Option<u32> {
        let hash = self.hash(room, text);
        if let Some(number) = self.find_hashed(hash, room, text) {
            return Some(number);
        }
        let number = self.names.insert(Name { text: text.into(), room })?;
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
            self.by_text.remove(self.hash(name.room, &name.text), |entry| entry.id == number);
        }
    }
}
