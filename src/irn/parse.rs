//! What a name or a pattern may hold: the rules, read one character at a time.
//!
//! This is the exact reader. What [`scan`](super::scan) accepts at first sight does not come here.
//!
//! **Which error is reported.** A text is read from left to right and the first character that cannot stand where it
//! stands is the error, with its offset; what is missing is reported at the end. Where several rules refuse the same
//! character, the first of these wins: name too long, empty segment, too many segments, segment too long, forbidden
//! character (or wildcard in a name), misplaced `**`, too many wildcards. At the end: empty segment, then too few
//! segments. "Too long" stands at the first character that does not fit.
//!
//! No text, however long, is read beyond the longest name.

use crate::error::{Code, ParseError};
use crate::limits::{MAX_NAME_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENT_WILDCARDS, MAX_SEGMENTS, MIN_NAME_SEGMENTS};

/// Where the segments of a text end, in bytes. A segment starts one byte (the `:`) after its predecessor's end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    at: [u16; MAX_SEGMENTS],
    count: u8,
}

impl Ends {
    /// Adds the end of the next segment; `None` if there are [`MAX_SEGMENTS`] already.
    #[inline]
    pub(super) fn push(&mut self, end: u16) -> Option<()> {
        *self.at.get_mut(usize::from(self.count))? = end;
        self.count = self.count.wrapping_add(1);
        Some(())
    }

    /// Sets the end of segment `i`; `None` if there can be none. It counts once [`set_count`](Self::set_count) says so.
    #[inline]
    pub(super) fn set(&mut self, i: usize, end: u16) -> Option<()> {
        *self.at.get_mut(i)? = end;
        Some(())
    }

    #[inline]
    pub(super) fn set_count(&mut self, count: usize) {
        // There are at most MAX_SEGMENTS.
        self.count = u8::try_from(count).unwrap_or_default();
    }

    /// Those of three segments; `None` if one ends where none can.
    #[inline(always)]
    pub(super) fn of_three(three: [usize; 3]) -> Option<Self> {
        let mut ends = Self { count: 3, ..Self::default() };
        for (to, end) in ends.at.iter_mut().zip(three) {
            *to = u16::try_from(end).ok()?;
        }
        Some(ends)
    }

    /// Those of a text that may hold wildcards; no more than there can be.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut ends = Self::default();
        let colons = text.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
        colons.chain([text.len()]).map_while(|end| ends.push(u16::try_from(end).ok()?)).for_each(drop);
        ends
    }

    #[inline]
    pub(crate) fn count(&self) -> usize {
        usize::from(self.count)
    }

    /// Where so many first segments end, at least one.
    #[inline(always)]
    pub(crate) fn end(&self, count: usize) -> usize {
        self.at.get(count.wrapping_sub(1)).copied().unwrap_or_default().into()
    }

    /// The ends of the first two segments, 0 for one that is not there.
    #[inline]
    pub(super) fn first_two(&self) -> [usize; 2] {
        let [first, second, ..] = self.at;
        [first.into(), second.into()]
    }

    /// The bytes of segment `i`, from 0.
    #[inline]
    pub(crate) fn range(&self, i: usize) -> Option<std::ops::Range<usize>> {
        if i >= self.count() {
            return None;
        }
        let start = match i.checked_sub(1) {
            None => 0,
            Some(before) => usize::from(*self.at.get(before)?).wrapping_add(1),
        };
        Some(start..usize::from(*self.at.get(i)?))
    }
}

/// Reads a name.
pub(super) fn name(text: &str) -> Result<Ends, ParseError> {
    let ends = read(text, |_, c| is_wildcard(c).then_some(Code::WildcardInName))?;
    if ends.count() < MIN_NAME_SEGMENTS {
        return Err(ParseError::new(Code::TooFewSegments, text.len(), None));
    }
    Ok(ends)
}

