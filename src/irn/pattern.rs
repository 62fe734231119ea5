//! A pattern: the resources that a permission speaks of.
//!
//! Owned and shared by its clones, because a pattern lives in permissions, snapshots, indexes and audit entries at
//! once. It is its text: equality, order, hash and printing are those of the text, so patterns that mean the same
//! but are written otherwise (`a:**`, `a:*:**`) differ; [`Pattern::covers`] both ways tells that they mean the same.
//!
//! What comes after: an index files patterns by their [`Segment`]s; [`relation`] compares whole patterns.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::{Irn, glob, parse, relation, scan};
use crate::error::ParseError;

/// A pattern of names: 1 to 8 segments joined by `:`, as in `aisvc:agent:*`.
///
/// A segment is a literal, `*` (exactly one segment, whatever it holds), a glob in which `*` is any run of characters
/// and `?` exactly one (`prod-*`, `v?`; at most 8 wildcards), or, as the last one only, `**`: one or more segments.
/// A pattern of fewer than 3 segments must end in `**`, because it could match nothing otherwise. Lengths and
/// characters are bounded as in an [`Irn`].
///
/// ```
/// use grantrie::{Irn, Pattern};
///
/// let agents = Pattern::parse("aisvc:agent:prod-*")?;
/// assert!(agents.matches(&Irn::parse("aisvc:agent:prod-7")?));
/// assert!(!agents.matches(&Irn::parse("aisvc:agent:prod-7:draft")?));
/// assert!(Pattern::parse("aisvc:**")?.covers(&agents));
/// assert!(agents.overlaps(&Pattern::parse("*:*:*-7")?));
/// # Ok::<(), grantrie::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    text: Arc<str>,
    form: Form,
}

/// What of a pattern is known beside its text: enough to match most patterns by their literal beginning alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// Bytes before the first wildcard.
    literal: u16,
    segments: u8,
    wild: Wild,
}

/// What comes after the literal beginning of a pattern: how much work it is to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wild {
    /// Nothing: the pattern is one name.
    Nothing,
    /// To the end only `*`: whatever has as many segments matches.
    Segments,
    /// The same, and then `**`: whatever has as many segments or more matches.
    Rest,
    /// Globs or literals: each segment must be looked at.
    Mixed,
}

impl Wild {
    fn of(tail: &str) -> Self {
        if tail.is_empty() {
            return Self::Nothing;
        }
        for segment in tail.split(':') {
            match segment {
                "*" => {}
                "**" => return Self::Rest,
                _ => return Self::Mixed,
            }
        }
        Self::Segments
    }
}

impl Form {
    /// Bytes before the first wildcard.
    #[inline]
    pub(crate) const fn literal(self) -> usize {
        self.literal as usize
    }

    /// Whether a pattern of this form with this literal beginning matches the name; `None` if more must be looked at.
    #[inline]
    pub(crate) fn matches(self, literal: &[u8], name: &Irn<'_>) -> Option<bool> {
        let (text, segments) = (name.as_str().as_bytes(), usize::from(self.segments));
        let counts_fit = match self.wild {
            Wild::Nothing => return Some(*text == *literal),
            Wild::Segments => name.segment_count() == segments,
            Wild::Rest => name.segment_count() >= segments,
            Wild::Mixed => true,
        };
        // The literal beginning holds the same colons in both, so what follows it is in the same segment of both.
        if !(counts_fit && text.starts_with(literal)) {
            return Some(false);
        }
        if self.wild == Wild::Mixed { None } else { Some(true) }
    }

    /// The form in 16 bits: 11 for at most 1,024 bytes, 3 for 1 to 8 segments, 2 for what follows.
    pub(crate) const fn pack(self) -> u16 {
        (self.literal & 0x7ff) | (self.segments.wrapping_sub(1) as u16 & 7) << 11 | (self.wild as u16) << 14
    }

