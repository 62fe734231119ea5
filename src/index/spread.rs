//! Many anchored patterns of the same frame and literals, found by hashes of what is known of the segment.
//!
//! Most that is looked for is not there, so a [`Sieve`] is asked first, and before the hashes of one kind are made at all, a
//! *gate* is asked whether there is anything of that kind:
//!
//! ```text
//! ─┬─ prefix ─────┬─ suffix ──┬─ grams of a length
//!  │    gate      │           │    gate
//!  └─ last bytes  └─ first bytes
//!       gate           gate
//! ```
//!
//! [`search`](super::search) looks for all that a segment has.

use super::anchors::{Anchors, add, take};
use super::key::Place;
use super::sieve::Sieve;
use crate::cow::{Hashed, Heap, IdEntry};

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    pub(super) anchors: Anchors,
    pub(super) gates: Sieve<Gate, 7>,
    pub(super) entries: Sieve<IdEntry, 7>,
}

/// How many patterns need something known to be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    hash: u32,
    count: u32,
}

impl Hashed for Gate {
    fn hash(&self) -> u32 {
        self.hash
    }
}

impl Heap for Spread {
    fn heap(&self) -> usize {
        self.anchors.heap().saturating_add(self.gates.heap()).saturating_add(self.entries.heap())
    }
}

impl Spread {
    /// Adds a number at a place.
    pub(super) fn insert(&mut self, place: &Place, number: u32) {
        let Some(anchor) = place.shape.anchor else { return };
        self.anchors.insert(anchor);
        for gate in place.gates.iter() {
            match self.gates.find_mut(u64::from(gate) << 32, |_| true) {
                Some(gate) => add(&mut gate.count),
                None => self.gates.insert(Gate { hash: gate, count: 1 }),
            }
        }
        self.entries.insert(IdEntry::new(place.key, number));
    }

    /// Removes a number from a place; whether it was there.
    pub(super) fn remove(&mut self, place: &Place, number: u32) -> bool {
        if self.entries.remove(place.key, |entry| entry.id == number).is_none() {
            return false;
        }
        for gate in place.gates.iter() {
            let hash = u64::from(gate) << 32;
            if self.gates.find_mut(hash, |_| true).is_some_and(|gate| take(&mut gate.count)) {
                self.gates.remove(hash, |_| true);
            }
        }
        place.shape.anchor.into_iter().for_each(|anchor| self.anchors.remove(anchor));
        true
    }
}
