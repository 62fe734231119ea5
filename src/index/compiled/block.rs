//! What is compiled, open for changes: a grant is put, replaced or taken out where it stands.

use std::ops::RangeInclusive;

use super::bucket::{Bucket, Outline};
use super::filing::{Filing, Known};
use super::{
    CHAINED, CONDITIONS, COUNT, CROWDED, EDGED, END, RECORD, SPREAD, WASTED, WILD, bucket_of, record, tag, word,
};
use crate::index::line::{Flagged, Line};
use crate::irn::PatternRef;

/// Words at most: records are found by 16 bits.
pub(super) const WORDS: usize = 1 << 16;

/// Records at most: more are quicker found in a table, and slower copied.
pub(super) const RECORDS: usize = 4_096;

/// Names under one tag, or patterns of which an edge is known. To compare a few takes less than one more hash.
const CROWD: usize = 4;

/// Buckets of a home that names and patterns of which an edge is known may fill.
const CHAIN: usize = 2;

/// A grant that a subject holds: what a record is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldGrant<'a> {
    pub(crate) filing: Filing,
    pub(crate) line: Line,
    pub(crate) pattern: PatternRef<'a>,
    /// Asked only of what is conditional.
    pub(crate) conditions: &'a [u8],
}

impl<'a> HeldGrant<'a> {
    /// The conditions as they are held.
    fn conditions(&self) -> Option<&'a [u8]> {
        let held = if self.conditions.len() <= CONDITIONS { self.conditions } else { &[] };
        if self.line.flagged().is_conditional() { Some(held) } else { None }
    }

    /// Words that the record takes.
    pub(crate) fn words(&self) -> usize {
        let conditions = self.conditions().map_or(0, |bytes| bytes.len().div_ceil(4).wrapping_add(1));
        RECORD.wrapping_add(self.pattern.bytes().len().div_ceil(4)).wrapping_add(conditions)
    }
}

/// Why there is no room for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// So many words are missing, or buckets.
    Words(usize),
    Buckets(usize),
    /// There is as much as there may be.
    Bounds,
}

/// See the [module](self). Buckets and records have room behind what is used.
pub(super) struct Block<'b> {
    pub(super) last: u16,
    pub(super) besides: &'b mut u16,
    pub(super) buckets: &'b mut [Bucket],
    pub(super) records: &'b mut [u32],
}

/// The buckets by hash in which something stands, or in what they go on in.
struct Homes {
    tag: u16,
    numbers: RangeInclusive<usize>,
    /// What a check must know of it.
    besides: u16,
}

