//! Which signatures are dated well, and which were seen before.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::{Claim, Fault, Scheme};

/// For how long a client that signs the same request again within its second is believed, in seconds: its second, and what a
/// request may take on its way.
const SAME_SECOND: i64 = 5;

/// Whether a request that changes nothing may come again with the same signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Never.
    Never,
    /// Within the second: SDK-HMAC-SHA256 has no nonce, so a client that reads the same twice in a second signs the same. For
    /// requests that change nothing.
    WithinTheSecond,
}

/// Remembers signatures for as long as their dates are accepted. Memory is bounded: about 150 bytes for each signed
/// request within twice the allowed skew, up to a capacity, beyond which requests are refused rather than forgotten.
///
/// Signatures from before it was made are refused, so a restart forgets nothing that would still be accepted.
#[derive(Debug)]
pub struct Freshness {
    skew: i64,
    capacity: usize,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    /// Nothing signed before this is accepted: it may have been forgotten, or come before there was a memory.
    since: i64,
    /// When each was first seen.
    seen: HashMap<Once, i64>,
    /// The same by the date of the signature.
    by_date: BTreeSet<(i64, Once)>,
}

/// A digest of what may come only once.
type Once = [u8; 32];

impl Freshness {
    /// Accepts dates up to `skew` seconds from its clock on either side, none from before `now`, and remembers up to
    /// `capacity` signatures.
    #[must_use]
    pub fn new(skew: u32, capacity: usize, now: i64) -> Self {
        let memory = Memory { since: now, seen: HashMap::new(), by_date: BTreeSet::new() };
        Self { skew: skew.into(), capacity, memory: Mutex::new(memory) }
    }

    /// How many signatures are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.memory().seen.len()
    }

    /// Whether a date is near enough.
    pub(super) fn check_date(&self, signed_at: i64, now: i64) -> Result<(), Fault> {
        let near = now.abs_diff(signed_at) <= self.skew.unsigned_abs();
        if near && signed_at >= self.memory().since { Ok(()) } else { Err(Fault::Stale) }
    }

    /// Remembers a signature that was found to be good.
    pub(super) fn admit(&self, claim: &Claim, repeats: Repeats, now: i64) -> Result<(), Fault> {
        let once = digest(claim);
        let mut memory = self.memory();
        memory.forget_before(now.saturating_sub(self.skew));
        // What was forgotten just now may be what comes again.
        if claim.signed_at < memory.since {
            return Err(Fault::Stale);
        }
        if let Some(first) = memory.seen.get(&once) {
            let again = repeats == Repeats::WithinTheSecond && now.abs_diff(*first) <= SAME_SECOND.unsigned_abs();
            return if again { Ok(()) } else { Err(Fault::Replayed) };
        }
        if memory.seen.len() >= self.capacity {
            return Err(Fault::Full);
        }
        memory.seen.insert(once, now);
        memory.by_date.insert((claim.signed_at, once));
        Ok(())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn forget_before(&mut self, date: i64) {
        while let Some((signed_at, once)) = self.by_date.first().copied().filter(|(signed_at, _)| *signed_at < date) {
            self.by_date.remove(&(signed_at, once));
            self.seen.remove(&once);
        }
        // Even if the clock is set back afterwards.
        self.since = self.since.max(date);
    }
}

/// Each key has its own nonces, and each scheme.
fn digest(claim: &Claim) -> Once {
    let scheme = match claim.scheme {
        Scheme::SdkHmacSha256 => b"sdk",
        Scheme::Acs3HmacSha256 | Scheme::Rpc => b"acs",
    };
    let mut hash = Sha256::new();
    for part in [scheme.as_slice(), claim.access_key.as_bytes(), claim.once.as_bytes()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
