//! Items under small numbers that are used again.

use super::Pages;
use super::fetch::fetch;

/// Items under `u32` numbers; the number of a removed item is given out again.
///
/// Which number an item gets depends only on the calls made before, so two versions that saw the same calls agree.
#[derive(Debug, Clone)]
pub(crate) struct Slab<T, const PAGE: usize = 128> {
    slots: Pages<Slot<T>, PAGE>,
    free: Option<u32>,
    live: usize,
    turns: u64,
}

/// The place of an item, which may be vacant.
#[derive(Debug, Clone)]
pub(crate) enum Slot<T> {
    Vacant { next_free: Option<u32> },
    Taken(T),
}

impl<T> Slot<T> {
    #[inline(always)]
    pub(crate) const fn item(&self) -> Option<&T> {
        match self {
            Self::Taken(item) => Some(item),
            Self::Vacant { .. } => None,
        }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::Vacant { next_free: None }
    }
}

impl<T, const PAGE: usize> Default for Slab<T, PAGE> {
    fn default() -> Self {
        Self { slots: Pages::default(), free: None, live: 0, turns: 0 }
    }
}

impl<T, const PAGE: usize> Slab<T, PAGE> {
    /// Bytes that an item takes.
    #[cfg(test)]
    pub(crate) const SLOT: usize = size_of::<Slot<T>>();

    /// The bytes of its slots.
    pub(super) const fn own_heap(&self) -> usize {
        self.slots.own_heap()
    }

    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    /// How often an item came or went: while it stays, two copies go on giving out the same numbers.
    pub(crate) const fn turns(&self) -> u64 {
        self.turns
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number as usize)?.item()
    }

    /// Where an item is, which is fetched and not waited for.
    #[inline(always)]
    pub(crate) fn seek(&self, number: u32) -> Option<&Slot<T>> {
        let slot = self.slots.get(number as usize)?;
        fetch(slot);
        Some(slot)
    }

    /// Has fetched what [`get_mut`](Self::get_mut) will look at.
    pub(crate) fn fetch_to_change(&self, number: u32) {
        self.slots.fetch_to_change(number as usize);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(Slot::item)
    }
}

impl<T: Clone, const PAGE: usize> Slab<T, PAGE> {
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.slots.get_mut(number as usize)? {
            Slot::Taken(item) => Some(item),
            Slot::Vacant { .. } => None,
        }
    }

    /// Whether every number up to `u32::MAX` is taken.
    pub(crate) const fn is_full(&self) -> bool {
        self.free.is_none() && self.slots.len() >= u32::MAX as usize
    }

    /// Adds an item and answers its number; `None` if [`is_full`](Self::is_full).
    pub(crate) fn insert(&mut self, item: T) -> Option<u32> {
        let number = match self.free {
            Some(number) => {
                let slot = self.slots.get_mut(number as usize)?;
                if let Slot::Vacant { next_free } = slot {
                    self.free = *next_free;
                }
                *slot = Slot::Taken(item);
                number
            }
            None if self.is_full() => return None,
            None => u32::try_from(self.slots.push(Slot::Taken(item))).ok()?,
        };
        self.live = self.live.saturating_add(1);
        self.turns = self.turns.wrapping_add(1);
        Some(number)
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let next_free = self.free;
        let slot = self.slots.get_mut(number as usize)?;
        if matches!(slot, Slot::Vacant { .. }) {
            return None;
        }
        let taken = std::mem::replace(slot, Slot::Vacant { next_free });
        self.free = Some(number);
        self.live = self.live.saturating_sub(1);
        self.turns = self.turns.wrapping_add(1);
        match taken {
            Slot::Taken(item) => Some(item),
            Slot::Vacant { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again() {
        let mut slab: Slab<&str> = Slab::default();
        let numbers: Vec<u32> = ["a", "b", "c"].into_iter().map(|x| slab.insert(x).unwrap()).collect();
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!((slab.remove(1), slab.remove(1)), (Some("b"), None));
        assert_eq!((slab.get(1), slab.len()), (None, 2));
        assert_eq!(slab.insert("d"), Some(1));
        assert_eq!(slab.insert("e"), Some(3));
        assert_eq!(slab.iter().copied().collect::<String>(), "adce");
    }
}