impl Block<'_> {
    /// Puts the grant with this number that is filed so, replaces it, or takes it out if there is none. What there is no room for
    /// is not there afterwards, neither as it was nor as it is to be.
    pub(super) fn set(&mut self, filing: &Filing, grant: u32, held: Option<&HeldGrant<'_>>) -> Result<(), Full> {
        if let Some((place, homes)) = self.find(filing, grant) {
            if held.is_some_and(|held| self.overwrite(place, &homes, held)) {
                return Ok(());
            }
            self.take_out(place, homes);
        }
        held.map_or(Ok(()), |held| self.put(held))
    }

    /// Puts a grant that is not there.
    pub(super) fn put(&mut self, held: &HeldGrant<'_>) -> Result<(), Full> {
        let (end, words, count) = (word(self.records, END), held.words(), word(self.records, COUNT));
        let place = u16::try_from(end).map_err(|_| Full::Bounds)?;
        if end.saturating_add(words) > WORDS || count >= RECORDS {
            return Err(Full::Bounds);
        }
        if end.saturating_add(words) > self.records.len() {
            return Err(Full::Words(words));
        }
        let homes = self.homes_for(&held.filing);
        let room = self.buckets.len().saturating_sub(self.used_buckets());
        if homes.numbers.clone().count() > room {
            let full = homes.numbers.clone().filter(|home| self.is_full(*home)).count();
            if full > room {
                return Err(Full::Buckets(full));
            }
        }
        if held.filing.known == Known::Service && homes.besides == 0 {
            let [left, chained] = self.halves(CHAINED);
            self.set_halves(CHAINED, [left.saturating_sub(1), chained]);
        }
        *self.besides |= homes.besides;
        for home in homes.numbers {
            self.file(home, homes.tag, place, Outline::of(held.line)).ok_or(Full::Bounds)?;
        }
        self.write(end, held);
        self.set_word(COUNT, count.saturating_add(1));
        self.set_word(END, end.saturating_add(words));
        Ok(())
    }

    /// Where something filed so is to stand.
    fn homes_for(&self, filing: &Filing) -> Homes {
        let own = self.home(filing.hash);
        let homes = |numbers, besides| Homes { tag: filing.tag, numbers, besides };
        match filing.known {
            Known::Inner | Known::Type => homes(own..=own, 0),
            Known::Name | Known::Edge if self.has_room(own, filing.tag) => homes(own..=own, 0),
            Known::Name | Known::Edge => {
                let (home, is_name) = (self.home(filing.apart), filing.known == Known::Name);
                Homes { tag: tag(filing.apart), ..homes(home..=home, if is_name { CROWDED } else { EDGED }) }
            }
            Known::Service if self.may_stand_everywhere() => homes(0..=self.last.into(), 0),
            Known::Service => homes(own..=own, SPREAD),
            Known::Wild => homes(own..=own, WILD),
        }
    }

    /// The place of a grant that is filed so, and where it stands.
    fn find(&self, filing: &Filing, grant: u32) -> Option<(u16, Homes)> {
        let own = self.home(filing.hash);
        if let Some(place) = self.find_in(own, filing.tag, grant) {
            let everywhere = filing.known == Known::Service && self.find_in(own ^ 1, filing.tag, grant).is_some();
            let numbers = if everywhere { 0..=self.last.into() } else { own..=own };
            return Some((place, Homes { tag: filing.tag, numbers, besides: 0 }));
        }
        if !matches!(filing.known, Known::Name | Known::Edge) {
            return None;
        }
        let (home, tag) = (self.home(filing.apart), tag(filing.apart));
        Some((self.find_in(home, tag, grant)?, Homes { tag, numbers: home..=home, besides: 0 }))
    }

    fn find_in(&self, home: usize, tag: u16, grant: u32) -> Option<u16> {
        let is_of_grant =
            |place| record(self.records, place).is_some_and(|record| Flagged::unpack(record.grant).grant() == grant);
        self.chain(home).find_map(|bucket| bucket.find(tag, is_of_grant))
    }

    /// Replaces a record by one of the same pattern and length; whether it could.
    fn overwrite(&mut self, place: u16, homes: &Homes, held: &HeldGrant<'_>) -> bool {
        let before = record(self.records, place);
        if !before.is_some_and(|before| before.len() == held.words() && before.text == held.pattern.bytes()) {
            return false;
        }
        self.write(place.into(), held);
        for home in homes.numbers.clone() {
            self.visit_chain(home, |bucket| bucket.set_outline(place, Outline::of(held.line)));
        }
        true
    }

    /// Takes a record out.
    fn take_out(&mut self, place: u16, homes: Homes) {
        for home in homes.numbers {
            self.visit_chain(home, |bucket| bucket.remove(place));
        }
        let words = record(self.records, place).map_or(0, |record| record.len());
        let [walked, wasted] = self.halves(WASTED);
        let wasted = u16::try_from(words).unwrap_or(u16::MAX).saturating_add(wasted);
        self.set_halves(WASTED, [walked, wasted]);
        self.set_word(COUNT, word(self.records, COUNT).saturating_sub(1));
    }

    /// Writes a record that there is room for.
    fn write(&mut self, at: usize, held: &HeldGrant<'_>) {
        let text = held.pattern.bytes();
        let [grant, _, _, low, high] = held.line.pack();
        // A pattern has at most 1,024 bytes.
        let length = u32::try_from(text.len()).unwrap_or_default();
        let form = u32::from(held.pattern.form().0) | length << 16;
        let Some(rest) = self.records.get_mut(at..) else { return };
        let Some((head, rest)) = rest.split_first_chunk_mut::<RECORD>() else { return };
        *head = [grant, low, high, form];
        let rest = copy(rest, text);
        if let (Some(conditions), Some((length, rest))) = (held.conditions(), rest.split_first_mut()) {
            *length = u32::try_from(conditions.len()).unwrap_or_default();
            copy(rest, conditions);
        }
    }

    /// Whether one more pattern that knows a service and no type may stand in every bucket.
    fn may_stand_everywhere(&self) -> bool {
        let [left, _] = self.halves(CHAINED);
        left > 0
    }

    /// Files an entry in a home or in what it goes on in.
    fn file(&mut self, home: usize, tag: u16, place: u16, outline: Outline) -> Option<()> {
        let mut number = home;
        loop {
            let bucket = self.buckets.get_mut(number)?;
            if bucket.add(tag, place, outline) {
                return Some(());
            }
            if bucket.next() == 0 {
                let [left, used] = self.halves(CHAINED);
                let next = self.last.checked_add(1)?.checked_add(used)?;
                self.set_halves(CHAINED, [left, used.checked_add(1)?]);
                self.buckets.get_mut(number)?.set_next(next);
                number = next.into();
            } else {
                number = bucket.next();
            }
        }
    }

    fn is_full(&self, home: usize) -> bool {
        self.chain(home).all(Bucket::is_full)
    }

    /// Whether a home has room for one more with this tag. A few in another bucket cost only who looks there, and what is filed
    /// apart costs every check.
    fn has_room(&self, home: usize, tag: u16) -> bool {
        self.crowd(home, tag) < CROWD && (self.chain(home).count() < CHAIN || !self.is_full(home))
    }

    /// How many entries are compared with a name that one filed so is compared with.
    pub(super) fn alike(&self, filing: &Filing) -> usize {
        let [own, apart] = [(filing.hash, filing.tag), (filing.apart, tag(filing.apart))];
        let (hash, tag) = match filing.known {
            Known::Name | Known::Type => return 0,
            Known::Edge => apart,
            Known::Inner | Known::Service | Known::Wild => own,
        };
        self.crowd(self.home(hash), tag)
    }

    /// How many entries of a home have this tag.
    fn crowd(&self, home: usize, tag: u16) -> usize {
        self.chain(home).map(|bucket| bucket.count(tag)).fold(0, usize::saturating_add)
    }

    const fn home(&self, hash: u64) -> usize {
        bucket_of(hash, self.last)
    }

    /// A home and what it goes on in. A chain leads only to buckets that were added later, so that it ends.
    fn chain(&self, home: usize) -> impl Iterator<Item = &Bucket> {
        let mut next = Some(home);
        std::iter::from_fn(move || {
            let number = next?;
            let bucket = self.buckets.get(number)?;
            next = Some(bucket.next()).filter(|next| *next > number);
            Some(bucket)
        })
    }

    fn visit_chain(&mut self, home: usize, mut visit: impl FnMut(&mut Bucket)) {
        let mut number = home;
        while let Some(bucket) = self.buckets.get_mut(number) {
            visit(bucket);
            if bucket.next() <= number {
                return;
            }
            number = bucket.next();
        }
    }

    /// Buckets that are in use; there need be none before anything was put.
    fn used_buckets(&self) -> usize {
        let [_, chained] = self.halves(CHAINED);
        usize::from(self.last).saturating_add(1).saturating_add(chained.into()).min(self.buckets.len())
    }

    /// Words that are in use.
    pub(super) fn used(&self) -> (usize, usize) {
        (self.used_buckets(), word(self.records, END))
    }

    /// Whether so much has come and gone that it had better be made anew.
    pub(super) fn is_worn(&self) -> bool {
        let ([_, wasted], [_, chained]) = (self.halves(WASTED), self.halves(CHAINED));
        chained > self.last.saturating_add(1) || usize::from(wasted) > word(self.records, END) / 2
    }

    fn set_word(&mut self, at: usize, value: usize) {
        if let (Some(slot), Ok(value)) = (self.records.get_mut(at), u32::try_from(value)) {
            *slot = value;
        }
    }

    /// The lower and the upper half of a word.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    fn halves(&self, at: usize) -> [u16; 2] {
        let word = self.records.get(at).copied().unwrap_or_default();
        [word as u16, (word >> 16) as u16]
    }

    pub(super) fn set_halves(&mut self, at: usize, [lower, upper]: [u16; 2]) {
        if let Some(slot) = self.records.get_mut(at) {
            *slot = u32::from(lower) | u32::from(upper) << 16;
        }
    }
}

