//! A world file of a million permissions: how fast it becomes an engine, how much memory it takes, and a large change.
//!
//! Both are measured, the time by the clock and the time for which the process had a core. The clock counts, unless the
//! machine has more to do than it has cores: then the processor's time does, and the figures say so. Memory is resident growth.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use grantrie::{Change, ChangeSet, Engine};
use grantrie_testkit::workload::Workload;

use crate::figures::Figures;

const PERMISSIONS: usize = 1_000_000;
const BULK: usize = 100_000;
const BULKS: usize = 3;

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
pub(super) fn measure(seed: u64) -> Result<Figures, String> {
    let mut figures = Figures::default();
    // Before the world is made: that is this measurement's own work.
    let overloaded = overloaded(&mut figures);
    let path = written(seed)?;
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let engine = Engine::new();
    let file = File::open(&path).map_err(failed)?;
    let (resident, begun, busy) = (resident(), Instant::now(), busy());
    engine.load(file).map_err(|refused| refused.to_string())?;
    let (took, worked) = (begun.elapsed().as_secs_f64(), self::busy() - busy);
    std::fs::remove_file(&path).map_err(failed)?;
    let held = engine.counts().permissions as f64;
    rate("load", PERMISSIONS, [took, worked], overloaded, &mut figures);
    let grown = |engine: &Engine| (self::resident() - resident) / engine.counts().permissions as f64;
    figures.put("memory.permissions", held);
    figures.put("memory.resident", grown(&engine));
    let used = engine.memory();
    figures.put("memory.index", used.check_index as f64 / held);
    figures.put("memory.counted", used.total() as f64 / held);
    // The writer has a copy of its own, which takes memory when it is first used.
    for index in 0..10 {
        engine.apply(change(&Workload::new(seed + 1 + index, 50), 7)).map_err(|refused| refused.to_string())?;
    }
    figures.put("memory.changed", grown(&engine));
    bulk(&engine, seed, overloaded, &mut figures)?;
    figures.put("memory.after_bulk", grown(&engine));
    Ok(figures)
}

/// 100,000 permissions in one change, again and again: each pays for the copy that the one before left behind.
fn bulk(engine: &Engine, seed: u64, overloaded: bool, figures: &mut Figures) -> Result<(), String> {
    let (mut worked, mut took) = (0.0, 0.0);
    for turn in 0..=BULKS {
        // Half of them new, half of them other actions for what is there.
        let new = Workload::new(seed + 100 + turn as u64, BULK / 2);
        let mut known = Workload::new(seed, PERMISSIONS / 10);
        let edits = known.edits(BULK / 2).into_iter().map(|[there, _]| there);
        let set: ChangeSet =
            (0..BULK / 2).map(|index| Change::UpsertPermission(new.draft(index))).chain(edits).collect();
        let (begun, busy) = (Instant::now(), busy());
        engine.apply(set).map_err(|refused| refused.to_string())?;
        if turn > 0 {
            worked += self::busy() - busy;
            took += begun.elapsed().as_secs_f64();
        }
    }
    rate("bulk", BULK * BULKS, [took, worked], overloaded, figures);
    Ok(())
}

/// So many permissions a second, by the clock and by the processor's time; the one that counts without a name of its own.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn rate(what: &str, permissions: usize, seconds: [f64; 2], overloaded: bool, figures: &mut Figures) {
    let [clock, processor] = seconds.map(|seconds| permissions as f64 / seconds);
    figures.put(format!("{what}.per_second.clock"), clock);
    figures.put(format!("{what}.per_second.processor"), processor);
    figures.put(format!("{what}.per_second"), if overloaded { processor } else { clock });
    let judged = if overloaded { "processor's time, for the load is above the number of cores" } else { "clock" };
    let rates = format!("{clock:.0} a second by the clock, {processor:.0} by the processor's time");
    figures.notes.push(format!("{what}: {rates}; judged by the {judged}"));
}

/// Whether the load of the last minute is above the number of cores.
#[expect(clippy::cast_precision_loss, reason = "a number of cores")]
fn overloaded(figures: &mut Figures) -> bool {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    figures.put("machine.load", load);
    figures.put("machine.cores", cores);
    load > cores
}

fn change(workload: &Workload, index: usize) -> Change {
    Change::UpsertPermission(workload.draft(index))
}

/// The world file, made by another process: what the generator frees is not in this one's heap.
fn written(seed: u64) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let path = here.with_file_name(format!("world.{}.json", std::process::id()));
    let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut world = Command::new(here.with_file_name("world"));
    let done =
        world.args([PERMISSIONS as u64, seed].map(|number| number.to_string())).stdout(Stdio::from(file)).status();
    match done {
        Ok(status) if status.success() => Ok(path),
        Ok(status) => Err(format!("the program `world`: {status}")),
        Err(error) => Err(format!("cannot start the program `world`: {error}")),
    }
}

/// Bytes of this process in memory.
#[expect(clippy::cast_precision_loss, reason = "bytes of a process")]
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) as f64 * 1_024.0
}

/// Seconds for which this process had a core.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a process")]
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0) as f64 / 1e9
}
