//! Measuring: the programs of `crates/goals`, built in release.

use clap::Args;

use crate::program::{Failure, Outcome, cargo, output, program, run};

/// See [`Task::Instructions`](crate::Task).
#[derive(Debug, Args, Default)]
pub(crate) struct Instructions {
    /// Passed on: `--up-to 1000000`, `--checks`, `--seed`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Instructions {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        if output(&mut program("valgrind", &["--version"])).is_none() {
            return Ok(Outcome::Skipped("no valgrind, which counts the instructions".to_owned()));
        }
        build()?;
        run(program("target/release/goals", &["instructions"]).args(&self.args))?;
        Ok(Outcome::Done("within the limits of benches/instructions.toml".to_owned()))
    }
}

/// See [`Task::Goals`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Goals {
    /// Passed on: `--quick` (one run instead of three), `--json FILE`, `--seed`, `--only TOPICS`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Goals {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        build()?;
        run(&mut cargo(&["build", "--quiet", "--release", "--package", "peers"]))?;
        run(program("target/release/goals", &["all"]).args(&self.args))?;
        Ok(Outcome::Done("all goals hold".to_owned()))
    }
}

fn build() -> Result<(), Failure> {
    let packages = ["--package", "grantrie-testkit", "--package", "grantrie-goals"];
    run(cargo(&["build", "--quiet", "--release"]).args(packages))
}
