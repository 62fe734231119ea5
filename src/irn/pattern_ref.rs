//! A pattern as it is read: whoever keeps its text, and however.

use super::form::Form;
use super::parse::Ends;
use super::segment::{Segment, Segments};
use super::{Irn, LazyIrn, Pattern, glob, relation};

/// A [`Pattern`] that stands somewhere else. The same as its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PatternRef<'a> {
    form: Form,
    text: &'a [u8],
}

impl PartialEq for PatternRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PatternRef<'_> {}

impl<'a> PatternRef<'a> {
    /// The pattern with this text, which must be of this form.
    #[inline]
    pub(crate) const fn new(form: Form, text: &'a [u8]) -> Self {
        Self { form, text }
    }

    /// A pattern that stands by itself.
    pub(crate) fn to_pattern(self) -> Pattern {
        Pattern::of(self.form, self.as_str())
    }

    /// The text. Its bytes are read through for it.
    pub(crate) fn as_str(self) -> &'a str {
        // Never empty-handed: the bytes were a text.
        str::from_utf8(self.text).unwrap_or_default()
    }

    /// The bytes of the text.
    #[inline]
    pub(crate) const fn bytes(self) -> &'a [u8] {
        self.text
    }

    /// What is known beside the text.
    #[inline]
    pub(crate) const fn form(self) -> Form {
        self.form
    }

    /// See [`Pattern::matches`].
    #[inline]
    pub(crate) fn matches(self, name: &Irn<'_>) -> bool {
        self.form.matches(self.literal(), name).unwrap_or_else(|| matches_behind(self.form, self.text, name))
    }

    /// The same of a name whose rest may not have been read yet. False where it can't be.
    #[inline(always)]
    pub(crate) fn matches_lazily(self, name: &LazyIrn<'_>) -> bool {
        matches_lazily(self.form, self.text, name)
    }

    /// The bytes before the first wildcard.
    #[inline]
    fn literal(self) -> &'a [u8] {
        self.text.get(..self.form.literal()).unwrap_or_default()
    }

    /// See [`Pattern::covers`].
    pub(crate) fn covers(self, other: PatternRef<'_>) -> bool {
        relation::covers(self, other)
    }

    /// See [`Pattern::overlaps`].
    pub(crate) fn overlaps(self, other: PatternRef<'_>) -> bool {
        relation::overlaps(self, other)
    }

    /// Whether there are no wildcards.
    #[inline]
    pub(crate) const fn is_exact(self) -> bool {
        self.form.is_exact()
    }

    /// Whether there may be globs, or literals behind a wildcard.
    #[inline]
    pub(crate) const fn is_mixed(self) -> bool {
        self.form.is_mixed()
    }

    #[inline]
    pub(crate) const fn segment_count(self) -> usize {
        self.form.segments()
    }

    /// Whether the last segment is `**`.
    pub(crate) fn has_rest(self) -> bool {
        self.segments().last() == Some(Segment::Rest)
    }

    /// Where the segments end.
    pub(crate) fn ends(self) -> Ends {
        Ends::of(self.text)
    }

    /// The segments from left to right.
    pub(crate) fn segments(self) -> impl Iterator<Item = Segment<'a>> + Clone {
        Segments::of(self.text, self.form.segments(), self.form.literal())
    }
}

/// See [`PatternRef::matches_lazily`]. Apart, because it takes many registers, and handed what it needs in some.
#[inline(never)]
fn matches_lazily(form: Form, pattern: &[u8], name: &LazyIrn<'_>) -> bool {
    let matches = form.matches_lazily(pattern, name);
    matches.unwrap_or_else(|| name.irn().is_some_and(|irn| matches_behind(form, pattern, irn)))
}

/// Whether a pattern matches a name that has its literal beginning.
fn matches_behind(form: Form, pattern: &[u8], name: &Irn<'_>) -> bool {
    let (literal, text) = (form.literal(), name.as_str().as_bytes());
    let last = name.segment_count().wrapping_sub(1);
    // The literal beginning holds all colons of the name: the wildcards are in the last segment of both.
    if last > 0 && literal > name.ends().end(last) && form.segments() == name.segment_count() {
        return glob::matches(pattern.get(literal..).unwrap_or_default(), text.get(literal..).unwrap_or_default());
    }
    matches_each_segment(pattern, name)
}

/// The same without a look for what both have in common. Where a segment of the pattern ends is looked for only where the name's
/// does not tell it.
fn matches_each_segment(mut pattern: &[u8], name: &Irn<'_>) -> bool {
    let last = name.segment_count().wrapping_sub(1);
    for text in (0..last).map(|index| name.segment_bytes(index)) {
        pattern = match *pattern {
            [b'*', b':', ref rest @ ..] => rest,
            [b'*', b'*'] => return true,
            _ => match pattern.strip_prefix(text) {
                Some([b':', rest @ ..]) => rest,
                _ => {
                    let Some(end) = pattern.iter().position(|byte| *byte == b':') else { return false };
                    let (segment, rest) = pattern.split_at_checked(end).unwrap_or_default();
                    if !glob::matches(segment, text) {
                        return false;
                    }
                    rest.get(1..).unwrap_or_default()
                }
            },
        };
    }
    // What has more segments than the name has a `:`, which is in none of those.
    let text = name.segment_bytes(last);
    *pattern == *text || glob::matches(pattern, text)
}
