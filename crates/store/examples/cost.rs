//! What being on disk costs, in one run: `cost DIRECTORY [WORLD.json]`. Applying with 1, 8 and 64 writers against bare inserts
//! with the same durability, in turns; checks while writers run flat out and while a snapshot is written; and opening a
//! store of the world against loading its file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use grantrie::{Actions, Change, Engine, Limits, PermissionDraft, Principal, Request, Subject, read_world};
use grantrie_store::{Options, Origin, open};
use rusqlite::Connection;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let directory = args.first().ok_or("usage: cost DIRECTORY [WORLD.json]")?;
    std::fs::create_dir_all(directory)?;
    writing(directory)?;
    if let Some(world) = args.get(1) {
        opening(directory, world)?;
    }
    Ok(())
}

fn fresh(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    for end in ["", "-wal", "-shm", "-mark"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

fn grant(writer: usize, n: u64) -> Change {
    let draft = PermissionDraft::allow(
        "n",
        Principal::user(format!("user-{writer}")),
        format!("service:type:thing-{n}").parse().unwrap_or_else(|_| unreachable!("a name")),
        Actions::All,
    );
    Change::UpsertPermission(draft)
}

/// Median microseconds of one write, and writes a second, of so many threads for so long.
fn timed(writers: usize, write: impl Fn(usize, u64) + Sync) -> (f64, f64) {
    const TIME: Duration = Duration::from_secs(3);
    let begun = Instant::now();
    let times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                let write = &write;
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for n in 0.. {
                        let begun_one = Instant::now();
                        write(writer, n);
                        times.push(begun_one.elapsed());
                        if begun.elapsed() > TIME {
                            break;
                        }
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let took = begun.elapsed().as_secs_f64();
    let mut sorted = times;
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1e6;
    (median, f64::from(u32::try_from(sorted.len()).unwrap_or(u32::MAX)) / took)
}

fn writing(directory: &Path) -> Outcome<()> {
    for writers in [1, 8, 64] {
        let path = fresh(directory, "bare");
        let bare = |writers: usize| -> Outcome<(f64, f64)> {
            let make = Connection::open(&path)?;
            make.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            make.execute_batch("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, body BLOB)")?;
            let connections: Vec<std::sync::Mutex<Connection>> = (0..writers)
                .map(|_| {
                    let connection = Connection::open(&path)?;
                    connection.busy_timeout(Duration::from_secs(60))?;
                    connection.pragma_update(None, "synchronous", "FULL")?;
                    Ok(std::sync::Mutex::new(connection))
                })
                .collect::<rusqlite::Result<_>>()?;
            let body = [b'x'; 400];
            Ok(timed(writers, |writer, _| {
                if let Some(connection) = connections.get(writer).and_then(|connection| connection.lock().ok()) {
                    let insert = connection.prepare_cached("INSERT INTO log (body) VALUES (?1)");
                    let _ = insert.and_then(|mut insert| insert.execute([&body[..]]));
                }
            }))
        };
        let (store, _) = open(fresh(directory, "store"), Options::default())?;
        let (bare_one, bare_rate) = bare(writers)?;
        let (one, rate) = timed(writers, |writer, n| drop(store.apply(grant(writer, n)).map(drop)));
        let (bare_again, bare_rate_again) = bare(writers)?;
        let (bare_one, bare_rate) = (f64::midpoint(bare_one, bare_again), f64::midpoint(bare_rate, bare_rate_again));
        println!(
            "{writers:2} writers: apply {one:.0} us median, {rate:.0} a second; bare insert {bare_one:.0} us, \
             {bare_rate:.0} a second: {:.2} times its time, {:.2} times its rate",
            one / bare_one,
            rate / bare_rate
        );
        if writers == 8 {
            checks(&store);
        }
    }
    Ok(())
}

/// Checks a second of one thread, alone and while eight writers run flat out, in turns.
fn checks(store: &grantrie_store::Store) {
    let rate = || {
        let (begun, mut count) = (Instant::now(), 0_u32);
        while begun.elapsed() < Duration::from_millis(500) {
            for n in 0..1_000 {
                let irn = format!("service:type:thing-{n}");
                std::hint::black_box(store.is_allowed(&Request::new("n", Subject::user("user-1"), "READ", &irn)));
            }
            count += 1_000;
        }
        f64::from(count) / begun.elapsed().as_secs_f64()
    };
    let (stop, n) = (AtomicBool::new(true), AtomicU64::new(1 << 40));
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        for round in 0..8 {
            quiet.push(rate());
            stop.store(false, Ordering::Relaxed);
            for writer in 0..8 {
                let (stop, n) = (&stop, &n);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let _ = store.apply(grant(100 + writer, n.fetch_add(1, Ordering::Relaxed)));
                        if round % 2 == 1 && writer == 0 {
                            let _ = store.compact();
                        }
                    }
                });
            }
            busy.push(rate());
            stop.store(true, Ordering::Relaxed);
        }
    });
    let median = |rates: &mut Vec<f64>| {
        rates.sort_unstable_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    };
    let (quiet, busy) = (median(&mut quiet), median(&mut busy));
    println!("checks: {quiet:.0} a second alone, {busy:.0} beside 8 writers and compaction: {:.2} of it", busy / quiet);
}

fn opening(directory: &Path, world: &Path) -> Outcome<()> {
    let path = fresh(directory, "large");
    let (store, _) = open(&path, Options::default().follow(None))?;
    let begun = Instant::now();
    store.import(read_world(std::fs::File::open(world)?, &Limits::default())?, Origin::default())?;
    println!("import: {:.2} s for {} permissions", begun.elapsed().as_secs_f64(), store.counts().permissions);
    let begun = Instant::now();
    store.compact()?;
    println!("compact: {:.2} s", begun.elapsed().as_secs_f64());
    drop(store);
    for _ in 0..3 {
        let begun = Instant::now();
        let engine = Engine::new();
        engine.load(std::fs::File::open(world)?)?;
        let loaded = begun.elapsed().as_secs_f64();
        drop(engine);
        let begun = Instant::now();
        let (store, recovery) = open(&path, Options::default().follow(None))?;
        let opened = begun.elapsed().as_secs_f64();
        let bytes = std::fs::metadata(&path)?.len() / 1_000_000;
        println!(
            "open: {opened:.2} s from snapshot {:?} ({bytes} MB), load: {loaded:.2} s: {:.2} of it",
            recovery.snapshot,
            opened / loaded
        );
        drop(store);
    }
    Ok(())
}