    /// The form that was packed.
    #[inline]
    pub(crate) const fn unpack(bits: u16) -> Self {
        let wild = match bits >> 14 {
            0 => Wild::Nothing,
            1 => Wild::Segments,
            2 => Wild::Rest,
            _ => Wild::Mixed,
        };
        Self { literal: bits & 0x7ff, segments: ((bits >> 11 & 7) as u8).wrapping_add(1), wild }
    }
}

// The text is the pattern; all else is made from it.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Pattern {
    /// Reads a pattern and keeps a copy of its text.
    ///
    /// # Errors
    /// The first character from the left that cannot stand where it stands, or what is missing at the end.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        // Most patterns are names, and those are read quickly.
        let segments = match scan::name(text) {
            Some(ends) => ends.count(),
            None => parse::pattern(text)?.count(),
        };
        let (literal, tail) = text.split_at(text.find(parse::is_wildcard).unwrap_or(text.len()));
        // Both fit: a pattern has at most 8 segments and 1,024 bytes.
        let literal = u16::try_from(literal.len()).unwrap_or(u16::MAX);
        let segments = u8::try_from(segments).unwrap_or(u8::MAX);
        Ok(Self { text: text.into(), form: Form { literal, segments, wild: Wild::of(tail) } })
    }

    /// The text that was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the name is one of those that this pattern describes. Costs at most the product of the two lengths.
    #[must_use]
    pub fn matches(&self, name: &Irn<'_>) -> bool {
        let literal = self.literal().as_bytes();
        self.form.matches(literal, name).unwrap_or_else(|| self.matches_behind(self.form.literal(), name))
    }

    /// The text before the first wildcard.
    pub(crate) fn literal(&self) -> &str {
        self.text.get(..self.form.literal()).unwrap_or_default()
    }

    /// What is known beside the text.
    pub(crate) const fn form(&self) -> Form {
        self.form
    }

    /// The same for a name that has the literal beginning, of so many bytes.
    fn matches_behind(&self, literal: usize, name: &Irn<'_>) -> bool {
        match (self.text.get(literal..), name.as_str().get(literal..)) {
            // The last segment of both, if that of the pattern is the one that the wildcards are in.
            (Some(glob), Some(text)) if !glob.as_bytes().contains(&b':') => {
                name.segment_count() == self.segment_count() && glob::matches(glob, text)
            }
            _ => self.matches_each_segment(name),
        }
    }

    fn matches_each_segment(&self, name: &Irn<'_>) -> bool {
        let mut texts = name.segments();
        for segment in self.text.split(':') {
            let Some(text) = texts.next() else { return false };
            if segment == "**" {
                return true;
            }
            // As a glob, a literal matches just itself and `*` everything: no need to tell them apart here.
            if segment != text && !glob::matches(segment, text) {
                return false;
            }
        }
        texts.next().is_none()
    }

    /// Whether this pattern matches every name that `other` matches.
    ///
    /// Exact: never a guess in either direction, where names have at least 3 segments and may be of any length. So
    /// `a:*:**` covers `a:**`, and `x?*` does not cover `x*`.
    ///
    /// ```
    /// use grantrie::Pattern;
    /// let pattern = |text| Pattern::parse(text).unwrap();
    /// assert!(pattern("a:b:x*").covers(&pattern("a:b:x?*")));
    /// assert!(!pattern("a:b:x?*").covers(&pattern("a:b:x*"))); // `a:b:x`
    /// assert!(pattern("a:*:**").covers(&pattern("a:**")) && pattern("a:**").covers(&pattern("a:*:**")));
    /// ```
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        relation::covers(self, other)
    }

    /// Whether some name is matched by both patterns. Exact in the same sense as [`covers`](Self::covers).
    ///
    /// ```
    /// use grantrie::Pattern;
    /// let pattern = |text| Pattern::parse(text).unwrap();
    /// assert!(pattern("a:b:prod-*").overlaps(&pattern("a:*:*-eu"))); // `a:b:prod-eu`
    /// assert!(!pattern("a:b:prod-*").overlaps(&pattern("a:b:*:*")));
    /// ```
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        relation::overlaps(self, other)
    }

    /// Whether the pattern has no wildcards, so that exactly one name matches: the one with the same text.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.form.wild == Wild::Nothing
    }

    /// How many segments the pattern has, a final `**` included: 1 to 8.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        usize::from(self.form.segments)
    }

    /// Whether the pattern ends in `**` and so matches names of different segment counts.
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.segments().last() == Some(Segment::Rest)
    }

    /// Whether there may be globs, or literals behind a wildcard.
    pub(crate) fn is_mixed(&self) -> bool {
        self.form.wild == Wild::Mixed
    }

    /// The segments from left to right.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'_>> + Clone {
        Segments { text: &self.text, start: Some(0), literal: self.form.literal() }
    }
}

