//! The grants of a whole subject in one run of memory: what a check of a prepared subject reads.
//!
//! All that a subject holds in one namespace, from whichever principal, stands here with the literal beginnings of the
//! patterns. Most checks touch the header, three buckets and the record that decides, and nothing else of the world. It
//! is plain words without pointers:
//!
//! ```text
//! header   serial (2 words), namespace, records and wasted words, what there is besides buckets, the last bucket,
//!          the salt of the namespace (2 words)
//! buckets  a word for each: where its first record is, and which heads occur in its chain (one of 16 bits for each)
//! walked   a word for each principal that is not compiled and must be walked
//! records  head, grant and flags, pattern, actions (2 words), next record and form, literal beginning
//! ```
//!
//! A chain leads from each record to one that stands before it, so that it ends.

use std::sync::Arc;

use super::Seeds;
use super::head::{self, Heads, is_wild_service, salt};
use super::line::{ActionMask, Line};
use crate::irn::LazyIrn;
use crate::irn::pattern::PackedForm;
use crate::{Irn, Pattern};

/// The compiled grants of a subject. Cloning shares them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled(Arc<[u32]>);

const HEADER: usize = 8;
const NAMESPACE: usize = 2;
const USE: usize = 3;
const BESIDES: usize = 4;
/// The number of the last bucket, which is a mask, because there is a power of two of them.
const LAST_BUCKET: usize = 5;

/// Words of a record before its text.
const RECORD: usize = 6;
const NEXT: usize = 5;

/// The bit of the word that says what there is besides buckets: patterns with a wild first segment. The upper half says how
/// many principals are walked.
const WILD: u32 = 1;

/// And the bit for names that stand under their own heads, because others crowd that of their type.
const CROWDED: u32 = 2;

