//! The grants of one principal, by key: what a check walks.
//!
//! A principal with a few grants has them in a row that is scanned; one with many has a hash table, and the list of
//! the shapes that occur in it says which keys of a name are worth a look. What is visited *may* match: the visitor
//! compares.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{NameKeys, Shape};
use crate::cow::{Buckets, Hashed};

/// Grants up to which a row is scanned rather than hashed.
const ROW: usize = 12;

/// One grant, as far as a check needs it before it looks closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) key: u64,
    /// A bit for each action.
    pub(crate) actions: u64,
    pub(crate) grant: u32,
    pub(crate) pattern: u32,
    pub(crate) namespace: u32,
    pub(crate) deny: bool,
    /// Whether it is for `*`: for actions without a bit too.
    pub(crate) all_actions: bool,
    /// Whether criteria or times must be asked.
    pub(crate) conditional: bool,
    pub(crate) shape: Shape,
}

impl Hashed for Line {
    fn hash(&self) -> u64 {
        self.key
    }
}

/// The grants of one principal.
#[derive(Debug, Clone, Default)]
pub(crate) enum GrantTable {
    #[default]
    Empty,
    /// At most [`ROW`] lines, those of one shape side by side.
    Row(Arc<[Line]>),
    Table(Arc<Table>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    lines: Buckets<Line>,
    /// The shapes that occur, with how many lines have each; ascending.
    shapes: SmallVec<[(Shape, u32); 4]>,
}

impl GrantTable {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Row(lines) => lines.len(),
            Self::Table(table) => table.lines.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All lines, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Line> {
        let (row, table) = match self {
            Self::Empty => (None, None),
            Self::Row(lines) => (Some(lines.iter()), None),
            Self::Table(table) => (None, Some(table.lines.iter())),
        };
        row.into_iter().flatten().chain(table.into_iter().flatten())
    }

    /// The lines under this key.
    pub(crate) fn find(&self, key: u64) -> impl Iterator<Item = &Line> {
        let (row, table) = match self {
            Self::Empty => (None, None),
            Self::Row(lines) => (Some(lines.iter().filter(move |line| line.key == key)), None),
            Self::Table(table) => (None, Some(table.lines.find(key))),
        };
        row.into_iter().flatten().chain(table.into_iter().flatten())
    }

    /// Visits every line whose pattern may match the name, each at least once.
    #[inline]
    pub(crate) fn visit(&self, name: &NameKeys<'_>, mut visit: impl FnMut(&Line)) {
        match self {
            Self::Empty => {}
            Self::Row(lines) => {
                let here = |line: &&Line| line.namespace == name.namespace();
                for group in lines.chunk_by(|a, b| a.shape == b.shape) {
                    let Some(shape) = group.first().map(|line| line.shape) else { continue };
                    if shape.has_infix() {
                        // To compare a few patterns is less work than to look for their infixes.
                        group.iter().filter(here).for_each(&mut visit);
                    } else {
                        name.each(shape, |key| {
                            group.iter().filter(|line| line.key == key).filter(here).for_each(&mut visit)
                        });
                    }
                }
            }
            Self::Table(table) => {
                for (shape, _) in &table.shapes {
                    name.each(*shape, |key| {
                        table.lines.find(key).filter(|line| line.namespace == name.namespace()).for_each(&mut visit);
                    });
                }
            }
        }
    }

    pub(crate) fn insert(&mut self, line: Line) {
        match self {
            Self::Empty => *self = Self::Row(Arc::new([line])),
            Self::Row(lines) if lines.len() < ROW => {
                let at = lines.partition_point(|known| known.shape <= line.shape);
                let (before, after) = lines.split_at_checked(at).unwrap_or_default();
                *self = Self::Row(before.iter().chain([&line]).chain(after).copied().collect());
            }
            Self::Row(lines) => {
                let mut table = Table::default();
                lines.iter().chain([&line]).for_each(|line| table.insert(*line));
                *self = Self::Table(Arc::new(table));
            }
            Self::Table(table) => Arc::make_mut(table).insert(line),
        }
    }

    /// Replaces the line of the same grant, which must have the same key.
    pub(crate) fn replace(&mut self, line: Line) {
        match self {
            Self::Empty => {}
            Self::Row(lines) => {
                if let Some(old) = Arc::make_mut(lines).iter_mut().find(|old| old.grant == line.grant) {
                    *old = line;
                }
            }
            Self::Table(table) => {
                Arc::make_mut(table).lines.replace(line.key, |old| old.grant == line.grant, line);
            }
        }
    }

    pub(crate) fn remove(&mut self, key: u64, grant: u32) {
        match self {
            Self::Empty => {}
            Self::Row(lines) => {
                let kept: Arc<[Line]> = lines.iter().filter(|line| line.grant != grant).copied().collect();
                *self = if kept.is_empty() { Self::Empty } else { Self::Row(kept) };
            }
            Self::Table(table) => {
                let table = Arc::make_mut(table);
                table.remove(key, grant);
                // Well below the size at which the table was made, so that it is not made again with the next grant.
                if table.lines.len() <= ROW / 2 {
                    let mut row: SmallVec<[Line; ROW]> = table.lines.iter().copied().collect();
                    row.sort_unstable_by_key(|line| (line.shape, line.grant));
                    *self = Self::Row(row.as_slice().into());
                }
            }
        }
    }
}

impl Table {
    fn insert(&mut self, line: Line) {
        match self.shapes.binary_search_by_key(&line.shape, |(shape, _)| *shape) {
            Ok(at) => {
                if let Some((_, count)) = self.shapes.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.shapes.insert(at, (line.shape, 1)),
        }
        self.lines.insert(line);
    }

    fn remove(&mut self, key: u64, grant: u32) {
        let Some(line) = self.lines.remove(key, |line| line.grant == grant) else { return };
        if let Ok(at) = self.shapes.binary_search_by_key(&line.shape, |(shape, _)| *shape) {
            match self.shapes.get_mut(at) {
                Some((_, count)) if *count > 1 => *count = count.saturating_sub(1),
                _ => {
                    self.shapes.remove(at);
                }
            }
        }
    }
}
