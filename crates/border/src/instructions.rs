//! What Rust and C execute for one prepared check, counted by callgrind.
//!
//! Counts do not depend on what else the machine does, so they say what times on a busy machine cannot.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// How many checks are counted, twice over.
const CHECKS: usize = 2_000;

/// Instructions of one check, its call included: the mean.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) rust: f64,
    pub(crate) c: f64,
    pub(crate) checks: usize,
}

/// Counts the same checks in both hosts.
pub(crate) fn count(rust: &Path, c: &Path, world: &Path, questions: &Path) -> Result<Counted, String> {
    let number = CHECKS.to_string();
    let mut of_rust = callgrind("border::host::one");
    of_rust.arg(rust).arg("host").arg(world).arg(questions).args(["--count", &number]);
    let mut of_c = callgrind("counted_in_c");
    of_c.arg(c).arg(world).arg(questions).arg(&number);
    let ((rust, by_rust), (c, by_c)) = (counted(&mut of_rust)?, counted(&mut of_c)?);
    if by_rust != by_c {
        return Err(format!("rust allows {by_rust} of the counted checks, c {by_c}"));
    }
    Ok(Counted { rust, c, checks: CHECKS })
}

fn callgrind(function: &str) -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
    valgrind.arg(format!("--toggle-collect={function}"));
    valgrind
}

/// Instructions of one check, and how many were allowed.
fn counted(command: &mut Command) -> Result<(f64, String), String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let line = said.lines().find_map(|line| line.split_once("Collected : ").map(|(_, number)| number.trim()));
    let total = line.and_then(|number| number.parse::<u32>().ok()).filter(|total| *total > 0);
    match total {
        Some(total) if done.status.success() => {
            // Twice: the first time is not left out, as both hosts have it alike.
            let checks = f64::from(2 * u32::try_from(CHECKS).unwrap_or(u32::MAX));
            Ok((f64::from(total) / checks, String::from_utf8_lossy(&done.stdout).trim().to_owned()))
        }
        _ => Err(format!("{command:?}: {}\n{said}", done.status)),
    }
}
