//! A sorted set of numbers, small or large.

use std::cmp::Ordering;
use std::sync::Arc;

use smallvec::SmallVec;

/// Numbers in a run, at most: the most that one insertion moves.
const RUN: usize = 256;

/// A set of numbers in an order that the caller gives anew with each call (and must keep the same).
#[derive(Debug, Clone)]
pub(crate) enum SortedIds {
    /// As most sets are: a few.
    Few(SmallVec<[u32; 4]>),
    /// Runs of at most [`RUN`], none empty, each shared with clones until it changes.
    Many(Vec<Arc<Vec<u32>>>),
}

impl Default for SortedIds {
    fn default() -> Self {
        Self::Few(SmallVec::new())
    }
}

impl SortedIds {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Few(ids) => ids.is_empty(),
            Self::Many(runs) => runs.is_empty(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(ids) => ids.len(),
            Self::Many(runs) => runs.iter().map(|run| run.len()).sum(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (few, many) = match self {
            Self::Few(ids) => (Some(ids), None),
            Self::Many(runs) => (None, Some(runs)),
        };
        let many = many.into_iter().flatten().flat_map(|run| run.iter());
        few.into_iter().flatten().chain(many).copied()
    }

    /// Adds a number, or answers false if it is there. `position(x)` says how `x` stands to the new one.
    pub(crate) fn insert(&mut self, id: u32, position: impl Fn(u32) -> Ordering) -> bool {
        match self {
            Self::Few(ids) => {
                let Err(at) = ids.binary_search_by(|x| position(*x)) else { return false };
                ids.insert(at, id);
                if ids.len() > RUN {
                    *self = Self::Many(vec![Arc::new(ids.to_vec())]);
                    self.divide(0);
                }
            }
            Self::Many(runs) => {
                let last = runs.len().saturating_sub(1);
                let index = run_of(runs, &position).min(last);
                let Some(run) = runs.get_mut(index) else { return false };
                let Err(at) = run.binary_search_by(|x| position(*x)) else { return false };
                let run = Arc::make_mut(run);
                run.insert(at, id);
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
            Self::Few(ids) => {
                let Ok(at) = ids.binary_search_by(|x| position(*x)) else { return false };
                ids.remove(at);
            }
            Self::Many(runs) => {
                let index = run_of(runs, &position);
                let Some(run) = runs.get_mut(index) else { return false };
                let Ok(at) = run.binary_search_by(|x| position(*x)) else { return false };
                Arc::make_mut(run).remove(at);
                if run.is_empty() {
                    runs.remove(index);
                }
                if runs.is_empty() {
                    *self = Self::default();
                }
            }
        }
        true
    }

    fn divide(&mut self, index: usize) {
        let Self::Many(runs) = self else { return };
        let Some(run) = runs.get_mut(index) else { return };
        let run = Arc::make_mut(run);
        let upper = run.split_off(run.len() / 2);
        runs.insert(index.saturating_add(1), Arc::new(upper));
    }
}

/// The first run whose last number is not before the one sought.
fn run_of(runs: &[Arc<Vec<u32>>], position: &impl Fn(u32) -> Ordering) -> usize {
    runs.partition_point(|run| run.last().is_some_and(|last| position(*last) == Ordering::Less))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

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
