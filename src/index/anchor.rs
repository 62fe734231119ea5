//! The part of a glob that every text it matches must show: what a glob can be found by.

/// Bytes of an infix that are looked for, at most. All windows of a segment are tried, so a short one is enough.
const INFIX: usize = 4;

/// Where a glob's known text stands in every segment that the glob matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Anchor {
    /// The segment begins with so many known bytes.
    Prefix(u16),
    /// The segment ends with so many known bytes.
    Suffix(u16),
    /// So many known bytes stand somewhere in the segment.
    Infix(u16),
}

impl Anchor {
    /// The anchor of a glob with its bytes; `None` if it has no known text at all (`?`, `??*`).
    pub(crate) fn of(glob: &str) -> Option<(Self, &[u8])> {
        let wild = |b: &u8| matches!(b, b'*' | b'?');
        let bytes = glob.as_bytes();
        let first = bytes.iter().position(wild).unwrap_or(bytes.len());
        let last = bytes.iter().rposition(wild).map_or(0, |at| at.saturating_add(1));
        let prefix = bytes.get(..first).unwrap_or_default();
        let suffix = bytes.get(last..).unwrap_or_default();
        let inner = bytes.get(first..last).unwrap_or_default();
        let infix = inner.split(wild).max_by_key(|piece| piece.len()).unwrap_or_default();
        let edge = prefix.len().max(suffix.len());
        // Edges are cheaper to look for than infixes, but a byte or two of edge tells little.
        if edge == 0 || (edge < 3 && infix.len() >= INFIX) {
            // The end of an infix varies more than its beginning: names count upwards.
            let gram = infix.get(infix.len().saturating_sub(INFIX)..).unwrap_or_default();
            let length = u16::try_from(gram.len()).ok().filter(|length| *length > 0)?;
            Some((Self::Infix(length), gram))
        } else if prefix.len() >= suffix.len() {
            Some((Self::Prefix(u16::try_from(prefix.len()).ok()?), prefix))
        } else {
            Some((Self::Suffix(u16::try_from(suffix.len()).ok()?), suffix))
        }
    }

    /// The places of a segment where the anchor's bytes may be: one for an edge, every window for an infix.
    pub(crate) fn windows(self, segment: &[u8]) -> impl Iterator<Item = &[u8]> {
        let (edge, infix) = match self {
            Self::Prefix(length) => (segment.get(..usize::from(length)), None),
            Self::Suffix(length) => {
                (segment.len().checked_sub(usize::from(length)).and_then(|from| segment.get(from..)), None)
            }
            Self::Infix(length) => (None, Some(segment.windows(usize::from(length).max(1)))),
        };
        edge.into_iter().chain(infix.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_form() {
        for (glob, anchor, bytes) in [
            ("prod-*", Anchor::Prefix(5), "prod-"),
            ("*-eu", Anchor::Suffix(3), "-eu"),
            ("team-*-blue", Anchor::Prefix(5), "team-"),
            ("te-*-blue", Anchor::Suffix(5), "-blue"),
            ("*-agent-*", Anchor::Infix(4), "ent-"),
            ("v?", Anchor::Prefix(1), "v"),
            ("a*-agent-*b", Anchor::Infix(4), "ent-"),
            ("*a*", Anchor::Infix(1), "a"),
        ] {
            assert_eq!(Anchor::of(glob), Some((anchor, bytes.as_bytes())), "{glob}");
        }
        assert_eq!((Anchor::of("?"), Anchor::of("??*")), (None, None));
    }

    #[test]
    fn windows_hold_the_bytes_of_what_matches() {
        for (glob, segment) in
            [("prod-*", "prod-"), ("*-eu", "x-eu"), ("*-agent-*", "-agent-"), ("v?", "vü"), ("*ü?", "aüb")]
        {
            let (anchor, bytes) = Anchor::of(glob).unwrap();
            assert!(anchor.windows(segment.as_bytes()).any(|window| window == bytes), "{glob}");
        }
        assert_eq!(Anchor::Prefix(4).windows(b"abc").count(), 0);
        assert_eq!(Anchor::Suffix(4).windows(b"abc").count(), 0);
        assert_eq!(Anchor::Infix(4).windows(b"abc").count(), 0);
    }
}
