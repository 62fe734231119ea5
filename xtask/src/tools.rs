//! Programs that the tests need and the machine may lack: installed by the system's package manager.

use clap::Args;

use crate::program::{Failure, Outcome, output, program, run};

/// Programs and the Debian packages that have them.
const PACKAGES: [(&str, &str); 6] = [
    ("curl", "curl"),
    ("cc", "gcc"),
    ("gcc", "gcc"),
    ("valgrind", "valgrind"),
    ("nm", "binutils"),
    ("pkg-config", "pkg-config"),
];

/// See [`Task::Tools`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Tools {
    /// `cc`, `curl`, `gcc`, `valgrind`, `nm`, `pkg-config`.
    #[arg(required = true)]
    programs: Vec<String>,
}

impl Tools {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let is_there = |name: &&String| output(&mut program(name, &["--version"])).is_some();
        let lacking: Vec<&String> = self.programs.iter().filter(|name| !is_there(name)).collect();
        let packages: Result<Vec<&str>, Failure> = lacking.iter().map(|name| package(name)).collect();
        let packages = packages?;
        if packages.is_empty() {
            return Ok(Outcome::Done("all there".to_owned()));
        }
        install(&packages)?;
        Ok(Outcome::Done(format!("installed {}", packages.join(", "))))
    }
}

/// Installs packages of the system.
pub(crate) fn install(packages: &[&str]) -> Result<(), Failure> {
    run(&mut apt(&["update"]))?;
    run(apt(&["install", "--yes", "--no-install-recommends"]).args(packages))
}

/// As root, or by way of sudo, which may ask for nothing.
fn apt(args: &[&str]) -> std::process::Command {
    let is_root = output(&mut program("id", &["-u"])).is_some_and(|id| id.trim() == "0");
    let mut command = if is_root { program("apt-get", args) } else { program("sudo", &["-n", "apt-get"]) };
    if !is_root {
        command.args(args);
    }
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn package(name: &str) -> Result<&'static str, Failure> {
    let known = PACKAGES.iter().find(|(program, _)| *program == name);
    known.map(|(_, package)| *package).ok_or_else(|| format!("no package is known for {name}"))
}
