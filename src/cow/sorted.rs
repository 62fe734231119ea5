//! A sorted set of numbers, small or large.

use std::cmp::Ordering;
use std::sync::Arc;

use super::fetch::fetch;
use super::heap::{Heap, bytes_of, heap_of, shared};

/// Numbers in a run, at most: the most that one insertion moves.
const RUN: usize = 256;

/// Numbers that stand in place.
const FEW: usize = 3;

/// A set of numbers in an order that the caller gives anew with each call (and must keep the same). There are millions of
/// these: 16 bytes each.
#[derive(Debug, Clone)]
pub(crate) enum SortedIds {
    /// As most sets are.
    Few { len: u8, ids: [u32; FEW] },
    /// At most [`RUN`]; shared with clones until it changes.
    Run(Arc<Vec<u32>>),
    /// Runs of at most [`RUN`], none empty, each shared by itself.
    Many(Arc<Vec<Arc<Vec<u32>>>>),
}

impl Default for SortedIds {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl SortedIds {
    pub(crate) const EMPTY: Self = Self::Few { len: 0, ids: [0; FEW] };

    /// The numbers in place or in the one run, and all other runs.
    fn parts(&self) -> (&[u32], &[Arc<Vec<u32>>]) {
        match self {
            Self::Few { len, ids } => (ids.get(..usize::from(*len)).unwrap_or_default(), &[]),
            Self::Run(run) => (run, &[]),
            Self::Many(runs) => (&[], runs),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        let (ids, runs) = self.parts();
        ids.is_empty() && runs.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        let (ids, runs) = self.parts();
        runs.iter().fold(ids.len(), |sum, run| sum.saturating_add(run.len()))
    }

    /// Has fetched where a new number will stand, most likely.
    pub(crate) fn fetch_last(&self) {
        let (ids, runs) = self.parts();
        runs.last().map_or(ids, |run| run).last().into_iter().for_each(fetch);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (ids, runs) = self.parts();
        ids.iter().chain(runs.iter().flat_map(|run| run.iter())).copied()
    }

    /// Adds a number, or answers false if it is there. `position(x)` says how `x` stands to the new one.
    pub(crate) fn insert(&mut self, id: u32, position: impl Fn(u32) -> Ordering) -> bool {
        match self {
            Self::Few { len, ids } => {
                let count = usize::from(*len);
                let known = ids.get(..count).unwrap_or_default();
                let Err(at) = known.binary_search_by(|x| position(*x)) else { return false };
                if count == FEW {
                    let mut run = Vec::with_capacity(FEW.saturating_add(LEAST_ROOM));
                    run.extend_from_slice(known);
                    run.insert(at, id);
                    *self = Self::Run(Arc::new(run));
                } else if let Some(moved) = ids.get_mut(at..=count) {
                    moved.rotate_right(1);
                    moved.first_mut().into_iter().for_each(|slot| *slot = id);
                    *len = len.saturating_add(1);
                }
            }
            Self::Run(run) => {
                let Err(at) = search(run, &position) else { return false };
                let run = Arc::make_mut(run);
                insert_at(run, at, id);
                if run.len() > RUN {
                    *self = Self::Many(Arc::new(vec![Arc::new(std::mem::take(run))]));
                    self.divide(0);
                }
            }
            Self::Many(runs) => {
                let last = runs.len().saturating_sub(1);
                let index = run_of(runs, &position).min(last);
                let Some(Err(at)) = runs.get(index).map(|run| search(run, &position)) else { return false };
                let Some(run) = Arc::make_mut(runs).get_mut(index).map(Arc::make_mut) else { return false };
                insert_at(run, at, id);
                if run.len() > RUN {
                    self.divide(index);
                }
            }
        }
        true
    }

    /// Removes a number, or answers false if it is not there.
    pub(crate) fn remove(&mut self, position: impl Fn(u32) -> Ordering) -> bool {
        match self {
            Self::Few { len, ids } => {
                let known = ids.get_mut(..usize::from(*len)).unwrap_or_default();
                let Ok(at) = known.binary_search_by(|x| position(*x)) else { return false };
                known.get_mut(at..).unwrap_or_default().rotate_left(1);
                *len = len.saturating_sub(1);
            }
            Self::Run(run) => {
                let Ok(at) = search(run, &position) else { return false };
                let run = Arc::make_mut(run);
                run.remove(at);
                // Fewer than fit in place, so that it does not come back with the next one.
                if run.len() < FEW {
                    let mut ids = [0; FEW];
                    ids.iter_mut().zip(run.iter()).for_each(|(slot, id)| *slot = *id);
                    *self = Self::Few { len: u8::try_from(run.len()).unwrap_or(0), ids };
                }
            }
            Self::Many(runs) => {
                let index = run_of(runs, &position);
                let Some(Ok(at)) = runs.get(index).map(|run| search(run, &position)) else { return false };
                let runs = Arc::make_mut(runs);
                let Some(run) = runs.get_mut(index).map(Arc::make_mut) else { return false };
                run.remove(at);
                if run.is_empty() {
                    runs.remove(index);
                }
                match runs.as_mut_slice() {
                    [] => *self = Self::default(),
                    [run] if run.len() <= RUN / 2 => *self = Self::Run(std::mem::take(run)),
                    _ => {}
                }
            }
        }
        true
    }

    fn divide(&mut self, index: usize) {
        let Self::Many(runs) = self else { return };
        let runs = Arc::make_mut(runs);
        let Some(run) = runs.get_mut(index) else { return };
        let run = Arc::make_mut(run);
        let upper = run.split_off(run.len() / 2);
        runs.insert(index.saturating_add(1), Arc::new(upper));
    }
}

impl Heap for SortedIds {
    fn heap(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Run(run) => run.heap(),
            Self::Many(runs) => {
                let list = shared(bytes_of::<Vec<Arc<Vec<u32>>>>(1));
                list.saturating_add(bytes_of::<Arc<Vec<u32>>>(runs.capacity())).saturating_add(heap_of(runs.iter()))
            }
        }
    }
}

/// Room that a run grows by, at least.
const LEAST_ROOM: usize = 5;

/// Inserts into a run that grows by a quarter, not to twice its size: there are many, and they grow rarely.
fn insert_at(run: &mut Vec<u32>, at: usize, id: u32) {
    if run.len() == run.capacity() {
        run.reserve_exact((run.len() / 4).max(LEAST_ROOM));
    }
    run.insert(at, id);
}

/// Where a number is in a run, or belongs.
fn search(run: &[u32], position: &impl Fn(u32) -> Ordering) -> Result<usize, usize> {
    at_end(run, position).unwrap_or_else(|| run.binary_search_by(|x| position(*x)))
}

/// The first run whose last number is not before the one sought.
fn run_of(runs: &[Arc<Vec<u32>>], position: &impl Fn(u32) -> Ordering) -> usize {
    match runs.split_last() {
        Some((last, others)) => match at_end(last, position) {
            Some(Ok(_)) => others.len(),
            Some(Err(_)) => runs.len(),
            // What is new is not far from the end, and the first of the last run is as near as its last.
            None if last.first().is_some_and(|first| position(*first) != Ordering::Greater) => others.len(),
            None => runs.partition_point(|run| run.last().is_some_and(|last| position(*last) == Ordering::Less)),
        },
        None => 0,
    }
}

/// Whether a number is the last one, or belongs behind it. Most that are new do, and what is new goes soonest: to search for
/// it would read what is in no cache.
fn at_end(run: &[u32], position: &impl Fn(u32) -> Ordering) -> Option<Result<usize, usize>> {
    let (last, others) = run.split_last()?;
    match position(*last) {
        Ordering::Less => Some(Err(run.len())),
        Ordering::Equal => Some(Ok(others.len())),
        Ordering::Greater => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_set_is_small() {
        assert_eq!(size_of::<SortedIds>(), 16);
    }

    #[test]
    fn agrees_with_a_tree_set() {
        let mut ids = SortedIds::default();
        let mut tree = BTreeSet::new();
        let mut x = 1_u32;
        for step in 0..20_000 {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let id = (x >> 8) % 3_000;
            if (x >> 30) == 0 || step > 15_000 {
                assert_eq!(ids.remove(|y| y.cmp(&id)), tree.remove(&id));
            } else {
                assert_eq!(ids.insert(id, |y| y.cmp(&id)), tree.insert(id));
            }
            if step % 1_000 == 0 {
                assert!(ids.iter().eq(tree.iter().copied()));
            }
        }
        assert_eq!((ids.len(), ids.is_empty()), (tree.len(), tree.is_empty()));
        for id in tree {
            assert!(ids.remove(|y| y.cmp(&id)));
        }
        assert!(ids.is_empty() && ids.iter().next().is_none());
    }
}
