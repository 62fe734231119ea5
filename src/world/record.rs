//! What a check reads of a principal, in one run of memory: its id, who is above it, and its grants.
//!
//! ```text
//! header  bytes of the id, its room, whether the grants are in a table; else the form of their row
//! count   of those above
//! above   their numbers
//! grants  a row; or, where they are in a table, the table's number
//! id      after zeros that fill its words up
//! ```
//!
//! The id comes last: what a check waits for is whom to look at next and which grants may be for the name, and those are to be
//! in the first cache lines.

use std::sync::Arc;

use bytemuck::{cast_slice, cast_slice_mut};
use smallvec::{SmallVec, smallvec};

use crate::bytes::is_same;
use crate::cow::Heap;
use crate::cow::fetch;
use crate::index::{NO_ROW, NewRow, Row, RowForm};

/// See the [module](self). Never changed: whoever changes a principal makes another.
#[derive(Debug, Clone)]
pub(super) struct Record(Arc<[u32]>);

const ROOM: u32 = 16;
const TABLE: u32 = 1 << 23;
const FORM: u32 = 24;

/// Words of a cache line.
const LINE: usize = 16;

/// What the header says of the id.
const NAME: u32 = TABLE - 1;

/// The parts of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Parts<'a> {
    header: u32,
    above: &'a [u32],
    grants: &'a [u32],
    id: &'a [u32],
}

/// Where the grants of a principal stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept<'a> {
    Row(Row<'a>),
    /// In the table with this number.
    Table(u32),
}

impl Record {
    /// Of a principal that nothing else is known of; `None` if the id is too long.
    pub(super) fn new(room: u8, id: &str) -> Option<Self> {
        let header = u32::from(u16::try_from(id.len()).ok()?) | u32::from(room) << ROOM;
        let mut words: SmallVec<[u32; 16]> = smallvec![0; words_of(header)];
        let bytes: &mut [u8] = cast_slice_mut(&mut words);
        bytes.iter_mut().rev().zip(id.bytes().rev()).for_each(|(to, from)| *to = from);
        Some(Self::of(Parts { header, id: &words, ..Parts::default() }))
    }

    fn of(Parts { header, above, grants, id }: Parts<'_>) -> Self {
        let mut words: SmallVec<[u32; 256]> = SmallVec::new();
        // There are fewer numbers than this.
        words.extend_from_slice(&[header, u32::try_from(above.len()).unwrap_or(u32::MAX)]);
        [above, grants, id].into_iter().for_each(|part| words.extend_from_slice(part));
        Self(words.as_slice().into())
    }

    #[inline]
    fn parts(&self) -> Parts<'_> {
        let [header, count, ref rest @ ..] = *self.0 else { return Parts::default() };
        let (above, rest) = rest.split_at_checked(count as usize).unwrap_or_default();
        let id = rest.len().wrapping_sub(words_of(header));
        let (grants, id) = rest.split_at_checked(id).unwrap_or_default();
        Parts { header, above, grants, id }
    }

    /// The last bytes, of which the id has so many.
    #[inline(always)]
    fn last_bytes(&self, length: usize) -> &[u8] {
        let bytes: &[u8] = cast_slice(&self.0);
        bytes.get(bytes.len().wrapping_sub(length)..).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        // Never empty-handed: the bytes were a text.
        str::from_utf8(self.last_bytes((self.parts().header & 0xffff) as usize)).unwrap_or_default()
    }

    pub(super) fn room(&self) -> u8 {
        ((self.parts().header & NAME) >> ROOM) as u8
    }

    /// Has the beginning of it fetched.
    #[inline(always)]
    pub(super) fn fetch_beginning(&self) {
        self.0.first().into_iter().for_each(fetch);
    }

    /// Has all of it fetched.
    pub(super) fn fetch(&self) {
        self.0.iter().step_by(LINE).chain(self.0.last()).for_each(fetch);
    }

    /// Whether it is that of this id in this room.
    #[inline(always)]
    pub(super) fn is(&self, room: u8, id: &str) -> bool {
        let [header, ..] = *self.0 else { return false };
        (header & NAME) as usize == id.len() | usize::from(room) << ROOM
            && is_same(self.last_bytes(id.len()), id.as_bytes())
    }

    #[inline(always)]
    pub(super) fn above(&self) -> &[u32] {
        let [_, count, ref rest @ ..] = *self.0 else { return &[] };
        rest.get(..count as usize).unwrap_or_default()
    }

    /// The row of its grants, if they are not in a table.
    #[inline(always)]
    pub(super) fn row(&self) -> Option<Row<'_>> {
        let [header, count, ref rest @ ..] = *self.0 else { return None };
        let words = rest.get(count as usize..)?;
        if header & TABLE == 0 { Some(Row::new(words, RowForm(header >> FORM))) } else { None }
    }

    #[inline]
    pub(super) fn kept(&self) -> Kept<'_> {
        match (self.row(), self.parts().grants) {
            (None, [number]) => Kept::Table(*number),
            (row, _) => Kept::Row(row.unwrap_or(NO_ROW)),
        }
    }

    pub(super) fn with_above(&self, above: &[u32]) -> Self {
        Self::of(Parts { above, ..self.parts() })
    }

    pub(super) fn with_row(&self, row: &NewRow) -> Self {
        let Parts { header, above, id, .. } = self.parts();
        Self::of(Parts { header: header & NAME | row.form.0 << FORM, above, grants: &row.words, id })
    }

    pub(super) fn with_table(&self, number: u32) -> Self {
        let Parts { header, above, id, .. } = self.parts();
        Self::of(Parts { header: header & NAME | TABLE, above, grants: &[number], id })
    }
}

/// The words that the id takes.
#[inline(always)]
const fn words_of(header: u32) -> usize {
    ((header & 0xffff).wrapping_add(3) / 4) as usize
}

impl Heap for Record {
    fn heap(&self) -> usize {
        self.0.heap()
    }
}
