//! A run: for each size all engines are loaded, compared, and then timed in turn, round by round.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::child::{Bounds, Worker};
use crate::engines::{Answers, Kind};
use crate::results::{Capped, Row};
use crate::truth;
use crate::worker::{Comparison, Job, Load, Order, Report, Singles, count, quantile};
use crate::world::World;

/// What to measure.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) sizes: Vec<usize>,
    pub(crate) requests: usize,
    pub(crate) rounds: usize,
    pub(crate) compare_ms: u64,
    pub(crate) bounds: Bounds,
}

/// An engine at work.
struct Running {
    kind: &'static Kind,
    worker: Worker,
    load: Load,
    comparison: Comparison,
    rounds: Vec<f64>,
}

/// A file that is removed when this is dropped.
struct Kept {
    path: PathBuf,
}

impl Kept {
    fn new(size: usize) -> Self {
        let name = format!("grantrie-peers-{}-{size}", std::process::id());
        Self { path: std::env::temp_dir().join(name) }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It may never have been written.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Measures. Engines that fail or exceed the bounds are left out of larger sizes, too.
pub(crate) fn run(plan: &Plan, kinds: &[&'static Kind]) -> Result<(Vec<Row>, Vec<Capped>), String> {
    let (mut rows, mut capped) = (Vec::new(), Vec::<Capped>::new());
    let steps = plan.sizes.len() * (1 + kinds.len() + plan.rounds);
    let progress = ProgressBar::new(u64::try_from(steps).unwrap_or_default());
    let style = ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} {wide_msg}");
    progress.set_style(style.map_err(|error| error.to_string())?);
    progress.enable_steady_tick(Duration::from_millis(200));
    for size in &plan.sizes {
        let able = |kind: &&Kind| !capped.iter().any(|cap| cap.engine == kind.engine && cap.variant == kind.variant);
        let able: Vec<&'static Kind> = kinds.iter().copied().filter(able).collect();
        let of_size = measure(plan, *size, &able, &mut capped, &progress)?;
        progress.suspend(|| of_size.iter().for_each(|row| println!("{}", crate::table::line(row))));
        rows.extend(of_size);
    }
    progress.finish_and_clear();
    Ok((rows, capped))
}

fn measure(
    plan: &Plan,
    size: usize,
    kinds: &[&'static Kind],
    capped: &mut Vec<Capped>,
    progress: &ProgressBar,
) -> Result<Vec<Row>, String> {
    progress.set_message(format!("{size}: the model's answers"));
    let kept = Kept::new(size);
    let (decisions, matching) = expected(plan, size, kinds, &kept.path)?;
    progress.inc(1);
    let mut cap = |kind: &Kind, why: String| {
        let (engine, variant) = (kind.engine.to_owned(), kind.variant.to_owned());
        capped.push(Capped { engine, variant, size, why });
    };
    let mut running = Vec::new();
    for kind in kinds {
        progress.set_message(format!("{size}: {} loads", kind.name()));
        let expected = if kind.answers == Answers::Patterns { &matching } else { &decisions };
        match start(plan, &kept.path, kind, expected) {
            Ok(started) => running.push(started),
            Err(why) => cap(kind, why),
        }
        progress.inc(1);
    }
    for round in 1..=plan.rounds {
        running.retain_mut(|one| {
            progress.set_message(format!("{size}: round {round}, {}", one.kind.name()));
            let failed = match one.worker.order(Order::Round) {
                Ok(Report::Round(time)) => {
                    one.rounds.push(time);
                    return true;
                }
                Ok(other) => format!("an unexpected report: {other:?}"),
                Err(why) => why,
            };
            cap(one.kind, failed);
            false
        });
        progress.inc(1);
    }
    let rounds_of = |engine: &str, variant: &str| {
        let found = running.iter().find(|one| one.kind.engine == engine && one.kind.variant == variant);
        found.map(|one| one.rounds.clone())
    };
    let prepared = rounds_of("grantrie", "prepared");
    let (string, set) = (rounds_of("grantrie", "string"), rounds_of("pattern-set", "matching"));
    let mut rows = Vec::new();
    for mut one in running {
        let singles = match one.worker.order(Order::Finish)? {
            Report::Finished(singles) => singles,
            other => return Err(format!("an unexpected report: {other:?}")),
        };
        let (to_prepared, to_string) = match one.kind.answers {
            Answers::Decisions => (prepared.as_deref(), string.as_deref()),
            Answers::Patterns => (None, set.as_deref()),
        };
        rows.push(row(size, one, singles, [to_prepared, to_string]));
    }
    Ok(rows)
}

/// What the answers should be: decisions, and digests of matching patterns where those are asked for.
/// The world is kept in a file for the workers.
fn expected(plan: &Plan, size: usize, kinds: &[&'static Kind], path: &Path) -> Result<(Vec<u64>, Vec<u64>), String> {
    let world = World::new(plan.seed, size, plan.requests);
    world.write(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let asked = |answers: Answers| kinds.iter().any(|kind| kind.answers == answers);
    let decisions = if asked(Answers::Decisions) { truth::decisions(&world) } else { Vec::new() };
    // About a second of work at any size.
    let sample = (2_000_000 / world.size()).clamp(3, 200);
    if !decisions.is_empty() {
        truth::whole_world_agrees(&world, &decisions, sample)?;
    }
    let patterns = if asked(Answers::Patterns) { world.patterns() } else { Vec::new() };
    let matching = if patterns.is_empty() { Vec::new() } else { truth::matching(&patterns, &world.requests) };
    Ok((decisions, matching))
}

fn start(plan: &Plan, world: &Path, kind: &'static Kind, expected: &[u64]) -> Result<Running, String> {
    let Plan { compare_ms, bounds, .. } = *plan;
    let job = Job { name: kind.name(), world: world.to_owned(), expected: expected.to_vec(), compare_ms };
    let mut worker = Worker::start(&job, bounds)?;
    let Report::Loaded(load) = worker.report()? else { return Err("no report of the load".to_owned()) };
    let Report::Compared(comparison) = worker.report()? else { return Err("no report of the comparison".to_owned()) };
    Ok(Running { kind, worker, load, comparison, rounds: Vec::new() })
}

fn row(size: usize, one: Running, singles: Singles, against: [Option<&[f64]>; 2]) -> Row {
    let Running { kind, load, comparison, mut rounds, .. } = one;
    let [to_prepared, to_string] = against.map(|base| {
        let ratios = rounds.iter().zip(base?).map(|(time, base)| time / base);
        Some(rounded(quantile(&mut ratios.collect::<Vec<_>>(), 0.5), 100.0))
    });
    let median = if singles.slow { singles.median } else { quantile(&mut rounds, 0.5) };
    let spread = [quantile(&mut rounds, 0.0), quantile(&mut rounds, 1.0)];
    Row {
        engine: kind.engine.to_owned(),
        variant: kind.variant.to_owned(),
        size,
        holds: load.holds,
        median_ns: rounded(median, 10.0),
        p99_ns: rounded(singles.p99, 10.0),
        spread_ns: spread.map(|time| rounded(time, 10.0)),
        to_prepared,
        to_string,
        load_ms: rounded(load.ms, 100.0),
        #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
        bytes_per_grant: rounded(load.grown as f64 / count(load.holds.max(1)), 10.0),
        allocs: rounded(comparison.allocations, 100.0),
        wrong: comparison.wrong,
        checked: comparison.checked,
        timed: singles.timed,
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