/// Copies bytes into words, the last of which is filled up, and answers the words behind them.
fn copy<'w>(words: &'w mut [u32], bytes: &[u8]) -> &'w mut [u32] {
    let (to, rest) = words.split_at_mut(bytes.len().div_ceil(4).min(words.len()));
    if let Some(last) = to.last_mut() {
        *last = 0;
    }
    if let Some(to) = bytemuck::cast_slice_mut(to).get_mut(..bytes.len()) {
        to.copy_from_slice(bytes);
    }
    rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::index::Seeds;
    use crate::index::compiled::{Builder, Compiled, SPREAD, has_doubled};

    /// A grant as it was put last.
    #[derive(Debug, Clone)]
    struct Put {
        pattern: crate::Pattern,
        actions: u64,
        denies: bool,
        conditions: Option<Vec<u8>>,
    }

    fn put() -> impl Strategy<Value = Put> {
        // Names that crowd one tag, patterns that do, and patterns of every kind of knowledge.
        let pattern = (0..10_u8, 0..40_u8).prop_map(|(kind, n)| {
            let text = match kind {
                0 | 1 => format!("a:b:{n:02}-the-same-end"),
                2 => format!("a:{n}:c"),
                3 => format!("a:b:{n}*"),
                4 => format!("a:*:{n}"),
                5 => format!("*:b:{n}"),
                6 => format!("a:b:begins-{n}*"),
                7 => format!("a:b:*-{n:02}-ends"),
                8 => format!("*:b:begins-{n}:**"),
                _ => format!("*:*:{n}"),
            };
            text.parse().unwrap()
        });
        let conditions = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300));
        (pattern, 1..u64::MAX, any::<bool>(), conditions).prop_map(|(pattern, actions, denies, conditions)| Put {
            pattern,
            actions,
            denies,
            conditions,
        })
    }

    fn held<'a>(number: u32, put: &'a Put, seeds: &Seeds) -> HeldGrant<'a> {
        HeldGrant {
            filing: Filing::of(put.pattern.view(), seeds),
            line: Line::new(number, 0, 0, put.actions).with(put.denies, false, put.conditions.is_some()),
            pattern: put.pattern.view(),
            conditions: put.conditions.as_deref().unwrap_or_default(),
        }
    }

    /// What is compiled is what was put, and nothing else.
    fn assert_is(compiled: &mut Compiled, known: &BTreeMap<u32, Put>, seeds: &Seeds) {
        let block = compiled.block();
        assert_eq!(word(block.records, COUNT), known.len());
        let mut entries = 0;
        for (number, put) in known {
            let held = held(*number, put, seeds);
            let (place, homes) = block.find(&held.filing, *number).unwrap();
            let record = record(block.records, place).unwrap();
            assert_eq!((record.text, record.len()), (put.pattern.view().bytes(), held.words()));
            assert_eq!(u64::from(record.low) | u64::from(record.high) << 32, put.actions);
            if let Some(conditions) = held.conditions() {
                assert_eq!(record.conditions().unwrap(), conditions);
            }
            for home in homes.numbers {
                entries += 1;
                let known = block.chain(home).filter(|bucket| bucket.outline_of(place) == Some(Outline::of(held.line)));
                assert_eq!(known.count(), 1, "{put:?}");
            }
        }
        let (buckets, _) = block.used();
        let free: usize = block.buckets.iter().map(Bucket::count_free).sum();
        let room = 12 * block.buckets.len();
        assert_eq!(room - free, entries);
        assert!(block.buckets[buckets..].iter().all(|bucket| *bucket == Bucket::default()));
    }

    proptest! {
        #[test]
        fn what_was_put_one_by_one_is_there(
            before in proptest::collection::vec(put(), 0..120),
            changes in proptest::collection::vec((0..150_u32, proptest::option::of(put())), 0..200),
        ) {
            let seeds = Seeds::default();
            let mut known: BTreeMap<u32, Put> = (0..).zip(before).collect();
            let grants: Vec<HeldGrant<'_>> = known.iter().map(|(number, put)| held(*number, put, &seeds)).collect();
            let mut compiled = Builder::default().compile(1, 0, &[], &grants).unwrap();
            assert_is(&mut compiled, &known, &seeds);
            for (number, to) in changes {
                let shared = compiled.clone();
                let filing_before = known.get(&number).map(|put| Filing::of(put.pattern.view(), &seeds));
                // As it is noted: with the filing that it had, and then, if it is another, with its own.
                let filings: Vec<Filing> = to.iter().map(|put| Filing::of(put.pattern.view(), &seeds)).collect();
                let after = to.as_ref().map(|put| held(number, put, &seeds));
                for filing in filing_before.iter().chain(&filings) {
                    if compiled.set(filing, number, after.as_ref()).is_none() {
                        let block = compiled.block();
                        prop_assert!(block.is_worn() || has_doubled(0, block.alike(filing)));
                    }
                }
                let was = known.clone();
                match to {
                    Some(put) => known.insert(number, put),
                    None => known.remove(&number),
                };
                assert_is(&mut compiled, &known, &seeds);
                // Whoever shared it still has what was.
                assert_is(&mut shared.clone(), &was, &seeds);
            }
        }
    }

    #[test]
    fn what_nobody_shares_is_changed_where_it_stands() {
        let seeds = Seeds::default();
        let mut put = Put { pattern: "a:b:c".parse().unwrap(), actions: 1, denies: false, conditions: None };
        let mut compiled = Builder::default().compile(1, 0, &[], &[held(0, &put, &seeds)]).unwrap();
        let stands = |compiled: &Compiled| (Arc::as_ptr(&compiled.buckets), Arc::as_ptr(&compiled.records));
        let before = stands(&compiled);
        let filing = Filing::of(put.pattern.view(), &seeds);
        for actions in 1..1_000 {
            put.actions = actions;
            compiled.set(&filing, 0, Some(&held(0, &put, &seeds))).unwrap();
        }
        assert_eq!((stands(&compiled), word(&compiled.records, WASTED)), (before, 0));
        let other = Put { pattern: "a:b:*".parse().unwrap(), ..put };
        compiled.set(&Filing::of(other.pattern.view(), &seeds), 1, Some(&held(1, &other, &seeds))).unwrap();
        assert_eq!(stands(&compiled), before);
    }

    #[test]
    fn too_many_of_a_service_stand_nowhere_but_at_home() {
        let seeds = Seeds::default();
        for count in [6, 7] {
            let puts: Vec<Put> = (0..count)
                .map(|n| Put {
                    pattern: format!("a:*:{n}").parse().unwrap(),
                    actions: 1,
                    denies: false,
                    conditions: None,
                })
                .chain((0..30).map(|n| Put {
                    pattern: format!("a:{n}:x").parse().unwrap(),
                    actions: 1,
                    denies: false,
                    conditions: None,
                }))
                .collect();
            let grants: Vec<HeldGrant<'_>> = (0..).zip(&puts).map(|(number, put)| held(number, put, &seeds)).collect();
            let mut compiled = Builder::default().compile(1, 0, &[], &grants).unwrap();
            let block = compiled.block();
            let homes = |number: u32| block.find(&grants[number as usize].filing, number).unwrap().1.numbers.count();
            let expected = if count == 6 { usize::from(block.last) + 1 } else { 1 };
            assert!((0..count).all(|number| homes(number) == expected), "{count}");
            assert_eq!(*block.besides & SPREAD != 0, count == 7);
        }
    }
}
