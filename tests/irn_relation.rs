//! Covering and overlapping, against all names of small worlds and against automata built by another engine.

use std::collections::{HashSet, VecDeque};

use grantrie::{Irn, Pattern};
use proptest::prelude::*;
use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect(text)
}

/// All sequences of these items that have one of these lengths.
fn sequences<'a>(items: &[&'a str], lengths: std::ops::RangeInclusive<usize>) -> Vec<Vec<&'a str>> {
    let mut all = Vec::new();
    let mut layer: Vec<Vec<&str>> = vec![Vec::new()];
    for length in 0..=*lengths.end() {
        if lengths.contains(&length) {
            all.extend(layer.iter().cloned());
        }
        let longer = |begun: &Vec<&'a str>| {
            let begun = begun.clone();
            items.iter().map(move |item| [&begun[..], &[*item]].concat()).collect::<Vec<_>>()
        };
        layer = layer.iter().flat_map(longer).collect();
    }
    all
}

/// Both relations between all these patterns must be those of the sets of names that they match.
///
/// Demanded in both directions: so the world of names must be large enough to hold a witness of every difference.
fn compare_with_world(patterns: &[Pattern], world: &[String]) {
    let names: Vec<Irn<'_>> = world.iter().map(|text| Irn::parse(text).expect(text)).collect();
    let matched = |pattern: &Pattern| -> Vec<u64> {
        let word = |names: &[Irn<'_>]| names.iter().fold(0, |word, name| word << 1 | u64::from(pattern.matches(name)));
        names.chunks(64).map(word).collect()
    };
    let sets: Vec<Vec<u64>> = patterns.iter().map(matched).collect();
    for (a, in_a) in patterns.iter().zip(&sets) {
        for (b, in_b) in patterns.iter().zip(&sets) {
            let covers = in_a.iter().zip(in_b).all(|(a, b)| b & !a == 0);
            assert_eq!(a.covers(b), covers, "{a} covers {b}");
            let overlaps = in_a.iter().zip(in_b).any(|(a, b)| a & b != 0);
            assert_eq!(a.overlaps(b), overlaps, "{a} overlaps {b}");
        }
    }
}

/// Every glob of up to 4 characters, as the third segment.
#[test]
fn all_short_globs() {
    let globs = sequences(&["a", "b", "*", "?"], 1..=4);
    let globs = globs.iter().map(|glob| glob.concat()).filter(|glob| is_segment(glob));
    let patterns: Vec<Pattern> = globs.map(|glob| pattern(&format!("s:t:{glob}"))).collect();
    let texts = sequences(&["a", "b", "c"], 1..=6);
    let world: Vec<String> = texts.iter().map(|text| format!("s:t:{}", text.concat())).collect();
    compare_with_world(&patterns, &world);
}

fn arrangements(segments: &[&str], plain: std::ops::RangeInclusive<usize>, before_rest: usize) -> Vec<Pattern> {
    let mut with_rest = sequences(segments, 0..=before_rest);
    with_rest.iter_mut().for_each(|segments| segments.push("**"));
    sequences(segments, plain).iter().chain(&with_rest).map(|segments| pattern(&segments.join(":"))).collect()
}

/// Every way to arrange literals, `*` and `**` in up to 5 segments.
#[test]
fn all_arrangements_of_segments() {
    let world: Vec<String> = sequences(&["a", "b", "c"], 3..=6).iter().map(|name| name.join(":")).collect();
    compare_with_world(&arrangements(&["a", "b", "*"], 3..=4, 4), &world);
}

/// Globs and `**` together, where `**` stands for segments that a glob would have to cover.
#[test]
fn all_arrangements_of_a_few_globs() {
    let texts = sequences(&["a", "b", "ab", "bb", "bbb"], 3..=4);
    let world: Vec<String> = texts.iter().map(|name| name.join(":")).collect();
    compare_with_world(&arrangements(&["a", "*", "?", "?*", "a*", "??*"], 3..=3, 2), &world);
}

/// The letters of the automata. Globs never name `z`, so it stands for all characters that they do not name.
const LETTERS: [u8; 4] = *b"abcz";

fn automaton(glob: &str) -> dense::DFA<Vec<u32>> {
    let one = "[abcz]";
    let body = match glob {
        "*" => format!("{one}+"),
        _ => glob.replace('?', one).replace('*', &format!("{one}*")),
    };
    dense::DFA::builder()
        .configure(dense::Config::new().start_kind(StartKind::Anchored))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(&format!(r"(?:{body})\z"))
        .expect("an automaton")
}

/// Whether `a` accepts all that `b` accepts, and whether there is something that both accept: by visiting each pair of
/// states that some text leads to.
fn relations(a: &str, b: &str) -> (bool, bool) {
    let (a, b) = (automaton(a), automaton(b));
    let begin = |dfa: &dense::DFA<Vec<u32>>| {
        dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).expect("a start state")
    };
    let accepts = |dfa: &dense::DFA<Vec<u32>>, state: StateID| dfa.is_match_state(dfa.next_eoi_state(state));
    let first = (begin(&a), begin(&b));
    let (mut seen, mut open) = (HashSet::from([first]), VecDeque::from([first]));
    let (mut covers, mut overlaps) = (true, false);
    while let Some((in_a, in_b)) = open.pop_front() {
        match (accepts(&a, in_a), accepts(&b, in_b)) {
            (false, true) => covers = false,
            (true, true) => overlaps = true,
            _ => {}
        }
        for letter in LETTERS {
            let next = (a.next_state(in_a, letter), b.next_state(in_b, letter));
            if seen.insert(next) {
                open.push_back(next);
            }
        }
    }
    (covers, overlaps)
}

