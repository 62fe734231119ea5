//! Matching, against a matcher that tries everything and against a regular expression engine.

use grantrie::{Irn, Pattern};
use proptest::prelude::*;
use regex_automata::meta::Regex;

/// Tries every possibility; only for short texts.
fn glob_matches(glob: &[char], text: &[char]) -> bool {
    match (glob.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((&'*', glob_tail)), None) => glob_matches(glob_tail, text),
        (Some((&'*', glob_tail)), Some((_, text_tail))) => {
            glob_matches(glob_tail, text) || glob_matches(glob, text_tail)
        }
        (Some((&g, glob_tail)), Some((&t, text_tail))) => (g == '?' || g == t) && glob_matches(glob_tail, text_tail),
        _ => false,
    }
}

fn matches(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((&"**", _)), Some(_)) => true,
        (Some((segment, pattern_tail)), Some((text, name_tail))) => {
            let (glob, text): (Vec<_>, Vec<_>) = (segment.chars().collect(), text.chars().collect());
            glob_matches(&glob, &text) && matches(pattern_tail, name_tail)
        }
        _ => false,
    }
}

fn regex(pattern: &str) -> Regex {
    let segments: Vec<String> = pattern
        .split(':')
        .map(|segment| match segment {
            "*" => "[^:]+".to_owned(),
            "**" => "[^:]+(?::[^:]+)*".to_owned(),
            glob => glob.replace('?', "[^:]").replace('*', "[^:]*"),
        })
        .collect();
    Regex::new(&format!(r"\A(?:{})\z", segments.join(":"))).expect("a regular expression")
}

/// A pattern over few letters, so that names over the same letters often match.
fn pattern() -> impl Strategy<Value = Pattern> {
    let segment = prop_oneof![4 => "[ab日*?]{1,5}", 1 => Just("*".to_owned()), 1 => "[ab]"];
    (prop::collection::vec(segment, 0..5), any::<bool>()).prop_filter_map("no pattern", |(mut segments, rest)| {
        if rest {
            segments.push("**".to_owned());
        }
        Pattern::parse(&segments.join(":")).ok()
    })
}

/// A name that the pattern might well match: each wildcard filled in, and perhaps something changed.
fn name_near(pattern: &Pattern) -> impl Strategy<Value = String> + use<> {
    let text = pattern.as_str().to_owned();
    let fills = prop::collection::vec("[ab日]{0,3}", text.len() + 1);
    let rest = prop::collection::vec("[ab日]{1,3}", 1..4);
    (fills, rest, 0..6_u8, any::<prop::sample::Index>()).prop_map(move |(fills, rest, change, at)| {
        let mut name = String::new();
        let mut fills = fills.iter();
        for (i, segment) in text.split(':').enumerate() {
            if i > 0 {
                name.push(':');
            }
            if segment == "**" {
                name.push_str(&rest.join(":"));
                continue;
            }
            for c in segment.chars() {
                match c {
                    '*' => name.push_str(fills.next().map_or("", |fill| fill)),
                    '?' => name.push(fills.next().and_then(|fill| fill.chars().next()).unwrap_or('b')),
                    _ => name.push(c),
                }
            }
        }
        let mut chars: Vec<char> = name.chars().collect();
        if !chars.is_empty() {
            let at = at.index(chars.len());
            match change {
                0 => chars[at] = 'b',
                1 => chars.insert(at, '日'),
                2 => drop(chars.remove(at)),
                _ => {}
            }
        }
        String::from_iter(chars)
    })
}

fn check(pattern: &Pattern, text: &str) -> Result<bool, TestCaseError> {
    let Ok(name) = Irn::parse(text) else { return Ok(false) };
    let segments: (Vec<_>, Vec<_>) = (pattern.as_str().split(':').collect(), text.split(':').collect());
    let expected = matches(&segments.0, &segments.1);
    prop_assert_eq!(pattern.matches(&name), expected, "{} and {}", pattern, text);
    prop_assert_eq!(regex(pattern.as_str()).is_match(text), expected, "{} and {}", pattern, text);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn names_made_from_the_pattern((pattern, name) in pattern().prop_flat_map(|p| (Just(p.clone()), name_near(&p)))) {
        check(&pattern, &name)?;
    }

    #[test]
    fn names_made_without_the_pattern(pattern in pattern(), name in "[ab日]{1,4}(:[ab日]{1,4}){2,4}") {
        prop_assert!(check(&pattern, &name)?);
    }
}

/// All texts of these letters that are not empty and not longer than this.
fn all(letters: &[char], longest: usize) -> Vec<String> {
    let mut layers = vec![vec![String::new()]];
    for length in 0..longest {
        let longer = layers[length].iter().flat_map(|text| letters.iter().map(move |c| format!("{text}{c}"))).collect();
        layers.push(longer);
    }
    layers.into_iter().skip(1).flatten().collect()
}

#[test]
fn all_short_globs_and_texts() {
    let names: Vec<String> = all(&['a', '日', 'c'], 5).iter().map(|text| format!("a:b:{text}")).collect();
    for glob in all(&['a', '日', '*', '?'], 5) {
        let Ok(pattern) = Pattern::parse(&format!("a:b:{glob}")) else { continue };
        // As the last segment, `**` is no glob.
        let any = matches!(glob.as_str(), "*" | "**");
        let glob: Vec<char> = glob.chars().collect();
        for text in &names {
            let name = Irn::parse(text).expect("a name");
            let text: Vec<char> = text.chars().skip(4).collect();
            assert_eq!(pattern.matches(&name), any || glob_matches(&glob, &text), "{pattern} and {name}");
        }
    }
}

/// What a matcher that tries everything would not finish in a lifetime.
#[test]
fn hostile_globs_are_harmless() {
    let text = format!("a:b:{}", "a".repeat(256));
    let name = Irn::parse(&text).expect("a name");
    let begin = std::time::Instant::now();
    for (glob, expected) in [
        ("*a*a*a*a*a*a*a*b", false),
        ("a*a*a*a*a*a*a*a*", true),
        ("*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab*a*a*", false),
        ("*a?a?a?a?a?a?a?b", false),
        ("*?*?*?*?", true),
    ] {
        let pattern = Pattern::parse(&format!("a:b:{glob}")).expect("a pattern");
        assert_eq!(pattern.matches(&name), expected, "{glob}");
    }
    assert!(begin.elapsed() < std::time::Duration::from_millis(500));
}
