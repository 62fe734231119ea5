//! The engine and the model, put through the same histories: every answer of the one is compared with the other's.
//!
//! A run is a row of worlds, one for each seed from the first on. A world begins empty and lives through a [`History`]:
//! change sets, applied to both sides, and after each of them requests and other questions. What is compared is in
//! `compare` (a request, in every form in which it can be asked) and `state` (everything that can be read back).
//!
//! The same history out of a fuzzer's bytes is in [`fuzz`](crate::fuzz).

mod compare;
mod history;
mod pair;
mod state;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use history::History;
pub use pair::Pair;

use crate::Choices;

/// What a run has compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// The seed of the first world.
    pub seed: u64,
    /// Worlds, each from empty to its end.
    pub worlds: u64,
    /// Change sets that were applied.
    pub applied: u64,
    /// Change sets that were refused.
    pub refused: u64,
    /// Requests, each asked in every form.
    pub checks: u64,
    /// How many of them were allowed.
    pub allowed: u64,
    /// How many were denied by a permission.
    pub denied: u64,
    /// How many were held up by a gate.
    pub gated: u64,
    /// How many were invalid.
    pub invalid: u64,
    /// Permissions that were considered in all of them.
    pub considered: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, worlds, applied, refused, checks, allowed, denied, gated, invalid, considered } = self;
        write!(
            f,
            "seed {seed}: {checks} checks ({allowed} allowed, {denied} denied, {gated} held by a gate, {invalid} \
             invalid; {considered} permissions considered) in {worlds} worlds ({applied} change sets, {refused} refused)"
        )
    }
}

/// Where engine and model part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The seed of the world in which they do: a run that begins with it finds the difference in its first world.
    pub seed: u64,
    /// Checks that the run had compared before.
    pub checks: u64,
    /// The step of the history, from 0.
    pub step: usize,
    /// What was done or asked.
    pub what: String,
    /// What the engine says.
    pub engine: String,
    /// What the model says.
    pub model: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, checks, step, what, engine, model } = self;
        writeln!(f, "engine and model differ (seed {seed}, step {step}, after {checks} checks)")?;
        writeln!(f, "    {what}\n  engine: {engine}\n  model:  {model}")?;
        write!(f, "once more: cargo xtask differential --seed {seed} --checks 1")
    }
}

impl std::error::Error for Difference {}

/// One thing in which the two sides differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What was done or asked.
    pub what: String,
    /// What the engine says.
    pub engine: String,
    /// What the model says.
    pub model: String,
}

impl Disagreement {
    /// A disagreement unless both are equal; `what` is written only then.
    ///
    /// # Errors
    /// The disagreement.
    pub fn unless_equal<T: PartialEq + fmt::Debug>(
        engine: &T,
        model: &T,
        what: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        if engine == model {
            return Ok(());
        }
        Err(Self { what: what(), engine: format!("{engine:?}"), model: format!("{model:?}") })
    }
}

/// Compares at least so many checks, world after world.
///
/// # Errors
/// The first difference.
pub fn run(seed: u64, checks: u64) -> Result<Report, Box<Difference>> {
    run_with(seed, checks, |_| {})
}

/// [`run`], which tells `progress` after each world what was compared so far.
///
/// # Errors
/// The first difference.
pub fn run_with(seed: u64, checks: u64, mut progress: impl FnMut(&Report)) -> Result<Report, Box<Difference>> {
    let mut report = Report { seed, ..Report::default() };
    while report.checks < checks {
        world(seed.wrapping_add(report.worlds), &mut report)?;
        report.worlds += 1;
        progress(&report);
    }
    Ok(report)
}

/// The world of one seed, from empty to its end.
fn world(seed: u64, report: &mut Report) -> Result<(), Box<Difference>> {
    let mut choices = Choices::seeded(seed);
    // Most worlds stay small, so that they are many; a few grow.
    let steps = *choices.pick(&[10, 30, 60, 60, 90, 250]);
    let mut history = if choices.percent(40) { History::of_worlds(choices) } else { History::small(choices) };
    for step in 0..=steps {
        let lived = catch_unwind(AssertUnwindSafe(|| if step < steps { history.step(report) } else { history.end() }));
        let lived = lived.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let engine = format!("a panic: {}", text.unwrap_or_default());
            Err(Disagreement { what: history.doing().to_owned(), engine, model: "no panic".to_owned() })
        });
        lived.map_err(|Disagreement { what, engine, model }| {
            Box::new(Difference { seed, checks: report.checks, step, what, engine, model })
        })?;
    }
    Ok(())
}
