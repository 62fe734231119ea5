//! A name: one concrete resource.
//!
//! Borrowed from the caller's text and made for each check, so it is `Copy` and allocates nothing. It remembers where
//! its segments end, so that nobody after it looks for a `:` again. Names are compared byte for byte.
//!
//! Deliberately not here: an owned name. The engine stores patterns; names only pass through.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::parse::{self, Ends};
use super::scan;
use crate::error::ParseError;

/// The name of one concrete resource: 3 to 8 segments joined by `:`, as in `aisvc:agent:42`.
///
/// The first segment is the service, the second the resource type, all further ones the id's path. A segment has 1 to
/// 256 bytes, the whole at most 1,024. `*`, `?`, white space and control characters are refused: those who need
/// wildcards need a [`Pattern`](crate::Pattern).
///
/// ```
/// use grantrie::Irn;
///
/// let name = Irn::parse("aisvc:agent:eu/42")?;
/// assert_eq!(name.service(), "aisvc");
/// assert_eq!(name.segments().collect::<Vec<_>>(), ["aisvc", "agent", "eu/42"]);
///
/// let error = Irn::parse("aisvc:agent:*").unwrap_err();
/// assert_eq!((error.code().number(), error.offset(), error.found()), (107, 12, Some('*')));
/// # Ok::<(), grantrie::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Irn<'a> {
    text: &'a str,
    ends: Ends,
}

impl<'a> Irn<'a> {
    /// Reads a name: one pass over at most 1,024 bytes, no allocation.
    ///
    /// # Errors
    /// The first character from the left that cannot stand where it stands, or what is missing at the end.
    #[inline(always)]
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        match scan::name(text) {
            Some(ends) => Ok(Self { text, ends }),
            None => Self::parse_exactly(text),
        }
    }

    /// The name whose first two segments end there, if it is plain ASCII and beyond doubt; others may be names all the same.
    #[inline]
    pub(crate) fn parse_plain(text: &'a str, first_ends: [usize; 2]) -> Option<Self> {
        let ends = scan::name_of_three(text.as_bytes(), first_ends).or_else(|| scan::name(text))?;
        Some(Self { text, ends })
    }

    #[cold]
    #[inline(never)]
    fn parse_exactly(text: &'a str) -> Result<Self, ParseError> {
        parse::name(text).map(|ends| Self { text, ends })
    }

    /// The text that was parsed.
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// How many segments the name has: 3 to 8.
    #[inline]
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.ends.count()
    }

    /// Segment `i`, from 0, or `None` behind the last one.
    #[inline]
    #[must_use]
    pub fn segment(&self, i: usize) -> Option<&'a str> {
        self.text.get(self.ends.range(i)?)
    }

    /// The bytes of segment `i`, or none behind the last one.
    #[inline]
    pub(crate) fn segment_bytes(&self, i: usize) -> &'a [u8] {
        self.ends.range(i).and_then(|range| self.text.as_bytes().get(range)).unwrap_or_default()
    }

    /// Where the segments end.
    #[inline]
    pub(crate) const fn ends(&self) -> &Ends {
        &self.ends
    }

    /// Where the first two segments end.
    #[inline]
    pub(crate) fn first_ends(&self) -> [usize; 2] {
        self.ends.first_two()
    }

    /// The segments from left to right.
    #[inline]
    pub fn segments(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let name = *self;
        (0..name.segment_count()).filter_map(move |i| name.segment(i))
    }

    /// The first segment: the service that the resource belongs to.
    #[inline]
    #[must_use]
    pub fn service(&self) -> &'a str {
        self.segment(0).unwrap_or_default()
    }
}

impl PartialEq for Irn<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Irn<'_> {}

impl Hash for Irn<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for Irn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Irn").field(&self.text).finish()
    }
}

impl fmt::Display for Irn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_those_between_the_colons() {
        for text in ["a:b:c", "aisvc:agent:e46fe1ea-0b64", "1:2:3:4:5:6:7:8", "日本:型:識別子/é"] {
            let name = Irn::parse(text).expect(text);
            let split: Vec<_> = text.split(':').collect();
            assert_eq!(name.segments().collect::<Vec<_>>(), split);
            assert_eq!(name.segment_count(), split.len());
            assert_eq!(name.segment(split.len()), None);
            assert_eq!(name.segment(usize::MAX), None);
            assert_eq!(name.service(), split[0]);
            assert_eq!(name.to_string(), text);
        }
    }
}
