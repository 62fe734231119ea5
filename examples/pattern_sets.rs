//! All patterns of the workload's largest namespace that match a name: [`PatternSet`] beside globset and the lazy DFA of
//! regex-automata, in one run and with the answers compared. `cargo run --release --example pattern_sets [SEED]`

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use grantrie::{Irn, Pattern, PatternSet};
use grantrie_testkit::workload::Workload;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, Input, MatchKind, PatternSet as Found, util::syntax};

/// Names that a pass goes through.
const NAMES: usize = 4_096;
const ROUNDS: usize = 15;

fn main() {
    let seed = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(u64::from(std::process::id()));
    println!("seed {seed}");
    for size in [1_000, 10_000, 100_000] {
        compare(seed, size);
    }
}

fn compare(seed: u64, size: usize) {
    let mut workload = Workload::new(seed, size);
    let drafts = (0..size).map(|index| workload.draft(index)).filter(|draft| draft.namespace == "r_ns00000");
    let patterns: Vec<Pattern> = drafts.map(|draft| draft.pattern).collect::<BTreeSet<_>>().into_iter().collect();
    let asks = workload.requests(NAMES, true);
    let texts: Vec<&str> = asks.iter().map(|ask| ask.irn.as_str()).collect();
    let paths: Vec<String> = texts.iter().map(|text| text.replace(':', "/")).collect();
    let names: Vec<Irn<'_>> = texts.iter().map(|text| Irn::parse(text).expect("a name")).collect();

    let begun = Instant::now();
    let mut set = PatternSet::new();
    set.extend(&patterns);
    let built = begun.elapsed();
    let begun = Instant::now();
    let globs = glob_set(&patterns);
    let globs_built = begun.elapsed();
    let begun = Instant::now();
    let automaton = lazy_dfa(&patterns);
    let automaton_built = begun.elapsed();

    let ours = || {
        let mut count = 0;
        names.iter().for_each(|name| set.for_each_matching(name, |_| count += 1));
        count
    };
    let mut indices = Vec::new();
    let mut theirs = || {
        let matching = |path: &String| {
            globs.matches_into(path, &mut indices);
            indices.len()
        };
        paths.iter().map(matching).sum::<usize>()
    };
    let mut cached = automaton.as_ref().map(|dfa| (dfa, dfa.create_cache(), Found::new(patterns.len())));
    let mut lazy = || cached.as_mut().map(|(dfa, cache, found)| search_all(dfa, cache, found, &texts));
    let answers = ours();
    assert_eq!(answers, theirs(), "globset");
    if let Some(count) = lazy() {
        assert_eq!(answers, count.expect("no quitting"), "lazy DFA");
    }

    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(time(|| black_box(ours())));
        times[1].push(time(|| black_box(theirs())));
        times[2].push(time(|| black_box(lazy().and_then(Result::ok).unwrap_or_default())));
    }
    let [ours, theirs, lazy] = times.map(median);
    println!("{} patterns, {:.2} matches a name", patterns.len(), answers as f64 / NAMES as f64);
    println!("  grantrie {ours:7.0} ns  built in {built:9.1?}");
    println!(
        "  globset  {theirs:7.0} ns  built in {globs_built:9.1?}: {:.1}x, build {:.0}x",
        theirs / ours,
        globs_built.as_secs_f64() / built.as_secs_f64()
    );
    match automaton {
        Some(_) => println!(
            "  lazy DFA {lazy:7.0} ns  built in {automaton_built:9.1?}: {:.1}x, build {:.0}x",
            lazy / ours,
            automaton_built.as_secs_f64() / built.as_secs_f64()
        ),
        None => println!("  lazy DFA does not build"),
    }
}

fn time<T>(run: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

/// Nanoseconds a name.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e9 / NAMES as f64
}

/// The separator of segments is the one that globset knows.
fn glob_set(patterns: &[Pattern]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        // The workload has neither `**` nor slashes, and `*` never takes a colon: no segment after a star may be
        // shorter. globset keeps only `/` apart, so colons are written as slashes in both.
        let glob = GlobBuilder::new(&pattern.as_str().replace(':', "/")).literal_separator(true).build();
        builder.add(glob.expect("a glob"));
    }
    builder.build().expect("a set")
}

fn lazy_dfa(patterns: &[Pattern]) -> Option<DFA> {
    let regexes: Vec<String> = patterns.iter().map(|pattern| regex(pattern.as_str())).collect();
    DFA::builder()
        .configure(DFA::config().match_kind(MatchKind::All).cache_capacity(64 << 20))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(regex_automata::nfa::thompson::Config::new().utf8(false))
        .build_many(&regexes)
        .ok()
}

fn regex(pattern: &str) -> String {
    let mut regex = "(?s-u)".to_owned();
    for byte in pattern.chars() {
        match byte {
            '*' => regex.push_str("[^:]*"),
            '-' => regex.push_str("\\-"),
            other => regex.push(other),
        }
    }
    regex.push('$');
    regex
}

fn search_all(
    dfa: &DFA,
    cache: &mut Cache,
    found: &mut Found,
    texts: &[&str],
) -> Result<usize, regex_automata::MatchError> {
    let mut count = 0;
    for text in texts {
        found.clear();
        dfa.try_which_overlapping_matches(cache, &Input::new(text).anchored(Anchored::Yes), found)?;
        count += found.len();
    }
    Ok(count)
}
