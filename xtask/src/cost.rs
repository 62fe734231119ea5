//! What being on disk costs: the store's bench, on a generated world.

use std::fs::File;
use std::process::Stdio;

use clap::Args;

use crate::program::{Failure, Outcome, cargo, program, run, shown, top};

/// See [`Task::Cost`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Cost {
    /// Where the stores are made: on the disk that is meant.
    #[arg(long, default_value = "target/tmp/cost")]
    directory: String,
    /// Permissions of the world that is opened.
    #[arg(long, default_value_t = 1_000_000)]
    permissions: u64,
    /// The seed of that world.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

impl Cost {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let directory = top().join(&self.directory);
        let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
        std::fs::create_dir_all(&directory).map_err(failed)?;
        let world = directory.join("world.json");
        run(&mut cargo(&["build", "--quiet", "--release", "--package", "grantrie-testkit"]))?;
        let mut generate = program("target/release/world", &[&self.permissions.to_string(), &self.seed.to_string()]);
        println!("$ {} > {}", shown(&generate), world.display());
        let made = generate.stdout(Stdio::from(File::create(&world).map_err(failed)?)).status().map_err(failed)?;
        if !made.success() {
            return Err(format!("the generator ended with {made}"));
        }
        let mut bench = cargo(&["bench", "--quiet", "--package", "grantrie-store", "--bench", "cost", "--"]);
        let measured = run(bench.arg(&directory).arg(&world));
        std::fs::remove_dir_all(&directory).map_err(failed)?;
        measured.map(|()| Outcome::Done("all goals hold".to_owned()))
    }
}
