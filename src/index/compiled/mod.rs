//! The grants of a whole subject in two runs of memory: what a check of a prepared subject reads.
//!
//! All that a subject holds in one namespace, from whichever principal, stands here with the texts of the patterns. It is
//! found by the hash of the name's first two segments, so that most checks read one [bucket](bucket) and, of those that are not
//! denied by it, the record that decides:
//!
//! ```text
//! buckets  by the hash of what a pattern knows of service and type; then those that full ones go on in
//! records  how many records there are; how many principals are walked, and wasted words; where the room behind the last record
//!          begins; how many patterns more may stand in every bucket, and how many buckets chains have
//!          a word for each principal that is not compiled and must be walked
//!          for each grant: grant and flags, actions (2 words), form and length, text; and if it has conditions, how long
//!          they are, and they
//! ```
//!
//! An entry's tag tells apart what one bucket holds. A name's is made of the type's hash and of how the name ends. Patterns that
//! know a service and no type are few and stand in every bucket. A tag only proposes; the bytes of the record decide.

mod block;
mod bucket;
mod builder;
mod filing;

use std::hint::black_box;
use std::sync::Arc;

use super::Seeds;
use super::key::GOLDEN;
use super::line::{ActionMask, Flagged, brief_of_bit};
use super::secret::Secret;
use crate::bytes::is_same;
use crate::irn::{Form, Glance, LazyIrn, PatternRef};
use block::Block;
pub(crate) use block::HeldGrant;
use bucket::Bucket;
pub(crate) use builder::Builder;
pub(crate) use filing::Filing;

/// The compiled grants of a subject. Cloning shares them until one of both is changed.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    serial: u64,
    namespace: u32,
    /// The number of the last bucket that is found by a hash: a mask, because there is a power of two of them.
    last: u16,
    besides: u16,
    /// None where nothing is compiled, because all is found in tables.
    buckets: Arc<[Bucket]>,
    records: Arc<[u32]>,
}

/// What `besides` tells: there are patterns with a wild first segment.
const WILD: u16 = 1;
/// There are names filed by all of their text, because their bucket was full or others crowd their tag.
const CROWDED: u16 = 1 << 1;
/// There are so many patterns without a type that only the first stand in every bucket.
const SPREAD: u16 = 1 << 2;
/// There are principals that are not compiled.
const WALKED: u16 = 1 << 3;
/// There are patterns filed by how they begin or end, because their bucket was full or others crowd their tag.
const EDGED: u16 = 1 << 4;

/// Words of a record before its text.
const RECORD: usize = 4;

/// Bytes of conditions that are held, at most; of longer ones a record says no more than that there are some.
const CONDITIONS: usize = 256;

/// Patterns that are compared with a name one after the other, from which on it may be better not to compile them.
pub(crate) const MANY_ALIKE: usize = 16;

/// Words from which on it takes long to copy them.
const LARGE: usize = 2_048;

/// Words before the walked principals.
const HEADER: usize = 4;

/// Which of them say how many records there are,
const COUNT: usize = 0;
/// how many principals are walked, and how many words of records are there no longer,
const WASTED: usize = 1;
/// where the room behind the last record begins,
const END: usize = 2;
/// how many patterns more may stand in every bucket, and how many buckets are what full ones go on in.
const CHAINED: usize = 3;

/// A principal that is walked at each check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    pub(crate) principal: u32,
    /// Together with all above it.
    pub(crate) with_above: bool,
}

const WITH_ABOVE: u32 = 1 << 31;

/// What may be for the action and match the name, as far as one bucket tells: a bit for each of its entries, and one for each kind of
/// what else there may be.
#[derive(Clone, Copy)]
pub(crate) struct Proposal {
    entries: u32,
    bucket: u32,
}

/// Besides these entries there may be others in other buckets.
const ELSEWHERE: u32 = 1 << 31;
/// There are principals that are not compiled.
const UNCOMPILED: u32 = 1 << 30;
const MORE: u32 = ELSEWHERE | UNCOMPILED;

impl Proposal {
    /// Whether nothing can match.
    #[inline(always)]
    pub(crate) const fn is_empty(self) -> bool {
        self.entries == 0
    }

    /// Whether the entries are not all.
    #[inline(always)]
    pub(crate) const fn has_more(self) -> bool {
        self.entries & MORE != 0
    }

