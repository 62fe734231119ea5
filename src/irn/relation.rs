//! How two patterns relate: covering and overlapping, from the answers for their segments.
//!
//! What must hold: both answers are exact. They come apart into segments because a pattern without `**` describes a
//! product of segment sets, none of them empty, and a pattern with `**` the same followed by one or more segments of
//! any kind; so nothing that one segment holds decides about another.
//!
//! Names have at least 3 segments. A pattern with fewer than 2 segments before `**` therefore means the same as with
//! `*` filled in: `a:**` is `a:*:**`, `**` is `*:*:**`. Only with that, comparing the counts is exact.

use super::glob;
use super::inclusion;
use super::pattern_ref::PatternRef;
use super::segment::Segment;
use crate::limits::MIN_NAME_SEGMENTS;

/// A pattern as the segments before `**` (filled in as above), their count, and whether `**` follows.
struct Shape<'a, I: Iterator<Item = Segment<'a>>> {
    fixed: I,
    count: usize,
    rest: bool,
}

fn shape(pattern: PatternRef<'_>) -> Shape<'_, impl Iterator<Item = Segment<'_>>> {
    let fixed = pattern.segments().take_while(|segment| *segment != Segment::Rest);
    let written = fixed.clone().count();
    let rest = written < pattern.segment_count();
    let count = if rest { written.max(MIN_NAME_SEGMENTS.wrapping_sub(1)) } else { written };
    Shape { fixed: fixed.chain(std::iter::repeat(Segment::Any)), count, rest }
}

/// Whether every name that `b` matches, `a` matches too.
pub(super) fn covers(a: PatternRef<'_>, b: PatternRef<'_>) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (shape(a), shape(b));
    let counts_fit = match (a.rest, b.rest) {
        (false, false) => a.count == b.count,
        (true, false) => a.count < b.count,
        (false, true) => false,
        (true, true) => a.count <= b.count,
    };
    counts_fit && a.fixed.zip(b.fixed).take(a.count).all(|(a, b)| segment_covers(a, b))
}

/// Whether some name is matched by both.
pub(super) fn overlaps(a: PatternRef<'_>, b: PatternRef<'_>) -> bool {
    let (a, b) = (shape(a), shape(b));
    let counts_fit = match (a.rest, b.rest) {
        (false, false) => a.count == b.count,
        (true, false) => a.count < b.count,
        (false, true) => b.count < a.count,
        (true, true) => true,
    };
    counts_fit && a.fixed.zip(b.fixed).take(a.count.min(b.count)).all(|(a, b)| segment_overlaps(a, b))
}

pub(super) fn segment_covers(a: Segment<'_>, b: Segment<'_>) -> bool {
    match (a, b) {
        (Segment::Any | Segment::Rest, _) => true,
        (_, Segment::Literal(text)) => a.matches(text),
        // Every wildcard stands for more than one text, and a literal for one only.
        (Segment::Literal(_), _) => false,
        (Segment::Glob(a), Segment::Any | Segment::Rest) => inclusion::covers(text(a), ANY),
        (Segment::Glob(a), Segment::Glob(b)) => a == b || inclusion::covers(text(a), text(b)),
    }
}

fn segment_overlaps(a: Segment<'_>, b: Segment<'_>) -> bool {
    match (a, b) {
        (Segment::Any | Segment::Rest, _) | (_, Segment::Any | Segment::Rest) => true,
        (Segment::Literal(a), Segment::Literal(b)) => a == b,
        (Segment::Literal(text), Segment::Glob(glob)) | (Segment::Glob(glob), Segment::Literal(text)) => {
            glob::matches(glob, text)
        }
        (Segment::Glob(a), Segment::Glob(b)) => inclusion::overlaps(text(a), text(b)),
    }
}

/// The bytes of a glob as characters, which they were cut from.
fn text(glob: &[u8]) -> &str {
    str::from_utf8(glob).unwrap_or_default()
}

/// Any one segment, as a glob: segments are not empty, so it is not a mere `*`.
const ANY: &str = "?*";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    #[test]
    fn covering() {
        for (a, b, expected) in [
            ("a:**", "a:*:**", true),
            ("a:*:**", "a:**", true),
            ("*:*:**", "**", true),
            ("**", "*:*:**", true),
            ("*:*:*", "**", false),
            ("**", "a:b:c", true),
            ("a:b:**", "a:b:c", true),
            ("a:b:c:**", "a:b:c", false),
            ("a:b:c:**", "a:b:**", false),
            ("a:b:**", "a:b:c:**", true),
            ("a:?*:**", "a:**", true),
            ("a:??*:**", "a:**", false),
            ("?*:*?:*", "*:*:*", true),
            ("a:b:x?*", "a:b:x*", false),
            ("a:b:x*", "a:b:x?*", true),
            ("a:b:*x*", "a:b:*?x", true),
            ("a:b:*:*", "a:b:*", false),
            ("a:b:x", "a:b:?", false),
        ] {
            assert_eq!(covers(pattern(a).view(), pattern(b).view()), expected, "{a} covers {b}");
        }
    }

    #[test]
    fn overlapping() {
        for (a, b, expected) in [
            ("a:**", "*:b:c", true),
            ("a:**", "b:**", false),
            ("a:b:c:**", "a:b:c", false),
            ("a:b:c:**", "a:b:*:d", true),
            ("a:b:c:d:**", "a:**", true),
            ("a:b:x*", "a:b:*y", true),
            ("a:b:x*", "a:b:y*", false),
            ("a:b:?", "a:b:??*", false),
            ("a:b:c", "a:b:c:d", false),
        ] {
            assert_eq!(overlaps(pattern(a).view(), pattern(b).view()), expected, "{a} overlaps {b}");
            assert_eq!(overlaps(pattern(b).view(), pattern(a).view()), expected, "{b} overlaps {a}");
        }
    }
}
