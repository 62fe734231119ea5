//! Short texts under small numbers that are used again.

use std::sync::Arc;

use super::heap::{Heap, bytes_of, heap_of, shared};
use super::pages::share_all;

/// Texts under `u32` numbers, each with a *note* of 16 bits; the number of a removed one is given out again.
///
/// All slots of a page have the same size, which the length of the page tells: so a text takes little more than its bytes, and
/// is found by its number without a branch on how long it is. A slot that is given up waits for a text of about that length.
/// Clones share pages until they are changed.
///
/// Which number a text gets depends only on the calls made before, so two versions that saw the same calls agree.
#[derive(Debug, Default)]
pub(crate) struct TextSlab {
    pages: Vec<Arc<[u8]>>,
    /// Of each size, one more than the number of the slot that is given out next; 0 if a page is to be made for it.
    free: [u32; SIZES.len()],
    live: usize,
    turns: u64,
}

/// Slots in a page: as much is quickly copied.
const PAGE: usize = 32;

/// Bytes before each text: its note and its length, which is 0 where none stands. Where none does, the next slot that is free comes
/// after them, as [`TextSlab::free`] has it.
const HEAD: usize = 4;

/// Bytes of a slot: none is half as long again as it need be, but for the least, and they are closer where most patterns are, which
/// end in a word or a UUID. The largest holds the longest pattern.
const SIZES: [usize; 15] = [16, 24, 28, 32, 40, 52, 72, 100, 140, 196, 276, 388, 544, 760, 1_028];

/// A slot without a text, before a next one that is free.
type Vacant = [u8; 2 * HEAD];

impl Clone for TextSlab {
    fn clone(&self) -> Self {
        let Self { free, live, turns, .. } = *self;
        Self { pages: share_all(&self.pages), free, live, turns }
    }
}

impl TextSlab {
    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    /// How often a text came or went; see [`Slab::turns`](super::Slab::turns).
    pub(crate) const fn turns(&self) -> u64 {
        self.turns
    }

    /// A text, after its note.
    #[inline(always)]
    pub(crate) fn get(&self, number: u32) -> Option<(u16, &[u8])> {
        let (page, place) = place(number);
        let page = self.pages.get(page)?;
        let (head, rest) = page.get(size(page).wrapping_mul(place)..)?.split_first_chunk::<HEAD>()?;
        let [note, length] = halves(u32::from_le_bytes(*head));
        if length == 0 { None } else { Some((note, rest.get(..length.into())?)) }
    }

    /// Adds a text and answers its number; `None` if it is empty or longer than a slot can be, or if there is no number left.
    pub(crate) fn insert(&mut self, note: u16, text: &[u8]) -> Option<u32> {
        let length = u16::try_from(text.len()).ok().filter(|length| *length > 0)?;
        let class = SIZES.iter().position(|size| size.saturating_sub(HEAD) >= text.len())?;
        let number = match self.free.get(class)?.checked_sub(1) {
            Some(number) => number,
            None => self.add_page(class)?,
        };
        let (head, rest) = self.slot_mut(number)?.split_first_chunk_mut()?;
        let next = u32::from_le_bytes(*rest.first_chunk()?);
        *head = (u32::from(note) | u32::from(length) << 16).to_le_bytes();
        rest.get_mut(..text.len())?.copy_from_slice(text);
        *self.free.get_mut(class)? = next;
        self.live = self.live.saturating_add(1);
        self.turns = self.turns.wrapping_add(1);
        Some(number)
    }

    /// Removes a text; whether it was there.
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        self.get(number).is_some() && self.vacate(number).is_some()
    }

    fn vacate(&mut self, number: u32) -> Option<()> {
        let page = self.pages.get(place(number).0)?;
        let class = SIZES.binary_search(&size(page)).ok()?;
        let next = std::mem::replace(self.free.get_mut(class)?, number.saturating_add(1));
        *self.slot_mut(number)?.first_chunk_mut()? = vacant(next);
        self.live = self.live.saturating_sub(1);
        self.turns = self.turns.wrapping_add(1);
        Some(())
    }

    /// Adds a page of slots that are free, and answers the number of the first.
    fn add_page(&mut self, class: usize) -> Option<u32> {
        let first = self.pages.len().checked_mul(PAGE)?;
        // Its last slot must have a number that one more can be said of.
        let (first, end) = (u32::try_from(first).ok()?, u32::try_from(first.checked_add(PAGE)?).ok()?);
        let size = *SIZES.get(class)?;
        let mut page: Arc<[u8]> = std::iter::repeat_n(0, size.checked_mul(PAGE)?).collect();
        for (slot, number) in Arc::make_mut(&mut page).chunks_exact_mut(size).zip(first..end) {
            let next = number.saturating_add(1);
            *slot.first_chunk_mut()? = vacant(if next < end { next.saturating_add(1) } else { 0 });
        }
        self.pages.push(page);
        Some(first)
    }

    fn slot_mut(&mut self, number: u32) -> Option<&mut [u8]> {
        let (page, place) = place(number);
        let page = Arc::make_mut(self.pages.get_mut(page)?);
        let size = size(page);
        page.get_mut(size.wrapping_mul(place)..)?.get_mut(..size)
    }
}

/// The page of a slot, and its place in that.
#[inline(always)]
const fn place(number: u32) -> (usize, usize) {
    (number as usize / PAGE, number as usize % PAGE)
}

