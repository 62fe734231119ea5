//! The naive relations: `covers` and `overlaps`, by walking every name that could tell.
//!
//! Two patterns cannot tell apart two characters that neither of them writes. So it is enough to try the characters
//! that they write, one that they do not, and `:`. A name is read character by character; for each pattern the set of
//! places at which it could be is kept. There are finitely many such sets, so walking them all decides the question
//! exactly. The bounds on lengths and counts are left aside, as the specification says.

use std::collections::BTreeSet;

/// Whether every name that `b` matches is matched by `a` too. Both must be valid patterns.
#[must_use]
pub fn covers(a: &str, b: &str) -> bool {
    !some_name(a, b, |a_matches, b_matches| b_matches && !a_matches)
}

/// Whether some name is matched by both. Both must be valid patterns.
#[must_use]
pub fn overlaps(a: &str, b: &str) -> bool {
    some_name(a, b, |a_matches, b_matches| a_matches && b_matches)
}

/// One step of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// This character.
    Exactly(char),
    /// Any one character but `:`.
    One,
    /// Any run of characters but `:`.
    Run,
    /// Any run of characters: the rest of the name.
    Rest,
}

type Places = BTreeSet<usize>;

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (n, segment) in pattern.split(':').enumerate() {
        if n > 0 {
            steps.push(Step::Exactly(':'));
        }
        match segment {
            "**" => steps.extend([Step::One, Step::Rest]),
            "*" => steps.extend([Step::One, Step::Run]),
            glob => steps.extend(glob.chars().map(|c| match c {
                '*' => Step::Run,
                '?' => Step::One,
                literal => Step::Exactly(literal),
            })),
        }
    }
    steps
}

/// Runs may be empty: a place before one is also a place after it.
fn with_empty_runs(steps: &[Step], places: Places) -> Places {
    let mut all = places.clone();
    for mut place in places {
        while matches!(steps.get(place), Some(Step::Run | Step::Rest)) {
            place += 1;
            all.insert(place);
        }
    }
    all
}

fn read(steps: &[Step], places: &Places, c: char) -> Places {
    let next = places.iter().filter_map(|&place| match steps.get(place)? {
        Step::Exactly(wanted) => (*wanted == c).then_some(place + 1),
        Step::One => (c != ':').then_some(place + 1),
        Step::Run => (c != ':').then_some(place),
        Step::Rest => Some(place),
    });
    with_empty_runs(steps, next.collect())
}

/// How much of a name was read: complete segments (3 and more are one), and whether the current one has a character.
type Shape = (usize, bool);

fn some_name(a: &str, b: &str, wanted: impl Fn(bool, bool) -> bool) -> bool {
    let (a_steps, b_steps) = (steps(a), steps(b));
    let mut alphabet: BTreeSet<char> = a.chars().chain(b.chars()).filter(|c| !"*?".contains(*c)).collect();
    alphabet.insert(':');
    alphabet.extend(('a'..='z').chain('\u{4e00}'..='\u{9fff}').find(|c| !a.contains(*c) && !b.contains(*c)));

    let start = |steps: &[Step]| with_empty_runs(steps, Places::from([0]));
    let first: (Places, Places, Shape) = (start(&a_steps), start(&b_steps), (0, false));
    let mut seen = BTreeSet::from([first.clone()]);
    let mut open = vec![first];
    while let Some((a_places, b_places, (complete, begun))) = open.pop() {
        let is_name = complete >= 2 && begun;
        if is_name && wanted(a_places.contains(&a_steps.len()), b_places.contains(&b_steps.len())) {
            return true;
        }
        for &c in &alphabet {
            let shape = match c {
                ':' if begun => ((complete + 1).min(2), false),
                ':' => continue,
                _ => (complete, true),
            };
            let next = (read(&a_steps, &a_places, c), read(&b_steps, &b_places, c), shape);
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::matches;

    #[test]
    fn relations_agree_with_the_matcher_on_small_names() {
        let segments = ["a", "b", "ab", "ba", "aa", "aba"];
        let globs = ["a", "b", "*", "a*", "*a", "?", "a?", "?*", "*b*"];
        let mut names = Vec::new();
        for one in segments {
            for two in segments {
                names.push(format!("a:{one}:{two}"));
                names.push(format!("a:{one}:{two}:a"));
            }
        }
        let patterns: Vec<String> = globs
            .iter()
            .flat_map(|one| globs.iter().map(move |two| format!("a:{one}:{two}")))
            .chain(["a:**".to_owned(), "**".to_owned(), "a:a*:**".to_owned()])
            .collect();
        for a in &patterns {
            for b in &patterns {
                let both = names.iter().any(|name| matches(a, name) && matches(b, name));
                let beyond = names.iter().any(|name| matches(b, name) && !matches(a, name));
                // The names hold every shape that these globs can tell apart, up to three characters.
                assert_eq!(overlaps(a, b), both, "{a} overlaps {b}");
                if beyond {
                    assert!(!covers(a, b), "{a} covers {b}");
                }
            }
        }
    }

    #[test]
    fn names_have_at_least_three_segments() {
        assert!(covers("*:**", "**"));
        assert!(covers("*:*:**", "**"));
        assert!(!covers("*:*:*:**", "**"));
        assert!(covers("a:*:**", "a:**"));
        assert!(!covers("*:*:*", "**"));
    }

    #[test]
    fn globs_are_compared_exactly() {
        assert!(covers("a:b:?*", "a:b:*"));
        assert!(covers("a:b:*", "a:b:?*"));
        assert!(covers("a:b:*x*", "a:b:*xy*"));
        assert!(!covers("a:b:a*a", "a:b:a*"));
        assert!(overlaps("a:b:a*", "a:b:*b"));
        assert!(!overlaps("a:b:a*", "a:b:b*"));
        assert!(!overlaps("a:b:a??", "a:b:??"));
    }
}
