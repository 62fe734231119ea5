//! The engines, one file each, behind one small trait.
//!
//! What an engine does in [`Kind::load`] is its load time and its memory; what it does in [`Peer::ready`] (the requests, as
//! the engine wants them) and the choice of a slice for a user are outside of all timing, in the peers' favour. What
//! [`Peer::call`] does is a check.

mod casbin;
mod cedar;
mod globset;
mod grantrie;
mod iam_rs;
mod pattern_set;
mod regex_automata;
mod regorus;

use std::ops::Range;

use crate::world::World;

/// An engine that holds the permissions (or patterns) of a world.
pub(crate) trait Peer {
    /// How many permissions or patterns it holds; of several users' slices, each as often as it was put.
    fn holds(&self) -> usize;

    /// Makes the requests.
    fn ready(&mut self, world: &World);

    /// How many calls ask everything that it is to be asked.
    fn calls(&self) -> usize;

    /// Makes one call, and sums up its answers.
    fn call(&mut self, call: usize) -> u64;

    /// Makes several calls.
    fn pass(&mut self, calls: Range<usize>) -> u64 {
        calls.map(|call| self.call(call)).fold(0, u64::wrapping_add)
    }

    /// Makes one call: each request that it asks, by its index, with the answer.
    fn answers(&mut self, call: usize) -> Vec<(usize, u64)> {
        vec![(call, self.call(call))]
    }
}

/// An engine and a way of using it.
pub(crate) struct Kind {
    pub(crate) engine: &'static str,
    pub(crate) variant: &'static str,
    /// What an answer is.
    pub(crate) answers: Answers,
    /// Loads it.
    pub(crate) load: fn(&World) -> Loaded,
}

/// A loaded engine, or why it could not be loaded.
pub(crate) type Loaded = Result<Box<dyn Peer>, String>;

/// What an engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Allowed or not.
    Decisions,
    /// The patterns that match a name.
    Patterns,
}

/// Every engine, in the order in which they take turns.
pub(crate) const ALL: [Kind; 13] = [
    Kind { engine: "grantrie", variant: "prepared", answers: Answers::Decisions, load: grantrie::prepared },
    Kind { engine: "grantrie", variant: "string", answers: Answers::Decisions, load: grantrie::string },
    Kind { engine: "grantrie", variant: "batch", answers: Answers::Decisions, load: grantrie::batch },
    Kind { engine: "cedar", variant: "whole", answers: Answers::Decisions, load: cedar::whole },
    Kind { engine: "cedar", variant: "sliced", answers: Answers::Decisions, load: cedar::sliced },
    Kind { engine: "casbin", variant: "plain", answers: Answers::Decisions, load: casbin::plain },
    Kind { engine: "casbin", variant: "cached", answers: Answers::Decisions, load: casbin::cached },
    Kind { engine: "regorus", variant: "interpreter", answers: Answers::Decisions, load: regorus::interpreter },
    Kind { engine: "regorus", variant: "bytecode", answers: Answers::Decisions, load: regorus::bytecode },
    Kind { engine: "iam-rs", variant: "prebuilt", answers: Answers::Decisions, load: iam_rs::prebuilt },
    Kind { engine: "pattern-set", variant: "matching", answers: Answers::Patterns, load: pattern_set::matching },
    Kind { engine: "globset", variant: "matching", answers: Answers::Patterns, load: globset::matching },
    Kind { engine: "regex-automata", variant: "matching", answers: Answers::Patterns, load: regex_automata::matching },
];

impl Kind {
    /// `engine/variant`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.engine, self.variant)
    }
}

/// What went wrong, as text.
fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}
