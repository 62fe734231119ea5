//! The long run of engine against model.

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run};

/// See [`Task::Differential`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Differential {
    /// How many checks to compare, at least.
    #[arg(long, default_value_t = 20_000_000)]
    checks: u64,
    /// The seed of the first world; the clock's, if absent.
    #[arg(long)]
    seed: Option<u64>,
}

impl Differential {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let numbers: Vec<String> = [Some(self.checks), self.seed].iter().flatten().map(u64::to_string).collect();
        let mut command = cargo(&["run", "--quiet", "--release", "--package", "grantrie-testkit"]);
        run(command.args(["--bin", "differential", "--"]).args(numbers))?;
        Ok(Outcome::Done("engine and model agree".to_owned()))
    }
}
