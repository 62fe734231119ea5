//! The grants of one principal that has many, hashed by keys.

use smallvec::SmallVec;

use super::line::Line;
use super::{Keys, NameKeys, Shape};
use crate::cow::{Buckets, Hashed, short};

/// Lines by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    lines: Buckets<Keyed, 2>,
    /// The shapes that occur, with how many lines have each; ascending.
    shapes: SmallVec<[(Shape, u32); 4]>,
}

#[derive(Debug, Clone, Copy)]
struct Keyed {
    keys: Keys,
    line: Line,
}

impl Hashed for Keyed {
    #[inline]
    fn hash(&self) -> u32 {
        short(self.keys.key)
    }
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Line> {
        self.lines.iter().map(|keyed| keyed.line)
    }

    /// All lines with their heads.
    pub(super) fn headed(&self) -> impl Iterator<Item = (u32, Line)> {
        self.lines.iter().map(|keyed| (keyed.keys.head, keyed.line))
    }

    /// The lines of patterns that this key may be of.
    pub(super) fn find(&self, key: u64) -> impl Iterator<Item = Line> {
        self.lines.find(key).map(|keyed| keyed.line)
    }

    /// Visits every line whose pattern may match the name, each at least once.
    pub(super) fn visit(&self, name: &NameKeys<'_>, mut visit: impl FnMut(Line)) {
        for (shape, _) in &self.shapes {
            name.each(*shape, |key| {
                self.find(key).filter(|line| line.namespace == name.namespace()).for_each(&mut visit);
            });
        }
    }

    pub(super) fn insert(&mut self, keys: Keys, line: Line) {
        let shape = keys.shape;
        match self.shapes.binary_search_by_key(&shape, |(shape, _)| *shape) {
            Ok(at) => {
                if let Some((_, count)) = self.shapes.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.shapes.insert(at, (shape, 1)),
        }
        self.lines.insert(Keyed { keys, line });
    }

    /// Replaces the line of the same grant under this key.
    pub(super) fn replace(&mut self, key: u64, line: Line) {
        if let Some(old) = self.lines.find_mut(key, |old| old.line.grant() == line.grant()) {
            old.line = line;
        }
    }

    pub(super) fn remove(&mut self, key: u64, grant: u32) {
        let Some(removed) = self.lines.remove(key, |keyed| keyed.line.grant() == grant) else { return };
        if let Ok(at) = self.shapes.binary_search_by_key(&removed.keys.shape, |(shape, _)| *shape) {
            match self.shapes.get_mut(at) {
                Some((_, count)) if *count > 1 => *count = count.saturating_sub(1),
                _ => {
                    self.shapes.remove(at);
                }
            }
        }
    }
}