/// Reads a pattern.
pub(super) fn pattern(text: &str) -> Result<Ends, ParseError> {
    let ends = read(text, refuse_in_pattern)?;
    let has_rest = text == "**" || text.ends_with(":**");
    if ends.count() < MIN_NAME_SEGMENTS && !has_rest {
        return Err(ParseError::new(Code::PatternMatchesNothing, text.len(), None));
    }
    Ok(ends)
}

pub(super) fn is_wildcard(c: char) -> bool {
    matches!(c, '*' | '?')
}

/// What a pattern's wildcards have against `c` (also a `:`) after the `begun` part of its segment.
fn refuse_in_pattern(begun: Begun<'_>, c: char) -> Option<Code> {
    let begun = begun.as_str();
    let after_double_star = begun == "**";
    let second_star_after_more = c == '*' && begun.len() > 1 && begun.ends_with('*');
    if after_double_star || second_star_after_more {
        return Some(Code::MisplacedDoubleStar);
    }
    let full = is_wildcard(c) && begun.chars().filter(|&c| is_wildcard(c)).count() == MAX_SEGMENT_WILDCARDS;
    full.then_some(Code::TooManyWildcards)
}

/// The part of a segment that was read so far. Only patterns look at its text, so for names it is never cut out.
#[derive(Clone, Copy)]
struct Begun<'a> {
    text: &'a str,
    start: usize,
    at: usize,
}

impl<'a> Begun<'a> {
    fn len(self) -> usize {
        self.at.wrapping_sub(self.start)
    }

    fn as_str(self) -> &'a str {
        self.text.get(self.start..self.at).unwrap_or_default()
    }
}

/// What names and patterns have in common. `refuse` sees the segment as far as it was read, and the next character.
fn read(text: &str, refuse: impl Fn(Begun<'_>, char) -> Option<Code>) -> Result<Ends, ParseError> {
    let mut ends = Ends::default();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let after = at.wrapping_add(c.len_utf8());
        let begun = Begun { text, start, at };
        if let Some(code) = refuse_anywhere(begun, c, after, ends.count()).or_else(|| refuse(begun, c)) {
            return Err(ParseError::new(code, at, Some(c)));
        }
        if c == ':' {
            push(&mut ends, at)?;
            start = after;
        }
    }
    if start == text.len() {
        return Err(ParseError::new(Code::EmptySegment, start, None));
    }
    push(&mut ends, text.len())?;
    Ok(ends)
}

/// The rules that names and patterns share: `c`, which ends at byte `after`, follows the `begun` part of the segment
/// that stands after `before` others.
#[inline]
fn refuse_anywhere(begun: Begun<'_>, c: char, after: usize, before: usize) -> Option<Code> {
    if after > MAX_NAME_BYTES {
        return Some(Code::NameTooLong);
    }
    if c == ':' {
        if begun.len() == 0 {
            return Some(Code::EmptySegment);
        }
        return (before.wrapping_add(1) == MAX_SEGMENTS).then_some(Code::TooManySegments);
    }
    if begun.len().wrapping_add(c.len_utf8()) > MAX_SEGMENT_BYTES {
        return Some(Code::SegmentTooLong);
    }
    // Most characters are graphic ASCII, and the tables need not be asked about those.
    (!c.is_ascii_graphic() && (c.is_whitespace() || c.is_control())).then_some(Code::ForbiddenCharacter)
}

