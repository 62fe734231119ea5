//! The naive grammar: why a text is no name or no pattern, and at which byte.
//!
//! Segments are read from left to right and the first fault counts. The place is the byte where what was expected is
//! missing (an empty segment, too few segments) or where what must not be stands (a wildcard, a blank, the first byte
//! too many).

use grantrie::Code;

/// What is wrong with a text, and at which byte.
pub type Fault = (Code, usize);

const SEGMENTS: usize = 8;
const SEGMENT_BYTES: usize = 256;
const TEXT_BYTES: usize = 1_024;
const WILDCARDS: usize = 8;

/// Why this is no name, if it is none.
#[must_use]
pub fn fault_in_name(text: &str) -> Option<Fault> {
    let segments = segments(text);
    let in_segment = segments.iter().find_map(|&(start, segment)| {
        let wildcard = segment.find(['*', '?']).map(|at| (Code::WildcardInName, start + at));
        plain_fault(start, segment).into_iter().chain(wildcard).min_by_key(|fault| fault.1)
    });
    let too_few = (segments.len() < 3).then_some((Code::TooFewSegments, text.len()));
    too_long(text).or(in_segment).or_else(|| too_many(&segments)).or(too_few)
}

/// Why this is no pattern, if it is none.
#[must_use]
pub fn fault_in_pattern(text: &str) -> Option<Fault> {
    let segments = segments(text);
    let open_end = segments.last().is_some_and(|&(_, segment)| segment == "**");
    let globs = &segments[..segments.len() - usize::from(open_end)];
    let in_segment = globs.iter().find_map(|&(start, segment)| {
        let double = segment.find("**").map(|at| (Code::MisplacedDoubleStar, start + at));
        let ninth =
            segment.match_indices(['*', '?']).nth(WILDCARDS).map(|(at, _)| (Code::TooManyWildcards, start + at));
        plain_fault(start, segment).into_iter().chain(double).chain(ninth).min_by_key(|fault| fault.1)
    });
    let nothing = (!open_end && segments.len() < 3).then_some((Code::PatternMatchesNothing, text.len()));
    too_long(text).or(in_segment).or_else(|| too_many(&segments)).or(nothing)
}

/// Each segment with the byte at which it starts.
fn segments(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    text.split(':')
        .map(|segment| {
            let at = start;
            start += segment.len() + 1;
            (at, segment)
        })
        .collect()
}

fn too_long(text: &str) -> Option<Fault> {
    (text.len() > TEXT_BYTES).then_some((Code::NameTooLong, TEXT_BYTES))
}

fn too_many(segments: &[(usize, &str)]) -> Option<Fault> {
    segments.get(SEGMENTS).map(|&(start, _)| (Code::TooManySegments, start - 1))
}

/// What no segment may be, of a name or of a pattern.
fn plain_fault(start: usize, segment: &str) -> Option<Fault> {
    if segment.is_empty() {
        return Some((Code::EmptySegment, start));
    }
    let forbidden = segment.find(|c: char| c.is_whitespace() || c.is_control());
    let forbidden = forbidden.map(|at| (Code::ForbiddenCharacter, start + at));
    let long = (segment.len() > SEGMENT_BYTES).then_some((Code::SegmentTooLong, start + SEGMENT_BYTES));
    forbidden.into_iter().chain(long).min_by_key(|fault| fault.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::{is_name, is_pattern};

    #[test]
    fn faults_are_found_exactly_where_the_matcher_says_invalid() {
        let pieces = ["a", "b", "*", "**", "?", "", " ", "\u{7f}", "é", "a**", "?????????", "********"];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts
                .iter()
                .flat_map(|text| {
                    pieces
                        .iter()
                        .map(move |piece| if text.is_empty() { (*piece).to_owned() } else { format!("{text}:{piece}") })
                })
                .collect();
            for text in &texts {
                assert_eq!(fault_in_name(text).is_none(), is_name(text), "{text:?}");
                assert_eq!(fault_in_pattern(text).is_none(), is_pattern(text), "{text:?}");
            }
        }
    }

    #[test]
    fn bounds_are_exact() {
        let segment = |n: usize| "x".repeat(n);
        assert_eq!(fault_in_name(&format!("a:b:{}", segment(256))), None);
        assert_eq!(fault_in_name(&format!("a:b:{}", segment(257))), Some((Code::SegmentTooLong, 260)));
        let long = |n: usize| format!("{0}:{0}:{0}:{0}:{1}", segment(200), segment(n));
        assert_eq!(fault_in_name(&long(220)), None);
        assert_eq!(fault_in_name(&long(221)), Some((Code::NameTooLong, 1_024)));
        assert_eq!(fault_in_name("1:2:3:4:5:6:7:8"), None);
        assert_eq!(fault_in_name("1:2:3:4:5:6:7:8:9"), Some((Code::TooManySegments, 15)));
    }
}
