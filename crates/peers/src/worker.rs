//! The process in which one engine lives: it loads, says what that took, compares every answer, and then times one round
//! each time it is told to.
//!
//! A process of its own keeps engines' memory apart, so that its growth is the engine's, and one that needs too much can be
//! ended. It takes a [`Job`] and then [`Order`]s as lines of JSON, and answers each with a [`Report`].

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock::{processor_time, reading_takes};
use crate::engines::{ALL, Peer};
use crate::world::World;

/// What to load, and what to expect.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    /// `engine/variant`.
    pub(crate) name: String,
    /// The file that holds the world.
    pub(crate) world: PathBuf,
    /// The answer to each request.
    pub(crate) expected: Vec<u64>,
    /// How long answers are compared, in milliseconds; what was not compared is not timed.
    pub(crate) compare_ms: u64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Time one round.
    Round,
    /// Say what all rounds came to.
    Finish,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    Failed(String),
    Loaded(Load),
    Compared(Comparison),
    /// Nanoseconds for one request.
    Round(f64),
    Finished(Singles),
}

/// What loading took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) ms: f64,
    /// Growth of the resident memory, in bytes.
    pub(crate) grown: u64,
    pub(crate) holds: usize,
}

/// What comparing showed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Comparison {
    pub(crate) checked: usize,
    pub(crate) wrong: usize,
    /// Allocations for one request, on average.
    pub(crate) allocations: f64,
}

/// What calls that were timed one by one came to, in nanoseconds for one request.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Singles {
    pub(crate) timed: usize,
    pub(crate) median: f64,
    pub(crate) p99: f64,
    /// Whether a call takes so long that each is timed by itself in any case.
    pub(crate) slow: bool,
}

/// About how long a round times passes, and then single calls.
const ROUND: Duration = Duration::from_millis(120);
const SINGLES: Duration = Duration::from_millis(40);
/// A round of so few calls times each by itself.
const FEW: usize = 64;
const LONG: Duration = Duration::from_micros(10);

/// Works until the input ends.
pub(crate) fn work() -> Result<(), String> {
    let mut lines = std::io::stdin().lock().lines();
    let job = lines.next().ok_or("no job")?.map_err(|error| error.to_string())?;
    let job: Job = serde_json::from_str(&job).map_err(|error| error.to_string())?;
    let mut bench = match Bench::new(&job) {
        Ok(bench) => bench,
        Err(why) => return tell(&Report::Failed(why)),
    };
    for line in lines {
        let line = line.map_err(|error| error.to_string())?;
        match serde_json::from_str(&line).map_err(|error| error.to_string())? {
            Order::Round => tell(&Report::Round(bench.round()))?,
            Order::Finish => tell(&Report::Finished(bench.finish()))?,
        }
    }
    Ok(())
}

fn tell(report: &Report) -> Result<(), String> {
    let mut line = serde_json::to_string(report).map_err(|error| error.to_string())?;
    line.push('\n');
    std::io::stdout().lock().write_all(line.as_bytes()).map_err(|error| error.to_string())
}

struct Bench {
    peer: Box<dyn Peer>,
    /// How many requests each compared call asks.
    weights: Vec<u32>,
    next: usize,
    /// Calls in a pass of a round.
    chunk: usize,
    /// Whether calls take so long that each is timed by the processor's clock, which takes longer to read.
    long: bool,
    singles: Vec<f64>,
    /// What reading the clock twice takes, in nanoseconds.
    reading: f64,
}

