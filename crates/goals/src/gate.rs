//! The gate: the instructions of a check against the limits in `benches/instructions.toml`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::Path;

use serde::Deserialize;

use crate::instructions::{self, Form};

/// Above its limit by more than this, in percent, a row fails; below it by more than this, the limit can be lowered.
const TOLERANCE: u64 = 5;

/// The file with the limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    row: Vec<Limit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    form: Form,
    permissions: usize,
    /// What the code takes now.
    limit: u64,
    /// What it should take.
    goal: u64,
}

/// What to count.
#[derive(Debug, clap::Args)]
pub(crate) struct Gate {
    /// The file with the limits.
    #[arg(long, default_value = "benches/instructions.toml")]
    limits: std::path::PathBuf,
    /// Rows of worlds up to so many permissions.
    #[arg(long, default_value_t = 100_000)]
    up_to: usize,
    /// How many checks each row counts.
    #[arg(long, default_value_t = 1_000)]
    checks: usize,
    /// The seed of the worlds.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Came {
    Within,
    Below,
    Above,
}

impl Came {
    const fn of(limit: u64, median: u64) -> Self {
        if median * 100 > limit * (100 + TOLERANCE) {
            Self::Above
        } else if median * 100 < limit * (100 - TOLERANCE) {
            Self::Below
        } else {
            Self::Within
        }
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Within => "ok",
            Self::Below => "ok: lower the limit",
            Self::Above => "TOO MANY",
        })
    }
}

impl Gate {
    /// Counts every row and prints it; fails if one is above its limit.
    pub(crate) fn run(&self, bin: &Path) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.limits);
        let text = text.map_err(|error| format!("{}: {error}", self.limits.display()))?;
        let limits: Limits = toml::from_str(&text).map_err(|error| format!("{}: {error}", self.limits.display()))?;
        println!("instructions a check, the median of {} (seed {})", self.checks, self.seed);
        println!(
            "{:<9} {:>11} {:>7} {:>7} {:>7} {:>7} {:>6}",
            "form", "permissions", "median", "mean", "p99", "limit", "goal"
        );
        let mut failed = Vec::new();
        let mut counted = BTreeMap::new();
        for limit in limits.row.iter().filter(|row| row.permissions <= self.up_to) {
            let Limit { form, permissions, limit, goal } = *limit;
            let counts = match counted.entry(permissions) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(instructions::count(bin, permissions, self.checks, self.seed)?),
            };
            let counts = &counts[usize::from(form == Form::String)];
            let came = Came::of(limit, counts.median());
            let (median, mean, p99) = (counts.median(), counts.mean(), counts.percentile(99));
            let form = form.as_str();
            println!("{form:<9} {permissions:>11} {median:>7} {mean:>7} {p99:>7} {limit:>7} {goal:>6}  {came}");
            if came == Came::Above {
                failed.push(format!("{form} at {permissions}: {median}, limit {limit}"));
            }
        }
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("more than {TOLERANCE} % above the limit: {}", failed.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_percent_either_way() {
        let came = |median| Came::of(1_000, median);
        assert_eq!([came(1_050), came(1_051)], [Came::Within, Came::Above]);
        assert_eq!([came(950), came(949)], [Came::Within, Came::Below]);
    }
}
