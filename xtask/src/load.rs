//! How long the command takes to load a large world, and in how much memory.

use std::fs::File;
use std::process::Stdio;

use clap::Args;

use crate::program::{Failure, Outcome, cargo, program, run, shown, top};

/// See [`Task::Load`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// How many permissions.
    #[arg(long, default_value_t = 1_000_000)]
    permissions: u64,
    /// The seed of the world; the clock's, if absent.
    #[arg(long)]
    seed: Option<u64>,
}

impl Default for Load {
    fn default() -> Self {
        Self { permissions: 1_000_000, seed: None }
    }
}

impl Load {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
        let seed = self.seed.unwrap_or_else(clock);
        let path = top().join("target/tmp/world.json");
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(top().join("target/tmp")).map_err(failed)?;
        run(&mut cargo(&[
            "build",
            "--quiet",
            "--release",
            "--package",
            "grantrie-testkit",
            "--package",
            "grantrie-cli",
        ]))?;
        let mut generate = program("target/release/world", &[&self.permissions.to_string(), &seed.to_string()]);
        println!("$ {} > target/tmp/world.json", shown(&generate));
        let made = generate.stdout(Stdio::from(File::create(&path).map_err(failed)?)).status().map_err(failed)?;
        if !made.success() {
            return Err(format!("the generator ended with {made}"));
        }
        let bytes = path.metadata().map_err(failed)?.len();
        println!("seed {seed}: {} permissions, {} MB", self.permissions, bytes / 1_000_000);
        let loaded = run(&mut program("target/release/grantrie", &["validate", "--stats", "target/tmp/world.json"]));
        std::fs::remove_file(&path).map_err(failed)?;
        loaded.map(|()| Outcome::Done("loaded".to_owned()))
    }
}
