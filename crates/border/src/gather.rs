//! Running hosts in turn, and putting their rows beside each other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::instructions;

/// See [`Task::Gather`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Gather {
    world: PathBuf,
    questions: PathBuf,
    /// A host: a program that takes the world and the questions. Rust's comes without being named.
    #[arg(long = "host")]
    hosts: Vec<PathBuf>,
    /// The C host, whose instructions are counted beside Rust's.
    #[arg(long)]
    count: Option<PathBuf>,
    /// How often each host is run, all in turn.
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Where the figures go, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Fails if a prepared check in C takes more nanoseconds than in Rust by more than this.
    #[arg(long)]
    most_c: Option<f64>,
}

/// A line of a host.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    host: String,
    row: String,
    median_ns: f64,
    p99_ns: f64,
    /// How many were allowed; all hosts must say the same of the same row.
    allowed: Option<u64>,
}

/// All that was found.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) rounds: usize,
    pub(crate) rows: Vec<Figure>,
    /// Instructions of one prepared check, and of its call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<instructions::Counted>,
}

/// One row of one host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) host: String,
    pub(crate) row: String,
    /// The median of the rounds' medians.
    pub(crate) median_ns: f64,
    /// The median of the rounds' 99th percentiles.
    pub(crate) p99_ns: f64,
    /// The least of the rounds' medians: that of the round in which others needed the machine least.
    #[serde(default)]
    pub(crate) least_ns: f64,
    /// How much more than Rust's row of the same name: the median of the rounds' differences.
    #[serde(default)]
    pub(crate) more_ns: Option<f64>,
    /// How often Rust's row of the same name, likewise.
    #[serde(default)]
    pub(crate) to_rust: Option<f64>,
    /// How often the same host's empty call, likewise.
    #[serde(default)]
    pub(crate) to_empty: Option<f64>,
}

type Key = (String, String);

