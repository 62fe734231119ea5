//! Grantrie's `PatternSet`: patterns are put one by one; names are parsed beforehand.

use std::collections::HashMap;

use grantrie::{Irn, Pattern, PatternSet};

use super::{Loaded, Peer, said};
use crate::truth::digest;
use crate::world::World;

/// The distinct patterns of the largest namespace.
pub(super) fn matching(world: &World) -> Loaded {
    let mut set = PatternSet::new();
    for pattern in world.patterns() {
        set.insert(&Pattern::parse(pattern).map_err(said)?);
    }
    Ok(Box::new(Matching { set, numbers: HashMap::new(), names: Vec::new() }))
}

struct Matching {
    set: PatternSet,
    numbers: HashMap<String, usize>,
    names: Vec<Irn<'static>>,
}

impl Peer for Matching {
    fn holds(&self) -> usize {
        self.set.len()
    }

    fn ready(&mut self, world: &World) {
        let patterns = world.patterns();
        self.numbers = patterns.iter().enumerate().map(|(number, text)| ((*text).to_owned(), number)).collect();
        // The process ends with the run.
        let name = |text: &String| Irn::parse(text.clone().leak()).expect("a name of the workload");
        self.names = world.requests.iter().map(|request| name(&request.irn)).collect();
    }

    fn calls(&self) -> usize {
        self.names.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let mut count = 0;
        self.set.for_each_matching(&self.names[call], |_| count += 1);
        count
    }

    fn answers(&mut self, call: usize) -> Vec<(usize, u64)> {
        let found = self.set.matching(&self.names[call]);
        let mut numbers: Vec<usize> = found.iter().map(|pattern| self.numbers[pattern.as_str()]).collect();
        numbers.sort_unstable();
        vec![(call, digest(numbers))]
    }
}
