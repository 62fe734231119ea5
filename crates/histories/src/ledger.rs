//! What the store must hold: the model at each revision, and how each came about.

use std::sync::Arc;

use grantrie::{Effected, Revision, Timestamp};
use grantrie_store::{Cause, Origin};
use grantrie_testkit::model::Model;

/// A change set that took effect.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) at: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) cause: Cause,
    pub(crate) effects: Vec<Effected>,
}

/// All revisions of a store. Cloning it is cheap: a backup keeps one.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    /// The model at each revision, from 0 on.
    worlds: Vec<Arc<Model>>,
    /// What led to each revision, from 1 on.
    made: Vec<Arc<Made>>,
    /// The revision before the first that the audit still has.
    pub(crate) base: u64,
    /// The revision of the newest snapshot; 0 if there is none.
    pub(crate) snapshot: u64,
    /// The instant of the last entry that was trimmed.
    trimmed: Timestamp,
}

impl Ledger {
    pub(crate) fn new(empty: Model) -> Self {
        Self { worlds: vec![Arc::new(empty)], made: Vec::new(), base: 0, snapshot: 0, trimmed: Timestamp::MIN }
    }

    pub(crate) fn head(&self) -> u64 {
        self.made.len() as u64
    }

    pub(crate) fn newest(&self) -> &Arc<Model> {
        self.world(self.head())
    }

    pub(crate) fn world(&self, revision: u64) -> &Arc<Model> {
        let last = self.worlds.len() - 1;
        &self.worlds[usize::try_from(revision).map_or(last, |revision| revision.min(last))]
    }

    /// What led to a revision that there is.
    pub(crate) fn made(&self, revision: u64) -> &Made {
        &self.made[usize::try_from(revision).unwrap_or(usize::MAX).saturating_sub(1)]
    }

    pub(crate) fn push(&mut self, made: Made, world: Model) {
        assert_eq!(world.revision, Revision(self.head() + 1), "the ledger has every revision");
        self.made.push(Arc::new(made));
        self.worlds.push(Arc::new(world));
    }

    /// Takes the newest revision back: it was not acknowledged, and a crash took it.
    pub(crate) fn pop(&mut self) {
        self.made.pop();
        self.worlds.pop();
    }

    /// Goes back to a revision, with the audit from another on, and one snapshot of all that is there.
    pub(crate) fn keep(&mut self, revision: u64, base: u64) {
        let kept = usize::try_from(revision).unwrap_or(usize::MAX);
        self.made.truncate(kept);
        self.worlds.truncate(kept.saturating_add(1));
        if base != self.base {
            self.trimmed = Timestamp::MIN;
        }
        (self.base, self.snapshot) = (base, revision);
    }

    /// The instant of the newest revision: those of later ones are not before it.
    pub(crate) fn latest(&self) -> Timestamp {
        if self.base < self.head() { self.made(self.head()).at } else { self.trimmed }
    }

    /// Trims what is older than `cutoff` and in a snapshot; answers how many.
    pub(crate) fn trim(&mut self, cutoff: Timestamp) -> u64 {
        let before = self.base;
        while self.base < self.snapshot && self.made(self.base + 1).at < cutoff {
            self.base += 1;
            self.trimmed = self.made(self.base).at;
        }
        self.base - before
    }
}
