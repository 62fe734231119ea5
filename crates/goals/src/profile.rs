//! Where a check spends its time: callgrind's counts by function, with the branches that it would guess wrong and the reads and
//! writes that would miss the caches of the machine.
//!
//! The counts are those of a simulated processor: its caches are as large as this one's, its guesses are simpler.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::instructions;

/// Checks that a profile is of.
const CHECKS: usize = 2_000;

/// Functions that are shown.
const SHOWN: usize = 8;

/// What a check costs in one function, on average.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Cost {
    pub(crate) function: String,
    pub(crate) instructions: f64,
    pub(crate) wrong_guesses: f64,
    /// Of the first level's cache, and of the last one's.
    pub(crate) misses: [f64; 2],
}

/// What is profiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subject {
    /// The first argument of the program `checks`.
    pub(crate) world: String,
    /// What is behind `counted_` in the name of its function that is one check.
    pub(crate) form: String,
}

/// The functions in which a check spends its time, whoever takes most instructions first; the last is all of them together.
///
/// # Errors
/// Callgrind is not there, or the program fails under it.
pub(crate) fn profile(bin: &Path, Subject { world, form }: &Subject, seed: u64) -> Result<Vec<Cost>, String> {
    let out = bin.join(format!("callgrind.profile.{}", std::process::id()));
    let options = ["--dump-line=no", "--instr-atstart=no", "--branch-sim=yes", "--cache-sim=yes"];
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").args(options).arg(format!("--toggle-collect=checks::counted_{form}"));
    command.arg(format!("--callgrind-out-file={}", out.display())).arg(bin.join("checks"));
    command.args([world, &CHECKS.to_string(), &seed.to_string(), "late"]).stdin(Stdio::null());
    instructions::run(&mut command, &out).map(|written| costs(&written))
}

/// What was counted, by function.
fn costs(written: &str) -> Vec<Cost> {
    let mut events: Vec<&str> = Vec::new();
    let mut names: HashMap<&str, &str> = HashMap::new();
    let (mut function, mut is_call) = ("", false);
    let mut of: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for line in written.lines() {
        if let Some(listed) = line.strip_prefix("events: ") {
            events = listed.split_whitespace().collect();
        } else if let Some(named) = line.strip_prefix("fn=") {
            function = name(named, &mut names);
        } else if let Some(named) = line.strip_prefix("cfn=") {
            name(named, &mut names);
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            // What a call costs counts where it is spent.
            if std::mem::take(&mut is_call) {
                continue;
            }
            let counts = of.entry(short(function)).or_insert_with(|| vec![0.0; events.len()]);
            let found = line.split_whitespace().skip(1).filter_map(|count| count.parse::<f64>().ok());
            counts.iter_mut().zip(found).for_each(|(sum, count)| *sum += count);
        }
    }
    let cost = |(function, counts): (String, Vec<f64>)| {
        let sum = |wanted: &[&str]| {
            let of_these = events.iter().zip(&counts).filter(|(event, _)| wanted.contains(event));
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            let checks = CHECKS as f64;
            of_these.map(|(_, count)| count).sum::<f64>() / checks
        };
        let misses = [sum(&["D1mr", "D1mw"]), sum(&["DLmr", "DLmw"])];
        Cost { function, instructions: sum(&["Ir"]), wrong_guesses: sum(&["Bcm", "Bim"]), misses }
    };
    let mut costs: Vec<Cost> = of.into_iter().map(cost).collect();
    costs.sort_by(|a, b| b.instructions.total_cmp(&a.instructions));
    let all = costs.iter().fold(Cost { function: "all".to_owned(), ..Cost::default() }, |all, cost| Cost {
        function: all.function,
        instructions: all.instructions + cost.instructions,
        wrong_guesses: all.wrong_guesses + cost.wrong_guesses,
        misses: [all.misses[0] + cost.misses[0], all.misses[1] + cost.misses[1]],
    });
    costs.truncate(SHOWN);
    costs.push(all);
    costs
}

/// The name in `(number) name`, or the one that was given with the number before.
fn name<'t>(named: &'t str, names: &mut HashMap<&'t str, &'t str>) -> &'t str {
    match named.split_once(' ') {
        Some((number, name)) => {
            names.insert(number, name);
            name
        }
        None => names.get(named).copied().unwrap_or(named),
    }
}

/// The last two parts of a function's path, without what stands in angle brackets.
fn short(function: &str) -> String {
    let mut depth = 0_usize;
    let plain: String = function
        .chars()
        .filter(|c| {
            depth = depth.saturating_add(usize::from(*c == '<'));
            let keeps = depth == 0;
            depth = depth.saturating_sub(usize::from(*c == '>'));
            keeps
        })
        .collect();
    let parts: Vec<&str> = plain.split("::").filter(|part| !part.is_empty() && *part != "{{closure}}").collect();
    parts[parts.len().saturating_sub(2)..].join("::")
}

/// A table of it.
pub(crate) fn table(costs: &[Cost]) -> String {
    let width = costs.iter().map(|cost| cost.function.chars().count()).max().unwrap_or(0);
    let mut table = format!(
        "    {:<width$} {:>12} {:>13} {:>8} {:>8}\n",
        "", "instructions", "wrong guesses", "L1 miss", "LL miss"
    );
    for Cost { function, instructions, wrong_guesses, misses: [first, last] } in costs {
        let numbers = format!("{instructions:>12.0} {wrong_guesses:>13.1} {first:>8.1} {last:>8.1}");
        // Writing to a text does not fail.
        let _ = writeln!(table, "    {function:<width$} {numbers}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_count_where_they_are_spent() {
        let written = "events: Ir Bc Bcm DLmr\nfn=(1) a::b::<x::Y<z>>::c::{{closure}}\n0 4000 0 2000\n\
                       cfn=(2) d\ncalls=1 0\n0 9000 9 9 9\nfn=(2)\n0 1000 0 0 400\nfn=(1)\n0 2000\n";
        let costs = costs(written);
        let found: Vec<_> = costs.iter().map(|it| (&*it.function, it.instructions, it.wrong_guesses)).collect();
        assert_eq!(found, [("b::c", 3.0, 1.0), ("d", 0.5, 0.0), ("all", 3.5, 1.0)]);
        assert_eq!(costs[2].misses, [0.0, 0.2]);
        assert_eq!(table(&costs).lines().count(), 4);
    }
}
