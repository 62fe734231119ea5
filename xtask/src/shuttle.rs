//! The publishing protocol under shuttle's scheduler.

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run};

/// See [`Task::Shuttle`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Shuttle {
    /// How many schedules to try for each test.
    #[arg(long, default_value_t = Self::default().schedules)]
    schedules: u32,
}

impl Default for Shuttle {
    fn default() -> Self {
        Self { schedules: 20_000 }
    }
}

impl Shuttle {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let mut command = cargo(&["test", "--package", "grantrie-protocol", "--", "--nocapture"]);
        run(command.env("GRANTRIE_SCHEDULES", self.schedules.to_string()))?;
        Ok(Outcome::Done(format!("{} schedules for each test", self.schedules)))
    }
}
