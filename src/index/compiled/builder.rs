//! Making and changing what is compiled: the writer's side.

use super::super::Seeds;
use super::super::head::is_wild_service;
use super::super::line::{Flagged, Line, brief};
use super::super::secret::Secret;
use super::bucket::Bucket;
use super::{
    CONDITIONS, CROWDED, Compiled, RECORD, SPREAD, WALKED, WILD, WITH_ABOVE, Walked, bucket_of, of_any, record, tag,
    tag_of_name, walked_of,
};
use crate::Pattern;
use crate::irn::Segment;
use crate::irn::pattern::PackedForm;

/// Words at most: records are found by 16 bits.
const WORDS: usize = 1 << 16;

/// Records at most: more are quicker found in a table, and slower copied.
const RECORDS: usize = 4_096;

/// Principals that are walked, at most.
const MOST_WALKED: usize = 1 << 12;

/// Names under one tag. To compare a few takes less than one more hash.
const CROWD: usize = 4;

/// Compiled subjects are made and changed here, one after the other: what is as large as they are is slow to allocate.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    serial: u64,
    namespace: u32,
    last: u16,
    besides: u16,
    /// How many patterns more may stand in every bucket.
    everywhere: usize,
    buckets: Vec<Bucket>,
    records: Vec<u32>,
}

/// A grant that a subject holds: what a record is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeldGrant<'a> {
    pub(crate) head: u32,
    pub(crate) line: Line,
    pub(crate) pattern: &'a Pattern,
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

/// Patterns that know a service and no type and stand in every bucket, at most.
const EVERYWHERE: usize = 6;

/// Whether no more than the service of what a pattern matches is known at first sight.
fn is_known_by_service(pattern: &Pattern) -> bool {
    let mut segments = pattern.segments();
    let is_literal = |segment: Option<Segment<'_>>| matches!(segment, Some(Segment::Literal(_)));
    is_literal(segments.next()) && !is_literal(segments.next())
}

/// Records for each bucket, so that most have room for some to come.
const PER_BUCKET: usize = 5;

/// Where an entry belongs.
#[derive(Clone, Copy)]
struct Filed {
    hash: u64,
    tag: u16,
    /// In every bucket, if there is room; else in the one that the hash tells.
    everywhere: bool,
}

impl Filed {
    const fn by(hash: u64) -> Self {
        Self { hash, tag: tag(hash), everywhere: false }
    }
}