/// Names that stand under the head of their type. To compare a few takes less than one more head.
const CROWD: usize = 4;

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
        match self.0.first_chunk::<HEADER>() {
            Some([low, high, ..]) => u64::from(*low) | u64::from(*high) << 32,
            None => 0,
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
        self.word(BESIDES) >> 16 != 0
    }

    /// The principals that are not compiled.
    #[inline]
    pub(crate) fn walked(&self) -> impl Iterator<Item = Walked> {
        let count = (self.word(BESIDES) >> 16) as usize;
        let start = HEADER.wrapping_add(self.word(LAST_BUCKET) as usize).wrapping_add(1);
        let words = self.0.get(start..).and_then(|rest| rest.get(..count)).unwrap_or_default();
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

    /// The literal beginning of a record's pattern, of so many bytes.
    #[inline]
    fn literal(&self, at: usize, length: usize) -> &[u8] {
        let start = at.wrapping_add(RECORD).wrapping_mul(4);
        bytemuck::cast_slice(&self.0).get(start..start.wrapping_add(length)).unwrap_or_default()
    }

    /// Visits the lines that are for the action and whose patterns match the name, but for those of patterns with a wild
    /// first segment, which are few. Where a record does not tell, `matches` is asked for the pattern with this number.
    ///
    /// Answers whether there are such patterns, or principals that are not compiled.
    #[inline(always)]
    pub(crate) fn visit_tame(
        &self,
        name: &LazyIrn<'_>,
        seeds: &Seeds,
        action: Option<usize>,
        matches: impl Fn(u32, &Irn<'_>) -> bool,
        mut visit: impl FnMut(Line),
    ) -> bool {
        let Some(&[_, _, _, _, besides, last_bucket, low, high]) = self.0.first_chunk::<HEADER>() else { return false };
        let salt = u64::from(low) | u64::from(high) << 32;
        let search = Search { name, mask: ActionMask::of(action), last_bucket };
        let [of_type, of_service] = Heads::beginnings(name, salt, seeds.secret());
        self.look(of_type, search, &matches, &mut visit);
        self.look(of_service, search, &matches, &mut visit);
        if besides & CROWDED != 0 {
            self.look(Heads::exact(name, salt, seeds.secret()), search, &matches, &mut visit);
        }
        besides & !CROWDED != 0
    }

    /// Visits the lines of patterns with a wild first segment that [`visit_tame`](Self::visit_tame) leaves out.
    #[inline(never)]
    pub(crate) fn visit_wild(
        &self,
        name: &LazyIrn<'_>,
        seeds: &Seeds,
        action: Option<usize>,
        matches: impl Fn(u32, &Irn<'_>) -> bool,
        mut visit: impl FnMut(Line),
    ) {
        let search = Search { name, mask: ActionMask::of(action), last_bucket: self.word(LAST_BUCKET) };
        if self.word(BESIDES) & WILD != 0 {
            for head in Heads::wild(name, salt(self.namespace()), seeds.secret()) {
                self.look(head, search, &matches, &mut visit);
            }
        }
    }

    /// Visits the hits under one head. A function that is always inlined, and no closure, which would not be.
    #[inline(always)]
    fn look(
        &self,
        head: u32,
        search: Search<'_, '_>,
        matches: &impl Fn(u32, &Irn<'_>) -> bool,
        visit: &mut impl FnMut(Line),
    ) {
        let bucket = self.word(bucket_of(head, search.last_bucket));
        if bucket & occurs(head) == 0 {
            return;
        }
        let mut at = bucket & 0xffff;
        while at != 0 {
            let hit = self.next_hit(at, head, search.name, search.mask);
            if hit == 0 {
                return;
            }
            let Some([_, grant, pattern, low, high, next]) = self.record((hit & 0xffff) as usize).copied() else {
                return;
            };
            if hit & OPEN == 0 || search.name.irn().is_some_and(|irn| matches(pattern, irn)) {
                visit(Line::unpack([grant, pattern, self.namespace(), low, high]));
            }
            at = next & 0xffff;
        }
    }

    /// The place of the next record of a chain that is for the action and under this head, and whose pattern matches the
    /// name; with [`OPEN`], as far as the record tells. 0 if there is none.
    #[inline(never)]
    fn next_hit(&self, mut at: u32, head: u32, name: &LazyIrn<'_>, mask: ActionMask) -> u32 {
        loop {
            let Some([known, grant, _, low, high, next]) = self.record(at as usize) else { return 0 };
            if *known == head && mask.has([*grant, *low, *high]) {
                let form = PackedForm((next >> 16) as u16);
                let literal = self.literal(at as usize, form.literal());
                if form.is_exact() {
                    if *name.bytes() == *literal {
                        return at;
                    }
                } else if name.bytes().starts_with(literal) {
                    match matches_beyond(form, literal, name) {
                        Some(true) => return at,
                        Some(false) => {}
                        None => return at | OPEN,
                    }
                }
            }
            at = next & 0xffff;
            if at == 0 {
                return 0;
            }
        }
    }

    /// A copy to be changed.
    pub(crate) fn edit(&self) -> Builder {
        let mut words = Vec::with_capacity(self.0.len().saturating_add(64));
        words.extend_from_slice(&self.0);
        Builder { words }
    }
}

/// What a check looks for.
#[derive(Clone, Copy)]
struct Search<'s, 'a> {
    name: &'s LazyIrn<'a>,
    mask: ActionMask,
    last_bucket: u32,
}

/// Whether a pattern with wildcards, whose literal beginning the name has, matches it. Apart, because it takes many
/// registers.
#[inline(never)]
fn matches_beyond(form: PackedForm, literal: &[u8], name: &LazyIrn<'_>) -> Option<bool> {
    form.unpack().matches_lazily(literal, name)
}

/// The pattern of a record must still be asked whether it matches.
const OPEN: u32 = 1 << 31;

/// The place of a head's bucket.
#[inline]
const fn bucket_of(head: u32, last_bucket: u32) -> usize {
    HEADER.wrapping_add(((head >> 1) & last_bucket) as usize)
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
        let last_bucket = u32::try_from(buckets).ok()?.checked_sub(1)?;
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of numbers")]
        {
            let salt = salt(namespace);
            words.extend([serial as u32, (serial >> 32) as u32, namespace, 0, walked_count << 16, last_bucket]);
            words.extend([salt as u32, (salt >> 32) as u32]);
        }
        words.resize(words.len().saturating_add(buckets), 0);
        words.extend(walked.iter().map(|it| if it.with_above { it.principal | WITH_ABOVE } else { it.principal }));
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
        HEADER..HEADER.wrapping_add(self.word(LAST_BUCKET) as usize).wrapping_add(1)
    }

    fn bucket_at(&self, head: u32) -> usize {
        bucket_of(head, self.word(LAST_BUCKET))
    }

    /// Under which head a record is filed.
    fn filed_under(&mut self, head: u32, of_type: u32) -> u32 {
        let mut at = self.word(self.bucket_at(of_type)) & 0xffff;
        let mut crowd = 0_usize;
        while at != 0 {
            let at_word = at as usize;
            crowd = crowd.wrapping_add(usize::from(self.word(at_word) == of_type));
            at = self.word(at_word.wrapping_add(NEXT)) & 0xffff;
        }
        if crowd < CROWD {
            return of_type;
        }
        self.set(BESIDES, self.word(BESIDES) | CROWDED);
        head
    }

    /// Adds the record of a pattern with this head; `None` if there is no room.
    pub(crate) fn add(&mut self, seeds: &Seeds, head: u32, line: Line, pattern: &Pattern) -> Option<()> {
        let head = if pattern.is_exact() {
            self.filed_under(head, head::of_type(pattern, line.namespace, seeds.secret()))
        } else {
            head
        };
        let at = u16::try_from(self.words.len()).ok()?;
        let literal = pattern.literal();
        let end = self.words.len().saturating_add(Self::words_of(pattern));
        if end > WORDS || self.records() >= RECORDS {
            return None;
        }
        let place = self.bucket_at(head);
        let bucket = self.word(place);
        let [grant, number, _, low, high] = line.pack();
        let next = bucket & 0xffff | u32::from(PackedForm::of(pattern.form()).0) << 16;
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
            self.set(BESIDES, self.word(BESIDES) | WILD);
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
                    let words = RECORD.wrapping_add(PackedForm((next >> 16) as u16).literal().div_ceil(4));
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
