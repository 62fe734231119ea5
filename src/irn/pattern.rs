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

use super::{Irn, LazyIrn, glob, parse, relation, scan};
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
pub struct Pattern(Stored);

/// Where the text stands. There may be millions: 56 bytes each.
#[derive(Clone)]
enum Stored {
    InPlace { form: Form, len: u8, bytes: [u8; IN_PLACE] },
    Shared { form: Form, text: Arc<str> },
}

/// Bytes of a text that stand in place: enough for a service, a type and a UUID.
const IN_PLACE: usize = 50;

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

    /// Whether the pattern with this form and text matches a name whose rest may not have been read yet; `None` if more must
    /// be looked at. False where the name can't be read.
    #[inline(always)]
    pub(crate) fn matches_lazily(self, pattern: &[u8], name: &LazyIrn<'_>) -> Option<bool> {
        if self.wild == Wild::Nothing {
            return Some(*name.bytes() == *pattern);
        }
        // Read only where it has to be, and as far as it has to be.
        let (literal, rest) = pattern.split_at_checked(self.literal())?;
        if !name.bytes().starts_with(literal) {
            return Some(false);
        }
        if self.segments == 3
            && self.wild != Wild::Rest
            && let Some(text) = name.plain_last(literal.len())
        {
            return Some(self.wild == Wild::Segments || glob::matches(rest, text));
        }
        name.irn().map_or(Some(false), |irn| self.matches(literal, irn))
    }
}

/// A form in 16 bits: 11 for at most 1,024 bytes, 3 for 1 to 8 segments, 2 for what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedForm(pub(crate) u16);

impl PackedForm {
    pub(crate) const fn of(form: Form) -> Self {
        Self((form.literal & 0x7ff) | (form.segments.wrapping_sub(1) as u16 & 7) << 11 | (form.wild as u16) << 14)
    }

    /// Whether there are no wildcards.
    #[inline]
    pub(crate) const fn is_exact(self) -> bool {
        self.0 >> 14 == Wild::Nothing as u16
    }

    /// The form that was packed.
    #[inline]
    pub(crate) const fn unpack(self) -> Form {
        let wild = match self.0 >> 14 {
            0 => Wild::Nothing,
            1 => Wild::Segments,
            2 => Wild::Rest,
            _ => Wild::Mixed,
        };
        Form { literal: self.0 & 0x7ff, segments: ((self.0 >> 11 & 7) as u8).wrapping_add(1), wild }
    }
}

