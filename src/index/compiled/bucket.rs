//! A bucket: twelve entries in one cache line, compared all at once.
//!
//! An entry is a tag (sixteen bits of a hash), the place of a record, and a byte that says for which actions the record may
//! be: what is not proposed here is no hit, and what is proposed must be looked at. So most of what a subject may not do costs
//! one cache line, and no record is read for another action; nor, once something allows, for another that does.

use wide::{i8x16, i16x16, u8x16};

use crate::index::line::{Line, brief};

/// Entries of a bucket.
const ENTRIES: usize = 12;

/// A bit for each entry.
const ALL: u32 = (1 << ENTRIES) - 1;

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C, align(64))]
pub(super) struct Bucket {
    /// The tags of the entries; then the places of their records, 0 where an entry is free, which is no place of a record.
    slots: [i16; 2 * ENTRIES],
    /// A byte for each entry, none of whose bits is set where it is free; then the number of the next bucket of a chain, 0
    /// if this is the last; then a bit for each entry, set where its record denies.
    actions: [u8; 16],
}

/// What an entry tells of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outline {
    /// For which actions it may be.
    actions: u8,
    denies: bool,
}

impl Outline {
    pub(super) fn of(line: Line) -> Self {
        Self { actions: brief(line.actions), denies: line.is_deny() }
    }
}

/// Where the bytes of a bucket are that are none of an entry's.
const NEXT: usize = ENTRIES;
const DENIES: usize = NEXT + 2;

impl Bucket {
    /// The entries with one of three tags that may be for the actions of a brief, a bit for each.
    #[inline(always)]
    pub(super) fn propose(&self, [one, two, three]: [u16; 3], actions: u8) -> u32 {
        // The tags, and four places, whose bits are not asked for.
        let tags = i16x16::new(self.slots.first_chunk().copied().unwrap_or_default());
        let is = |tag: u16| tags.simd_eq(i16x16::splat(tag.cast_signed()));
        let tagged = i8x16::from_i16x16_saturate(is(one) | is(two) | is(three)).to_bitmask();
        let for_others = (u8x16::new(self.actions) & u8x16::splat(actions)).simd_eq(u8x16::default()).to_bitmask();
        tagged & !for_others & ALL
    }

    /// The place of an entry's record.
    #[inline(always)]
    pub(super) fn place(&self, entry: usize) -> u16 {
        self.slots.get(ENTRIES.wrapping_add(entry)).map_or(0, |place| place.cast_unsigned())
    }

    /// The number of the next bucket of the chain, 0 if this is the last.
    #[inline(always)]
    pub(super) fn next(&self) -> usize {
        self.half::<NEXT>().into()
    }

    pub(super) fn set_next(&mut self, number: u16) {
        self.set_half::<NEXT>(number);
    }

    /// The entries whose records deny, a bit for each.
    #[inline(always)]
    pub(super) fn denies(&self) -> u32 {
        self.half::<DENIES>().into()
    }

    #[inline(always)]
    fn half<const AT: usize>(&self) -> u16 {
        let bytes = self.actions.get(AT..).and_then(<[u8]>::first_chunk);
        bytes.map_or(0, |bytes| u16::from_le_bytes(*bytes))
    }

    fn set_half<const AT: usize>(&mut self, half: u16) {
        if let Some(bytes) = self.actions.get_mut(AT..).and_then(<[u8]>::first_chunk_mut) {
            *bytes = half.to_le_bytes();
        }
    }

    /// How many entries have this tag.
    pub(super) fn count(&self, tag: u16) -> usize {
        let known = |entry: &usize| self.place(*entry) != 0 && self.slots.get(*entry) == Some(&tag.cast_signed());
        (0..ENTRIES).filter(known).count()
    }

    /// Adds an entry; whether there was room.
    pub(super) fn add(&mut self, tag: u16, place: u16, outline: Outline) -> bool {
        let free = (0..ENTRIES).find(|entry| self.place(*entry) == 0);
        free.into_iter().for_each(|entry| self.set(entry, tag, place, outline));
        free.is_some()
    }

    /// Whether no entry is free.
    pub(super) fn is_full(&self) -> bool {
        // The last are filled last.
        (0..ENTRIES).rev().all(|entry| self.place(entry) != 0)
    }

    /// The place of the first entry with this tag whose place is meant.
    pub(super) fn find(&self, tag: u16, is_meant: impl Fn(u16) -> bool) -> Option<u16> {
        let tagged = (0..ENTRIES).filter(|entry| self.slots.get(*entry) == Some(&tag.cast_signed()));
        tagged.map(|entry| self.place(entry)).find(|place| *place != 0 && is_meant(*place))
    }

