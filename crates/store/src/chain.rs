//! The chain: each entry of the log carries a checksum over itself and the checksum before it.

use grantrie::{Revision, Timestamp};

use crate::schema::CHECKSUM;

/// A link: the revision that was reached, and the checksum of everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) revision: Revision,
    pub(crate) checksum: [u8; CHECKSUM],
}

/// What of an entry is chained besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading<'a> {
    pub(crate) revision: Revision,
    pub(crate) at: Timestamp,
    pub(crate) actor: Option<&'a str>,
    pub(crate) origin: Option<&'a str>,
    pub(crate) request: Option<&'a str>,
    pub(crate) cause: i64,
    pub(crate) effects: u64,
}

/// The link that an entry makes, with the chunks of its body: changes and what was before them.
pub(crate) fn link<'a>(
    before: &Link,
    heading: &Heading<'_>,
    chunks: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Link {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.checksum);
    hasher.update(&heading.revision.0.to_le_bytes());
    hasher.update(&heading.at.as_micros().to_le_bytes());
    hasher.update(&heading.cause.to_le_bytes());
    hasher.update(&heading.effects.to_le_bytes());
    let mut field = |bytes: Option<&[u8]>| {
        // Lengths keep fields apart; no text is as long as "none".
        hasher.update(&bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_le_bytes());
        hasher.update(bytes.unwrap_or_default());
    };
    for text in [heading.actor, heading.origin, heading.request] {
        field(text.map(str::as_bytes));
    }
    for (changes, befores) in chunks {
        field(Some(changes));
        field(Some(befores));
    }
    Link { revision: heading.revision, checksum: hasher.finalize().into() }
}