    /// Whether [`Compiled::visit_more`] may have others.
    #[inline]
    pub(crate) const fn is_continued(self) -> bool {
        self.entries & ELSEWHERE != 0
    }

    /// Whether [`Compiled::walked`] has principals that may have others.
    #[inline]
    pub(crate) const fn has_walked(self) -> bool {
        self.entries & UNCOMPILED != 0
    }
}

/// The place of a record.
#[derive(Clone, Copy)]
pub(crate) struct Place(u16);

/// What somebody wants to know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seeking {
    /// Whatever applies.
    All,
    /// What denies: something allows, and that something else does is no news.
    Denies,
}

impl Seeking {
    /// Whether what denies, or does not, is sought.
    #[inline]
    pub(crate) const fn is_for(self, denies: bool) -> bool {
        denies || matches!(self, Self::All)
    }
}

impl Compiled {
    /// The number that no other compiled subject of this process has.
    #[inline(always)]
    pub(crate) const fn serial(&self) -> u64 {
        self.serial
    }

    /// The namespace that it is for.
    #[inline]
    pub(crate) const fn namespace(&self) -> u32 {
        self.namespace
    }

    /// Brings the grant with this number, which is filed so, in step with what is held of it now. In place, if nobody shares what is
    /// compiled here and there is room. `None` if it had better be compiled anew.
    pub(crate) fn set(&mut self, filing: &Filing, grant: u32, held: Option<&HeldGrant<'_>>) -> Option<()> {
        let alike = self.block().alike(filing);
        if self.block().set(filing, grant, held).is_err() {
            *self = Builder::set(self, filing, grant, held)?;
        }
        let block = self.block();
        if block.is_worn() || has_doubled(alike, block.alike(filing)) { None } else { Some(()) }
    }

    /// The same for the other copy of a world: what takes long to copy is copied now, so that a change need not do it.
    pub(crate) fn for_other_copy(&self) -> Self {
        if self.records.len() < LARGE {
            return self.clone();
        }
        Self { buckets: self.buckets.to_vec().into(), records: self.records.to_vec().into(), ..*self }
    }

    /// Touches what [`set`](Self::set) looks at first.
    pub(crate) fn touch(&self, filing: &Filing) {
        black_box(self.buckets.get(self.bucket_of(filing.hash)).map(Bucket::next));
        black_box((Arc::strong_count(&self.buckets), Arc::strong_count(&self.records)));
    }

    /// Touches the record of a grant that is filed so.
    pub(crate) fn touch_record(&self, filing: &Filing) {
        let bucket = self.buckets.get(self.bucket_of(filing.hash));
        black_box(bucket.and_then(|bucket| bucket.find(filing.tag, |place| word(&self.records, place.into()) != 0)));
    }