    /// Has the entry with this place, if it is here, tell this.
    pub(super) fn set_outline(&mut self, place: u16, outline: Outline) {
        if let Some((entry, tag)) = self.entry(place).and_then(|entry| Some((entry, *self.slots.get(entry)?))) {
            self.set(entry, tag.cast_unsigned(), place, outline);
        }
    }

    /// Frees the entry with this place, if it is here.
    pub(super) fn remove(&mut self, place: u16) {
        self.entry(place).into_iter().for_each(|entry| self.set(entry, 0, 0, Outline::default()));
    }

    fn entry(&self, place: u16) -> Option<usize> {
        (0..ENTRIES).find(|entry| place != 0 && self.place(*entry) == place)
    }

    fn set(&mut self, entry: usize, tag: u16, place: u16, Outline { actions, denies }: Outline) {
        let bit = 1_u16.wrapping_shl(u32::try_from(entry).unwrap_or_default());
        let others = self.half::<DENIES>() & !bit;
        self.set_half::<DENIES>(if denies { others | bit } else { others });
        let (tags, places) = self.slots.split_at_mut(ENTRIES);
        if let (Some(to_tag), Some(to_place), Some(to_actions)) =
            (tags.get_mut(entry), places.get_mut(entry), self.actions.get_mut(entry))
        {
            (*to_tag, *to_place, *to_actions) = (tag.cast_signed(), place.cast_signed(), actions);
        }
    }
}

#[cfg(test)]
impl Bucket {
    pub(super) fn outline_of(&self, place: u16) -> Option<Outline> {
        let entry = self.entry(place)?;
        Some(Outline { actions: *self.actions.get(entry)?, denies: self.denies() >> entry & 1 == 1 })
    }

    pub(super) fn count_free(&self) -> usize {
        (0..ENTRIES).filter(|entry| self.place(*entry) == 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(bucket: &Bucket, tags: [u16; 3], actions: u8) -> Vec<usize> {
        let entries = bucket.propose(tags, actions);
        (0..32).filter(|entry| entries >> entry & 1 == 1).collect()
    }

    #[test]
    fn entries_are_proposed_by_any_of_the_tags_and_by_action() {
        let outline = |actions, denies| Outline { actions, denies };
        assert_eq!(size_of::<Bucket>(), 64);
        let mut bucket = Bucket::default();
        for entry in 0..12_u16 {
            assert!(bucket.add(0x8000 + entry % 3, 0x7fff + entry, outline(1 << (entry % 2), entry % 4 == 3)));
        }
        assert!(!bucket.add(1, 1, outline(1, true)), "it is full");
        bucket.set_next(0xffff);
        assert_eq!(bucket.denies(), 0b1000_1000_1000);
        assert_eq!(proposed(&bucket, [0x8000; 3], 0b11), [0, 3, 6, 9]);
        assert_eq!(proposed(&bucket, [0x8000, 0x8001, 0x8001], 0b01), [0, 4, 6, 10]);
        assert_eq!(proposed(&bucket, [0x7fff, 1, 0x8002], 0b10), [5, 11]);
        assert_eq!(proposed(&bucket, [0x8000, 0x8001, 0x8002], 0xff), (0..12).collect::<Vec<_>>());
        assert!(proposed(&bucket, [0x8002; 3], 0b100).is_empty());
        assert_eq!((bucket.place(5), bucket.next(), bucket.count(0x8001)), (0x8004, 0xffff, 4));
        assert_eq!(bucket.find(0x8001, |place| place == 0x8004), None);
        assert_eq!(bucket.find(0x8002, |place| place > 0x8001), Some(0x8004));
        assert!(bucket.is_full());
        bucket.remove(0x8004);
        bucket.remove(0x8004);
        assert!(!bucket.is_full() && bucket.find(0x8002, |place| place == 0x8004).is_none());
        assert_eq!(proposed(&bucket, [0x8002; 3], 0b11), [2, 8, 11]);
        assert_eq!((bucket.outline_of(0x8002), bucket.denies()), (Some(outline(0b10, true)), 0b1000_1000_1000));
        bucket.remove(0x8006);
        assert_eq!((bucket.denies(), bucket.next()), (0b1000_0000_1000, 0xffff));
        assert!(bucket.add(7, 70, outline(1, true)) && bucket.place(5) == 70 && bucket.denies() == 0b1000_0010_1000);
        bucket.set_outline(70, outline(0b100, false));
        bucket.set_outline(71, outline(0b100, true));
        bucket.remove(0);
        assert_eq!((proposed(&bucket, [7; 3], 0b100), bucket.denies()), (vec![5], 0b1000_0000_1000));
        assert!(bucket.add(8, 80, outline(1, false)) && bucket.is_full() && bucket.place(7) == 80);
    }

    #[test]
    fn a_free_entry_is_never_proposed() {
        assert!(proposed(&Bucket::default(), [0; 3], 0xff).is_empty());
    }
}
