//! A set of patterns answers as its patterns do one by one, whatever was added and removed.

use std::collections::BTreeSet;

use grantrie::{Irn, Pattern, PatternSet};
use grantrie_testkit::matcher;
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces that meet often, short and long: all lengths by which a glob is sought, on either side of a word of 8 bytes.
const PIECES: [&str; 12] =
    ["a", "b", "ab", "aa", "é", "a-b", "abab", "prod-", "-agent-1", "aaaaaaaaa", "日本", "team-blue-07"];

fn literal() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&PIECES[..]), 1..5).prop_map(|pieces| pieces.concat())
}

fn segment() -> impl Strategy<Value = String> {
    let piece = || prop_oneof![3 => select(&PIECES[..]), 1 => Just("*"), 1 => Just("?")];
    let glob = prop::collection::vec(piece(), 1..7).prop_map(|pieces| pieces.concat().replace("**", "*?*"));
    prop_oneof![2 => literal(), 2 => Just("*".to_owned()), 4 => glob]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let early = || prop_oneof![3 => select(&["a", "ab", "*"][..]).prop_map(str::to_owned), 1 => segment()];
    let segments = (early(), early(), prop::collection::vec(segment(), 0..4), any::<bool>());
    segments.prop_filter_map("not a pattern", |(first, second, more, rest)| {
        let mut segments = vec![first, second];
        segments.extend(more);
        if rest {
            let length = segments.len();
            segments.truncate(length - length % 3);
            segments.push("**".to_owned());
        }
        Pattern::parse(&segments.join(":")).ok()
    })
}

fn name() -> impl Strategy<Value = String> {
    let early = || prop_oneof![3 => select(&["a", "ab"][..]).prop_map(str::to_owned), 1 => literal()];
    (early(), early(), prop::collection::vec(literal(), 1..4))
        .prop_map(|(first, second, more)| format!("{first}:{second}:{}", more.join(":")))
}

fn texts<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Vec<&'a str> {
    let mut texts: Vec<_> = patterns.into_iter().map(Pattern::as_str).collect();
    texts.sort_unstable();
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_set_answers_as_its_patterns_do(
        added in prop::collection::vec(pattern(), 1..120),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        names in prop::collection::vec(name(), 20),
    ) {
        let mut set = PatternSet::new();
        let mut plain = BTreeSet::new();
        for pattern in &added {
            prop_assert_eq!(set.insert(pattern), plain.insert(pattern.clone()));
        }
        let whole = set.clone();
        for index in removed {
            let pattern = index.get(&added);
            prop_assert_eq!(set.remove(pattern), plain.remove(pattern));
        }
        for (set, plain) in [(&set, &plain), (&whole, &added.iter().cloned().collect())] {
            prop_assert_eq!(texts(set.iter()), texts(plain));
            for name in &names {
                let expected = texts(plain.iter().filter(|pattern| matcher::matches(pattern.as_str(), name)));
                let name = Irn::parse(name).expect("a name");
                prop_assert_eq!(texts(set.matching(&name)), expected, "{}", name);
            }
            for sought in &added {
                prop_assert_eq!(set.contains(sought), plain.contains(sought));
                let covering = texts(plain.iter().filter(|pattern| pattern.covers(sought)));
                prop_assert_eq!(texts(set.covering(sought)), covering, "covering {}", sought);
                let covered = texts(plain.iter().filter(|pattern| sought.covers(pattern)));
                prop_assert_eq!(texts(set.covered_by(sought)), covered, "covered by {}", sought);
            }
        }
    }
}

/// Whatever the patterns have in common, each is found.
#[test]
fn many_patterns_of_each_kind_are_found() {
    let forms: [fn(usize) -> String; 6] = [
        |n| format!("a:b:{n}"),
        |n| format!("a:b:{}{n}*", "x".repeat(n % 40)),
        |n| format!("a:b:*{n}{}", "x".repeat(n % 40)),
        |n| format!("a:b:*-{n}{}*", "x".repeat(n % 9)),
        |n| format!("a:b:{n}{}*{}{n}", "x".repeat(n % 7), "y".repeat(n % 11)),
        |n| format!("*:*:{n}-*:**"),
    ];
    let mut set = PatternSet::new();
    let pattern = |form: usize, n| Pattern::parse(&forms[form](n)).expect("a pattern");
    for n in 0..3_000 {
        (0..forms.len()).for_each(|form| assert!(set.insert(&pattern(form, n))));
    }
    for n in (0..3_000).step_by(7) {
        for form in 0..forms.len() {
            let pattern = pattern(form, n);
            let name = pattern.as_str().replace("**", "last").replace('*', "mid");
            let found = set.matching(&Irn::parse(&name).expect("a name"));
            assert!(found.contains(&&pattern), "{pattern}");
            assert!(set.covering(&pattern).contains(&&pattern));
        }
    }
}
