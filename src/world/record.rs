//! What a check reads of a principal, in one run of memory: its id, who is above it, and its grants.
//!
//! ```text
//! header  bytes of the id, its room, how many lines there are and what they are; where the grants begin
//! id      filled up with zeros
//! above   their numbers
//! grants  a row; or, where they are in a table, the table's number
//! ```

use std::sync::Arc;

use bytemuck::cast_slice;
use smallvec::SmallVec;

use super::names::is_same;
use crate::cow::Heap;
use crate::index::{NewRow, Row};

/// See the [module](self). Never changed: whoever changes a principal makes another.
#[derive(Debug, Clone)]
pub(super) struct Record(Arc<[u32]>);

/// Words of the header.
const HEADER: usize = 2;

const ROOM: u32 = 16;
const LINES: u32 = 24;
const WIDE: u32 = 1 << 30;
const TABLE: u32 = 1 << 31;

/// What the header says of the id.
const NAME: u32 = (1 << LINES) - 1;

/// The parts of a record.
#[derive(Debug, Clone, Copy, Default)]
struct Parts<'a> {
    header: u32,
    id: &'a [u32],
    above: &'a [u32],
    grants: &'a [u32],
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
        let filled_up = |bytes: &[u8]| {
            let mut word = [0; 4];
            word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            u32::from_ne_bytes(word)
        };
        let id: SmallVec<[u32; 16]> = id.as_bytes().chunks(4).map(filled_up).collect();
        Some(Self::of(Parts { header, id: &id, ..Parts::default() }))
    }

    fn of(Parts { header, id, above, grants }: Parts<'_>) -> Self {
        let mut words: SmallVec<[u32; 256]> = SmallVec::new();
        // There are fewer numbers than this.
        let start = u32::try_from(HEADER.saturating_add(id.len()).saturating_add(above.len())).unwrap_or(u32::MAX);
        words.extend_from_slice(&[header, start]);
        [id, above, grants].into_iter().for_each(|part| words.extend_from_slice(part));
        Self(words.as_slice().into())
    }

    #[inline]
    fn parts(&self) -> Parts<'_> {
        let [header, start, ..] = *self.0 else { return Parts::default() };
        let (before, grants) = self.0.split_at_checked(start as usize).unwrap_or_default();
        let id = HEADER.wrapping_add((header & 0xffff).div_ceil(4) as usize);
        let (id, above) = before.split_at_checked(id).unwrap_or_default();
        Parts { header, id: id.get(HEADER..).unwrap_or_default(), above, grants }
    }

    #[inline]
    fn id_bytes(&self) -> &[u8] {
        let Parts { header, id, .. } = self.parts();
        cast_slice(id).get(..(header & 0xffff) as usize).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        // Never empty-handed: the bytes were a text.
        str::from_utf8(self.id_bytes()).unwrap_or_default()
    }

    pub(super) fn room(&self) -> u8 {
        (self.parts().header >> ROOM & 0xff) as u8
    }

    /// Whether it is that of this id in this room.
    #[inline]
    pub(super) fn is(&self, room: u8, id: &str) -> bool {
        let [header, _, rest @ ..] = &*self.0 else { return false };
        (header & NAME) as usize == id.len() | usize::from(room) << ROOM
            && cast_slice(rest).get(..id.len()).is_some_and(|known| is_same(known, id.as_bytes()))
    }

    #[inline]
    pub(super) fn above(&self) -> &[u32] {
        let [header, start, ..] = *self.0 else { return &[] };
        let id = HEADER.wrapping_add((header & 0xffff).div_ceil(4) as usize);
        self.0.get(id..start as usize).unwrap_or_default()
    }

    #[inline]
    pub(super) fn kept(&self) -> Kept<'_> {
        let [header, start, ..] = *self.0 else { return Kept::Row(Row::new(&[], 0, false)) };
        let grants = self.0.get(start as usize..).unwrap_or_default();
        match grants {
            [number] if header & TABLE != 0 => Kept::Table(*number),
            _ => Kept::Row(Row::new(grants, (header >> LINES & 0x3f) as usize, header & WIDE != 0)),
        }
    }

    pub(super) fn with_above(&self, above: &[u32]) -> Self {
        Self::of(Parts { above, ..self.parts() })
    }

    pub(super) fn with_row(&self, row: &NewRow) -> Self {
        let Parts { header, id, above, .. } = self.parts();
        // A row has at most 32 lines.
        let lines = u32::try_from(row.count).unwrap_or(0) << LINES;
        let header = header & NAME | lines | if row.is_wide { WIDE } else { 0 };
        Self::of(Parts { header, id, above, grants: &row.words })
    }

    pub(super) fn with_table(&self, number: u32) -> Self {
        let Parts { header, id, above, .. } = self.parts();
        Self::of(Parts { header: header & NAME | TABLE, id, above, grants: &[number] })
    }
}

impl Heap for Record {
    fn heap(&self) -> usize {
        self.0.heap()
    }
}
