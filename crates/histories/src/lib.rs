//! Random histories of a store: changes, crashes, openings, compactions, backups, restores, purges and trimming, by several
//! handles on one file, with the reference model beside it.
//!
//! A [`Life`] takes one step after the other out of [`Choices`]: a seed's, for as long as one likes (`cargo xtask histories`),
//! or a fuzzer's bytes ([`fuzz`]). After each step a handle is asked and read back, and must say what the model says that
//! was at the revision which the handle shows. At the end everything is compared: every handle, the audit from its
//! beginning, the file's checksums, what was exported and imported, and all of it once more after a last opening.
//!
//! - `life` holds the state; `steps` says what can happen, `changes` and `copies` some of it; `files` is what a crash leaves;
//! - `ledger` is what the store must hold: a model for each revision, and who made it; `audited` compares the audit with that.
//!
//! A crash is the files as they are at an instant, copied to another place: what `kill -9` leaves, since the system keeps
//! what was written. One in the middle of a commit is such a copy with the write-ahead log cut anywhere between what it
//! was before and after. Deliberately not here: several processes and threads (the tests of the store), broken disks.

mod audited;
mod changes;
mod copies;
mod files;
mod ledger;
mod life;
mod steps;
mod tally;

use std::panic::{AssertUnwindSafe, catch_unwind};

use grantrie_testkit::Choices;
use grantrie_testkit::differential::Disagreement;

pub use life::Life;
pub use tally::Tally;

/// Steps after which the history of a fuzzer's bytes ends: a longer one says no more.
const MOST_STEPS: usize = 120;

/// Lives through a history of so many steps, or until the choices are over.
///
/// # Errors
/// Where store and model part, a panic included.
pub fn live(choices: Choices<'_>, steps: usize) -> Result<Tally, Disagreement> {
    let mut life = Life::new(choices)?;
    let lived = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..steps {
            if life.is_over() {
                break;
            }
            life.step()?;
        }
        life.end()
    }));
    let lived = lived.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let engine = format!("a panic: {}", text.unwrap_or_default());
        Err(Disagreement { what: "a step".to_owned(), engine, model: "no panic".to_owned() })
    });
    lived.map_err(|found| Disagreement { what: format!("{}\n  after: {}", found.what, life.told()), ..found })?;
    Ok(life.tally())
}

/// The fuzz target: a history out of these bytes.
///
/// # Panics
/// Where store and model differ.
pub fn fuzz(data: &[u8]) {
    if let Err(Disagreement { what, engine, model }) = live(Choices::of_bytes(data), MOST_STEPS) {
        panic!("store and model differ\n  {what}\n  store: {engine}\n  model: {model}");
    }
}
