//! Measures the engine and holds every figure against its goal: `cargo xtask goals` and `cargo xtask instructions`.
//!
//! - `rows` is the list of goals; `report` prints it with what was found, and `curves` how far some of it grows;
//! - `rounds` runs everything for several seeds, each topic in a process of its own;
//! - `measure` is what those processes do; `instructions` counts, `peers` has other engines measured;
//! - `missed` says why a goal is missed and what was tried, and has `profile` measure where the time goes;
//! - `gate` holds the instructions to the limits of the code as it is.

mod curves;
mod figures;
mod gate;
mod instructions;
mod measure;
mod missed;
mod peers;
mod profile;
mod report;
mod rounds;
mod rows;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

// So that what a check allocates and a reader frees can be counted.
#[global_allocator]
static ALLOCATOR: grantrie_counting::Counting = grantrie_counting::Counting;

/// What to measure.
#[derive(Debug, Parser)]
#[command(name = "goals", about = "Measures the engine and holds every figure against its goal")]
enum Task {
    /// Every goal: the figure beside it.
    All(rounds::All),
    /// The instructions of a check against their limits.
    Instructions(gate::Gate),
    /// One topic, as JSON; for `all`.
    #[command(hide = true)]
    Measure {
        /// What.
        topic: measure::Topic,
        /// The seed of the worlds.
        #[arg(long)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::All(all) => programs().and_then(|bin| all.run(&bin)),
        Task::Instructions(gate) => programs().and_then(|bin| gate.run(&bin)),
        Task::Measure { topic, seed } => topic.measure(seed).and_then(|figures| {
            serde_json::to_writer(std::io::stdout().lock(), &figures).map_err(|error| error.to_string())
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Where the built programs are: beside this one.
fn programs() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    here.parent().map(PathBuf::from).ok_or_else(|| "where is this program?".to_owned())
}
