//! Why no automaton of many globs: what one of `*x01*y01*`, `*x02*y02*`, … weighs, and what it takes to build.
//!
//! An automaton that says *which* of its globs match must remember which of them it has met half of: its states are
//! all combinations. The engine finds globs by the text that they must show instead (`src/index/anchor.rs`).

use std::time::Instant;

use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};
use regex_automata::util::syntax;

/// As much as one might give a set of globs.
const LIMIT: usize = 1 << 20;

fn main() {
    for count in [2, 4, 6, 8, 16] {
        let globs: Vec<String> = (0..count).map(|n| format!("(?s-u)[^:]*x{n:02}[^:]*y{n:02}[^:]*$")).collect();
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .determinize_size_limit(Some(LIMIT))
            .dfa_size_limit(Some(LIMIT));
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let begun = Instant::now();
        match dense::Builder::new().configure(config).syntax(syntax).build_many(&globs) {
            Ok(automaton) => {
                println!("{count:2} globs: {:5} KiB, {:.1?}", automaton.memory_usage() / 1_024, begun.elapsed())
            }
            Err(error) => println!("{count:2} globs: {error}, {:.1?}", begun.elapsed()),
        }
    }
}