/// The bytes of each slot of a page.
#[inline(always)]
const fn size(page: &[u8]) -> usize {
    page.len() / PAGE
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the head")]
const fn halves(head: u32) -> [u16; 2] {
    [head as u16, (head >> 16) as u16]
}

fn vacant(next: u32) -> Vacant {
    let mut slot = Vacant::default();
    slot.iter_mut().skip(HEAD).zip(next.to_le_bytes()).for_each(|(to, from)| *to = from);
    slot
}

impl Heap for Arc<[u8]> {
    fn heap(&self) -> usize {
        shared(self.len())
    }
}

impl Heap for TextSlab {
    fn heap(&self) -> usize {
        bytes_of::<Arc<[u8]>>(self.pages.capacity()).saturating_add(heap_of(&self.pages))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Numbers that nobody could guess, always the same ones.
    struct Random(u32);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as usize % end
        }

        fn text(&mut self) -> Vec<u8> {
            let most = [13, 49, 200, 1_024][self.below(4)];
            let (length, byte) = (self.below(most) + 1, self.below(256));
            vec![u8::try_from(byte).unwrap(); length]
        }
    }

    /// What a slab is to hold, by number.
    type Texts = BTreeMap<u32, (u16, Vec<u8>)>;

    fn assert_same(slab: &TextSlab, texts: &Texts) {
        assert_eq!(slab.len(), texts.len());
        let held = (0..=u32::try_from(slab.pages.len() * PAGE).unwrap())
            .filter_map(|number| Some((number, slab.get(number)?)))
            .map(|(number, (note, text))| (number, (note, text.to_vec())));
        assert!(held.eq(texts.clone()));
    }

    fn step(random: &mut Random, slab: &mut TextSlab, texts: &mut Texts) -> Option<u32> {
        if random.below(5) < 3 || texts.is_empty() {
            let (note, text) = (u16::try_from(random.below(1 << 16)).unwrap(), random.text());
            let number = slab.insert(note, &text).unwrap();
            assert!(texts.insert(number, (note, text)).is_none(), "{number} was given out");
            return Some(number);
        }
        let number = *texts.keys().nth(random.below(texts.len())).unwrap();
        assert!(slab.remove(number) && !slab.remove(number));
        texts.remove(&number);
        None
    }

    #[test]
    fn holds_what_a_map_holds_and_so_does_each_clone() {
        let (mut slab, mut texts, mut random) = (TextSlab::default(), Texts::new(), Random(1));
        let mut kept = Vec::new();
        for round in 0..4_000 {
            step(&mut random, &mut slab, &mut texts);
            if round % 500 == 0 {
                kept.push((slab.clone(), texts.clone()));
            }
        }
        kept.push((slab, texts));
        kept.iter().for_each(|(slab, texts)| assert_same(slab, texts));
        // Each is changed further without the others seeing it.
        for (slab, texts) in &mut kept {
            (0..500).for_each(|_| _ = step(&mut random, slab, texts));
        }
        kept.iter().for_each(|(slab, texts)| assert_same(slab, texts));
        for (slab, texts) in &mut kept {
            assert!(texts.keys().all(|number| slab.remove(*number)));
            assert_same(slab, &Texts::new());
        }
    }

    #[test]
    fn two_that_saw_the_same_calls_give_out_the_same_numbers() {
        let (mut first, mut texts, mut random) = (TextSlab::default(), Texts::new(), Random(2));
        (0..2_000).for_each(|_| _ = step(&mut random, &mut first, &mut texts));
        let (mut second, mut others, mut again) = (first.clone(), texts.clone(), Random(random.0));
        for _ in 0..2_000 {
            let number = step(&mut random, &mut first, &mut texts);
            assert_eq!(step(&mut again, &mut second, &mut others), number);
        }
        assert_eq!((first.turns(), first.pages.len()), (second.turns(), second.pages.len()));
        assert_eq!(texts, others);
    }

    #[test]
    fn numbers_are_used_again_for_texts_as_long() {
        let mut slab = TextSlab::default();
        let numbers = [b"a:b:cd", b"a:b:ce", b"a:b:cf"].map(|text| slab.insert(7, text).unwrap());
        assert_eq!(numbers, [0, 1, 2]);
        assert!(slab.remove(0) && slab.remove(1) && !slab.remove(1));
        assert_eq!((slab.get(0), slab.get(1), slab.get(2)), (None, None, Some((7, &b"a:b:cf"[..]))));
        // A longer one stands on a page of its own; of those that are free, the last comes first.
        assert_eq!(slab.insert(8, &[b'x'; 40]), Some(32));
        assert_eq!([b"a:b:cg", b"a:b:ch", b"a:b:ci"].map(|text| slab.insert(9, text)), [Some(1), Some(0), Some(3)]);
        assert_eq!((slab.get(1), slab.len()), (Some((9, &b"a:b:cg"[..])), 5));
    }

    #[test]
    fn every_length_has_a_slot_little_longer() {
        let mut slab = TextSlab::default();
        for length in 1..=crate::limits::MAX_NAME_BYTES {
            let number = slab.insert(u16::MAX, &vec![b'x'; length]).unwrap();
            assert_eq!(slab.get(number), Some((u16::MAX, &*vec![b'x'; length])));
            let size = size(&slab.pages[place(number).0]);
            assert!(size >= length + HEAD && size <= ((length + HEAD) * 3 / 2).max(16), "{size} for {length}");
        }
        assert_eq!((slab.insert(0, b""), slab.insert(0, &[b'x'; 1_025]), slab.get(u32::MAX)), (None, None, None));
        assert!(!slab.remove(u32::MAX));
    }

    #[test]
    fn clones_share_the_pages_that_neither_changed() {
        let mut first = TextSlab::default();
        (0..1_000).for_each(|_| _ = first.insert(0, b"a:b:c"));
        let mut second = first.clone();
        second.remove(500);
        let shared = first.pages.iter().zip(&second.pages).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!((shared, first.pages.len()), (31, 32));
        assert_eq!((first.get(500), second.get(500)), (Some((0, &b"a:b:c"[..])), None));
    }
}