    fn block(&mut self) -> Block<'_> {
        let Self { last, besides, buckets, records, .. } = self;
        Block { last: *last, besides, buckets: Arc::make_mut(buckets), records: Arc::make_mut(records) }
    }

    /// The principals that are not compiled.
    #[inline]
    pub(crate) fn walked(&self) -> impl Iterator<Item = Walked> {
        let words = self.records.get(HEADER..).and_then(|words| words.get(..word(&self.records, WASTED) & 0xffff));
        let words = words.unwrap_or_default().iter();
        words.map(|word| Walked { principal: word & !WITH_ABOVE, with_above: word & WITH_ABOVE != 0 })
    }

    /// What may be for the action and match the name that begins with these two segments. One bucket is read, and no record.
    #[inline(always)]
    pub(crate) fn propose(&self, glance: Glance<'_>, seeds: &Seeds, action: Option<usize>) -> Proposal {
        let [kind, service] = seeds.secret().beginnings(glance.bytes(), glance.second_first());
        let number = self.bucket_of(kind);
        let Some(bucket) = self.buckets.get(number) else {
            // To ask first whether there are any took a fifth longer where there are.
            let elsewhere = if self.buckets.is_empty() { 0 } else { ELSEWHERE };
            return Proposal { entries: elsewhere | self.uncompiled(), bucket: 0 };
        };
        let tags = [tag(kind), tag_of_name(kind, glance.bytes()), tag(service)];
        let more = if self.besides == 0 && bucket.next() == 0 { 0 } else { self.more_than(bucket) };
        #[expect(clippy::cast_possible_truncation, reason = "there are at most 65,536 buckets")]
        Proposal { entries: bucket.propose(tags, brief_of_bit(action)) | more, bucket: number as u32 }
    }

    /// What else there may be, besides the entries of a bucket.
    fn more_than(&self, bucket: &Bucket) -> u32 {
        let elsewhere = if self.besides & !WALKED == 0 && bucket.next() == 0 { 0 } else { ELSEWHERE };
        elsewhere | self.uncompiled()
    }

    const fn uncompiled(&self) -> u32 {
        if self.besides & WALKED == 0 { 0 } else { UNCOMPILED }
    }

    /// Takes the first of the proposed entries.
    #[inline(always)]
    pub(crate) fn take(&self, proposal: &mut Proposal) -> Option<Place> {
        let entries = proposal.entries & !MORE;
        if entries == 0 {
            return None;
        }
        proposal.entries &= proposal.entries.wrapping_sub(1);
        Some(Place(self.buckets.get(proposal.bucket as usize)?.place(entries.trailing_zeros() as usize)))
    }

    /// The grant at a place, if it is for the action and its pattern matches the name.
    #[inline(always)]
    pub(crate) fn confirm(&self, Place(place): Place, name: &LazyIrn<'_>, mask: ActionMask) -> Option<Flagged> {
        let record = record(&self.records, place)?;
        if !mask.has([record.grant, record.low, record.high]) {
            return None;
        }
        let is_hit = if record.form.is_exact() {
            is_same(record.text, name.bytes())
        } else {
            PatternRef::new(record.form, record.text).matches_lazily(name)
        };
        is_hit.then_some(Flagged::unpack(record.grant))
    }

    /// The conditional grant at a place and its conditions, none of which are given if they are too long to be held.
    pub(crate) fn conditional(&self, Place(place): Place) -> Option<(Flagged, &[u8])> {
        let record = record(&self.records, place)?;
        Some((Flagged::unpack(record.grant), record.conditions().unwrap_or_default()))
    }

    /// Visits the grants that are for the action and whose patterns match the name, and that stand in other buckets than the one that
    /// was proposed from: where that one is full; of patterns with a wild first segment; and what is filed otherwise because
    /// there are many of its kind. From when `visit` says so, only those that deny.
    #[inline(never)]
    pub(crate) fn visit_more(
        &self,
        name: &LazyIrn<'_>,
        seeds: &Seeds,
        action: Option<usize>,
        mut seeking: Seeking,
        mut visit: impl FnMut(Flagged, Place) -> Seeking,
    ) {
        let (secret, bytes) = (seeds.secret(), name.bytes());
        let [second, first] = name.glanced().second_first();
        let [kind, service] = secret.beginnings(bytes, [second, first]);
        let edges = |hash| Edge::hashes(hash, bytes, second, secret);
        let mut follow = |number: usize, tags: [u16; 3]| {
            self.follow(number, tags, action, &mut seeking, |place| {
                let grant = self.confirm(place, name, ActionMask::of(action))?;
                Some(visit(grant, place))
            });
        };
        let full = self.buckets.get(self.bucket_of(kind)).map_or(0, Bucket::next);
        if full != 0 {
            follow(full, [tag(kind), tag_of_name(kind, bytes), tag(service)]);
        }
        let mut follow_all = |hash| follow(self.bucket_of(hash), [tag(hash); 3]);
        if self.besides & EDGED != 0 {
            edges(kind).into_iter().for_each(&mut follow_all);
        }
        if self.besides & SPREAD != 0 {
            follow_all(service);
        }
        if self.besides & CROWDED != 0 {
            follow_all(secret.text(bytes));
        }
        if self.besides & WILD != 0 {
            for hash in [secret.text(name.second()), of_any(secret)] {
                let [begin, end] = edges(hash);
                follow(self.bucket_of(hash), [tag(hash), tag(begin), tag(end)]);
            }
        }
    }

    /// Visits what a chain of buckets proposes of what is sought, which `visit` may change.
    fn follow(
        &self,
        mut number: usize,
        tags: [u16; 3],
        action: Option<usize>,
        seeking: &mut Seeking,
        mut visit: impl FnMut(Place) -> Option<Seeking>,
    ) {
        while let Some(bucket) = self.buckets.get(number) {
            let mut entries = bucket.propose(tags, brief_of_bit(action));
            loop {
                if *seeking == Seeking::Denies {
                    entries &= bucket.denies();
                }
                if entries == 0 {
                    break;
                }
                *seeking = visit(Place(bucket.place(entries.trailing_zeros() as usize))).unwrap_or(*seeking);
                entries &= entries.wrapping_sub(1);
            }
            // A chain leads only to buckets that were added later, so that it ends.
            if bucket.next() <= number {
                return;
            }
            number = bucket.next();
        }
    }

    /// The number of the bucket in which what has this hash is found.
    #[inline(always)]
    fn bucket_of(&self, hash: u64) -> usize {
        bucket_of(hash, self.last)
    }
}

