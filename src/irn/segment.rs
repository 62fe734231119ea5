//! The segments of a pattern.

use super::{glob, relation, scan};

/// The segments of a text from left to right.
#[derive(Clone)]
pub(super) struct Segments<'a> {
    text: &'a [u8],
    /// Where the next segment begins.
    start: usize,
    /// Segments that are still to come.
    left: usize,
    /// Up to here there are no wildcards.
    literal: usize,
}

impl<'a> Segments<'a> {
    /// Of the text of a pattern of so many segments that has no wildcards in its first bytes, so many.
    pub(super) const fn of(text: &'a [u8], segments: usize, literal: usize) -> Self {
        Self { text, start: 0, left: segments, literal }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        self.left = self.left.checked_sub(1)?;
        let rest = self.text.get(self.start..)?;
        // The last one ends where the text does.
        let text = if self.left == 0 { rest } else { rest.get(..scan::first_colon(rest)?)? };
        let end = self.start.wrapping_add(text.len());
        self.start = end.wrapping_add(1);
        let is_literal = end <= self.literal;
        Some(if is_literal && !text.is_empty() { Segment::Literal(text) } else { Segment::of(text) })
    }
}

/// One segment of a pattern. Its text is kept as bytes: as a text it would be read through first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// Exactly this text.
    Literal(&'a [u8]),
    /// `*`: any one segment.
    Any,
    /// A text with 1 to 8 wildcards that is not `*` itself. No glob matches the empty text.
    Glob(&'a [u8]),
    /// A final `**`: this segment and all further ones, whatever they are.
    Rest,
}

impl<'a> Segment<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        match text {
            b"*" => Self::Any,
            b"**" => Self::Rest,
            _ if text.iter().any(|byte| matches!(byte, b'*' | b'?')) => Self::Glob(text),
            _ => Self::Literal(text),
        }
    }

    /// Whether a name's segment is one of those that this segment describes.
    #[inline]
    pub(crate) fn matches(self, text: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Glob(glob) => glob::matches(glob, text),
            Self::Any | Self::Rest => true,
        }
    }

    /// Whether this segment describes every text that the other one does.
    pub(crate) fn covers(self, other: Self) -> bool {
        relation::segment_covers(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    #[test]
    fn segments_are_told_apart() {
        use Segment::{Any, Glob, Literal, Rest};
        let mixed = Pattern::parse("svc:*:a*:?:**").unwrap();
        assert_eq!(mixed.view().segments().collect::<Vec<_>>(), [Literal(b"svc"), Any, Glob(b"a*"), Glob(b"?"), Rest]);
        assert_eq!(mixed.segment_count(), 5);
        assert!(mixed.has_rest() && !mixed.is_exact());
        let exact = Pattern::parse("a:b:c").unwrap();
        assert!(exact.is_exact() && !exact.has_rest());
    }
}
