//! The parts of a glob that every text it matches must show: what a glob can be found by.

/// Bytes of an infix that are looked for, at most. All windows of a segment are tried, so a short one is enough.
const INFIX: usize = 4;

/// Bytes at the edges that tell enough, so that no infix is looked for.
const EDGES: usize = 4;

/// Where a glob's known text stands in every segment that the glob matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Anchor {
    /// The segment begins with so many known bytes.
    prefix: u8,
    /// It ends with so many known bytes.
    suffix: u8,
    /// So many known bytes stand somewhere in it; 0 where the edges tell enough.
    infix: u8,
}

/// The known text itself, or what stands in its place in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Known<'a> {
    pub(crate) prefix: &'a [u8],
    pub(crate) suffix: &'a [u8],
    pub(crate) infix: &'a [u8],
}

impl Known<'_> {
    pub(crate) const fn len(&self) -> usize {
        self.prefix.len().saturating_add(self.suffix.len()).saturating_add(self.infix.len())
    }
}

impl Anchor {
    /// The anchor of a glob with its text; `None` if it has no known text at all (`?`, `??*`).
    pub(crate) fn of(glob: &str) -> Option<(Self, Known<'_>)> {
        let wild = |b: &u8| matches!(b, b'*' | b'?');
        let bytes = glob.as_bytes();
        let first = bytes.iter().position(wild).unwrap_or(bytes.len());
        let last = bytes.iter().rposition(wild).map_or(0, |at| at.saturating_add(1));
        let prefix = bytes.get(..first).unwrap_or_default();
        let suffix = bytes.get(last..).unwrap_or_default();
        let inner = bytes.get(first..last).unwrap_or_default();
        let longest = inner.split(wild).max_by_key(|piece| piece.len()).unwrap_or_default();
        let infix = match prefix.len().saturating_add(suffix.len()) {
            // The end of an infix varies more than its beginning: names count upwards.
            ..EDGES => longest.get(longest.len().saturating_sub(INFIX)..).unwrap_or_default(),
            _ => &[],
        };
        let known = Known { prefix, suffix, infix };
        // A segment has at most 256 bytes, one of them a wildcard.
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).ok();
        let anchor = Self { prefix: length(prefix)?, suffix: length(suffix)?, infix: length(infix)? };
        (known.len() > 0).then_some((anchor, known))
    }

    /// The places of a segment where the anchor's text may be: at most one for edges, every window for an infix.
    pub(crate) fn windows(self, segment: &[u8]) -> impl Iterator<Item = Known<'_>> {
        let (prefix, suffix) = (usize::from(self.prefix), usize::from(self.suffix));
        let edges =
            segment.len().checked_sub(suffix).filter(|from| *from >= prefix).and_then(|from| {
                Some(Known { prefix: segment.get(..prefix)?, suffix: segment.get(from..)?, infix: &[] })
            });
        edges.into_iter().flat_map(move |edges| {
            let alone = (self.infix == 0).then_some(edges);
            let infixes = (self.infix > 0).then(|| segment.windows(usize::from(self.infix)));
            alone.into_iter().chain(infixes.into_iter().flatten().map(move |infix| Known { infix, ..edges }))
        })
    }

    /// All of the anchor as one number.
    pub(crate) fn bits(self) -> u64 {
        u64::from(self.prefix) | u64::from(self.suffix) << 8 | u64::from(self.infix) << 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_form() {
        for (glob, prefix, suffix, infix) in [
            ("prod-*", "prod-", "", ""),
            ("*-west", "", "-west", ""),
            ("*-eu", "", "-eu", ""),
            ("team-*-blue", "team-", "-blue", ""),
            ("*-agent-*", "", "", "ent-"),
            ("v?", "v", "", ""),
            ("a*-agent-*b", "a", "b", "ent-"),
            ("*a*", "", "", "a"),
        ] {
            let known = Known { prefix: prefix.as_bytes(), suffix: suffix.as_bytes(), infix: infix.as_bytes() };
            assert_eq!(Anchor::of(glob).map(|(_, known)| known), Some(known), "{glob}");
        }
        assert_eq!((Anchor::of("?"), Anchor::of("??*")), (None, None));
    }

    #[test]
    fn windows_hold_the_text_of_what_matches() {
        let cases = [
            ("prod-*", "prod-"),
            ("*-eu", "x-eu"),
            ("*-agent-*", "-agent-"),
            ("v?", "vü"),
            ("*ü?", "aüb"),
            ("a*b*c", "abc"),
            ("ab*cd", "abcd"),
        ];
        for (glob, segment) in cases {
            let (anchor, known) = Anchor::of(glob).unwrap();
            assert!(anchor.windows(segment.as_bytes()).any(|window| window == known), "{glob}");
        }
        for (glob, segment) in [("abcd*", "abc"), ("*abcd", "abc"), ("*abcd*", "abc"), ("abc*cd", "abcd")] {
            assert_eq!(Anchor::of(glob).unwrap().0.windows(segment.as_bytes()).count(), 0, "{glob}");
        }
    }
}
