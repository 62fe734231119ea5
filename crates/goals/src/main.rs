//! Measures the engine and holds every figure against its goal: `cargo xtask goals` and `cargo xtask instructions`.

mod gate;
mod instructions;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// What to measure.
#[derive(Debug, Parser)]
#[command(name = "goals", about = "Measures the engine and holds every figure against its goal")]
enum Task {
    /// The instructions of a check against their limits.
    Instructions(gate::Gate),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Instructions(gate) => programs().and_then(|bin| gate.run(&bin)),
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
