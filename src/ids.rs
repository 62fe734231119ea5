//! Permission ids: UUID version 7 (RFC 9562), ascending in the order in which one engine makes them.
//!
//! 48 bits of the clock's milliseconds, then a count, then bits that are random for the engine. No system call and no
//! lock: the randomness is a keyed hash of the count, its key drawn from the system once.

use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;

use crate::model::{PermissionId, Timestamp};

/// Makes ids.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: RandomState,
    /// The latest millisecond given out: a clock that goes back does not take ids back with it.
    latest: AtomicU64,
    count: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        let seed = RandomState::new();
        // Begin anywhere in the lower half, so that engines started in the same millisecond differ here too.
        let count = AtomicU64::new(seed.hash_one(0_u8) & 0x7FFF_FFFF);
        Self { seed, latest: AtomicU64::new(0), count }
    }

    pub(crate) fn next(&self, at: Timestamp) -> PermissionId {
        let now = u64::try_from(at.as_micros() / 1_000).unwrap_or(0);
        let millis = self.latest.fetch_max(now, Ordering::Relaxed).max(now);
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let random = self.seed.hash_one(count);
        // 12 + 20 bits of count in `rand_a` and the top of `rand_b`; what is left of `rand_b` is random.
        let mut bits = [0; 10];
        let layout =
            u128::from(count >> 20 & 0xFFF) << 64 | u128::from(count & 0xF_FFFF) << 42 | u128::from(random >> 22);
        bits.copy_from_slice(layout.to_be_bytes().last_chunk::<10>().unwrap_or(&[0; 10]));
        PermissionId::from_u128(uuid::Builder::from_unix_timestamp_millis(millis, &bits).into_uuid().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascend_and_are_version_7() {
        let ids = Ids::new();
        let at = |seconds| Timestamp::from_seconds(seconds).unwrap();
        let made: Vec<PermissionId> = (0..5_000).map(|n| ids.next(at(1_800_000_000 - n % 7))).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        let uuid = uuid::Uuid::from_u128(made[0].as_u128());
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
        assert_ne!(Ids::new().next(at(1)), Ids::new().next(at(1)));
    }
}
