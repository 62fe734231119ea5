//! What of a pattern is known beside its text.

use super::{Irn, LazyIrn, glob};
use crate::bytes::{begins_with, is_same};

/// What of a pattern is known beside its text: enough to match most patterns by their literal beginning alone. There may be
/// millions, so it has 16 bits: 11 for the bytes before the first wildcard, 3 for one less than the segments, 2 for what comes
/// after that beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form(pub(crate) u16);

const LITERAL: u16 = 0x7ff;
const SEGMENTS: u16 = 11;
const WILD: u16 = 14;

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
    fn of(mut tail: &[u8]) -> Self {
        loop {
            tail = match tail {
                b"" => return Self::Nothing,
                b"*" => return Self::Segments,
                b"**" => return Self::Rest,
                [b'*', b':', rest @ ..] => rest,
                _ => return Self::Mixed,
            }
        }
    }
}

impl Form {
    /// Of a text with so many segments and so many bytes before the first wildcard.
    pub(super) fn of(text: &[u8], literal: usize, segments: usize) -> Self {
        let (literal, tail) = text.split_at_checked(literal).unwrap_or((text, &[]));
        // Both fit: a pattern has at most 8 segments and 1,024 bytes.
        let literal = u16::try_from(literal.len()).unwrap_or(LITERAL) & LITERAL;
        let segments = u16::try_from(segments.saturating_sub(1)).unwrap_or_default() & 7;
        Self(literal | segments << SEGMENTS | (Wild::of(tail) as u16) << WILD)
    }

    #[inline(always)]
    const fn wild(self) -> Wild {
        match self.0 >> WILD {
            0 => Wild::Nothing,
            1 => Wild::Segments,
            2 => Wild::Rest,
            _ => Wild::Mixed,
        }
    }

    #[inline(always)]
    pub(super) const fn segments(self) -> usize {
        ((self.0 >> SEGMENTS & 7) as usize).wrapping_add(1)
    }

    /// Whether there are no wildcards.
    #[inline(always)]
    pub(crate) const fn is_exact(self) -> bool {
        self.0 >> WILD == Wild::Nothing as u16
    }

    /// Whether there may be globs, or literals behind a wildcard.
    #[inline]
    pub(super) const fn is_mixed(self) -> bool {
        matches!(self.wild(), Wild::Mixed)
    }

    /// Bytes before the first wildcard.
    #[inline(always)]
    pub(super) const fn literal(self) -> usize {
        (self.0 & LITERAL) as usize
    }

    /// Whether a pattern of this form with this literal beginning matches the name; `None` if more must be looked at.
    #[inline]
    pub(crate) fn matches(self, literal: &[u8], name: &Irn<'_>) -> Option<bool> {
        let (text, segments) = (name.as_str().as_bytes(), self.segments());
        let counts_fit = match self.wild() {
            Wild::Nothing => return Some(is_same(literal, text)),
            Wild::Segments => name.segment_count() == segments,
            Wild::Rest => name.segment_count() >= segments,
            Wild::Mixed => true,
        };
        // The literal beginning holds the same colons in both, so what follows it is in the same segment of both.
        if !(counts_fit && begins_with(text, literal)) {
            return Some(false);
        }
        if self.is_mixed() { None } else { Some(true) }
    }

    /// Whether the pattern with this form and text matches a name whose rest may not have been read yet; `None` if more must
    /// be looked at. False where the name can't be read.
    #[inline(always)]
    pub(crate) fn matches_lazily(self, pattern: &[u8], name: &LazyIrn<'_>) -> Option<bool> {
        if self.is_exact() {
            return Some(is_same(pattern, name.bytes()));
        }
        // Read only where it has to be, and as far as it has to be.
        let (literal, rest) = pattern.split_at_checked(self.literal())?;
        if !begins_with(name.bytes(), literal) {
            return Some(false);
        }
        let wild = self.wild();
        if self.segments() == 3
            && wild != Wild::Rest
            && let Some(text) = name.plain_last(literal.len())
        {
            return Some(wild == Wild::Segments || glob::matches(rest, text));
        }
        name.irn().map_or(Some(false), |irn| self.matches(literal, irn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    #[test]
    fn all_of_it_fits() {
        let longest = vec!["x".repeat(204); 5].join(":");
        assert_eq!(longest.len(), crate::limits::MAX_NAME_BYTES);
        for (text, literal, segments, wild) in [
            ("**", 0, 1, Wild::Rest),
            ("a:**", 2, 2, Wild::Rest),
            ("a:b:*", 4, 3, Wild::Segments),
            ("a:b:*:**", 4, 4, Wild::Rest),
            ("a:b:c*", 5, 3, Wild::Segments),
            ("a:b:c*d", 5, 3, Wild::Mixed),
            ("a:*:c", 2, 3, Wild::Mixed),
            ("a:b:c", 5, 3, Wild::Nothing),
            ("a:b:c:d:e:f:g:h", 15, 8, Wild::Nothing),
            (&longest, 1_024, 5, Wild::Nothing),
        ] {
            let form = Pattern::parse(text).expect(text).view().form();
            assert_eq!((form.literal(), form.segments(), form.wild()), (literal, segments, wild), "{text}");
            assert_eq!((form.is_exact(), form.is_mixed()), (wild == Wild::Nothing, wild == Wild::Mixed), "{text}");
        }
    }
}
