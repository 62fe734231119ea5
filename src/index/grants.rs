//! The grants of one principal: what a check walks.
//!
//! A principal with a few grants has them in a [`Row`], whose heads are compared with the heads of the name. One
//! with many has a [`Table`]. What is visited *may* match: the visitor compares.

use smallvec::SmallVec;

use super::head::{LANES, is_wild_service};
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

/// At most [`ROW`] lines in one run of memory: all heads first, then all lines in words. What comes after them is not looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    words: &'a [u32],
    form: RowForm,
}

/// How many lines a row has, and what is known of all of them: eight bits, in one word because small pieces would be put
/// together in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowForm(pub(crate) u32);

/// The row of nobody.
pub(crate) const NO_ROW: Row<'_> = Row { words: &[], form: RowForm(0) };

/// A row that is being made.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) words: SmallVec<[u32; 128]>,
    pub(crate) form: RowForm,
}

impl RowForm {
    const COUNT: u32 = 0x3f;
    /// Some line does not pack into few words.
    const WIDE: u32 = 0x40;
    /// Some pattern has a wild first segment.
    const WILD: u32 = 0x80;

    fn of(lines: &[(u32, Line)]) -> Self {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let wide = flag(lines.iter().any(|(_, line)| line.pack_narrow().is_none()), Self::WIDE);
        let wild = flag(lines.iter().any(|(head, _)| is_wild_service(*head)), Self::WILD);
        // There are at most as many lines as a row has.
        Self(u32::try_from(lines.len()).unwrap_or(0) | wide | wild)
    }

    #[inline(always)]
    const fn count(self) -> usize {
        (self.0 & Self::COUNT) as usize
    }

    #[inline(always)]
    const fn is_wide(self) -> bool {
        self.0 & Self::WIDE != 0
    }

    #[inline(always)]
    const fn has_wild(self) -> bool {
        self.0 & Self::WILD != 0
    }

    /// With one line more that packs into few words.
    const fn with(self, head: u32) -> Self {
        Self(self.0.wrapping_add(1) | if is_wild_service(head) { Self::WILD } else { 0 })
    }
}

/// Lines that are being changed, with their heads.
type Lines = SmallVec<[(u32, Line); ROW]>;

impl NewRow {
    fn of(lines: &[(u32, Line)]) -> Self {
        let form = RowForm::of(lines);
        let mut words: SmallVec<_> = lines.iter().map(|(head, _)| *head).collect();
        for (_, line) in lines {
            match line.pack_narrow().filter(|_| !form.is_wide()) {
                Some(narrow) => words.extend_from_slice(&narrow),
                None => words.extend_from_slice(&line.pack()),
            }
        }
        Self { words, form }
    }
}

impl<'a> Row<'a> {
    /// What a [`NewRow`] of this form holds, whose words these begin with.
    #[inline(always)]
    pub(crate) const fn new(words: &'a [u32], form: RowForm) -> Self {
        Self { words, form }
    }

    /// The words of a line.
    #[inline(always)]
    fn words<const WIDTH: usize>(self, index: usize) -> Option<[u32; WIDTH]> {
        let start = self.form.count().wrapping_add(index.wrapping_mul(WIDTH));
        self.words.get(start..)?.first_chunk().copied()
    }

    #[inline(always)]
    fn line(self, index: usize) -> Option<Line> {
        if self.form.is_wide() {
            self.words::<WORDS>(index).map(Line::unpack)
        } else {
            self.words::<NARROW>(index).map(Line::unpack_narrow)
        }
    }

    fn heads(self) -> impl Iterator<Item = u32> {
        self.words.iter().take(self.form.count()).copied()
    }

    fn lines(self) -> impl Iterator<Item = (u32, Line)> {
        (0..).zip(self.heads()).filter_map(move |(index, head)| Some((head, self.line(index)?)))
    }

    /// A bit for each line whose head is one of the name's.
    #[inline(always)]
    fn hits(self, name: &NameKeys<'_, '_>) -> u64 {
        let (sought, count) = (name.lanes(), self.form.count());
        let (mut hits, mut base) = (0, 0_u32);
        // Two or more lines have eight words or more. The last heads may go on into the lines, which are no heads.
        let (eights, rest) = self.words.as_chunks::<{ 2 * LANES }>();
        for [a, b, c, d, e, f, g, h] in eights.iter().take(count.div_ceil(2 * LANES)) {
            let some = sought.among([*a, *b, *c, *d]) | sought.among([*e, *f, *g, *h]) << LANES;
            hits |= u64::from(some).wrapping_shl(base);
            base = base.wrapping_add(8);
        }
        if let ([], Some(four)) = (eights, rest.first_chunk()) {
            hits = sought.among(*four).into();
        }
        hits &= (1_u64 << (count & 63)).wrapping_sub(1);
        if self.form.has_wild() { hits | wild_hits(self.words, count, name) } else { hits }
    }

    /// The lines whose patterns may match the name.
    #[inline(always)]
    pub(crate) fn proposed(self, name: &NameKeys<'_, '_>) -> impl Iterator<Item = Line> {
        Proposed { row: self, hits: self.hits(name), namespace: name.namespace() }
    }

    /// With one line more; `None` if it had better become a table.
    pub(crate) fn with(self, head: u32, line: Line) -> Option<NewRow> {
        let count = self.form.count();
        if count >= ROW {
            return None;
        }
        let Some(narrow) = line.pack_narrow().filter(|_| !self.form.is_wide()) else {
            return Some(NewRow::of(&self.lines().chain([(head, line)]).collect::<Lines>()));
        };
        let (heads, lines) = self.words.split_at_checked(count).unwrap_or_default();
        let mut words = SmallVec::from_slice(heads);
        words.push(head);
        words.extend_from_slice(lines.get(..count.wrapping_mul(NARROW)).unwrap_or_default());
        words.extend_from_slice(&narrow);
        Some(NewRow { words, form: self.form.with(head) })
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

/// A bit for each of the heads that is of patterns with a wild first segment that may match the name. Not given the row, which would
/// have to be put into memory for it.
#[inline(never)]
fn wild_hits(words: &[u32], count: usize, name: &NameKeys<'_, '_>) -> u64 {
    let sought = name.wild_heads();
    let heads = words.iter().take(count).zip(0..);
    heads.fold(0, |hits, (head, index)| hits | u64::from(sought.contains(head)) << (index & 63))
}

/// See [`Row::proposed`].
struct Proposed<'a> {
    row: Row<'a>,
    hits: u64,
    namespace: u32,
}

impl Iterator for Proposed<'_> {
    type Item = Line;

    #[inline(always)]
    fn next(&mut self) -> Option<Line> {
        while self.hits != 0 {
            let index = self.hits.trailing_zeros() as usize;
            self.hits &= self.hits.wrapping_sub(1);
            // No decision rests on a hash.
            let line = self.row.line(index)?;
            if line.namespace == self.namespace {
                return Some(line);
            }
        }
        None
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
            Self::Row(row) => row.form.count(),
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
    pub(crate) fn visit(self, name: &NameKeys<'_, '_>, wanted: Wanted, visit: impl FnMut(Line)) {
        match self {
            Self::Row(row) => row.proposed(name).filter(|line| wanted.has(*line)).for_each(visit),
            Self::Table(table) => {
                if let Some(texts) = name.texts() {
                    table.visit(&texts, name.namespace(), wanted, visit);
                }
            }
        }
    }
}