fn is_segment(glob: &str) -> bool {
    Pattern::parse(&format!("s:t:{glob}")).is_ok() && glob != "**"
}

/// A glob of up to 8 wildcards, now and then with a literal that is longer than a machine word has bits.
fn glob() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        30 => prop::sample::select(vec!["a", "b", "*", "?", "c", "ab", "aa", "?*", "*?"]).prop_map(str::to_owned),
        1 => (30..70_usize).prop_map(|n| "ab".repeat(n / 2)),
    ];
    prop::collection::vec(part, 1..12)
        .prop_map(|parts| parts.concat())
        .prop_filter("a segment", |glob| is_segment(glob))
}

/// Often a glob that `wider` covers: its wildcards filled in, perhaps by other wildcards, perhaps something changed.
fn glob_near(wider: &str) -> impl Strategy<Value = String> + use<> {
    let wider = wider.to_owned();
    let fill = prop::sample::select(vec!["", "*", "?", "a", "b", "ab", "?*", "*a", "a*b", "aa"]);
    let fills = prop::collection::vec(fill, 8);
    (fills, 0..5_u8, any::<prop::sample::Index>()).prop_map(move |(fills, change, at)| {
        let mut fills = fills.into_iter();
        let mut glob = String::new();
        for c in wider.chars() {
            match c {
                '*' => glob.push_str(fills.next().unwrap_or("*")),
                '?' => glob.push_str(fills.next().filter(|fill| fill.len() == 1 && *fill != "*").unwrap_or("?")),
                _ => glob.push(c),
            }
        }
        if change == 0 && !glob.is_empty() {
            let at = at.index(glob.len());
            glob.replace_range(at..=at, ["*", "?", "b", ""][at % 4]);
        }
        if is_segment(&glob) { glob } else { wider.clone() }
    })
}

fn related_globs() -> impl Strategy<Value = (String, String)> {
    glob().prop_flat_map(|a| (Just(a.clone()), prop_oneof![3 => glob_near(&a).boxed(), 1 => glob().boxed()]))
}

