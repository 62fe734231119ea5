//! A world of the workload that answers, for every bench.
#![allow(dead_code, reason = "each bench uses a part of it")]

use grantrie::{ChangeSet, Engine, PreparedSubject, Subject};
use grantrie_testkit::workload::{Ask, Edit, Shape, Workload};

/// The sizes at which things are measured.
pub(crate) const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Requests that a pass goes through: many more than a branch predictor remembers.
pub(crate) const REQUESTS: usize = 4_096;

/// An engine, requests that fit it, and changes to make meanwhile.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) asks: Vec<Ask>,
    pub(crate) edits: Vec<Edit>,
}

impl World {
    /// The ordinary workload.
    pub(crate) fn ordinary(size: usize) -> Self {
        let mut workload = Workload::new(seed(), size);
        let (asks, edits) = (workload.requests(REQUESTS, true), workload.edits(1_000));
        Self { engine: loaded(workload.changes()), asks, edits }
    }

    /// A world in which one thing is extreme.
    pub(crate) fn shape(shape: Shape, size: usize) -> Self {
        let shaped = shape.world(seed(), size, REQUESTS);
        Self { engine: loaded(shaped.changes), asks: shaped.asks, edits: shaped.edits }
    }

    /// The subject of a request, prepared.
    pub(crate) fn subject(&self, ask: &Ask) -> PreparedSubject {
        self.engine.prepare(&ask.namespace, &Subject::user(&ask.user), None).expect("workloads have valid names")
    }

    /// The subjects of all requests, one each.
    pub(crate) fn subjects(&self) -> Vec<PreparedSubject> {
        self.asks.iter().map(|ask| self.subject(ask)).collect()
    }

    /// How many requests are allowed, with all names as text.
    pub(crate) fn count_allowed(&self) -> usize {
        self.asks.iter().filter(|ask| self.engine.is_allowed(&ask.request())).count()
    }

    /// How many requests are allowed, for subjects that were prepared.
    pub(crate) fn count_allowed_for(&self, subjects: &[PreparedSubject]) -> usize {
        let pairs = self.asks.iter().zip(subjects);
        pairs.filter(|(ask, subject)| self.engine.is_allowed_for(subject, &ask.question())).count()
    }
}

/// Another seed each time: what is fast only on one world is not fast.
pub(crate) fn seed() -> u64 {
    std::process::id().into()
}

fn loaded(changes: Vec<grantrie::Change>) -> Engine {
    let engine = Engine::new();
    engine.apply(ChangeSet::new(changes)).expect("workloads are valid");
    engine
}
