//! The parts of a glob that every text it matches must show: what a glob can be found by.

/// Lengths of the piece from the middle of a glob that is looked for at every place of a segment. A piece of another
/// length is cut to the next one below: each length that occurs costs a pass over the segment, or a fourth of one from
/// [`SAMPLED`] on.
pub(super) const GRAMS: [u8; 6] = [1, 2, 3, 4, 7, 8];

/// A gram of as many bytes holds [`STRIDE`] windows, one of which stands at a multiple of that in every segment.
pub(super) const SAMPLED: u8 = 7;
pub(super) const STRIDE: usize = 4;

/// A gram shorter than this tells little where an edge is known, and is then not looked for.
const TELLING: usize = 3;

/// How much known text stands where in every segment that the glob matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Anchor {
    /// The segment begins with so many known bytes.
    pub(super) prefix: u8,
    /// It ends with so many known bytes, which are not among the first.
    pub(super) suffix: u8,
    /// Between them so many known bytes stand at some place: 0 or one of [`GRAMS`].
    pub(super) gram: u8,
}

/// The known text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Known<'a> {
    pub(crate) prefix: &'a [u8],
    pub(crate) suffix: &'a [u8],
    pub(crate) gram: &'a [u8],
}

impl Known<'_> {
    pub(crate) const fn len(&self) -> usize {
        self.prefix.len().saturating_add(self.suffix.len()).saturating_add(self.gram.len())
    }
}

impl Anchor {
    /// The anchor of a glob with its text; `None` if it has no known text at all (`?`, `??*`).
    pub(crate) fn of(glob: &[u8]) -> Option<(Self, Known<'_>)> {
        let wild = |b: &u8| matches!(b, b'*' | b'?');
        let first = glob.iter().position(wild).unwrap_or(glob.len());
        let last = glob.iter().rposition(wild).map_or(0, |at| at.saturating_add(1));
        let prefix = glob.get(..first).unwrap_or_default();
        let suffix = glob.get(last..).unwrap_or_default();
        let inner = glob.get(first..last).unwrap_or_default();
        let longest = inner.split(wild).max_by_key(|piece| piece.len()).unwrap_or_default();
        let length = GRAMS.into_iter().map(usize::from).rfind(|length| *length <= longest.len()).unwrap_or_default();
        let has_edge = prefix.len().saturating_add(suffix.len()) > 0;
        let gram = match length {
            ..TELLING if has_edge => &[],
            // The end of a piece varies more than its beginning: names count upwards.
            _ => longest.get(longest.len().saturating_sub(length)..).unwrap_or_default(),
        };
        let known = Known { prefix, suffix, gram };
        // A segment has at most 256 bytes, one of them a wildcard.
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).ok();
        let anchor = Self { prefix: length(prefix)?, suffix: length(suffix)?, gram: length(gram)? };
        (known.len() > 0).then_some((anchor, known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_form() {
        for (glob, prefix, suffix, gram) in [
            ("prod-*", "prod-", "", ""),
            ("*-west", "", "-west", ""),
            ("team-*-blue", "team-", "-blue", ""),
            ("*-agent-*", "", "", "-agent-"),
            ("*-billing-7*", "", "", "illing-7"),
            ("v?", "v", "", ""),
            ("a*-agent-*b", "a", "b", "-agent-"),
            ("*agent*", "", "", "gent"),
            ("a*x*", "a", "", ""),
            ("a*xyz*", "a", "", "xyz"),
            ("*a*", "", "", "a"),
            ("?ab*c*", "", "", "ab"),
        ] {
            let known = Known { prefix: prefix.as_bytes(), suffix: suffix.as_bytes(), gram: gram.as_bytes() };
            assert_eq!(Anchor::of(glob.as_bytes()).map(|(_, known)| known), Some(known), "{glob}");
        }
        assert_eq!((Anchor::of(b"?"), Anchor::of(b"??*")), (None, None));
    }
}
