//! The instructions of a check, counted by callgrind, each check by itself.
//!
//! Callgrind writes what it has counted when `counted_check` of the program `checks` begins and when it ends: what it
//! writes at an end is one check. So there is a median, which a few long checks do not move. Counts do not depend on what else
//! the machine does, and hardly on the seed.

use std::path::Path;
use std::process::{Command, Stdio};

/// The function that is one check, as callgrind names it. Not a pattern: with one, callgrind misses the ends.
const COUNTED: &str = "checks::counted_check";

/// How a check is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// For a prepared subject.
    Prepared,
    /// With all names as text.
    String,
}

impl Form {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::String => "string",
        }
    }
}

/// The counts of one row, ascending.
#[derive(Debug, Clone)]
pub(crate) struct Counts(Vec<u64>);

impl Counts {
    /// The count below which so many in a hundred are.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let last = self.0.len() - 1;
        self.0[(self.0.len() * percent / 100).min(last)]
    }

    pub(crate) fn median(&self) -> u64 {
        self.percentile(50)
    }

    pub(crate) fn mean(&self) -> u64 {
        self.0.iter().sum::<u64>() / self.0.len() as u64
    }
}

/// Counts so many checks on a world of so many permissions. `bin` is where the built programs are.
///
/// # Errors
/// Callgrind is not there, or the program fails under it.
pub(crate) fn count(bin: &Path, form: Form, permissions: usize, checks: usize, seed: u64) -> Result<Counts, String> {
    let out = bin.join(format!("callgrind.{}.{permissions}.{}", form.as_str(), std::process::id()));
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--combine-dumps=yes", "--dump-line=no"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(format!("--dump-before={COUNTED}"))
        .arg(format!("--dump-after={COUNTED}"))
        .arg(bin.join("checks"))
        .args([form.as_str(), &permissions.to_string(), &checks.to_string(), &seed.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start valgrind, which counts the instructions: {error}"))?;
    let written = std::fs::read_to_string(&out);
    // Megabytes that nobody looks at again.
    let _ = std::fs::remove_file(&out);
    if !done.status.success() {
        return Err(format!("checks under valgrind: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)));
    }
    let mut counts = ends(&written.map_err(|error| format!("{}: {error}", out.display()))?);
    if counts.len() != checks {
        return Err(format!("callgrind counted {} checks of {checks}: is `{COUNTED}` inlined?", counts.len()));
    }
    counts.sort_unstable();
    Ok(Counts(counts))
}

/// What was counted up to each end of the function.
fn ends(written: &str) -> Vec<u64> {
    let (mut counts, mut at_end) = (Vec::new(), false);
    for line in written.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            at_end = trigger.starts_with("--dump-after");
        } else if let Some(count) = line.strip_prefix("summary: ").filter(|_| at_end) {
            counts.extend(count.trim().parse::<u64>());
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ends_with_the_function_counts() {
        let written = "desc: Trigger: --dump-before=f\nsummary: 900\ndesc: Trigger: --dump-after=f\nfn=(1)\nsummary: 40\n\
                       desc: Trigger: Program termination\nsummary: 7\n";
        assert_eq!(ends(written), [40]);
    }

    #[test]
    fn percentiles_of_few_counts() {
        let counts = Counts(vec![1, 2, 3, 100]);
        assert_eq!((counts.median(), counts.percentile(99), counts.mean()), (3, 100, 26));
    }
}
