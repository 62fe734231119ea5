//! The grants of one principal: what a check walks.
//!
//! A principal with a few grants has them in a [`Row`], whose heads are compared with the heads of the name. One
//! with many has a [`Table`]. What is visited *may* match: the visitor compares.

use std::sync::Arc;

use smallvec::SmallVec;

use super::head::LANES;
use super::line::{Line, WORDS};
use super::table::Table;
use super::{Keys, NameKeys, Summary};
use crate::cow::{Heap, bytes_of, shared};

/// Grants up to which heads are compared one by one. Comparing 32 heads is as quick as two probes of a table.
const ROW: usize = 32;

/// The grants of one principal.
#[derive(Debug, Clone, Default)]
pub(crate) enum GrantTable {
    #[default]
    Empty,
    Row(Row),
    Table(Arc<Table>),
}

/// At most [`ROW`] lines in one run of memory: all heads first, then all lines in words.
#[derive(Debug, Clone)]
pub(crate) struct Row(Arc<[u32]>);

impl Row {
    fn of(lines: &[(u32, Line)]) -> Self {
        let heads = lines.iter().map(|(head, _)| *head);
        Self(heads.chain(lines.iter().flat_map(|(_, line)| line.pack())).collect())
    }

    #[inline]
    fn parts(&self) -> (&[u32], &[[u32; WORDS]]) {
        let (heads, words) = self.0.split_at_checked(self.0.len() / (WORDS + 1)).unwrap_or_default();
        (heads, words.as_chunks().0)
    }

    fn lines(&self) -> impl Iterator<Item = (u32, Line)> {
        let (heads, words) = self.parts();
        heads.iter().zip(words).map(|(head, words)| (*head, Line::unpack(*words)))
    }

    /// Compares four heads at a time. The last four may go on into the lines, which are no heads.
    #[inline]
    fn visit(&self, name: &NameKeys<'_, '_>, mut visit: impl FnMut(Line)) {
        let words = &*self.0;
        let count = words.len() / (WORDS + 1);
        let sought = name.lanes();
        let mut base = 0;
        while let Some(heads) = words.get(base..).and_then(<[u32]>::first_chunk).filter(|_| base < count) {
            let mut hits = sought.among(*heads);
            while hits != 0 {
                let index = base.wrapping_add(hits.trailing_zeros() as usize);
                hits &= hits.wrapping_sub(1);
                if index >= count {
                    return;
                }
                let start = count.wrapping_add(index.wrapping_mul(WORDS));
                let line = words.get(start..).and_then(<[u32]>::first_chunk).map(|words| Line::unpack(*words));
                if let Some(line) = line.filter(|line| line.namespace == name.namespace())
                    && words.get(index).is_some_and(|head| name.may_match(*head))
                {
                    visit(line);
                }
            }
            base = base.wrapping_add(LANES);
        }
    }
}

impl Heap for GrantTable {
    fn heap(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Row(row) => row.0.heap(),
            Self::Table(table) => shared(bytes_of::<Table>(1)).saturating_add(table.heap()),
        }
    }
}

impl GrantTable {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Which heads occur.
    pub(crate) fn summary(&self) -> Summary {
        match self {
            Self::Empty => Summary::default(),
            Self::Row(row) => row.parts().0.iter().copied().map(Summary::of).fold(Summary::default(), Summary::or),
            Self::Table(_) => Summary::ALL,
        }
    }

    pub(crate) fn len(&self) -> usize {
        let (row, table) = self.sides();
        row.map_or(0, |row| row.parts().0.len()).max(table.map_or(0, Table::len))
    }

    /// All lines with their heads, in no order that means anything.
    pub(crate) fn headed(&self) -> impl Iterator<Item = (u32, Line)> {
        let (row, table) = self.sides();
        row.into_iter().flat_map(Row::lines).chain(table.into_iter().flat_map(Table::headed))
    }

    /// All lines, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Line> {
        let (row, table) = self.sides();
        let row = row.into_iter().flat_map(Row::lines).map(|(_, line)| line);
        row.chain(table.into_iter().flat_map(Table::iter))
    }

    /// The lines of patterns that these keys may be of.
    pub(crate) fn find(&self, keys: &Keys) -> impl Iterator<Item = Line> {
        let (row, table) = self.sides();
        let head = keys.head;
        let row = row.into_iter().flat_map(Row::lines).filter(move |(known, _)| *known == head).map(|(_, line)| line);
        row.chain(table.into_iter().flat_map(move |table| table.find(keys)))
    }

    fn sides(&self) -> (Option<&Row>, Option<&Table>) {
        match self {
            Self::Empty => (None, None),
            Self::Row(row) => (Some(row), None),
            Self::Table(table) => (None, Some(table)),
        }
    }

    /// Visits every line whose pattern may match the name, each at least once.
    #[inline]
    pub(crate) fn visit(&self, name: &NameKeys<'_, '_>, visit: impl FnMut(Line)) {
        match self {
            Self::Empty => {}
            Self::Row(row) => row.visit(name, visit),
            Self::Table(table) => table.visit(name, visit),
        }
    }

    pub(crate) fn insert(&mut self, keys: Keys, line: Line, keys_of: impl Fn(Line) -> Option<Keys>) {
        match self {
            Self::Empty => *self = Self::Row(Row::of(&[(keys.head, line)])),
            Self::Row(row) => {
                let mut lines: SmallVec<[(u32, Line); ROW]> = row.lines().collect();
                if lines.len() < ROW {
                    lines.push((keys.head, line));
                    *row = Row::of(&lines);
                } else {
                    let mut table = Table::default();
                    // A row remembers only heads.
                    let keyed = lines.iter().filter_map(|(_, line)| Some((keys_of(*line)?, *line)));
                    keyed.chain([(keys, line)]).for_each(|(keys, line)| table.insert(&keys, line));
                    *self = Self::Table(Arc::new(table));
                }
            }
            Self::Table(table) => Arc::make_mut(table).insert(&keys, line),
        }
    }

    /// Replaces the line of the same grant, which must have the same keys.
    pub(crate) fn replace(&mut self, keys: Keys, line: Line) {
        let same = |old: Line| old.grant() == line.grant();
        match self {
            Self::Empty => {}
            Self::Row(row) => {
                let lines = row.lines().map(|(head, old)| (head, if same(old) { line } else { old }));
                *row = Row::of(&lines.collect::<SmallVec<[_; ROW]>>());
            }
            Self::Table(table) => Arc::make_mut(table).replace(&keys, line),
        }
    }

    pub(crate) fn remove(&mut self, keys: &Keys, grant: u32) {
        match self {
            Self::Empty => {}
            Self::Row(row) => {
                let kept: SmallVec<[_; ROW]> = row.lines().filter(|(_, line)| line.grant() != grant).collect();
                *self = Self::row(&kept);
            }
            Self::Table(table) => {
                let table = Arc::make_mut(table);
                table.remove(keys, grant);
                // Well below the size at which the table was made, so that it is not made again with the next grant.
                if table.len() <= ROW / 2 {
                    let kept: SmallVec<[_; ROW]> = table.headed().collect();
                    *self = Self::row(&kept);
                }
            }
        }
    }

    fn row(lines: &[(u32, Line)]) -> Self {
        if lines.is_empty() { Self::Empty } else { Self::Row(Row::of(lines)) }
    }
}
