//! Reading names and patterns, against a plain reference that lists everything wrong with a text and picks the first.

use grantrie::{Code, Irn, Pattern};
use proptest::prelude::*;

/// Everything that is wrong with `text`: where, how it ranks among what is wrong there, and what.
#[derive(Default)]
struct Wrong(Vec<(usize, u8, Code)>);

impl Wrong {
    fn add(&mut self, at: usize, rank: u8, code: Code) {
        self.0.push((at, rank, code));
    }

    /// What names and patterns have in common.
    fn with(text: &str) -> Self {
        let mut wrong = Self::default();
        for (at, c) in text.char_indices() {
            if at + c.len_utf8() > 1024 {
                wrong.add(at, 0, Code::NameTooLong);
            }
            if c.is_whitespace() || c.is_control() {
                wrong.add(at, 4, Code::ForbiddenCharacter);
            }
        }
        if let Some((eighth, _)) = text.match_indices(':').nth(7) {
            wrong.add(eighth, 2, Code::TooManySegments);
        }
        for (start, segment) in segments(text) {
            if segment.is_empty() {
                wrong.add(start, 1, Code::EmptySegment);
            }
            let too_far = segment.char_indices().find(|(at, c)| at + c.len_utf8() > 256);
            if let Some((at, _)) = too_far {
                wrong.add(start + at, 3, Code::SegmentTooLong);
            }
        }
        wrong
    }

    fn first(self, text: &str) -> Option<(Code, usize, Option<char>)> {
        let (at, _, code) = self.0.into_iter().min_by_key(|&(at, rank, _)| (at, rank))?;
        Some((code, at, text[at..].chars().next()))
    }
}

fn segments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(':').map(move |segment| {
        let at = start;
        start += segment.len() + 1;
        (at, segment)
    })
}

fn wrong_with_name(text: &str) -> Option<(Code, usize, Option<char>)> {
    let mut wrong = Wrong::with(text);
    for (at, _) in text.match_indices(['*', '?']) {
        wrong.add(at, 4, Code::WildcardInName);
    }
    if segments(text).count() < 3 {
        wrong.add(text.len(), 7, Code::TooFewSegments);
    }
    wrong.first(text)
}

fn wrong_with_pattern(text: &str) -> Option<(Code, usize, Option<char>)> {
    let mut wrong = Wrong::with(text);
    let count = segments(text).count();
    let mut rest = false;
    for (i, (start, segment)) in segments(text).enumerate() {
        let last = i + 1 == count;
        rest |= last && segment == "**";
        if segment.starts_with("**") {
            if segment.len() > 2 || !last {
                wrong.add(start + 2, 5, Code::MisplacedDoubleStar);
            }
        } else if let Some(pair) = segment.find("**") {
            wrong.add(start + pair + 1, 5, Code::MisplacedDoubleStar);
        }
        if let Some((ninth, _)) = segment.match_indices(['*', '?']).nth(8) {
            wrong.add(start + ninth, 6, Code::TooManyWildcards);
        }
    }
    if count < 3 && !rest {
        wrong.add(text.len(), 7, Code::PatternMatchesNothing);
    }
    wrong.first(text)
}

fn check(text: &str) -> Result<(), TestCaseError> {
    match Irn::parse(text) {
        Ok(name) => {
            prop_assert_eq!(None, wrong_with_name(text), "{:?} was accepted as a name", text);
            prop_assert_eq!(name.as_str(), text);
            prop_assert_eq!(name.to_string(), text);
            prop_assert_eq!(name.segments().collect::<Vec<_>>(), text.split(':').collect::<Vec<_>>());
            prop_assert_eq!(name.segment_count(), text.split(':').count());
            prop_assert_eq!(Some(name.service()), text.split(':').next());
            // What is a name is also a pattern without wildcards, which matches just this name.
            let exact = Pattern::parse(text).expect("a name is an exact pattern");
            prop_assert!(exact.is_exact() && exact.matches(&name));
        }
        Err(error) => {
            prop_assert_eq!(Some((error.code(), error.offset(), error.found())), wrong_with_name(text), "{:?}", text);
        }
    }
    match Pattern::parse(text) {
        Ok(pattern) => {
            prop_assert_eq!(None, wrong_with_pattern(text), "{:?} was accepted as a pattern", text);
            prop_assert_eq!(pattern.as_str(), text);
            prop_assert_eq!(pattern.to_string().parse::<Pattern>(), Ok(pattern.clone()));
            prop_assert_eq!(pattern.is_exact(), Irn::parse(text).is_ok());
            prop_assert_eq!(pattern.segment_count(), text.split(':').count());
            prop_assert_eq!(pattern.has_rest(), text.rsplit(':').next() == Some("**"));
        }
        Err(error) => {
            let found = Some((error.code(), error.offset(), error.found()));
            prop_assert_eq!(found, wrong_with_pattern(text), "{:?}", text);
        }
    }
    Ok(())
}

/// Characters that matter to the readers, and neighbours of them.
fn telling_char() -> impl Strategy<Value = char> {
    prop_oneof![
        8 => prop::sample::select(vec!['a', 'b', '-', '0', 'Z']),
        4 => Just(':'),
        3 => prop::sample::select(vec!['*', '?']),
        2 => prop::sample::select(vec!['!', '%', ')', '+', '>', '@', '~', ';', '9', '{']),
        2 => prop::sample::select(vec!['é', '日', '🦀', '\u{200b}', '\u{ba}', '\u{13a}']),
        1 => prop::sample::select(vec![' ', '\t', '\0', '\u{1f}', '\u{7f}', '\u{85}', '\u{a0}', '\u{2028}', '\u{3000}']),
    ]
}

/// Mostly right texts: segments of letters, with or without wildcards, of harmless or borderline lengths.
fn near_segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9-]{1,20}",
        2 => "[a-z*?]{1,6}",
        1 => "[*?]{0,10}",
        1 => "[a-zé日%!]{1,12}",
        1 => Just("**".to_owned()),
        1 => (250..260_usize, "[aé]").prop_map(|(length, last)| "x".repeat(length) + &last),
    ]
}

fn near_text() -> impl Strategy<Value = String> {
    prop::collection::vec(near_segment(), 1..10).prop_map(|segments| segments.join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn texts_of_telling_characters(text in prop::collection::vec(telling_char(), 0..50)) {
        check(&String::from_iter(text))?;
    }

    #[test]
    fn nearly_right_texts(text in near_text()) {
        check(&text)?;
    }

    /// One character of a nearly right text replaced: each place of a word, and each neighbour of a rule.
    #[test]
    fn nearly_right_texts_with_one_change(text in near_text(), at in any::<prop::sample::Index>(), c in telling_char()) {
        let mut chars: Vec<char> = text.chars().collect();
        if !chars.is_empty() {
            let at = at.index(chars.len());
            chars[at] = c;
        }
        check(&String::from_iter(chars))?;
    }

    /// Around the longest name of all.
    #[test]
    fn texts_about_as_long_as_a_name_may_be(
        lengths in prop::collection::vec(200..=256_usize, 4..7), wide in any::<bool>(), tail in 0..12_usize,
    ) {
        let letter = if wide { "é" } else { "x" };
        let mut text: String = lengths.iter().map(|&n| letter.repeat(n / letter.len()) + ":").collect();
        text.push_str("end");
        while text.len() > 1018 + tail {
            text.pop();
        }
        check(&text)?;
    }
}
