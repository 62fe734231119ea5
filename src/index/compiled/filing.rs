//! Where a grant is filed among what is compiled: by what its pattern knows of a name's first two segments, and where many know the
//! same of those, by what it knows besides.

use super::super::Seeds;
use super::{EDGE, Edge, of_any, tag, tag_of_name};
use crate::irn::{PatternRef, Segment};

/// See the [module](self). The same in every compiled subject of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filing {
    pub(super) known: Known,
    pub(super) tag: u16,
    /// Of what is known of the first two segments; tells the bucket.
    pub(super) hash: u64,
    /// Of more than that, where more is known; tells the bucket where the other one is full or others crowd the tag.
    pub(super) apart: u64,
}

/// What a pattern knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The whole name.
    Name,
    /// Service and type, and how the rest begins or ends.
    Edge,
    /// Service and type, and something besides by which a table would find it.
    Inner,
    /// Service and type.
    Type,
    /// The service. There are few of those, so they stand in every bucket, if they are not too many.
    Service,
    /// The type alone, or neither.
    Wild,
}

impl Filing {
    /// What those patterns have in common that are compared with a name one after the other, where a table would not; `None` of
    /// others.
    pub(crate) const fn alike(&self) -> Option<u64> {
        match self.known {
            Known::Name | Known::Type => None,
            Known::Edge => Some(self.apart),
            Known::Inner | Known::Service => Some(self.hash),
            Known::Wild => Some(self.hash ^ self.tag as u64),
        }
    }

    pub(crate) fn of(pattern: PatternRef<'_>, seeds: &Seeds) -> Self {
        let (secret, text) = (seeds.secret(), pattern.bytes());
        let edge = |hash| edge_of(text).map(|edge| edge.hash(hash, secret));
        let by = |known, hash| Self { known, tag: tag(hash), hash, apart: hash };
        let wild = |hash| Self { tag: tag(edge(hash).unwrap_or(hash)), ..by(Known::Wild, hash) };
        let mut segments = pattern.segments();
        match (segments.next(), segments.next()) {
            (Some(Segment::Literal(service)), Some(Segment::Literal(kind))) => {
                let end = service.len().saturating_add(1).saturating_add(kind.len());
                let hash = secret.beginning(text, end);
                if pattern.is_exact() {
                    return Self { tag: tag_of_name(hash, text), apart: secret.text(text), ..by(Known::Name, hash) };
                }
                match edge(hash) {
                    Some(apart) => Self { apart, ..by(Known::Edge, hash) },
                    None if is_telling(text.get(end..).unwrap_or_default()) => by(Known::Inner, hash),
                    None => by(Known::Type, hash),
                }
            }
            (Some(Segment::Literal(service)), _) => by(Known::Service, secret.beginning(text, service.len())),
            (_, Some(Segment::Literal(kind))) => wild(secret.text(kind)),
            _ => wild(of_any(secret)),
        }
    }
}

const fn is_wild(byte: &u8) -> bool {
    matches!(byte, b'*' | b'?')
}

/// Whether a table finds few patterns besides one that has this behind its first two segments: if the third is a literal, or there are
/// as many known bytes in a row as an [`Edge`] has.
fn is_telling(rest: &[u8]) -> bool {
    let mut pieces = rest.split(|byte| is_wild(byte) || *byte == b':');
    let third = rest.split(|byte| *byte == b':').nth(1);
    third.is_some_and(|third| !third.iter().any(is_wild)) || pieces.any(|piece| piece.first_chunk::<EDGE>().is_some())
}

/// The edge that is known of what follows the first two segments, in every name that the pattern matches.
fn edge_of(pattern: &[u8]) -> Option<Edge> {
    let mut colons = pattern.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
    let rest = pattern.get(colons.nth(1)?.saturating_add(1)..)?;
    let first = rest.iter().position(is_wild).map_or(rest, |end| rest.get(..end).unwrap_or_default());
    let last = rest.iter().rposition(is_wild).map_or(rest, |at| rest.get(at.saturating_add(1)..).unwrap_or_default());
    first.first_chunk().map(|bytes| Edge::First(*bytes)).or_else(|| last.last_chunk().map(|bytes| Edge::Last(*bytes)))
}
