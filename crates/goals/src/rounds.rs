//! Runs: everything once for each seed, in processes that follow one another.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::ValueEnum;
use grantrie_testkit::on_large_pages;

use crate::figures::Figures;
use crate::instructions;
use crate::measure::Topic;
use crate::missed;
use crate::peers;
use crate::report::Report;

/// How many runs, each with another seed.
const RUNS: u64 = 3;

/// See [`Task::All`](crate::Task).
#[derive(Debug, clap::Args)]
pub(crate) struct All {
    /// One run instead of three.
    #[arg(long)]
    quick: bool,
    /// Also writes every figure to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The seed of the first run; the clock's, if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these topics, and neither instructions nor peers unless they are named: the other rows are unknown.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl All {
    /// Measures, prints the table, and fails if a goal is missed.
    pub(crate) fn run(&self, bin: &Path) -> Result<(), String> {
        let topics = Topic::ALL.into_iter().filter_map(|topic| Some(topic.to_possible_value()?.get_name().to_owned()));
        let topics: Vec<String> = topics.chain(["instructions", "peers"].map(str::to_owned)).collect();
        if let Some(unknown) = self.only.iter().find(|only| !topics.contains(only)) {
            return Err(format!("no topic `{unknown}`; there are {}", topics.join(", ")));
        }
        let clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs());
        let first = self.seed.unwrap_or_else(clock);
        let seeds: Vec<u64> = (0..if self.quick { 1 } else { RUNS }).map(|run| first + run * 1_000).collect();
        let begun = Instant::now();
        let mut report = Report { seeds: seeds.clone(), runs: Vec::new() };
        for seed in seeds {
            let mut figures = Figures::default();
            let mut take =
                |what: &str, measured: Result<Figures, String>, (since, before): (Instant, f64)| match measured {
                    Ok(found) => {
                        let worked = children_worked() - before;
                        let (at, took) = (begun.elapsed(), since.elapsed());
                        println!("{at:>5.0?}  seed {seed}: {what}, {took:.1?} ({worked:.1} s of the processors)");
                        figures.extend(found);
                    }
                    // The rows stay unknown, which misses their goals.
                    Err(failure) => println!("{:>5.0?}  seed {seed}: {what} FAILED: {failure}", begun.elapsed()),
                };
            for topic in Topic::ALL {
                let name = topic.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
                if self.wants(&name) {
                    let since = (Instant::now(), children_worked());
                    take(&name, child(bin, &name, seed), since);
                }
            }
            if self.wants("instructions") {
                let since = (Instant::now(), children_worked());
                take("instructions", instructions::measure(bin, seed), since);
            }
            if self.wants("peers") {
                let since = (Instant::now(), children_worked());
                take("peers", peers::measure(bin, seed), since);
            }
            report.runs.push(figures);
        }
        let (missed, all) = report.print();
        let said = missed::say(&report.missed(), bin, first)?;
        println!("\nin {:.0?}", begun.elapsed());
        if let Some(path) = &self.json {
            let text = format!("{:#}\n", report.json(&said));
            std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        if missed == 0 { Ok(()) } else { Err(format!("{missed} of {all} goals are missed")) }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Seconds that all processes started here, and ended, have had of the processors.
fn children_worked() -> f64 {
    let all = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in brackets, may hold anything; these are the 14th and 15th field after it, in hundredths.
    let fields = all.rsplit_once(") ").map_or("", |(_, fields)| fields);
    fields.split(' ').skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Measures a topic in a process of its own.
fn child(bin: &Path, topic: &str, seed: u64) -> Result<Figures, String> {
    let mut measuring = Command::new(bin.join("goals"));
    on_large_pages(&mut measuring).args(["measure", topic, "--seed", &seed.to_string()]);
    let done = measuring.stderr(Stdio::inherit()).output();
    let done = done.map_err(|error| format!("cannot start: {error}"))?;
    if !done.status.success() {
        return Err(done.status.to_string());
    }
    let mut figures: Figures = serde_json::from_slice(&done.stdout).map_err(|error| error.to_string())?;
    for name in ["update.p50", "update.p99", "sleeper.p50", "sleeper.p99"] {
        if let Some(nanos) = figures.values.get(&format!("{name}.ns")) {
            let micros = nanos / 1_000.0;
            figures.put(name, micros);
        }
    }
    Ok(figures)
}
