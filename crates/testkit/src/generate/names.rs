//! Names and patterns from a small vocabulary.

use grantrie::Pattern;

use super::Dice;

/// Literals that are prefixes and neighbours of one another; `9` sorts right before `:` and `;` right after it.
const WORDS: [&str; 16] =
    ["a", "ab", "a-", "a9", "a;", "b", "aa", "aab", "A", "prod-1", "prod-eu", "dev-eu", "v1", "v10", "é", "日本"];
const SERVICES: [&str; 5] = ["aisvc", "filesvc", "a", "ab", "a-"];
const TYPES: [&str; 4] = ["agent", "tool", "a", "ab"];
const GLOBS: [&str; 16] =
    ["a*", "*a", "*-eu", "prod-*", "p*u", "?", "a?", "?*", "*b*", "v?", "é*", "?本", "*-*", "a*a", "a*b*", "?a*"];
const LETTERS: [&str; 9] = ["a", "b", "-", "1", "9", ";", "é", "日", "u"];

/// A name.
pub fn name(dice: &mut Dice) -> String {
    let mut text = format!("{}:{}", dice.pick(&SERVICES), dice.pick(&TYPES));
    for _ in 0..further(dice) {
        text.push(':');
        text.push_str(dice.pick(&WORDS));
    }
    text
}

/// A pattern: literal, with stars, with globs, with a double star; wild in the first segment now and then.
///
/// # Panics
/// If the engine refuses one: they are all valid.
pub fn pattern(dice: &mut Dice) -> Pattern {
    let text = pattern_text(dice);
    Pattern::parse(&text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

pub(super) fn pattern_text(dice: &mut Dice) -> String {
    let mut segments = vec![segment(dice, &SERVICES, 8), segment(dice, &TYPES, 4)];
    for _ in 0..further(dice) {
        segments.push(segment(dice, &WORDS, 2));
    }
    if dice.one_in(5) {
        segments.truncate(dice.below(segments.len()));
        segments.push("**".to_owned());
    }
    segments.join(":")
}

/// Segments after service and type: usually one.
fn further(dice: &mut Dice) -> usize {
    if dice.one_in(4) { 1 + dice.below(6) } else { 1 }
}

fn segment(dice: &mut Dice, words: &[&str], wild_one_in: usize) -> String {
    if !dice.one_in(wild_one_in) {
        return dice.pick(words).to_owned();
    }
    match dice.below(4) {
        0 => "*".to_owned(),
        1 => {
            // A word of the vocabulary with a letter made wild, so that both stand beside each other.
            let mut letters: Vec<char> = dice.pick(words).chars().collect();
            let at = dice.below(letters.len());
            letters[at] = if dice.one_in(2) { '?' } else { '*' };
            letters.into_iter().collect()
        }
        2 => format!("{}*", dice.pick(words)),
        _ => dice.pick(&GLOBS).to_owned(),
    }
}

/// A name that the pattern matches.
pub fn name_matching(dice: &mut Dice, pattern: &str) -> String {
    let mut segments = Vec::new();
    for glob in pattern.split(':') {
        match glob {
            "*" => segments.push(dice.pick(&WORDS).to_owned()),
            "**" => {
                let least = 3_usize.saturating_sub(segments.len()).max(1);
                let most = 8 - segments.len();
                for _ in 0..(least + if dice.one_in(3) { dice.below(3) } else { 0 }).min(most) {
                    segments.push(dice.pick(&WORDS).to_owned());
                }
            }
            _ => segments.push(text_matching(dice, glob)),
        }
    }
    segments.join(":")
}

fn text_matching(dice: &mut Dice, glob: &str) -> String {
    let mut text = String::new();
    for letter in glob.chars() {
        let run = match letter {
            '*' => dice.below(3),
            '?' => 1,
            literal => {
                text.push(literal);
                0
            }
        };
        for _ in 0..run {
            text.push_str(dice.pick(&LETTERS));
        }
    }
    text
}

/// A valid name that differs a little.
pub fn near_miss(dice: &mut Dice, name: &str) -> String {
    let mut segments: Vec<String> = name.split(':').map(str::to_owned).collect();
    let at = dice.below(segments.len());
    match dice.below(5) {
        0 if segments.len() < 8 => segments.push(dice.pick(&WORDS).to_owned()),
        1 if segments.len() > 3 => drop(segments.pop()),
        2 if segments[at].chars().count() > 1 => drop(segments[at].pop()),
        3 => segments[at] = dice.pick(&WORDS).to_owned(),
        _ => segments[at].push_str(dice.pick(&LETTERS)),
    }
    segments.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::{is_name, is_pattern, matches};

    #[test]
    fn what_is_made_is_valid_and_matches() {
        let mut dice = Dice::new(7);
        for _ in 0..20_000 {
            let (free, pattern) = (name(&mut dice), pattern_text(&mut dice));
            assert!(is_name(&free), "{free}");
            assert!(is_pattern(&pattern), "{pattern}");
            let matching = name_matching(&mut dice, &pattern);
            assert!(is_name(&matching) && matches(&pattern, &matching), "{pattern} {matching}");
            let near = near_miss(&mut dice, &matching);
            assert!(is_name(&near), "{near}");
        }
    }
}
