//! Known answers, and the inputs that would show unbounded work.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn inclusion_of_known_globs() {
    for (a, b, expected) in [
        ("?*", "?*", true),
        ("*?", "?*", true),
        ("x*", "x?*", true),
        ("x?*", "x*", false),
        ("*x*", "*?x", true),
        ("*ab*", "*a*b*", false),
        ("*a*b*", "*ab*", true),
        ("*a?b*", "a*b", false),
        ("?*?", "?*", false),
        ("??*", "?*?", true),
        ("?*x?*", "*x*", false),
        ("*?x?*", "?x?", true),
        ("*aa*", "*aaa", true),
        ("*aab", "*aaab", true),
        ("*é?", "é日", true),
        ("a*a", "a?a", true),
        ("a?*a", "a*a", false),
        ("*a*", "?a*?a?", true),
    ] {
        assert_eq!(covers(a, b), expected, "{a} covers {b}");
    }
}

#[test]
fn overlap_of_known_globs() {
    for (a, b, expected) in [
        ("x*", "*y", true),
        ("x*", "y*", false),
        ("*x", "*y", false),
        ("?", "??", false),
        ("?*", "?", true),
        ("a?c", "?b?", true),
        ("a*b*c", "*?c", true),
        ("ab*", "a*", true),
        ("*ab", "ba*", true),
        ("*é", "日?", true),
    ] {
        assert_eq!(overlaps(a, b), expected, "{a} overlaps {b}");
        assert_eq!(overlaps(b, a), expected, "{b} overlaps {a}");
    }
}

/// How many sets of places the covered glob leads to at most, at any of its tokens.
fn widest(a: &str, b: &str) -> usize {
    let a = Walk::of(a);
    let mut sets = vec![a.start()];
    let mut widest = 1;
    for token in tokens(b) {
        if token == Token::Run {
            sets = a.after_any_run(sets);
        } else {
            let passable = a.passable(token);
            sets.iter_mut().for_each(|places| *places = a.step(places, &passable));
        }
        widest = widest.max(sets.len());
    }
    widest
}

/// A glob of `MAX_SEGMENT_BYTES` built from `parts`, filled up with `filler` in the middle.
fn full_length(begin: &str, filler: &str, end: &str) -> String {
    let mut glob = begin.to_owned();
    while glob.len() + filler.len() + end.len() <= MAX_SEGMENT_BYTES {
        glob.push_str(filler);
    }
    glob + end
}

#[test]
fn the_nastiest_globs_are_compared_in_no_time() {
    let shapes = [
        full_length("*a*a*a*a*a*a*a*", "a", ""),
        full_length("", "a", "*a*a*a*a*a*a*a*"),
        full_length("*x???????", "x", ""),
        full_length("*x?x?x?x?x?x?x?", "x", "b"),
        full_length("*x???????", "x", "*"),
        full_length("", "a", "?a?a?a?a?a?a?a?"),
        full_length("*", "a", "?a?a?a?a?a?a?a"),
        full_length("*x*x*x*x*x*x*x*x", "x", ""),
        full_length("*xa*xa*xa*xa*xa*xa*xa*", "xa", "x"),
        full_length("*?a??a?*", "ab", "*?a"),
        full_length("?*?*?*?*", "x", ""),
        full_length("*x??????*", "x", ""),
        full_length("x*x*x*x*x*x*x*x*", "x", ""),
        "*x??????*xyx".to_owned(),
        "x*x*x*xx?yxx?xy*xy?xxxx*x".to_owned(),
        "*x*x*x*x*x*x*x*x".to_owned(),
        "*x???????*".to_owned(),
        "*x?x?x?x?x?x?x?x".to_owned(),
    ];
    let mut slowest = Duration::ZERO;
    let mut most = 0;
    for a in &shapes {
        for b in &shapes {
            let begin = Instant::now();
            std::hint::black_box((covers(a, b), overlaps(a, b)));
            slowest = slowest.max(begin.elapsed());
            most = most.max(widest(a, b));
        }
    }
    // Milliseconds, even without optimisation; the bound leaves room for a busy machine.
    assert!(slowest < Duration::from_millis(250), "{slowest:?}");
    // The worst pair known; were it fewer, the pairs above would not be nasty enough.
    assert!((20..=35).contains(&most), "{most} sets");
}