// The text is the pattern; all else is made from it.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
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
        self.bytes().cmp(other.bytes())
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl Pattern {
    /// Reads a pattern and keeps a copy of its text.
    ///
    /// # Errors
    /// The first character from the left that cannot stand where it stands, or what is missing at the end.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        // Most patterns are names, and those are read quickly.
        let (segments, literal) = match scan::name(text) {
            Some(ends) => (ends.count(), text.len()),
            None => (parse::pattern(text)?.count(), text.find(parse::is_wildcard).unwrap_or(text.len())),
        };
        let (literal, tail) = text.split_at(literal);
        // Both fit: a pattern has at most 8 segments and 1,024 bytes.
        let literal = u16::try_from(literal.len()).unwrap_or(u16::MAX);
        let segments = u8::try_from(segments).unwrap_or(u8::MAX);
        let form = Form { literal, segments, wild: Wild::of(tail) };
        let mut bytes = [0; IN_PLACE];
        Ok(Self(match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Stored::InPlace { form, len, bytes }
            }
            _ => Stored::Shared { form, text: text.into() },
        }))
    }

    /// The text that was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Never empty-handed: the bytes were a text.
            Stored::InPlace { .. } => str::from_utf8(self.bytes()).unwrap_or_default(),
            Stored::Shared { text, .. } => text,
        }
    }

    /// The bytes of the text; as a text they would be read through first.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.0 {
            Stored::InPlace { len, bytes, .. } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Stored::Shared { text, .. } => text.as_bytes(),
        }
    }

    /// The text that stands in a block of its own, if it is long.
    pub(crate) fn shared_text(&self) -> Option<&Arc<str>> {
        match &self.0 {
            Stored::InPlace { .. } => None,
            Stored::Shared { text, .. } => Some(text),
        }
    }

    /// Whether the name is one of those that this pattern describes. Costs at most the product of the two lengths.
    #[must_use]
    pub fn matches(&self, name: &Irn<'_>) -> bool {
        let form = self.form();
        form.matches(self.literal(), name).unwrap_or_else(|| self.matches_behind(form.literal(), name))
    }

    /// The same of a name whose rest may not have been read yet. False where it can't be. One call: it takes many registers.
    #[inline(never)]
    pub(crate) fn matches_lazily(&self, name: &LazyIrn<'_>) -> bool {
        let form = self.form();
        let matches = form.matches_lazily(self.bytes(), name);
        matches.unwrap_or_else(|| name.irn().is_some_and(|irn| self.matches_behind(form.literal(), irn)))
    }

    /// The bytes before the first wildcard.
    #[inline]
    pub(crate) fn literal(&self) -> &[u8] {
        self.bytes().get(..self.form().literal()).unwrap_or_default()
    }

    /// What is known beside the text.
    #[inline]
    pub(crate) const fn form(&self) -> Form {
        match &self.0 {
            Stored::InPlace { form, .. } | Stored::Shared { form, .. } => *form,
        }
    }

    /// The same for a name that has the literal beginning, of so many bytes.
    fn matches_behind(&self, literal: usize, name: &Irn<'_>) -> bool {
        let glob = self.bytes().get(literal..).unwrap_or_default();
        match name.as_str().as_bytes().get(literal..) {
            // The last segment of both, if that of the pattern is the one that the wildcards are in.
            Some(text) if !glob.contains(&b':') => {
                name.segment_count() == self.segment_count() && glob::matches(glob, text)
            }
            _ => self.matches_each_segment(name),
        }
    }

    fn matches_each_segment(&self, name: &Irn<'_>) -> bool {
        let mut texts = (0..name.segment_count()).map(|index| name.segment_bytes(index));
        for segment in self.bytes().split(|byte| *byte == b':') {
            let Some(text) = texts.next() else { return false };
            if segment == b"**" {
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
        self.form().wild == Wild::Nothing
    }

    /// How many segments the pattern has, a final `**` included: 1 to 8.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        usize::from(self.form().segments)
    }

    /// Whether the pattern ends in `**` and so matches names of different segment counts.
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.segments().last() == Some(Segment::Rest)
    }

    /// Whether there may be globs, or literals behind a wildcard.
    pub(crate) fn is_mixed(&self) -> bool {
        self.form().wild == Wild::Mixed
    }

    /// The segments from left to right.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Segment<'_>> + Clone {
        Segments { text: self.bytes(), start: Some(0), literal: self.form().literal() }
    }
}

/// The segments of a text from left to right.
#[derive(Clone)]
struct Segments<'a> {
    text: &'a [u8],
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
        let length = scan::first_colon(rest);
        self.start = length.map(|length| start.wrapping_add(length).wrapping_add(1));
        let text = rest.get(..length.unwrap_or(rest.len()))?;
        let is_literal = start.wrapping_add(text.len()) <= self.literal;
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
        f.pad(self.as_str())
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
        assert_eq!(mixed.segments().collect::<Vec<_>>(), [Literal(b"svc"), Any, Glob(b"a*"), Glob(b"?"), Rest]);
        assert_eq!(mixed.segment_count(), 5);
        assert!(mixed.has_rest() && !mixed.is_exact());
        let exact = pattern("a:b:c");
        assert!(exact.is_exact() && !exact.has_rest());
    }

    #[test]
    fn a_text_is_the_same_whether_it_stands_in_place_or_not() {
        assert_eq!(size_of::<Pattern>(), 56);
        for length in 1..120 {
            let text = format!("a:\u{e9}:{}*\u{e9}", "x".repeat(length));
            let (read, name) = (pattern(&text), text.replace('*', "y"));
            assert_eq!((read.as_str(), read.shared_text().is_some()), (text.as_str(), text.len() > IN_PLACE));
            assert!(read.matches(&Irn::parse(&name).expect(&name)), "{text}");
            assert!(!read.matches(&Irn::parse(&format!("{name}z")).expect(&name)), "{text}");
            let longer = pattern(&format!("{text}x"));
            assert!(read == read.clone() && read < longer && read != longer);
        }
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