/// Often a pattern that this one covers.
fn narrowed(wider: &str) -> impl Strategy<Value = String> + use<> {
    let wider = wider.to_owned();
    let rest = prop::sample::select(vec!["**", "*", "a", "*:**", "a:*", "?*:a*", "a:b:*"]);
    let has_rest = wider.ends_with("**");
    let globs: Vec<_> = wider.split(':').map(|part| glob_near(if part == "**" { "a" } else { part })).collect();
    (globs, rest).prop_map(move |(mut globs, rest)| {
        if has_rest {
            globs.pop();
            globs.push(rest.to_owned());
        }
        let text = globs.join(":");
        if Pattern::parse(&text).is_ok() { text } else { wider.clone() }
    })
}

/// Three patterns, each often covered by the one before.
fn chain() -> impl Strategy<Value = [Pattern; 3]> {
    (prop::collection::vec("[ab*?]{1,3}", 0..4), any::<bool>())
        .prop_filter_map("no pattern", |(mut segments, rest)| {
            if rest || segments.len() < 3 {
                segments.push("**".to_owned());
            }
            Some(segments.join(":")).filter(|text| Pattern::parse(text).is_ok())
        })
        .prop_flat_map(|a| (narrowed(&a), Just(a)))
        .prop_flat_map(|(b, a)| (narrowed(&b), Just(b), Just(a)))
        .prop_map(|(c, b, a)| [a, b, c].map(|text| pattern(&text)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn globs_against_automata((a, b) in related_globs()) {
        let (covers, overlaps) = relations(&a, &b);
        let (wider, narrower) = (pattern(&format!("s:t:{a}")), pattern(&format!("s:t:{b}")));
        prop_assert_eq!(wider.covers(&narrower), covers, "{} covers {}", a, b);
        prop_assert_eq!(wider.overlaps(&narrower), overlaps, "{} overlaps {}", a, b);
        prop_assert_eq!(narrower.overlaps(&wider), overlaps, "{} overlaps {}", b, a);
    }

    /// Letters are only letters: other ones, of several bytes each, change nothing.
    #[test]
    fn other_letters_relate_in_the_same_way((a, b) in related_globs()) {
        let other = |glob: &str| glob.replace('a', "é").replace('b', "日");
        prop_assume!(is_segment(&other(&a)) && is_segment(&other(&b)));
        let plain = (pattern(&format!("s:t:{a}")), pattern(&format!("s:t:{b}")));
        let wide = (pattern(&format!("s:t:{}", other(&a))), pattern(&format!("s:t:{}", other(&b))));
        prop_assert_eq!(plain.0.covers(&plain.1), wide.0.covers(&wide.1));
        prop_assert_eq!(plain.0.overlaps(&plain.1), wide.0.overlaps(&wide.1));
    }

    #[test]
    fn laws([a, b, c] in chain()) {
        for p in [&a, &b, &c] {
            prop_assert!(p.covers(p) && p.overlaps(p), "{} and itself", p);
            prop_assert!(pattern("**").covers(p), "** and {}", p);
        }
        for (p, q) in [(&a, &b), (&b, &c), (&a, &c), (&c, &a)] {
            prop_assert_eq!(p.overlaps(q), q.overlaps(p), "{} and {}", p, q);
            prop_assert!(!p.covers(q) || p.overlaps(q), "{} covers {}, so they overlap", p, q);
        }
        prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c), "{} covers {} covers {}", a, b, c);
    }

    #[test]
    fn exact_patterns_are_covered_if_matched([a, b, _] in chain(), name in "[ab]{1,3}(:[ab]{1,3}){2,3}") {
        let exact = pattern(&name);
        let name = Irn::parse(&name).expect("a name");
        for p in [a, b] {
            prop_assert_eq!(p.covers(&exact), p.matches(&name), "{} and {}", p, name);
            prop_assert_eq!(p.overlaps(&exact), p.matches(&name), "{} and {}", p, name);
            prop_assert_eq!(exact.covers(&p), p.as_str() == name.as_str(), "{} and {}", p, name);
        }
    }
}
