//! globset. A `*` may cross a `:` here: a name has as many segments as the patterns, so it never does, and `service:type:*`
//! is then a prefix, which needs no automaton. Candidates, which its documentation recommends for names that are matched
//! more than once, are made beforehand, and the list of matches is kept.

use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};

use super::{Loaded, Peer, said};
use crate::truth::digest;
use crate::world::World;

/// The distinct patterns of the largest namespace.
pub(super) fn matching(world: &World) -> Loaded {
    let mut builder = GlobSetBuilder::new();
    for pattern in world.patterns() {
        builder.add(Glob::new(pattern).map_err(said)?);
    }
    Ok(Box::new(Matching { set: builder.build().map_err(said)?, names: Vec::new(), found: Vec::new() }))
}

struct Matching {
    set: GlobSet,
    names: Vec<Candidate<'static>>,
    found: Vec<usize>,
}

impl Peer for Matching {
    fn holds(&self) -> usize {
        self.set.len()
    }

    fn ready(&mut self, world: &World) {
        // The process ends with the run.
        let name = |text: &String| Candidate::new(&*text.clone().leak());
        self.names = world.requests.iter().map(|request| name(&request.irn)).collect();
    }

    fn calls(&self) -> usize {
        self.names.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        self.set.matches_candidate_into(&self.names[call], &mut self.found);
        self.found.len() as u64
    }

    fn answers(&mut self, call: usize) -> Vec<(usize, u64)> {
        self.call(call);
        vec![(call, digest(self.found.iter().copied()))]
    }
}
