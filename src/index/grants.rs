//! The grants of one principal: what a check walks.
//!
//! A principal with a few grants has them in a [`Row`], whose heads are compared with the four heads of the name. One
//! with many has a [`Table`], hashed by keys. What is visited *may* match: the visitor compares.

use std::sync::Arc;

use smallvec::SmallVec;

use super::line::{Line, WORDS};
use super::{Keys, NameKeys, Shape};
use crate::cow::{Buckets, Hashed, short};

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

    #[inline]
    fn visit(&self, name: &NameKeys<'_>, mut visit: impl FnMut(Line)) {
        let (heads, words) = self.parts();
        let [a, b, c, d] = name.heads();
        for (index, head) in heads.iter().enumerate() {
            if (*head == a) | (*head == b) | (*head == c) | (*head == d) {
                let line = words.get(index).map(|words| Line::unpack(*words));
                line.filter(|line| line.namespace == name.namespace()).into_iter().for_each(&mut visit);
            }
        }
    }
}

impl GrantTable {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// All lines, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Line> {
        let (row, table) = self.sides();
        let row = row.into_iter().flat_map(Row::lines).map(|(_, line)| line);
        row.chain(table.into_iter().flat_map(|table| table.lines.iter()).map(|keyed| keyed.line))
    }

    /// The lines of patterns that these keys may be of.
    pub(crate) fn find(&self, keys: &Keys) -> impl Iterator<Item = Line> {
        let (row, table) = self.sides();
        let (head, key) = (keys.head, keys.key);
        let row = row.into_iter().flat_map(Row::lines).filter(move |(known, _)| *known == head).map(|(_, line)| line);
        row.chain(table.into_iter().flat_map(move |table| table.lines.find(key)).map(|keyed| keyed.line))
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
    pub(crate) fn visit(&self, name: &NameKeys<'_>, mut visit: impl FnMut(Line)) {
        match self {
            Self::Empty => {}
            Self::Row(row) => row.visit(name, visit),
            Self::Table(table) => {
                for (shape, _) in &table.shapes {
                    name.each(*shape, |key| {
                        let lines = table.lines.find(key).map(|keyed| keyed.line);
                        lines.filter(|line| line.namespace == name.namespace()).for_each(&mut visit);
                    });
                }
            }
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
                    let keyed = lines.iter().filter_map(|(_, line)| Some(Keyed { keys: keys_of(*line)?, line: *line }));
                    keyed.chain([Keyed { keys, line }]).for_each(|keyed| table.insert(keyed));
                    *self = Self::Table(Arc::new(table));
                }
            }
            Self::Table(table) => Arc::make_mut(table).insert(Keyed { keys, line }),
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
            Self::Table(table) => {
                if let Some(old) = Arc::make_mut(table).lines.find_mut(keys.key, |old| same(old.line)) {
                    old.line = line;
                }
            }
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
                table.remove(keys.key, grant);
                // Well below the size at which the table was made, so that it is not made again with the next grant.
                if table.lines.len() <= ROW / 2 {
                    let kept: SmallVec<[_; ROW]> =
                        table.lines.iter().map(|keyed| (keyed.keys.head, keyed.line)).collect();
                    *self = Self::row(&kept);
                }
            }
        }
    }

    fn row(lines: &[(u32, Line)]) -> Self {
        if lines.is_empty() { Self::Empty } else { Self::Row(Row::of(lines)) }
    }
}

impl Table {
    fn insert(&mut self, keyed: Keyed) {
        let shape = keyed.keys.shape;
        match self.shapes.binary_search_by_key(&shape, |(shape, _)| *shape) {
            Ok(at) => {
                if let Some((_, count)) = self.shapes.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.shapes.insert(at, (shape, 1)),
        }
        self.lines.insert(keyed);
    }

    fn remove(&mut self, key: u64, grant: u32) {
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
