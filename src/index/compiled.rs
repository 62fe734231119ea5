//! The grants of a whole subject in one run of memory: what a check of a prepared subject reads.
//!
//! All that a subject holds in one namespace, from whichever principal, stands here with the literal beginnings of the
//! patterns. Most checks touch the header, three buckets and the record that decides, and nothing else of the world. It
//! is plain words without pointers:
//!
//! ```text
//! header   serial (2 words), namespace, records and wasted words, sizes
//! walked   a word for each principal that is not compiled and must be walked
//! buckets  a word for each: where its first record is, and which heads occur in its chain (one of 16 bits for each)
//! records  head, grant and flags, pattern, actions (2 words), next record and form, literal beginning
//! ```
//!
//! A chain leads from each record to one that stands before it, so that it ends.

use std::sync::Arc;

use super::Seeds;
use super::head::{Heads, is_wild_service};
use super::line::Line;
use crate::irn::pattern::Form;
use crate::{Irn, Pattern};

/// The compiled grants of a subject. Cloning shares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled(Arc<[u32]>);

const HEADER: usize = 5;
const NAMESPACE: usize = 2;
const USE: usize = 3;
const SIZES: usize = 4;

/// Words of a record before its text.
const RECORD: usize = 6;
const NEXT: usize = 5;

/// The bit of the sizes that says that patterns with a wild first segment occur.
const WILD: u32 = 1 << 8;

/// Words at most: records are found by 16 bits.
const WORDS: usize = 1 << 16;

/// Records at most: more are quicker found in a table, and slower copied.
const RECORDS: usize = 4_096;

/// A principal that is walked at each check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    pub(crate) principal: u32,
    /// Together with all above it.
    pub(crate) with_above: bool,
}

const WITH_ABOVE: u32 = 1 << 31;

/// Principals that are walked, at most.
const WALKED: usize = 1 << 12;

impl Compiled {
    /// The number that no other compiled subject of this process has.
    #[inline]
    pub(crate) fn serial(&self) -> u64 {
        match *self.0 {
            [low, high, ..] => u64::from(low) | u64::from(high) << 32,
            _ => 0,
        }
    }

    /// The namespace that it is for.
    #[inline]
    pub(crate) fn namespace(&self) -> u32 {
        self.word(NAMESPACE)
    }

    /// Whether there are principals that are not compiled.
    #[inline]
    pub(crate) fn has_walked(&self) -> bool {
        self.word(SIZES) >> 16 != 0
    }

    /// The principals that are not compiled.
    #[inline]
    pub(crate) fn walked(&self) -> impl Iterator<Item = Walked> {
        let count = (self.word(SIZES) >> 16) as usize;
        let words = self.0.get(HEADER..).and_then(|rest| rest.get(..count)).unwrap_or_default();
        words.iter().map(|word| Walked { principal: word & !WITH_ABOVE, with_above: word & WITH_ABOVE != 0 })
    }

    #[inline]
    fn word(&self, at: usize) -> u32 {
        self.0.get(at).copied().unwrap_or_default()
    }

    #[inline]
    fn record(&self, at: usize) -> Option<&[u32; RECORD]> {
        self.0.get(at..)?.first_chunk()
    }

    /// The literal beginning of a record's pattern.
    #[inline]
    fn literal(&self, at: usize, form: Form) -> &[u8] {
        let bytes = bytemuck::cast_slice(self.0.get(at.wrapping_add(RECORD)..).unwrap_or_default());
        bytes.get(..form.literal()).unwrap_or_default()
    }

    /// Visits the lines that are `wanted` and whose patterns match the name. Where the literal beginning does not tell,
    /// `matches` is asked for the pattern with this number.
    #[inline(always)]
    pub(crate) fn visit(
        &self,
        irn: &Irn<'_>,
        seeds: &Seeds,
        wanted: impl Fn(Line) -> bool,
        matches: impl Fn(u32) -> bool,
        mut visit: impl FnMut(Line),
    ) {
        let Some((&[_, _, namespace, _, sizes], rest)) = self.0.split_first_chunk::<HEADER>() else { return };
        let Some(buckets) = rest.get((sizes >> 16) as usize..) else { return };
        let first = |head| {
            let bucket = buckets.get(bucket_of(head, sizes)).copied().unwrap_or_default();
            if bucket & occurs(head) == 0 { 0 } else { bucket & 0xffff }
        };
        let mut follow = |head, mut at| {
            while at != 0 {
                let Some([known, grant, pattern, low, high, next]) = self.record(at as usize).copied() else { return };
                if known == head {
                    let line = Line::unpack([grant, pattern, namespace, low, high]);
                    let form = Form::unpack((next >> 16) as u16);
                    let literal = || self.literal(at as usize, form);
                    if wanted(line) && form.matches(literal(), irn).unwrap_or_else(|| matches(pattern)) {
                        visit(line);
                    }
                }
                at = next & 0xffff;
            }
        };
        // Where a chain begins is looked up before any is followed: the lookups do not wait for each other.
        let [a, b, c] = Heads::tame(irn, namespace, seeds.secret());
        let mut chains = [(a, first(a)), (b, first(b)), (c, first(c))];
        loop {
            for (head, at) in chains {
                if at != 0 {
                    follow(head, at);
                }
            }
            if sizes & WILD == 0 || chains.first().is_some_and(|(head, _)| is_wild_service(*head)) {
                return;
            }
            let [a, b] = Heads::wild(irn, namespace, seeds.secret());
            chains = [(a, first(a)), (b, first(b)), (b, 0)];
        }
    }

