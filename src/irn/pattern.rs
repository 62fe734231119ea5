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

use super::form::Form;
use super::pattern_ref::PatternRef;
use super::{Irn, parse, scan};
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
        Ok(Self::of(PatternRef::parse(text)?.form(), text))
    }

    /// The pattern of this form with a text of its own.
    pub(super) fn of(form: Form, text: &str) -> Self {
        let mut bytes = [0; IN_PLACE];
        Self(match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Stored::InPlace { form, len, bytes }
            }
            _ => Stored::Shared { form, text: text.into() },
        })
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

    /// What the pattern is, without a copy of it.
    #[inline]
    pub(crate) fn view(&self) -> PatternRef<'_> {
        let (Stored::InPlace { form, .. } | Stored::Shared { form, .. }) = &self.0;
        PatternRef::new(*form, self.bytes())
    }

    /// Whether the name is one of those that this pattern describes. Costs at most the product of the two lengths.
    #[must_use]
    pub fn matches(&self, name: &Irn<'_>) -> bool {
        self.view().matches(name)
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
        self.view().covers(other.view())
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
        self.view().overlaps(other.view())
    }

    /// Whether the pattern has no wildcards, so that exactly one name matches: the one with the same text.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.view().is_exact()
    }

    /// How many segments the pattern has, a final `**` included: 1 to 8.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.view().segment_count()
    }

    /// Whether the pattern ends in `**` and so matches names of different segment counts.
    #[must_use]
    pub fn has_rest(&self) -> bool {
        self.view().has_rest()
    }
}

impl<'a> PatternRef<'a> {
    /// Reads a pattern where it stands; see [`Pattern::parse`].
    pub(crate) fn parse(text: &'a str) -> Result<Self, ParseError> {
        if let Some(pattern) = Self::parse_plain(text.as_bytes()) {
            return Ok(pattern);
        }
        // Of the longer ones most are names.
        let (segments, literal) = match scan::name(text) {
            Some(ends) => (ends.count(), text.len()),
            None => (parse::pattern(text)?.count(), text.find(parse::is_wildcard).unwrap_or(text.len())),
        };
        Ok(Self::new(Form::of(text.as_bytes(), literal, segments), text.as_bytes()))
    }

    /// The same of bytes that are beyond doubt a short pattern in plain ASCII. Others may be patterns all the same.
    #[inline]
    pub(crate) fn parse_plain(bytes: &'a [u8]) -> Option<Self> {
        let (segments, literal) = scan::pattern(bytes)?;
        Some(Self::new(Form::of(bytes, literal, segments), bytes))
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
    fn a_text_is_the_same_whether_it_stands_in_place_or_not() {
        assert_eq!(size_of::<Pattern>(), 56);
        for length in 1..120 {
            let text = format!("a:\u{e9}:{}*\u{e9}", "x".repeat(length));
            let (read, name) = (pattern(&text), text.replace('*', "y"));
            assert_eq!(
                (read.as_str(), matches!(read.0, Stored::Shared { .. })),
                (text.as_str(), text.len() > IN_PLACE)
            );
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
