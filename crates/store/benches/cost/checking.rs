//! Checks beside writers, and beside compactions.
//!
//! One thread checks. It is timed by the clock and by the time for which it had a core: on a machine with fewer cores than
//! threads that want one the first says how cores are shared, the second what a check costs while others write.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use grantrie::{ChangeSet, Request, Subject};
use grantrie_store::{Options, Store, open};

use crate::table::{Goal, Table};
use crate::{Outcome, fresh, grant, median};

const PERMISSIONS: u64 = 20_000;
const WRITERS: usize = 8;

pub(crate) fn measure(directory: &Path, short: bool, table: &mut Table) -> Outcome<()> {
    let (store, _) = open(fresh(directory, "checked"), Options::default())?;
    store.apply((0..PERMISSIONS).map(|n| grant(usize::try_from(n % 50).unwrap_or(0), n)).collect::<ChangeSet>())?;
    let next = AtomicU64::new(PERMISSIONS);
    let write = |writer: usize| {
        let n = next.fetch_add(1, Ordering::Relaxed);
        store.apply(grant(100 + writer, n)).map(drop)
    };
    beside("8 writers flat out", WRITERS, &store, short, table, write);
    // A snapshot is only written of what is new.
    beside("compaction", 1, &store, short, table, |writer| {
        write(writer)?;
        store.compact().map(drop)
    });
    Ok(())
}

/// Checks alone and beside so many threads that do something without a rest, in turns.
fn beside<E: std::fmt::Display>(
    what: &str,
    threads: usize,
    store: &Store,
    short: bool,
    table: &mut Table,
    work: impl Fn(usize) -> Result<(), E> + Sync,
) {
    let (phase, pairs) = if short { (Duration::from_millis(5), 2) } else { (Duration::from_millis(100), 21) };
    let (rest, over) = (AtomicBool::new(true), AtomicBool::new(false));
    let (mut by_clock, mut by_core) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (rest, over, work) = (&rest, &over, &work);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    if rest.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    } else if let Err(error) = work(thread) {
                        panic!("{error}");
                    }
                }
            });
        }
        for _ in 0..pairs {
            rest.store(true, Ordering::Relaxed);
            // What was begun ends.
            std::thread::sleep(Duration::from_millis(10));
            let alone = rate(store, phase);
            rest.store(false, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(10));
            let beside = rate(store, phase);
            by_clock.push(alone.0 / beside.0);
            by_core.push(alone.1 / beside.1);
        }
        over.store(true, Ordering::Relaxed);
    });
    table.hold(format!("a check beside {what}, time on a core"), median(by_core), "x", Goal::AtMost(1.1));
    table.tell(format!("a check beside {what}, by the clock"), median(by_clock), "x");
}

/// Checks a second, by the clock and by the time for which this thread had a core.
fn rate(store: &Store, phase: Duration) -> (f64, f64) {
    let (begun, busy, mut count) = (Instant::now(), on_core(), 0_u32);
    while begun.elapsed() < phase {
        for n in 0..500 {
            let (user, irn) = (format!("user-{}", n % 50), format!("service:type:thing-{}", n * 37));
            black_box(store.is_allowed(&Request::new("n", Subject::user(&user), "READ", &irn)));
        }
        count += 500;
    }
    let took = begun.elapsed().as_secs_f64();
    let busy = on_core().zip(busy).map_or(took, |(now, before)| now - before);
    (f64::from(count) / took, f64::from(count) / busy)
}

/// Seconds for which this thread had a core, where the system says so.
fn on_core() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: u64 = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos).as_secs_f64())
}