fn push(ends: &mut Ends, end: usize) -> Result<(), ParseError> {
    // `read` refuses longer texts and further segments before it comes here; should that ever change, so does this.
    u16::try_from(end)
        .ok()
        .and_then(|end| ends.push(end))
        .ok_or_else(|| ParseError::new(Code::TooManySegments, end, Some(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(result: Result<Ends, ParseError>) -> (Code, usize, Option<char>) {
        let error = result.expect_err("the text is refused");
        (error.code(), error.offset(), error.found())
    }

    #[test]
    fn names_are_refused_where_they_stop_being_names() {
        assert_eq!(at(name("")), (Code::EmptySegment, 0, None));
        assert_eq!(at(name("a:b")), (Code::TooFewSegments, 3, None));
        assert_eq!(at(name("a::c")), (Code::EmptySegment, 2, Some(':')));
        assert_eq!(at(name("a:b:")), (Code::EmptySegment, 4, None));
        assert_eq!(at(name("a:b:c*")), (Code::WildcardInName, 5, Some('*')));
        assert_eq!(at(name("a:?")), (Code::WildcardInName, 2, Some('?')));
        assert_eq!(at(name("a:b c:d")), (Code::ForbiddenCharacter, 3, Some(' ')));
        assert_eq!(at(name("a:b:é\u{85}")), (Code::ForbiddenCharacter, 6, Some('\u{85}')));
        assert_eq!(at(name("a:b:\u{2003}")), (Code::ForbiddenCharacter, 4, Some('\u{2003}')));
        assert_eq!(at(name("1:2:3:4:5:6:7:8:9")), (Code::TooManySegments, 15, Some(':')));
    }

    #[test]
    fn lengths_are_refused_at_the_first_character_that_does_not_fit() {
        let longest = "x".repeat(MAX_SEGMENT_BYTES);
        assert!(name(&format!("{longest}:b:c")).is_ok());
        assert_eq!(at(name(&format!("{longest}x:b:c"))), (Code::SegmentTooLong, 256, Some('x')));
        let crossing = format!("a:b:{}é", "x".repeat(255));
        assert_eq!(at(name(&crossing)), (Code::SegmentTooLong, 259, Some('é')));

        let four = format!("{longest}:{longest}:{longest}:{}", "x".repeat(253));
        assert_eq!(four.len(), MAX_NAME_BYTES);
        assert!(name(&four).is_ok());
        assert_eq!(at(name(&format!("{four}*"))), (Code::NameTooLong, 1024, Some('*')));
        assert_eq!(at(name(&format!("{four}:a"))), (Code::NameTooLong, 1024, Some(':')));
    }

    #[test]
    fn patterns_are_refused_where_they_stop_being_patterns() {
        assert_eq!(at(pattern("")), (Code::EmptySegment, 0, None));
        assert_eq!(at(pattern("a:*")), (Code::PatternMatchesNothing, 3, None));
        assert_eq!(at(pattern("a**")), (Code::MisplacedDoubleStar, 2, Some('*')));
        assert_eq!(at(pattern("a**b")), (Code::MisplacedDoubleStar, 2, Some('*')));
        assert_eq!(at(pattern("**b")), (Code::MisplacedDoubleStar, 2, Some('b')));
        assert_eq!(at(pattern("**?")), (Code::MisplacedDoubleStar, 2, Some('?')));
        assert_eq!(at(pattern("a:***")), (Code::MisplacedDoubleStar, 4, Some('*')));
        assert_eq!(at(pattern("a:**:c")), (Code::MisplacedDoubleStar, 4, Some(':')));
    }

    #[test]
    fn every_limit_can_be_reached() {
        assert!(pattern("a:b:*?*?*?*?").is_ok());
        assert_eq!(at(pattern("a:b:*?*?*?*?x?")), (Code::TooManyWildcards, 13, Some('?')));
        assert!(pattern("1:2:3:4:5:6:7:**").is_ok());
        assert_eq!(at(pattern("1:2:3:4:5:6:7:**:")), (Code::TooManySegments, 16, Some(':')));
        for text in ["**", "*:**", "a:b:**", "a:b:c", "?:?:?", "*:*:*"] {
            assert!(pattern(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn ends_give_the_segments_and_nothing_beyond() {
        let text = "ab:c:def";
        let ends = name(text).expect("a name");
        let segments: Vec<_> = (0..9).map(|i| ends.range(i).and_then(|range| text.get(range))).collect();
        assert_eq!(segments[..4], [Some("ab"), Some("c"), Some("def"), None]);
        assert!(segments[3..].iter().all(Option::is_none));
    }
}
