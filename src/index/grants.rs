//! The grants of one principal: what a check walks.
//!
//! A principal with a few grants has them in a [`Row`], whose heads are compared with the heads of the name. One
//! with many has a [`Table`]. What is visited *may* match: the visitor compares.

use smallvec::SmallVec;

use super::head::LANES;
use super::line::{Line, NARROW, WORDS, Wanted};
use super::table::Table;
use super::{Keys, NameKeys, Summary};

/// Grants up to which heads are compared one by one. Comparing 32 heads is as quick as two probes of a table.
const ROW: usize = 32;

/// The grants of one principal, wherever they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grants<'a> {
    Row(Row<'a>),
    Table(&'a Table),
}

/// At most [`ROW`] lines in one run of memory: all heads first, then all lines in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    words: &'a [u32],
    count: usize,
    is_wide: bool,
}

/// A row that is being made.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) words: SmallVec<[u32; 128]>,
    pub(crate) count: usize,
    pub(crate) is_wide: bool,
}

/// Lines that are being changed, with their heads.
type Lines = SmallVec<[(u32, Line); ROW]>;

impl NewRow {
    fn of(lines: &[(u32, Line)]) -> Self {
        let is_wide = lines.iter().any(|(_, line)| line.pack_narrow().is_none());
        let mut words: SmallVec<_> = lines.iter().map(|(head, _)| *head).collect();
        for (_, line) in lines {
            match line.pack_narrow().filter(|_| !is_wide) {
                Some(narrow) => words.extend_from_slice(&narrow),
                None => words.extend_from_slice(&line.pack()),
            }
        }
        Self { words, count: lines.len(), is_wide }
    }
}

impl<'a> Row<'a> {
    /// What a [`NewRow`] of these words holds.
    #[inline]
    pub(crate) const fn new(words: &'a [u32], count: usize, is_wide: bool) -> Self {
        Self { words, count, is_wide }
    }

    #[inline]
    fn line(self, index: usize) -> Option<Line> {
        let width = if self.is_wide { WORDS } else { NARROW };
        let words = self.words.get(self.count.wrapping_add(index.wrapping_mul(width))..)?;
        if self.is_wide {
            words.first_chunk().map(|words| Line::unpack(*words))
        } else {
            words.first_chunk().map(|words| Line::unpack_narrow(*words))
        }
    }

    fn heads(self) -> impl Iterator<Item = u32> {
        self.words.iter().take(self.count).copied()
    }

    fn lines(self) -> impl Iterator<Item = (u32, Line)> {
        (0..).zip(self.heads()).filter_map(move |(index, head)| Some((head, self.line(index)?)))
    }

    /// Compares four heads at a time. The last four may go on into the lines, which are no heads.
    #[inline]
    fn visit(self, name: &NameKeys<'_, '_>, mut visit: impl FnMut(Line)) {
        let sought = name.lanes();
        let mut base = 0;
        while let Some(heads) = self.words.get(base..).and_then(<[u32]>::first_chunk).filter(|_| base < self.count) {
            let mut hits = sought.among(*heads);
            while hits != 0 {
                let index = base.wrapping_add(hits.trailing_zeros() as usize);
                hits &= hits.wrapping_sub(1);
                if index >= self.count {
                    return;
                }
                let line = self.line(index).filter(|line| line.namespace == name.namespace());
                if let Some(line) = line
                    && self.words.get(index).is_some_and(|head| name.may_match(*head))
                {
                    visit(line);
                }
            }
            base = base.wrapping_add(LANES);
        }
    }

    /// With one line more; `None` if it had better become a table.
    pub(crate) fn with(self, head: u32, line: Line) -> Option<NewRow> {
        if self.count >= ROW {
            return None;
        }
        let Some(narrow) = line.pack_narrow().filter(|_| !self.is_wide) else {
            return Some(NewRow::of(&self.lines().chain([(head, line)]).collect::<Lines>()));
        };
        let (heads, lines) = self.words.split_at_checked(self.count).unwrap_or_default();
        let mut words = SmallVec::from_slice(heads);
        words.push(head);
        words.extend_from_slice(lines);
        words.extend_from_slice(&narrow);
        Some(NewRow { words, count: self.count.saturating_add(1), is_wide: false })
    }

    /// With this line in the place of the line of the same grant.
    pub(crate) fn with_replaced(self, line: Line) -> NewRow {
        let lines = self.lines().map(|(head, old)| (head, if old.grant() == line.grant() { line } else { old }));
        NewRow::of(&lines.collect::<Lines>())
    }

    /// Without the line of a grant.
    pub(crate) fn without(self, grant: u32) -> NewRow {
        NewRow::of(&self.lines().filter(|(_, line)| line.grant() != grant).collect::<Lines>())
    }

    /// A table of the same lines. A row remembers only heads.
    pub(crate) fn to_table(self, keys_of: impl Fn(Line) -> Option<Keys>) -> Table {
        let mut table = Table::default();
        let keyed = self.lines().filter_map(|(_, line)| Some((keys_of(line)?, line)));
        keyed.for_each(|(keys, line)| table.insert(&keys, line, &keys_of));
        table
    }
}

impl Table {
    /// The row of the same lines, if they are well below the number at which the table was made, so that it is not made
    /// again with the next grant.
    pub(crate) fn to_row(&self) -> Option<NewRow> {
        (self.len() <= ROW / 2).then(|| NewRow::of(&self.headed().collect::<Lines>()))
    }
}

impl<'a> Grants<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Which heads occur.
    pub(crate) fn summary(self) -> Summary {
        match self {
            Self::Row(row) => row.heads().map(Summary::of).fold(Summary::default(), Summary::or),
            Self::Table(_) => Summary::ALL,
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::Row(row) => row.count,
            Self::Table(table) => table.len(),
        }
    }

    fn sides(self) -> (Option<Row<'a>>, Option<&'a Table>) {
        match self {
            Self::Row(row) => (Some(row), None),
            Self::Table(table) => (None, Some(table)),
        }
    }

    /// All lines with their heads, in no order that means anything.
    pub(crate) fn headed(self) -> impl Iterator<Item = (u32, Line)> {
        let (row, table) = self.sides();
        row.into_iter().flat_map(Row::lines).chain(table.into_iter().flat_map(Table::headed))
    }

    /// All lines, in no order that means anything.
    pub(crate) fn iter(self) -> impl Iterator<Item = Line> {
        self.headed().map(|(_, line)| line)
    }

    /// The lines of patterns that these keys may be of.
    pub(crate) fn find(self, keys: &Keys) -> impl Iterator<Item = Line> {
        let (row, table) = self.sides();
        let head = keys.head;
        let row = row.into_iter().flat_map(Row::lines).filter(move |(known, _)| *known == head).map(|(_, line)| line);
        row.chain(table.into_iter().flat_map(move |table| table.find(keys)))
    }

    /// Visits every line that is wanted and whose pattern may match the name, each at least once.
    #[inline]
    pub(crate) fn visit(self, name: &NameKeys<'_, '_>, wanted: Wanted, mut visit: impl FnMut(Line)) {
        match self {
            Self::Row(row) => row.visit(name, |line| {
                if wanted.has(line) {
                    visit(line);
                }
            }),
            Self::Table(table) => table.visit(name, wanted, visit),
        }
    }
}
