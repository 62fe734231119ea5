//! What a call from another language costs, beside the same call in Rust: `cargo xtask border`.
//!
//! - `work` writes what is asked: a world and questions about it;
//! - `host` is the Rust host; hosts in other languages are programs, `hosts/host.c` among them;
//! - `gather` runs all hosts in turn for several rounds, and puts their rows beside each other;
//! - `instructions` counts under callgrind what Rust and C execute for one check;
//! - `chart` draws.
//!
//! **A host** is a program that is called with the paths of the world and of the questions, and writes one line of JSON for
//! each row that it measures: `{"host": "c", "row": "prepared", "median_ns": 61.2, "p99_ns": 80.1}`. Questions are lines of
//! namespace, user, action and name, separated by tabs; no times, no criteria. Rows that all hosts have names for:
//!
//! | row | one item is |
//! |---|---|
//! | `prepared` | yes or no for a prepared subject, one per user and namespace, made before |
//! | `check` | the decision with its reason, likewise |
//! | `batch` | one of 256 answers of one call, all of the user of the first, in its namespace |
//! | `list` | the same, for the action of the first |
//! | `single` | the same as `list`, one call for each, so that the subject is at hand |
//! | `names` | yes or no with all names as text |
//! | `empty` | a call into the same library that takes the same texts and does nothing |
//!
//! Items are timed in pieces of 512 (a batch is a piece); the median and the 99th percentile are of the pieces' means. A host
//! does each row once untimed. What it answers is compared: `allowed`, the number of those allowed, is in each line too.

mod chart;
mod gather;
mod host;
mod instructions;
mod work;

use std::process::ExitCode;

use clap::Parser;

/// What to do.
#[derive(Debug, Parser)]
#[command(name = "border", about = "Measures what a call from another language costs")]
enum Task {
    /// Writes a world and questions.
    Work(work::Work),
    /// The rows of Rust.
    Host(host::Host),
    /// Runs hosts in turn, and puts their rows beside each other.
    Gather(gather::Gather),
    /// Draws what was gathered.
    Chart(chart::Chart),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Work(work) => work.write(),
        Task::Host(host) => host.run(),
        Task::Gather(gather) => gather.run(),
        Task::Chart(chart) => chart.draw(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