/// The segments of a text from left to right.
#[derive(Clone)]
struct Segments<'a> {
    text: &'a str,
    /// Where the next segment begins, if there is one.
    start: Option<usize>,
    /// Up to here there are no wildcards.
    literal: usize,
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let start = self.start?;
        let rest = self.text.get(start..)?;
        let length = rest.as_bytes().iter().position(|byte| *byte == b':');
        self.start = length.map(|length| start.wrapping_add(length).wrapping_add(1));
        let text = rest.get(..length.unwrap_or(rest.len()))?;
        let is_literal = start.wrapping_add(text.len()) <= self.literal;
        Some(if is_literal && !text.is_empty() { Segment::Literal(text) } else { Segment::of(text) })
    }
}

/// One segment of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// Exactly this text.
    Literal(&'a str),
    /// `*`: any one segment.
    Any,
    /// A text with 1 to 8 wildcards that is not `*` itself. No glob matches the empty text.
    Glob(&'a str),
    /// A final `**`: this segment and all further ones, whatever they are.
    Rest,
}

impl<'a> Segment<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        match text {
            "*" => Self::Any,
            "**" => Self::Rest,
            _ if text.bytes().any(|byte| matches!(byte, b'*' | b'?')) => Self::Glob(text),
            _ => Self::Literal(text),
        }
    }

    /// Whether a name's segment is one of those that this segment describes.
    #[inline]
    pub(crate) fn matches(self, text: &str) -> bool {
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

impl FromStr for Pattern {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect(text)
    }

    #[test]
    fn segments_are_told_apart() {
        use Segment::{Any, Glob, Literal, Rest};
        let mixed = pattern("svc:*:a*:?:**");
        assert_eq!(mixed.segments().collect::<Vec<_>>(), [Literal("svc"), Any, Glob("a*"), Glob("?"), Rest]);
        assert_eq!(mixed.segment_count(), 5);
        assert!(mixed.has_rest() && !mixed.is_exact());
        let exact = pattern("a:b:c");
        assert!(exact.is_exact() && !exact.has_rest());
    }

    #[test]
    fn a_rest_is_one_segment_or_more() {
        for (text, yes, no) in [
            ("**", ["a:b:c", "a:b:c:d"], None),
            ("a:**", ["a:b:c", "a:b:c:d"], Some("b:b:c")),
            ("a:b:c:**", ["a:b:c:d", "a:b:c:d:e"], Some("a:b:c")),
            ("a:b:*", ["a:b:c", "a:b:d"], Some("a:b:c:d")),
        ] {
            let pattern = pattern(text);
            for name in yes {
                assert!(pattern.matches(&Irn::parse(name).expect(name)), "{text} {name}");
            }
            if let Some(name) = no {
                assert!(!pattern.matches(&Irn::parse(name).expect(name)), "{text} {name}");
            }
        }
    }

    #[test]
    fn printing_gives_back_the_text() {
        let text = "aisvc:agent:prod-*-?";
        assert_eq!(pattern(text).to_string(), text);
        assert_eq!(text.parse::<Pattern>().map(|parsed| parsed.as_str().to_owned()), Ok(text.to_owned()));
        assert_eq!(format!("{:?}", pattern("a:b:*")), r#"Pattern("a:b:*")"#);
    }
}