impl Gather {
    pub(crate) fn run(&self) -> Result<(), String> {
        let own = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
        let mut rounds: Vec<BTreeMap<Key, Row>> = Vec::new();
        for round in 0..self.rounds.max(1) {
            let mut rows = BTreeMap::new();
            let mut rust = Command::new(&own);
            rust.arg("host");
            let others = self.hosts.iter().map(Command::new);
            for mut host in std::iter::once(rust).chain(others) {
                for row in self.ask(&mut host)? {
                    rows.insert((row.host.clone(), row.row.clone()), row);
                }
            }
            agree(&rows)?;
            eprintln!("round {} of {}: {} rows", round + 1, self.rounds.max(1), rows.len());
            rounds.push(rows);
        }
        let instructions = self.count.as_deref().map(|c| instructions::count(&own, c, &self.world, &self.questions));
        let figures = Figures {
            date: output("date", &["-u", "+%Y-%m-%d"]),
            machine: machine(),
            rounds: rounds.len(),
            rows: figures(&rounds),
            instructions: instructions.transpose()?,
        };
        show(&figures);
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())? + "\n";
            std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        self.judge(&figures)
    }

    fn ask(&self, host: &mut Command) -> Result<Vec<Row>, String> {
        let done = host.arg(&self.world).arg(&self.questions).output().map_err(|error| format!("{host:?}: {error}"))?;
        if !done.status.success() {
            return Err(format!("{host:?}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)));
        }
        let text = String::from_utf8_lossy(&done.stdout);
        let read = |line: &str| serde_json::from_str(line).map_err(|error| format!("{host:?}: {error}: {line}"));
        text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
    }

    fn judge(&self, figures: &Figures) -> Result<(), String> {
        let Some(most) = self.most_c else { return Ok(()) };
        let row = figures.rows.iter().find(|row| (row.host.as_str(), row.row.as_str()) == ("c", "prepared"));
        let more = row.and_then(|row| row.more_ns).ok_or("no row of C to judge")?;
        println!("a prepared check in C: {more:+.1} ns, of {most} ns");
        if more <= most { Ok(()) } else { Err(format!("a prepared check in C takes {more:.1} ns more, of {most} ns")) }
    }
}

/// All hosts must have answered alike.
fn agree(rows: &BTreeMap<Key, Row>) -> Result<(), String> {
    for ((host, name), row) in rows {
        let of_rust = rows.get(&("rust".to_owned(), name.clone())).and_then(|row| row.allowed);
        if let (Some(of_rust), Some(allowed)) = (of_rust, row.allowed)
            && of_rust != allowed
        {
            return Err(format!("{host} allows {allowed} in {name}, rust {of_rust}"));
        }
    }
    Ok(())
}

fn figures(rounds: &[BTreeMap<Key, Row>]) -> Vec<Figure> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let compared = |(host, name): &Key, with: &Key, how: fn(f64, f64) -> f64| {
        let one = |rows: &BTreeMap<Key, Row>| {
            let own = rows.get(&(host.clone(), name.clone()))?;
            Some(how(own.median_ns, rows.get(with)?.median_ns))
        };
        median(rounds.iter().filter_map(one).collect())
    };
    let figure = |key: &Key| {
        let (host, row) = key.clone();
        let all = |of: fn(&Row) -> f64| median(rounds.iter().filter_map(|rows| rows.get(key)).map(of).collect());
        let (rust, empty) = (("rust".to_owned(), row.clone()), (host.clone(), "empty".to_owned()));
        Figure {
            median_ns: all(|row| row.median_ns).unwrap_or_default(),
            p99_ns: all(|row| row.p99_ns).unwrap_or_default(),
            least_ns: rounds.iter().filter_map(|rows| rows.get(key)).map(|row| row.median_ns).fold(f64::MAX, f64::min),
            more_ns: compared(key, &rust, |own, other| own - other).filter(|_| host != "rust"),
            to_rust: compared(key, &rust, |own, other| own / other).filter(|_| host != "rust"),
            to_empty: compared(key, &empty, |own, other| own / other).filter(|_| row != "empty"),
            host,
            row,
        }
    };
    first.keys().map(figure).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn show(figures: &Figures) {
    let cell =
        |value: Option<f64>, unit: &str| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}{unit}"));
    println!(
        "{:<10} {:<12} {:>10} {:>10} {:>10} {:>12} {:>9} {:>10}",
        "host", "row", "median", "least", "p99", "to rust", "", "to empty"
    );
    for Figure { host, row, median_ns, least_ns, p99_ns, more_ns, to_rust, to_empty } in &figures.rows {
        let [median, least, p99] = [median_ns, least_ns, p99_ns].map(|time| format!("{time:.1} ns"));
        let more = more_ns.map_or_else(|| "-".to_owned(), |more| format!("{more:+.1} ns"));
        let (ratio, empty) = (cell(*to_rust, " x"), cell(*to_empty, " x"));
        println!("{host:<10} {row:<12} {median:>10} {least:>10} {p99:>10} {more:>12} {ratio:>9} {empty:>10}");
    }
    if let Some(instructions::Counted { rust, c, checks }) = &figures.instructions {
        println!("instructions of one prepared check, mean of {checks}: rust {rust:.0}, c {c:.0} ({:+.0})", c - rust);
    }
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim()));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{}, {cores} cores", model.unwrap_or("unknown"))
}

fn output(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output();
    done.map(|done| String::from_utf8_lossy(&done.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(host: &str, name: &str, median_ns: f64, allowed: u64) -> (Key, Row) {
        let (host, name) = (host.to_owned(), name.to_owned());
        ((host.clone(), name.clone()), Row { host, row: name, median_ns, p99_ns: 99.0, allowed: Some(allowed) })
    }

    #[test]
    fn rounds_are_compared_within_each_round() {
        let round = |rust: f64, c: f64| {
            BTreeMap::from([row("rust", "prepared", rust, 3), row("c", "prepared", c, 3), row("c", "empty", 2.0, 0)])
        };
        // A slow round is slow for both.
        let found = figures(&[round(50.0, 60.0), round(500.0, 511.0), round(52.0, 61.0)]);
        let c = found.iter().find(|figure| figure.host == "c" && figure.row == "prepared").expect("the row");
        assert_eq!((c.median_ns, c.least_ns, c.more_ns, c.to_empty), (61.0, 60.0, Some(10.0), Some(30.5)));
        assert!(found.iter().any(|figure| figure.host == "rust" && figure.more_ns.is_none()));
    }

    #[test]
    fn hosts_that_answer_otherwise_are_refused() {
        let rows = BTreeMap::from([row("rust", "check", 1.0, 3), row("c", "check", 1.0, 4)]);
        assert_eq!(agree(&rows), Err("c allows 4 in check, rust 3".to_owned()));
    }
}
