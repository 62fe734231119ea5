//! Loading, changing, and the memory of it, in a process that does nothing else: `loading WORLD.json SEED`, where the
//! file is what `world` wrote with another seed. Prints how fast the file becomes an engine that answers, how much the
//! process has grown by then, how fast 100,000 permissions are added at once, and how long single ones take until the
//! next check sees them. Rates are of processor time, single changes of the clock.

use std::fs::File;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use grantrie::{Actions, Change, ChangeSet, Engine, Request, Subject};
use grantrie_testkit::workload::Workload;

/// Permissions of the one large change.
const BULK: usize = 100_000;
/// Single changes.
const SINGLES: usize = 20_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [path, seed] = &args[..] else {
        eprintln!("usage: loading WORLD.json SEED");
        return ExitCode::from(2);
    };
    match run(path, seed.parse().unwrap_or(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown rounded")]
fn run(path: &str, seed: u64) -> Result<(), Box<dyn std::error::Error>> {
    let before = memory("VmRSS:");
    let engine = Engine::new();
    let (read, took) = timed(|| -> Result<_, Box<dyn std::error::Error>> { Ok(engine.load(File::open(path)?)?) });
    read?;
    let permissions = engine.counts().permissions;
    let (grown, peak) = (memory("VmRSS:").saturating_sub(before), memory("VmHWM:").saturating_sub(before));
    println!(
        "load    {permissions} permissions in {:.2} s: {:.0} a second; {:.0} bytes a permission resident, {:.0} at most",
        took.as_secs_f64(),
        permissions as f64 / took.as_secs_f64(),
        grown as f64 / permissions as f64,
        peak as f64 / permissions as f64,
    );

    let workload = Workload::new(seed, permissions);
    let bulk: Vec<Change> = (0..BULK).map(|index| Change::UpsertPermission(workload.draft(index))).collect();
    let (applied, took) = timed(|| engine.apply(ChangeSet::new(bulk)));
    applied?;
    println!("bulk    {BULK} in {:.3} s: {:.0} a second", took.as_secs_f64(), BULK as f64 / took.as_secs_f64());

    for round in 0..2 {
        let mut times: Vec<Duration> = Vec::new();
        for index in 0..SINGLES {
            let mut draft = workload.draft(BULK + index);
            if round == 1 {
                draft.actions = Actions::All;
            }
            let (id, irn) = (draft.principal.id.clone(), draft.pattern.as_str().replace('*', "x"));
            let request = Request::new("r_ns00000", Subject::user(&id), "READ", &irn);
            let change = Change::UpsertPermission(draft);
            let begun = Instant::now();
            engine.apply(change)?;
            std::hint::black_box(engine.is_allowed(&request));
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let at = |percent: usize| times[times.len() * percent / 100].as_nanos() as f64 / 1_000.0;
        let what = if round == 0 { "added" } else { "changed" };
        println!(
            "single  {what}: {:.1} us median, {:.1} us p90, {:.1} us p99, {:.1} us p99.9",
            at(50),
            at(90),
            at(99),
            times[times.len() * 999 / 1_000].as_nanos() as f64 / 1_000.0
        );
    }
    println!(
        "memory  {:.0} bytes a permission resident now",
        memory("VmRSS:").saturating_sub(before) as f64 / permissions as f64
    );
    Ok(())
}

/// How long a piece of work keeps this thread's processor busy, which other processes disturb less than the time of day.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || {
        let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        status.split(' ').next().and_then(|text| text.parse().ok()).map(Duration::from_nanos)
    };
    let (before, begun) = (now(), Instant::now());
    let done = work();
    let busy = now().zip(before).map(|(after, before)| after.saturating_sub(before));
    (done, busy.unwrap_or_else(|| begun.elapsed()))
}

/// A figure of this process, in bytes; 0 where the system does not say.
fn memory(of: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix(of)?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
