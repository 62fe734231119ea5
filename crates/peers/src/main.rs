//! The generated workload on Grantrie and on other engines, in one run.
//!
//! `README.md` beside this says what is measured, and what the figures do not say.

mod chart;
mod child;
mod clock;
mod engines;
mod results;
mod run;
mod table;
mod truth;
mod worker;
mod world;

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Args, Parser, Subcommand};
use grantrie::Timestamp;

use crate::child::Bounds;
use crate::engines::{ALL, Kind};
use crate::results::Results;

#[global_allocator]
static ALLOCATOR: grantrie_counting::Counting = grantrie_counting::Counting;

/// The same workload on Grantrie and on other engines.
#[derive(Debug, Parser)]
#[command(name = "peers", args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    measure: Measure,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Draws charts of a measured file.
    Chart(chart::Chart),
    /// Holds one engine; for the program itself.
    #[command(hide = true)]
    Worker,
}

#[derive(Debug, Args)]
struct Measure {
    /// Numbers of permissions.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000,1000000")]
    sizes: Vec<usize>,
    /// Only these: `cedar`, or `cedar/sliced`; separated by commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Writes what was measured here.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The seed of the workload; another one in each run if it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Requests, whose users are drawn by Zipf's law.
    #[arg(long, default_value_t = 10_000)]
    requests: usize,
    /// How often each engine has its turn.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// For how long answers are compared; what was not compared is not timed.
    #[arg(long, value_name = "MS", default_value_t = 3_000)]
    compare_ms: u64,
    /// An engine that takes more of the processor to load, to be compared, or for a round, is capped.
    #[arg(long, value_name = "SECONDS", default_value_t = 150)]
    time_limit: u64,
    /// An engine that takes more is capped.
    #[arg(long, value_name = "MIB", default_value_t = 6_144)]
    memory_limit: u64,
}

fn main() -> ExitCode {
    let Command { task, measure } = Command::parse();
    let done = match task {
        Some(Task::Worker) => worker::work(),
        Some(Task::Chart(chart)) => chart.draw(),
        None => measure.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

impl Measure {
    fn run(mut self) -> Result<(), String> {
        self.sizes.sort_unstable();
        let kinds = self.kinds()?;
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one(0) >> 32);
        println!("seed {seed}, {} requests, {} rounds", self.requests, self.rounds);
        println!("{}", table::head());
        let bounds = Bounds { time: Duration::from_secs(self.time_limit), memory: self.memory_limit << 20 };
        let Self { requests, rounds, compare_ms, .. } = self;
        let plan = run::Plan { seed, sizes: self.sizes, requests, rounds, compare_ms, bounds };
        let (rows, capped) = run::run(&plan, &kinds)?;
        for cap in &capped {
            println!("{}/{} is capped below {}: {}", cap.engine, cap.variant, cap.size, cap.why);
        }
        let wrong: usize = rows.iter().map(|row| row.wrong).sum();
        if let Some(path) = self.json {
            let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
            let command = format!("cargo run --release -p peers -- {command}");
            let results = Results { date: date(), machine: machine(), command, seed, requests, rounds, rows, capped };
            let text = serde_json::to_string_pretty(&results).map_err(|error| error.to_string())?;
            std::fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
        }
        if wrong == 0 { Ok(()) } else { Err(format!("{wrong} answers were wrong")) }
    }

    fn kinds(&self) -> Result<Vec<&'static Kind>, String> {
        let named = |kind: &&Kind, name: &String| kind.engine == name || kind.name() == *name;
        if let Some(unknown) = self.only.iter().find(|name| !ALL.iter().any(|kind| named(&kind, name))) {
            let known: Vec<String> = ALL.iter().map(Kind::name).collect();
            return Err(format!("no engine `{unknown}`; there are {}", known.join(", ")));
        }
        let wanted = |kind: &&Kind| self.only.is_empty() || self.only.iter().any(|name| named(kind, name));
        Ok(ALL.iter().filter(wanted).collect())
    }
}

fn date() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    Timestamp::from_seconds(seconds).map(|now| now.to_string()).unwrap_or_default()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let all = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = all.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{} ({cores} cores)", model.map_or(std::env::consts::ARCH, |(_, model)| model))
}
