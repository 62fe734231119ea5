//! The reading of versions under valgrind: the engine's one room with `unsafe` in it.

use std::path::PathBuf;

use crate::program::{Failure, Outcome, cargo, output, program, run};

/// Rounds of the test under valgrind, which runs one thread at a time, fifty times slower.
const ROUNDS: &str = "300";

pub(crate) fn valgrind() -> Result<Outcome, Failure> {
    if output(&mut program("valgrind", &["--version"])).is_none() {
        return Ok(Outcome::Skipped("no valgrind".to_owned()));
    }
    let test = ["test", "--package=grantrie", "--test=readers", "--no-run"];
    run(&mut cargo(&test))?;
    let built = output(cargo(&test).arg("--message-format=json")).unwrap_or_default();
    let test = built.lines().rev().find_map(executable).ok_or("cargo built no test")?;
    let mut command = program("valgrind", &["--quiet", "--error-exitcode=9", "--fair-sched=yes"]);
    run(command.arg(test).arg("--nocapture").env("GRANTRIE_ROUNDS", ROUNDS))?;
    Ok(Outcome::Done(format!("{ROUNDS} versions published to readers, no error")))
}

/// The program that a message of cargo's names.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once("\"executable\":\"")?;
    rest.split_once('"').map(|(path, _)| path.into())
}
