//! Starting programs from the top of the repository, and what may come of it.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// What a task came to, if it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done, with what there is to say of it.
    Done(String),
    /// Not done, and why.
    Skipped(String),
}

/// Why a task failed.
pub(crate) type Failure = String;

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(said) => f.write_str(said),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
        }
    }
}

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A program with its arguments, to be started at the top.
pub(crate) fn program(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(top());
    command
}

/// This toolchain's cargo. On a machine that builds once and is gone (`CI` is set there), nothing is kept for a next build.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut cargo = program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), args);
    if std::env::var_os("CI").is_some() {
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    cargo
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| format!("cannot start {}: {error}", shown(command)))?;
    succeeded(command, status)
}

/// Runs a command to its end, showing what it prints, and answers the lines that are wanted.
pub(crate) fn run_and_keep(command: &mut Command, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    println!("$ {}", shown(command));
    let cannot = |error: std::io::Error| format!("cannot run: {error}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let mut kept = Vec::new();
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        let line = line.map_err(cannot)?;
        println!("{line}");
        if wanted(&line) {
            kept.push(line);
        }
    }
    let status = child.wait().map_err(cannot)?;
    succeeded(command, status).map(|()| kept)
}

/// What a command prints, or nothing if it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(format!("{status}: {}", shown(command))) }
}

/// A command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
    std::iter::once(program).chain(args).collect::<Vec<_>>().join(" ")
}
