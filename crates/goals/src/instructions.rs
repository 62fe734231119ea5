//! The instructions of a check, counted by callgrind, each check by itself.
//!
//! Callgrind writes what it has counted when a `counted_` function of the program `checks` begins and when it ends: what it
//! writes at an end is one check. So there is a median, which a few long checks do not move. Counts do not depend on what else
//! the machine does, and hardly on the seed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::figures::Figures;

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
    pub(crate) const ALL: [Self; 2] = [Self::Prepared, Self::String];

    /// The function that is one check, as callgrind names it. Not a pattern: with one, callgrind misses the ends.
    const fn counted(self) -> &'static str {
        match self {
            Self::Prepared => "checks::counted_prepared",
            Self::String => "checks::counted_string",
        }
    }

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

/// Counts so many checks in each form on a world of so many permissions: prepared, string. `bin` is where the built
/// programs are.
///
/// # Errors
/// Callgrind is not there, or the program fails under it.
pub(crate) fn count(bin: &Path, permissions: usize, checks: usize, seed: u64) -> Result<[Counts; 2], String> {
    let out = bin.join(format!("callgrind.{permissions}.{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--combine-dumps=yes", "--dump-line=no", "--instr-atstart=no"]);
    valgrind.arg(format!("--callgrind-out-file={}", out.display()));
    for form in Form::ALL {
        valgrind.args(["--dump-before=", "--dump-after="].map(|option| format!("{option}{}", form.counted())));
    }
    valgrind.arg(bin.join("checks")).args([permissions, checks].map(|number| number.to_string()));
    valgrind.args([&seed.to_string(), "late"]).stdin(Stdio::null());
    let written = run(&mut valgrind, &out)?;
    let of_form = |form: Form| {
        let mut counts = ends(&written, form.counted());
        counts.sort_unstable();
        let (counted, name) = (counts.len(), form.counted());
        if counted == checks { Ok(Counts(counts)) } else { Err(format!("{counted} checks of {checks} in {name}")) }
    };
    Ok([of_form(Form::Prepared)?, of_form(Form::String)?])
}

/// Runs valgrind, and answers what it has written to a file, which is removed.
pub(crate) fn run(valgrind: &mut Command, out: &Path) -> Result<String, String> {
    let done = valgrind.output();
    let done = done.map_err(|error| format!("cannot start valgrind, which counts the instructions: {error}"))?;
    let written = std::fs::read_to_string(out);
    // Megabytes that nobody looks at again.
    let _ = std::fs::remove_file(out);
    if !done.status.success() {
        return Err(format!("checks under valgrind: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)));
    }
    written.map_err(|error| format!("{}: {error}", out.display()))
}

/// The medians at all sizes: the most of them, and how far they are apart.
///
/// # Errors
/// As [`count`].
pub(crate) fn measure(bin: &Path, seed: u64) -> Result<Figures, String> {
    let mut figures = Figures::default();
    let mut medians = [Vec::new(), Vec::new()];
    for permissions in [1_000, 10_000, 100_000, 1_000_000] {
        for ((counts, medians), form) in count(bin, permissions, 500, seed)?.iter().zip(&mut medians).zip(Form::ALL) {
            medians.push(counts.median());
            figures.put(format!("instructions.{}.{permissions}", form.as_str()), figure(counts.median()));
        }
    }
    for (medians, form) in medians.iter().zip(Form::ALL) {
        let (most, least) = (medians.iter().max(), medians.iter().min());
        let [most, least] = [most, least].map(|count| figure(count.copied().unwrap_or(0)));
        figures.put(format!("instructions.{}", form.as_str()), most);
        figures.put(format!("instructions.{}.spread", form.as_str()), most / least);
    }
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "instructions of one check")]
fn figure(count: u64) -> f64 {
    count as f64
}

/// What was counted up to each end of the function.
fn ends(written: &str, function: &str) -> Vec<u64> {
    let (mut counts, mut at_end) = (Vec::new(), false);
    for line in written.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            at_end = trigger.strip_prefix("--dump-after=") == Some(function);
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
        assert_eq!((ends(written, "f"), ends(written, "g")), (vec![40], vec![]));
    }

    #[test]
    fn percentiles_of_few_counts() {
        let counts = Counts(vec![1, 2, 3, 100]);
        assert_eq!((counts.median(), counts.percentile(99), counts.mean()), (3, 100, 26));
    }
}
