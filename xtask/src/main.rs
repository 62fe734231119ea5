//! The one task runner: `cargo xtask <task>`.
//!
//! A task is a file here that starts other programs, cargo mostly, from the top of the repository. `ci` is what every
//! change must pass, and all of it: nothing is checked anywhere else.

mod bindings;
mod border;
mod capi;
mod ci;
mod cost;
mod differential;
mod examples;
mod fuzz;
mod goals;
mod histories;
mod kill;
mod load;
mod program;
mod readme;
mod serve;
mod shuttle;
mod tools;
mod valgrind;

use std::process::ExitCode;

use clap::Parser;

/// What to do.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Checks and long runs of this repository")]
enum Task {
    /// Everything that a change must pass, in order; stops at the first failure.
    Ci(ci::Ci),
    /// What a call from another language costs beside the same call in Rust.
    Border(border::Border),
    /// Builds the C library, shared and static, and installs it with its header and a file for pkg-config.
    CapiInstall(capi::CapiInstall),
    /// Writes the C header anew from the sources.
    CapiHeader,
    /// What being on disk costs, each figure beside its goal; fails if one is missed.
    Cost(cost::Cost),
    /// Engine against model, for as many checks as you like.
    Differential(differential::Differential),
    /// Builds the fuzz targets and runs them (all, or one).
    Fuzz(fuzz::Fuzz),
    /// Every goal of speed and memory, the figure beside it; fails if one is missed. Three runs, within ten minutes.
    Goals(goals::Goals),
    /// Random histories of a store against the model: crashes, openings, backups, trimming and more.
    Histories(histories::Histories),
    /// `kill -9` at random instants on processes that write a store: 1,000 rounds.
    Kill(kill::Kill),
    /// The instructions of a check against the limits in `benches/instructions.toml`.
    Instructions(goals::Instructions),
    /// Loads a generated world through the command, and prints its time and memory.
    Load(load::Load),
    /// Requests made up from the served OpenAPI document, against the server.
    Openapi(serve::Openapi),
    /// Checks and writes over HTTP from a process of their own: latencies, beside the check in process.
    ServeLoad(serve::ServeLoad),
    /// The publishing protocol under shuttle's scheduler, for many schedules.
    Shuttle(shuttle::Shuttle),
    /// Readers of versions that come and go under valgrind.
    Valgrind,
    /// Builds the Python package, installs it in a clean environment, and runs its tests and the corpus.
    Python,
    /// Builds the Node package, installs its tarball in a clean folder, and runs its tests and the corpus.
    Node,
    /// Runs the commands that the README shows.
    Readme,
    /// Runs all examples.
    Examples,
    /// Makes sure that programs which the tests need are there, and installs those that are not.
    Tools(tools::Tools),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Ci(task) => task.run(),
        Task::Border(task) => task.run(),
        Task::CapiInstall(task) => task.run(),
        Task::CapiHeader => capi::header(),
        Task::Cost(task) => task.run(),
        Task::Differential(task) => task.run(),
        Task::Fuzz(task) => task.run(),
        Task::Goals(task) => task.run(),
        Task::Histories(task) => task.run(),
        Task::Kill(task) => task.run(),
        Task::Instructions(task) => task.run(),
        Task::Load(task) => task.run(),
        Task::Openapi(task) => task.run(),
        Task::ServeLoad(task) => task.run(),
        Task::Shuttle(task) => task.run(),
        Task::Valgrind => valgrind::valgrind(),
        Task::Python => bindings::python(),
        Task::Node => bindings::node(),
        Task::Readme => readme::run(),
        Task::Examples => examples::run(),
        Task::Tools(task) => task.run(),
    };
    match done {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
