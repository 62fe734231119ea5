//! What a call from another language costs beside the same call in Rust.
//!
//! Hosts are what stands beside each other: Rust, C against the installed library, and every program `bindings/*/border`,
//! which is called as `crates/border/src/main.rs` says.

use std::path::PathBuf;

use clap::Args;

use crate::capi::CapiInstall;
use crate::program::{Failure, Outcome, cargo, output, program, run, top};

/// See [`Task::Border`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Border {
    /// How often each host is run, all in turn.
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Permissions of the world.
    #[arg(long, default_value_t = 10_000)]
    permissions: usize,
    /// Where the figures go, as JSON, and beside them the chart.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Fails if a prepared check in C takes this many nanoseconds more than in Rust.
    #[arg(long)]
    most_c: Option<f64>,
}

impl Border {
    /// One round.
    pub(crate) const fn once() -> Self {
        Self { rounds: 1, permissions: 10_000, json: None, most_c: None }
    }

    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let at = top().join("target/border");
        let prefix = at.join("capi");
        CapiInstall::into(prefix.clone()).run()?;
        run(&mut cargo(&["build", "--quiet", "--release", "--package", "grantrie-border"]))?;
        let host = compile(&prefix, &at)?;
        let border = || program("target/release/border", &[]);
        run(border().args(["work", "target/border", "--permissions", &self.permissions.to_string()]))?;
        let json = self.json.clone().unwrap_or_else(|| at.join("border.json"));
        let mut gather = border();
        gather.args(["gather", "target/border/world.json", "target/border/questions.tsv"]);
        gather.args(["--rounds", &self.rounds.to_string()]).arg("--json").arg(&json).arg("--host").arg(&host);
        if output(&mut program("valgrind", &["--version"])).is_some() {
            gather.arg("--count").arg(&host);
        }
        for other in others() {
            gather.arg("--host").arg(other);
        }
        if let Some(most) = self.most_c {
            gather.args(["--most-c", &most.to_string()]);
        }
        run(&mut gather)?;
        run(border().arg("chart").arg(&json).arg(json.with_extension("svg")))?;
        Ok(Outcome::Done(format!("{} and its chart", json.display())))
    }
}

fn compile(prefix: &std::path::Path, at: &std::path::Path) -> Result<PathBuf, Failure> {
    let host = at.join("host-c");
    let lib = prefix.join("lib");
    let mut cc = program("cc", &["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-o"]);
    cc.arg(&host).arg("crates/border/hosts/host.c").arg(format!("-I{}", prefix.join("include").display()));
    run(cc.arg(format!("-L{}", lib.display())).arg("-lgrantrie").arg(format!("-Wl,-rpath,{}", lib.display())))?;
    Ok(host)
}

/// The hosts of the bindings.
fn others() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(top().join("bindings")).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path().join("border")).filter(|path| path.is_file()).collect();
    found.sort();
    found
}
