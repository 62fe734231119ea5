//! The long run of the store's kill test.

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run};

/// See [`Task::Kill`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Kill {
    /// How often processes are killed.
    #[arg(long, default_value_t = 1_000)]
    rounds: u64,
    /// The seed of changes and lives; when exactly a process dies is up to the system all the same.
    #[arg(long)]
    seed: Option<u64>,
}

impl Kill {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let mut command = cargo(&["test", "--package", "grantrie-store", "--test", "kill", "--", "--nocapture"]);
        command.env("GRANTRIE_KILL_ROUNDS", self.rounds.to_string());
        if let Some(seed) = self.seed {
            command.env("GRANTRIE_SEED", seed.to_string());
        }
        run(&mut command)?;
        Ok(Outcome::Done(format!("{} kills, nothing lost", self.rounds)))
    }
}