impl Bench {
    fn new(job: &Job) -> Result<Self, String> {
        let kind = ALL.iter().find(|kind| kind.name() == job.name).ok_or("an engine that is not known")?;
        let world = World::read(&job.world).map_err(|error| error.to_string())?;
        let before = resident();
        let begun = processor_time();
        let mut peer = (kind.load)(&world)?;
        let (ms, grown) = ((processor_time() - begun) / 1e6, resident().saturating_sub(before));
        tell(&Report::Loaded(Load { ms, grown, holds: peer.holds() }))?;
        peer.ready(&world);
        drop(world);

        let begun = processor_time();
        let enough = Duration::from_millis(job.compare_ms).as_secs_f64() * 1e9;
        let mut weights = Vec::new();
        let (mut wrong, mut checked) = (0, 0);
        // Two at least, so that something can be timed.
        while weights.len() < peer.calls() && (weights.len() < 2 || processor_time() - begun < enough) {
            let answers = peer.answers(weights.len());
            weights.push(u32::try_from(answers.len()).map_err(|error| error.to_string())?);
            checked += answers.len();
            wrong += answers.iter().filter(|(request, answer)| job.expected[*request] != *answer).count();
        }
        let calls = weights.len();
        if calls == 0 {
            return Err("nothing was asked".to_owned());
        }
        let begun = Instant::now();
        peer.call(0);
        let few = if begun.elapsed() > Duration::from_millis(1) { calls.min(2) } else { calls.min(1_000) };
        let begun = Instant::now();
        let (counts, _) = grantrie_counting::count(|| peer.pass(0..few));
        let for_one = begun.elapsed().as_secs_f64() / count(few);
        let asked: u32 = weights[..few].iter().sum();
        let allocations = counts.allocations as f64 / f64::from(asked);
        tell(&Report::Compared(Comparison { checked, wrong, allocations }))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of calls")]
        let chunk = ((ROUND.as_secs_f64() / for_one.max(1e-9)) as usize).clamp(1, calls);
        let (long, reading) = (for_one > LONG.as_secs_f64(), reading_takes());
        Ok(Self { peer, weights, next: 0, chunk, long, singles: Vec::new(), reading })
    }

    /// Nanoseconds for one request: of passes over all calls that were compared, where that is quick, else over as many as
    /// take about the time of a round, going on where the last round ended.
    fn round(&mut self) -> f64 {
        let calls = self.weights.len();
        if self.chunk < FEW {
            let mut times: Vec<f64> = (0..self.chunk).map(|_| self.single()).collect();
            let middle = quantile(&mut times, 0.5);
            self.singles.append(&mut times);
            return middle;
        }
        let mut passes = Vec::new();
        let begun = Instant::now();
        while passes.is_empty() || begun.elapsed() < ROUND {
            // A pass does not run over the end: it would be two.
            let first = if calls - self.next < self.chunk { 0 } else { self.next };
            let range = first..first + self.chunk;
            let asked: u32 = self.weights[range.clone()].iter().sum();
            let start = processor_time();
            std::hint::black_box(self.peer.pass(range));
            passes.push((processor_time() - start) / f64::from(asked));
            self.next = (first + self.chunk) % calls;
        }
        let begun = Instant::now();
        while begun.elapsed() < SINGLES {
            let time = self.single();
            self.singles.push(time);
        }
        quantile(&mut passes, 0.5)
    }

    fn single(&mut self) -> f64 {
        let call = self.next;
        self.next = (call + 1) % self.weights.len();
        let time = if self.long {
            let start = processor_time();
            std::hint::black_box(self.peer.call(call));
            processor_time() - start
        } else {
            let start = Instant::now();
            std::hint::black_box(self.peer.call(call));
            start.elapsed().as_secs_f64() * 1e9 - self.reading
        };
        time.max(0.0) / f64::from(self.weights[call])
    }

    fn finish(&mut self) -> Singles {
        let timed = self.singles.len();
        let slow = self.chunk < FEW;
        Singles { timed, slow, median: quantile(&mut self.singles, 0.5), p99: quantile(&mut self.singles, 0.99) }
    }
}

/// The value below which that part of the values lies (the nearest rank); 0 of none.
pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    let rank = (count(values.len()) * part).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn count(of: usize) -> f64 {
    of as f64
}

/// The resident memory of this process, in bytes.
fn resident() -> u64 {
    resident_of("self").unwrap_or_default()
}

/// The time that a process has had of the processors, where the system says so.
pub(crate) fn processor_time_of(process: &str) -> Option<Duration> {
    let all = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything; user and system time are the 12th and 13th field after it.
    let (_, fields) = all.rsplit_once(") ")?;
    let hundredths: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(hundredths * 10))
}

/// The resident memory of a process, in bytes, where the system says so.
pub(crate) fn resident_of(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1_024)
}
