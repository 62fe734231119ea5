//! The long run of random histories of a store.

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run};

/// See [`Task::Histories`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Histories {
    /// Passed on: `--rounds N`, `--steps N`, `--seed S`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Histories {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let mut command = cargo(&["run", "--quiet", "--release", "--package", "grantrie-histories", "--"]);
        run(command.args(&self.args))?;
        Ok(Outcome::Done("store and model agree".to_owned()))
    }
}