/// Whether so many patterns are alike now, and were not before, that their principals had better be looked at again.
const fn has_doubled(before: usize, now: usize) -> bool {
    now > before && now >= MANY_ALIKE && now.is_power_of_two()
}

/// What is known of one grant.
struct Record<'c> {
    /// With its flags.
    grant: u32,
    /// The two halves of the actions.
    low: u32,
    high: u32,
    form: Form,
    /// The pattern.
    text: &'c [u8],
    /// Words from the text on.
    rest: &'c [u32],
}

impl<'c> Record<'c> {
    /// How long the conditions are, and the words from there on.
    fn attached(&self) -> Option<(usize, &'c [u32])> {
        let (length, words) = self.rest.get(self.text.len().div_ceil(4)..)?.split_first()?;
        Some((*length as usize, words))
    }

    fn conditions(&self) -> Option<&'c [u8]> {
        let (length, words) = self.attached()?;
        bytemuck::cast_slice(words).get(..length)
    }

    /// All its words.
    fn len(&self) -> usize {
        let conditions = if Flagged::unpack(self.grant).is_conditional() { self.attached() } else { None };
        let conditions = conditions.map_or(0, |(length, _)| 1_usize.saturating_add(length.div_ceil(4)));
        RECORD.saturating_add(self.text.len().div_ceil(4)).saturating_add(conditions)
    }
}

#[inline(always)]
fn record(words: &[u32], place: u16) -> Option<Record<'_>> {
    let words = words.get(usize::from(place)..)?;
    let (&[grant, low, high, shape], rest) = words.split_first_chunk::<RECORD>()?;
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the form")]
    let (form, length) = (Form(shape as u16), (shape >> 16) as usize);
    Some(Record { grant, low, high, form, text: bytemuck::cast_slice(rest).get(..length)?, rest })
}

fn word(words: &[u32], at: usize) -> usize {
    words.get(at).map_or(0, |word| *word as usize)
}

/// The number of the bucket in which what has this hash is found.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are enough")]
const fn bucket_of(hash: u64, last: u16) -> usize {
    (hash as u16 & last) as usize
}

/// The tag of a hash: other bits of it than those that tell the bucket.
#[inline(always)]
const fn tag(hash: u64) -> u16 {
    (hash >> 48) as u16
}

/// What tells a name from others of its type: the hash of the type, how long the name is, and how it ends. It costs little, and
/// names that are crowded under one are filed by all of their text.
#[inline(always)]
fn tag_of_name(kind: u64, name: &[u8]) -> u16 {
    let end = name.last_chunk::<8>().map_or(0, |end| u64::from_le_bytes(*end));
    tag((kind ^ end.wrapping_add(name.len() as u64)).wrapping_mul(GOLDEN))
}

/// Bytes with which what follows the first two segments of a name begins or ends.
#[derive(Debug, Clone, Copy)]
enum Edge {
    First([u8; EDGE]),
    Last([u8; EDGE]),
}

const EDGE: usize = 4;

impl Edge {
    /// The hash of it and of what is known before.
    #[inline(always)]
    const fn hash(self, before: u64, secret: Secret) -> u64 {
        let word = match self {
            Self::First(bytes) => u32::from_le_bytes(bytes) as u64,
            Self::Last(bytes) => u32::from_le_bytes(bytes) as u64 | 1 << 32,
        };
        secret.fold(before ^ word)
    }

    /// The hashes of the edges of a name whose second segment ends there. No pattern knows zeros.
    #[inline(always)]
    fn hashes(before: u64, name: &[u8], second: usize, secret: Secret) -> [u64; 2] {
        let first = name.get(second.wrapping_add(1)..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        let last = name.last_chunk().copied().unwrap_or_default();
        [Self::First(first).hash(before, secret), Self::Last(last).hash(before, secret)]
    }
}

/// The hash of patterns that know neither service nor type.
const fn of_any(secret: Secret) -> u64 {
    secret.state()
}
