//! Making what is compiled.

use super::block::{Block, Full, HeldGrant, RECORDS, WORDS};
use super::bucket::Bucket;
use super::filing::{Filing, Known};
use super::{CHAINED, COUNT, Compiled, HEADER, WALKED, WITH_ABOVE, Walked, word};

/// Principals that are walked, at most.
const MOST_WALKED: usize = 1 << 12;

/// Compiled subjects are made here, one after the other: what is as large as they are is slow to allocate.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    serial: u64,
    namespace: u32,
    last: u16,
    besides: u16,
    buckets: Vec<Bucket>,
    records: Vec<u32>,
}

/// Patterns that know a service and no type and stand in every bucket, at most.
const EVERYWHERE: u16 = 6;

/// Records for each bucket, so that most have room for some to come.
const PER_BUCKET: usize = 5;

/// Words of room, besides a sixteenth of all: as many as a few records take.
const SPARE_WORDS: usize = 48;

const fn with_spare_buckets(used: usize) -> usize {
    used.saturating_add(used / 16).saturating_add(1)
}

impl Builder {
    /// Whether so many records of so many words may be compiled: then there is room for as many to come.
    pub(crate) const fn fits(records: usize, words: usize) -> bool {
        records <= RECORDS / 2 && words <= WORDS / 2
    }

    /// Compiles what a subject holds and whom its checks walk besides; `None` if that is too much.
    pub(crate) fn compile(
        &mut self,
        serial: u64,
        namespace: u32,
        walked: &[Walked],
        held: &[HeldGrant<'_>],
    ) -> Option<Compiled> {
        if walked.len() > MOST_WALKED || walked.iter().any(|walked| walked.principal & WITH_ABOVE != 0) {
            return None;
        }
        let buckets = held.len().clamp(1, RECORDS).div_ceil(PER_BUCKET).next_power_of_two();
        (self.serial, self.namespace) = (serial, namespace);
        self.besides = if walked.is_empty() { 0 } else { WALKED };
        self.last = u16::try_from(buckets.wrapping_sub(1)).ok()?;
        self.buckets.clear();
        self.buckets.resize(with_spare_buckets(buckets), Bucket::default());
        let used = HEADER.saturating_add(walked.len());
        self.records.clear();
        self.records.extend([0, u32::try_from(walked.len()).ok()?, u32::try_from(used).ok()?, 0]);
        self.records
            .extend(walked.iter().map(|it| if it.with_above { it.principal | WITH_ABOVE } else { it.principal }));
        self.records.resize(held.iter().map(HeldGrant::words).fold(used, usize::saturating_add), 0);
        // Where not all of them can stand everywhere, a check has to look elsewhere in any case, and none need take up room.
        let by_service = held.iter().filter(|held| held.filing.known == Known::Service).count();
        let everywhere = if by_service > EVERYWHERE.into() { 0 } else { EVERYWHERE };
        self.block().set_halves(CHAINED, [everywhere, 0]);
        held.iter().try_for_each(|held| self.with_room(|block| block.put(held)))?;
        Some(self.finish())
    }

    /// The same as [`Compiled::set`] on a copy that has more room.
    pub(super) fn set(
        compiled: &Compiled,
        filing: &Filing,
        grant: u32,
        held: Option<&HeldGrant<'_>>,
    ) -> Option<Compiled> {
        let Compiled { serial, namespace, last, besides, ref buckets, ref records } = *compiled;
        let (buckets, records) = (buckets.to_vec(), records.to_vec());
        let mut builder = Self { serial, namespace, last, besides, buckets, records };
        builder.with_room(|block| block.set(filing, grant, held))?;
        Some(builder.finish())
    }

    fn block(&mut self) -> Block<'_> {
        let Self { last, besides, buckets, records, .. } = self;
        Block { last: *last, besides, buckets, records }
    }

    /// Makes room for as long as it is missing; `None` if there may be no more.
    fn with_room(&mut self, mut put: impl FnMut(&mut Block<'_>) -> Result<(), Full>) -> Option<()> {
        loop {
            match put(&mut self.block()) {
                Ok(()) => return Some(()),
                Err(Full::Words(missing)) => {
                    self.records.resize(self.records.len().checked_add(missing)?, 0);
                }
                Err(Full::Buckets(missing)) => {
                    self.buckets.resize(self.buckets.len().checked_add(missing)?, Bucket::default());
                }
                Err(Full::Bounds) => return None,
            }
        }
    }

    /// What was made, and room for some more.
    fn finish(&mut self) -> Compiled {
        let (buckets, words) = self.block().used();
        let buckets = if word(&self.records, COUNT) == 0 { 0 } else { with_spare_buckets(buckets) };
        self.buckets.resize(buckets, Bucket::default());
        self.records.resize(words.saturating_add(words / 16).saturating_add(SPARE_WORDS), 0);
        let Self { serial, namespace, last, besides, .. } = *self;
        let (buckets, records) = (self.buckets.as_slice().into(), self.records.as_slice().into());
        Compiled { serial, namespace, last, besides, buckets, records }
    }
}
