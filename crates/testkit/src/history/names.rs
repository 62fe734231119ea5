//! Names and patterns that meet.

use super::SERVICES;
use crate::Choices;

/// Segments, many of which are neighbours in sort order or match the globs below.
const SEGMENTS: [&str; 22] = [
    "prod",
    "prod-",
    "prod-1",
    "prod-11",
    "prod-2",
    "prod.",
    "pro",
    "xprod-1",
    "prod-1x",
    "agent",
    "tool",
    "a",
    "b",
    "ab",
    "ba",
    "aab",
    "A",
    "日",
    "日本",
    "!",
    "~",
    "team-x-blue",
];

/// Globs of every strategy: prefix, suffix, infix, both ends, single characters, several runs.
const GLOBS: [&str; 22] = [
    "prod-*",
    "*-1",
    "prod*",
    "pro?",
    "?rod-1",
    "*rod*",
    "p*-1",
    "p?od-*",
    "*a*b*",
    "?",
    "??",
    "?*",
    "*?",
    "a*",
    "*b",
    "*ab*",
    "日*",
    "*本",
    "team-*-blue",
    "*o*d*1*",
    "a*a*",
    "?*?",
];

/// Patterns that overlap much, so that several permissions meet at one name.
const BROAD: [&str; 20] = [
    "s:**",
    "s:*:*",
    "*:*:*",
    "**",
    "s:agent:*",
    "s:agent:**",
    "s:agent:prod-*",
    "s:agent:prod-1",
    "s:*:prod-1",
    "s:*:*-1",
    "*:agent:*",
    "s:agent:*rod*",
    "s:agent:p?od-*",
    "s:a*:**",
    "s*:**",
    "aisvc:**",
    "aisvc:*:*",
    "s2:tool:*",
    "s:agent:*:*",
    "s:*:a*b*",
];

/// A concrete segment.
fn segment(choices: &mut Choices<'_>) -> String {
    if choices.percent(25) { letters(choices, 4) } else { (*choices.pick(&SEGMENTS)).to_owned() }
}

/// One to `most` of the letters that globs of letters are about.
fn letters(choices: &mut Choices<'_>, most: usize) -> String {
    let count = 1 + choices.below(most);
    (0..count).map(|_| *choices.pick(&['a', 'b', '-'])).collect()
}

/// A segment of a pattern.
fn glob(choices: &mut Choices<'_>) -> String {
    match choices.below(8) {
        0..3 => segment(choices),
        3..5 => "*".to_owned(),
        5 => {
            let count = 1 + choices.below(5);
            let mut pieces: Vec<&str> = (0..count).map(|_| *choices.pick(&["a", "b", "*", "?", "ab", "-"])).collect();
            // Only a whole last segment may be `**`.
            pieces.dedup_by(|a, b| *a == "*" && *b == "*");
            pieces.concat()
        }
        _ => (*choices.pick(&GLOBS)).to_owned(),
    }
}

/// A valid pattern.
pub fn pattern(choices: &mut Choices<'_>) -> String {
    if choices.percent(45) {
        return (*choices.pick(&BROAD)).to_owned();
    }
    let count = *choices.pick(&[3, 3, 3, 3, 3, 3, 2, 1, 0, 4, 4, 5, 6, 7, 8]);
    let mut segments: Vec<String> = (0..count).map(|_| glob(choices)).collect();
    if let Some(first) = segments.first_mut()
        && choices.percent(75)
    {
        (*choices.pick_skewed(&SERVICES)).clone_into(first);
    }
    if count < 3 || (count < 8 && choices.percent(15)) {
        segments.push("**".to_owned());
    }
    segments.join(":")
}

/// What the patterns are of a principal that has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    /// Names beside one another.
    Names,
    /// Globs under one service and type, with the same texts at their edges.
    Globs,
    /// Wild in the first segments.
    WildFirst,
}

impl Crowd {
    pub(super) const ALL: [Self; 3] = [Self::Names, Self::Globs, Self::WildFirst];

    /// A valid pattern of this kind.
    pub(super) fn pattern(self, choices: &mut Choices<'_>) -> String {
        let n = choices.below(60);
        let word = letters(choices, 3);
        match self {
            Self::Names => format!("s:agent:prod-{n}"),
            Self::Globs => {
                let glob = match choices.below(5) {
                    0 => format!("prod-{n}*"),
                    1 => format!("*-{n}"),
                    2 => format!("*{word}*"),
                    3 => format!("{word}*{n}"),
                    _ => format!("?{word}*-?"),
                };
                format!("s:agent:{glob}")
            }
            Self::WildFirst => match choices.below(6) {
                0 => format!("*:agent:{word}"),
                1 => format!("*:*:prod-{n}"),
                2 => format!("s*:agent:{word}*"),
                3 => format!("?:*:*-{n}"),
                4 => format!("*:a*:{word}:**"),
                _ => format!("*{}:agent:**", choices.pick(&["s", "2", "svc"])),
            },
        }
    }
}

/// A valid name, mostly of a known service.
pub fn name(choices: &mut Choices<'_>) -> String {
    let count = *choices.pick(&[3, 3, 3, 3, 4, 4, 5, 8]);
    let mut segments: Vec<String> = (0..count).map(|_| segment(choices)).collect();
    (*choices.pick_skewed(&SERVICES)).clone_into(&mut segments[0]);
    segments.join(":")
}

/// A name that the pattern matches, or at times one beside it. Valid wherever the pattern's bounds leave room.
pub fn name_under(choices: &mut Choices<'_>, pattern: &str) -> String {
    let mut segments = Vec::new();
    for wanted in pattern.split(':') {
        match wanted {
            "**" => {
                let room = 8_usize.saturating_sub(segments.len()).max(1);
                let needed = 3_usize.saturating_sub(segments.len()).max(1);
                let count = needed + choices.below(room - needed + 1).min(2);
                segments.extend((0..count).map(|_| segment(choices)));
            }
            "*" => segments.push(segment(choices)),
            glob if glob.contains(['*', '?']) => segments.push(text_under(choices, glob)),
            literal => segments.push(literal.to_owned()),
        }
    }
    if choices.percent(10) {
        let at = choices.below(segments.len());
        segments[at] = segment(choices);
    }
    if choices.percent(3) && segments.len() > 3 {
        segments.pop();
    }
    if choices.percent(3) && segments.len() < 8 {
        segments.push(segment(choices));
    }
    segments.join(":")
}

fn text_under(choices: &mut Choices<'_>, glob: &str) -> String {
    let mut text = String::new();
    for wanted in glob.chars() {
        match wanted {
            '*' if choices.percent(50) => text.push_str(&letters(choices, 3)),
            '*' => {}
            '?' => text.push(*choices.pick(&['a', '日', '1', '-'])),
            literal => text.push(literal),
        }
    }
    if text.is_empty() { segment(choices) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::{is_name, is_pattern, matches};

    #[test]
    fn what_is_made_is_valid_and_mostly_meets() {
        let mut choices = Choices::seeded(1);
        let mut met = 0;
        for _ in 0..20_000 {
            let pattern = pattern(&mut choices);
            assert!(is_pattern(&pattern), "{pattern}");
            let under = name_under(&mut choices, &pattern);
            assert!(is_name(&under), "{under} under {pattern}");
            met += usize::from(matches(&pattern, &under));
            assert!(is_name(&name(&mut choices)));
            let crowded = choices.pick(&Crowd::ALL).pattern(&mut choices);
            assert!(is_pattern(&crowded), "{crowded}");
        }
        assert!((15_000..20_000).contains(&met), "{met} of 20,000 names match their pattern");
    }
}
