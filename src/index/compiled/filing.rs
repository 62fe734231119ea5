//! Where a grant is filed among what is compiled: by what its pattern knows of a name's first two segments.

use super::super::Seeds;
use super::{of_any, tag, tag_of_name};
use crate::irn::{PatternRef, Segment};

/// See the [module](self). The same in every compiled subject of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filing {
    pub(super) known: Known,
    pub(super) tag: u16,
    /// Of what is known; tells the bucket.
    pub(super) hash: u64,
    /// Of all of a name, by which it is filed where others crowd its tag.
    pub(super) text: u64,
}

/// What a pattern knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The whole name.
    Name,
    /// Service and type.
    Type,
    /// The service. There are few of those, so they stand in every bucket, if they are not too many.
    Service,
    /// The type alone, or neither.
    Wild,
}

impl Filing {
    pub(crate) fn of(pattern: PatternRef<'_>, seeds: &Seeds) -> Self {
        let (secret, text) = (seeds.secret(), pattern.bytes());
        let by = |known, hash| Self { known, tag: tag(hash), hash, text: 0 };
        let mut segments = pattern.segments();
        match (segments.next(), segments.next()) {
            (Some(Segment::Literal(service)), Some(Segment::Literal(kind))) => {
                let end = service.len().saturating_add(1).saturating_add(kind.len());
                let hash = secret.beginning(text, end);
                if !pattern.is_exact() {
                    return by(Known::Type, hash);
                }
                Self { tag: tag_of_name(hash, text), text: secret.text(text), ..by(Known::Name, hash) }
            }
            (Some(Segment::Literal(service)), _) => by(Known::Service, secret.beginning(text, service.len())),
            (_, Some(Segment::Literal(kind))) => by(Known::Wild, secret.text(kind)),
            _ => by(Known::Wild, of_any(secret)),
        }
    }
}