    /// A copy to be changed.
    pub(crate) fn edit(&self) -> Builder {
        let mut words = Vec::with_capacity(self.0.len().saturating_add(64));
        words.extend_from_slice(&self.0);
        Builder { words }
    }
}

/// The place of a head's bucket among the buckets.
#[inline]
const fn bucket_of(head: u32, sizes: u32) -> usize {
    ((head >> 1) & (1_u32 << (sizes & 31)).wrapping_sub(1)) as usize
}

/// The bit of a bucket that says that the head may occur in its chain.
#[inline]
const fn occurs(head: u32) -> u32 {
    1 << (head >> 28) << 16
}

/// A compiled subject that is being made or changed.
#[derive(Debug)]
pub(crate) struct Builder {
    words: Vec<u32>,
}

impl Builder {
    /// Begins with no records and room for so many. `None` if the walked principals or records are too many.
    pub(crate) fn new(serial: u64, namespace: u32, walked: &[Walked], records: usize) -> Option<Self> {
        let buckets = records.clamp(4, RECORDS).next_power_of_two();
        if walked.len() > WALKED || walked.iter().any(|walked| walked.principal & WITH_ABOVE != 0) {
            return None;
        }
        let walked_count = u32::try_from(walked.len()).ok()?;
        let mut words =
            Vec::with_capacity(HEADER.wrapping_add(walked.len()).saturating_add(buckets.saturating_mul(16)));
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        words.extend([serial as u32, (serial >> 32) as u32, namespace, 0, buckets.ilog2() | walked_count << 16]);
        words.extend(walked.iter().map(|it| if it.with_above { it.principal | WITH_ABOVE } else { it.principal }));
        words.resize(words.len().saturating_add(buckets), 0);
        Some(Self { words })
    }

    /// Words that the record of a pattern takes.
    pub(crate) fn words_of(pattern: &Pattern) -> usize {
        RECORD.wrapping_add(pattern.literal().len().div_ceil(4))
    }

    /// Whether so many records of so many words may begin: then there is room for as many to come.
    pub(crate) const fn fits(records: usize, words: usize) -> bool {
        records <= RECORDS / 2 && words <= WORDS / 2
    }

    fn word(&self, at: usize) -> u32 {
        self.words.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: usize, word: u32) {
        if let Some(slot) = self.words.get_mut(at) {
            *slot = word;
        }
    }

    fn records(&self) -> usize {
        (self.word(USE) & 0xffff) as usize
    }

    fn buckets(&self) -> std::ops::Range<usize> {
        let sizes = self.word(SIZES);
        let start = HEADER.wrapping_add((sizes >> 16) as usize);
        start..start.wrapping_add(1_usize << (sizes & 31))
    }

    fn bucket_at(&self, head: u32) -> usize {
        self.buckets().start.wrapping_add(bucket_of(head, self.word(SIZES)))
    }

    /// Adds a record; `None` if there is no room.
    pub(crate) fn add(&mut self, head: u32, line: Line, pattern: &Pattern) -> Option<()> {
        let at = u16::try_from(self.words.len()).ok()?;
        let literal = pattern.literal();
        let end = self.words.len().saturating_add(Self::words_of(pattern));
        if end > WORDS || self.records() >= RECORDS {
            return None;
        }
        let place = self.bucket_at(head);
        let bucket = self.word(place);
        let [grant, number, _, low, high] = line.pack();
        let next = bucket & 0xffff | u32::from(pattern.form().pack()) << 16;
        self.words.extend([head, grant, number, low, high, next]);
        let (words, rest) = literal.as_chunks::<4>();
        self.words.extend(words.iter().map(|word| u32::from_ne_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 4];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.words.push(u32::from_ne_bytes(word));
        }
        self.set(place, bucket & 0xffff_0000 | occurs(head) | u32::from(at));
        self.set(USE, self.word(USE).wrapping_add(1));
        if is_wild_service(head) {
            self.set(SIZES, self.word(SIZES) | WILD);
        }
        Some(())
    }

    /// Removes the record of a grant, if it is there.
    pub(crate) fn remove(&mut self, grant: u32) {
        for bucket in self.buckets() {
            // What leads to a record is either its bucket or the record before it.
            let mut from = bucket;
            loop {
                let at = (self.word(from) & 0xffff) as usize;
                if at == 0 {
                    break;
                }
                let link = at.wrapping_add(NEXT);
                let next = self.word(link);
                if Line::grant_of(self.word(at.wrapping_add(1))) == grant {
                    self.set(from, self.word(from) & 0xffff_0000 | next & 0xffff);
                    let words = RECORD.wrapping_add(Form::unpack((next >> 16) as u16).literal().div_ceil(4));
                    let wasted = u32::try_from(words).unwrap_or_default() << 16;
                    self.set(USE, self.word(USE).wrapping_sub(1).saturating_add(wasted));
                    return;
                }
                from = link;
            }
        }
    }

    /// Whether so much has come and gone that it had better be made anew.
    pub(crate) fn is_worn(&self) -> bool {
        let wasted = (self.word(USE) >> 16) as usize;
        self.records() > self.buckets().len().saturating_mul(2) || wasted > self.words.len() / 2
    }

    pub(crate) fn finish(self) -> Compiled {
        Compiled(self.words.into())
    }
}
