//! regex-automata's lazy DFA over all patterns at once: anchored at both ends, all matches, bytes rather than characters,
//! and a cache that is large enough for what the names need of it where that is possible at all.

use regex_automata::hybrid::dfa::{Cache, DFA, OverlappingState};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::{Loaded, Peer, said};
use crate::truth::digest;
use crate::world::World;

/// In bytes.
const CACHE: usize = 1 << 29;

/// The distinct patterns of the largest namespace.
pub(super) fn matching(world: &World) -> Loaded {
    let expressions: Vec<String> = world.patterns().into_iter().map(expression).collect();
    let dfa = DFA::builder()
        .configure(DFA::config().match_kind(MatchKind::All).cache_capacity(CACHE))
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false))
        .build_many(&expressions)
        .map_err(said)?;
    let cache = dfa.create_cache();
    Ok(Box::new(Matching { holds: expressions.len(), dfa, cache, names: Vec::new() }))
}

fn expression(pattern: &str) -> String {
    let segment = |text: &str| match text {
        "*" => "[^:]+".to_owned(),
        text => text.replace('-', "\\-").replace('*', "[^:]*"),
    };
    let segments: Vec<String> = pattern.split(':').map(segment).collect();
    format!("\\A{}\\z", segments.join(":"))
}

struct Matching {
    holds: usize,
    dfa: DFA,
    cache: Cache,
    names: Vec<String>,
}

impl Matching {
    fn each(&mut self, call: usize, mut visit: impl FnMut(usize)) {
        let input = Input::new(&self.names[call]).anchored(Anchored::Yes);
        let mut state = OverlappingState::start();
        loop {
            self.dfa
                .try_search_overlapping_fwd(&mut self.cache, &input, &mut state)
                .expect("a cache without a limit of use");
            let Some(found) = state.get_match() else { break };
            visit(found.pattern().as_usize());
        }
    }
}

impl Peer for Matching {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        self.names = world.requests.iter().map(|request| request.irn.clone()).collect();
    }

    fn calls(&self) -> usize {
        self.names.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let mut count = 0;
        self.each(call, |_| count += 1);
        count
    }

    fn answers(&mut self, call: usize) -> Vec<(usize, u64)> {
        let mut numbers = Vec::new();
        self.each(call, |number| numbers.push(number));
        numbers.sort_unstable();
        vec![(call, digest(numbers))]
    }
}