impl Builder {
    /// Begins with no records, and buckets for those of these grants. `None` if the walked principals are too many.
    pub(crate) fn begin(
        &mut self,
        serial: u64,
        namespace: u32,
        walked: &[Walked],
        held: &[HeldGrant<'_>],
    ) -> Option<()> {
        if walked.len() > MOST_WALKED || walked.iter().any(|walked| walked.principal & WITH_ABOVE != 0) {
            return None;
        }
        let buckets = held.len().clamp(1, RECORDS).div_ceil(PER_BUCKET).next_power_of_two();
        (self.serial, self.namespace) = (serial, namespace);
        // Where not all of them can stand everywhere, a check has to look elsewhere in any case, and none need take up room.
        let by_service = held.iter().filter(|held| is_known_by_service(held.pattern)).take(EVERYWHERE + 1).count();
        self.everywhere = if by_service > EVERYWHERE { 0 } else { EVERYWHERE };
        self.besides = if walked.is_empty() { 0 } else { WALKED };
        self.last = u16::try_from(buckets.wrapping_sub(1)).ok()?;
        self.buckets.clear();
        self.buckets.resize(buckets, Bucket::default());
        self.records.clear();
        self.records.extend([0, u32::try_from(walked.len()).ok()?]);
        self.records
            .extend(walked.iter().map(|it| if it.with_above { it.principal | WITH_ABOVE } else { it.principal }));
        Some(())
    }

    /// Begins with a copy of what is compiled.
    pub(crate) fn begin_with(&mut self, compiled: &Compiled) {
        let Compiled { serial, namespace, last, besides, ref buckets, ref records } = *compiled;
        (self.serial, self.namespace, self.last, self.besides) = (serial, namespace, last, besides);
        // Those that stand everywhere already are not counted again: there may be as many more.
        self.everywhere = if besides & SPREAD == 0 { EVERYWHERE } else { 0 };
        self.buckets.clear();
        self.buckets.extend_from_slice(buckets);
        self.records.clear();
        self.records.extend_from_slice(records);
    }

    /// Whether so many records of so many words may begin: then there is room for as many to come.
    pub(crate) const fn fits(records: usize, words: usize) -> bool {
        records <= RECORDS / 2 && words <= WORDS / 2
    }

    /// How many records there are.
    fn count(&self) -> usize {
        self.records.first().map_or(0, |count| *count as usize)
    }

    fn set(&mut self, at: usize, word: u32) {
        if let Some(slot) = self.records.get_mut(at) {
            *slot = word;
        }
    }

    /// Words of records that are there no longer.
    fn wasted(&self) -> usize {
        self.records.get(1).map_or(0, |word| (word >> 16) as usize)
    }

    /// Adds the record of a grant; `None` if there is no room.
    pub(crate) fn add(&mut self, seeds: &Seeds, held: HeldGrant<'_>) -> Option<()> {
        let HeldGrant { head, line, pattern, .. } = held;
        let text = pattern.bytes();
        let place = u16::try_from(self.records.len()).ok()?;
        let end = self.records.len().saturating_add(held.words());
        if end > WORDS || self.count() >= RECORDS {
            return None;
        }
        let [grant, number, _, low, high] = line.pack();
        let form = u32::from(PackedForm::of(pattern.form()).0) | u32::try_from(text.len()).ok()? << 16;
        let filed = self.filed(pattern, seeds.secret());
        self.file(filed, place, brief(line.actions))?;
        if is_wild_service(head) {
            self.besides |= WILD;
        }
        self.records.extend([grant, number, low, high, form]);
        self.put(text);
        if let Some(conditions) = held.conditions() {
            self.records.push(u32::try_from(conditions.len()).ok()?);
            self.put(conditions);
        }
        let count = u32::try_from(self.count()).ok()?;
        self.set(0, count.wrapping_add(1));
        Some(())
    }

    /// Adds bytes, and as many as fill the last word.
    fn put(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<4>();
        self.records.extend(words.iter().map(|word| u32::from_ne_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 4];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.records.push(u32::from_ne_bytes(word));
        }
    }

    /// Where a pattern belongs.
    fn filed(&mut self, pattern: &Pattern, secret: Secret) -> Filed {
        let text = pattern.bytes();
        let mut segments = pattern.segments();
        match (segments.next(), segments.next()) {
            (Some(Segment::Literal(service)), Some(Segment::Literal(kind))) => {
                let end = service.len().saturating_add(1).saturating_add(kind.len());
                let hash = secret.beginning(text, end);
                if !pattern.is_exact() {
                    return Filed::by(hash);
                }
                let tag = tag_of_name(hash, text);
                if self.under(hash, tag) < CROWD {
                    return Filed { tag, ..Filed::by(hash) };
                }
                self.besides |= CROWDED;
                Filed::by(secret.text(text))
            }
            (Some(Segment::Literal(service)), _) => {
                let everywhere = self.everywhere > 0;
                self.everywhere = self.everywhere.saturating_sub(1);
                self.besides |= if everywhere { 0 } else { SPREAD };
                Filed { everywhere, ..Filed::by(secret.beginning(text, service.len())) }
            }
            (_, Some(Segment::Literal(kind))) => Filed::by(secret.text(kind)),
            _ => Filed::by(of_any(secret)),
        }
    }

    /// How many entries in the chain of a hash have this tag.
    fn under(&self, hash: u64, tag: u16) -> usize {
        let (mut number, mut count) = (bucket_of(hash, self.last), 0_usize);
        while let Some(bucket) = self.buckets.get(number) {
            count = count.saturating_add(bucket.count(tag));
            if bucket.next() <= number {
                break;
            }
            number = bucket.next();
        }
        count
    }

    /// Puts an entry where it belongs.
    fn file(&mut self, Filed { hash, tag, everywhere }: Filed, place: u16, actions: u8) -> Option<()> {
        let own = bucket_of(hash, self.last);
        let mut numbers = if everywhere { 0..=usize::from(self.last) } else { own..=own };
        numbers.try_for_each(|number| self.file_in(number, tag, place, actions))
    }

    /// Puts an entry into a bucket or what it goes on in.
    fn file_in(&mut self, mut number: usize, tag: u16, place: u16, actions: u8) -> Option<()> {
        loop {
            let end = u16::try_from(self.buckets.len()).ok()?;
            let bucket = self.buckets.get_mut(number)?;
            if bucket.add(tag, place, actions) {
                return Some(());
            }
            number = bucket.next();
            if number == 0 {
                bucket.set_next(end);
                self.buckets.push(Bucket::default());
                number = end.into();
            }
        }
    }

    /// Removes the record of a grant, if it is there.
    pub(crate) fn remove(&mut self, grant: u32) {
        let records = &self.records;
        let is_of_grant =
            |place| record(records, place).is_some_and(|record| Flagged::unpack(record.grant).grant() == grant);
        let mut removed = None;
        for bucket in &mut self.buckets {
            // What stands in every bucket stands once in each.
            removed = bucket.remove(is_of_grant).or(removed);
        }
        let Some(place) = removed else { return };
        let words = self.wasted().saturating_add(record(&self.records, place).map_or(0, |record| record.len()));
        let wasted = u32::try_from(words).unwrap_or(u32::MAX).min(0xffff) << 16;
        let walked = u32::try_from(walked_of(&self.records)).unwrap_or_default();
        let count = u32::try_from(self.count()).unwrap_or_default();
        self.set(0, count.saturating_sub(1));
        self.set(1, wasted | walked);
    }

    /// Whether so much has come and gone that it had better be made anew.
    pub(crate) fn is_worn(&self) -> bool {
        let found_by_hash = usize::from(self.last).wrapping_add(1);
        self.buckets.len() > found_by_hash.saturating_mul(2) || self.wasted() > self.records.len() / 2
    }

    /// What was made.
    pub(crate) fn finish(&self) -> Compiled {
        let Self { serial, namespace, last, besides, .. } = *self;
        let (buckets, records) = (self.buckets.as_slice().into(), self.records.as_slice().into());
        Compiled { serial, namespace, last, besides, buckets, records }
    }
}
