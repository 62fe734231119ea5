//! Writers, beside a bare insert with the same durability.
//!
//! Of several writers each has a connection of its own for the bare insert, as one would use SQLite. What counts is the
//! time for one change, all writers together: with several, a median of waits says little, since SQLite's are unfair.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use grantrie::ChangeSet;
use grantrie_store::{Options, open};
use rusqlite::Connection;

use crate::table::{Goal, Table};
use crate::{Outcome, fresh, grant, median};

/// Bytes that the bare insert writes: as many as an entry of the log has here, with its heading and checksum.
const BODY: usize = 250;

/// Changes and inserts before anything is timed.
const WARM: u64 = 20_000;

pub(crate) fn measure(directory: &Path, short: bool, table: &mut Table) -> Outcome<()> {
    let (phase, pairs) = if short { (Duration::from_millis(5), 2) } else { (Duration::from_millis(100), 15) };
    let mut rates = Vec::new();
    for writers in [1, 8, 64] {
        let bare = Bare::new(directory, writers)?;
        let (store, _) = open(fresh(directory, "store"), Options::default())?;
        // Both have a write-ahead log that was used before: they write over it, as they do from then on.
        store.apply((0..WARM).map(|n| grant(writers, n)).collect::<ChangeSet>())?;
        store.compact()?;
        let next = AtomicU64::new(WARM);
        let (mut ratios, mut applies, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
        let commits = store.commits();
        let revision = store.revision().0;
        for _ in 0..pairs {
            let inserted = timed(writers, phase, |writer| bare.insert(writer));
            let applied = timed(writers, phase, |writer| {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if let Err(error) = store.apply(grant(writer, n)) {
                    panic!("{error}");
                }
            });
            ratios.push(applied / inserted);
            applies.push(applied);
            inserts.push(inserted);
        }
        let (changes, commits) = (store.revision().0 - revision, store.commits() - commits);
        let shared = float(changes) / float(commits.max(1));
        let s = if writers == 1 { "" } else { "s" };
        let (apply, insert) = (median(applies), median(inserts));
        table.tell(format!("{writers} writer{s}: a bare insert"), insert * 1e6, "us");
        table.tell(format!("{writers} writer{s}: a change"), apply * 1e6, "us");
        table.hold(format!("{writers} writer{s}: a change to a bare insert"), median(ratios), "x", Goal::AtMost(1.3));
        table.tell(format!("{writers} writer{s}: changes with one sync"), shared, "");
        rates.push(1.0 / apply);
    }
    if let [one, few, many] = rates[..] {
        table.hold("changes a second, 8 writers to 1", few / one, "x", Goal::AtLeast(1.5));
        table.hold("changes a second, 64 writers to 8", many / few, "x", Goal::AtLeast(1.0));
        table.tell("changes a second, 64 writers", many, "");
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Seconds for one write, of so many threads for so long.
fn timed(writers: usize, phase: Duration, write: impl Fn(usize) + Sync) -> f64 {
    let begun = Instant::now();
    let count: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers)
            .map(|writer| {
                let write = &write;
                scope.spawn(move || {
                    let mut count = 0;
                    while begun.elapsed() < phase {
                        write(writer);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    begun.elapsed().as_secs_f64() / float(count.max(1))
}

/// A table with bare inserts.
struct Bare {
    connections: Vec<Mutex<Connection>>,
    body: [u8; BODY],
}

impl Bare {
    fn new(directory: &Path, writers: usize) -> Outcome<Self> {
        let path = fresh(directory, "bare");
        let make = Connection::open(&path)?;
        make.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        make.execute_batch("CREATE TABLE log (n INTEGER PRIMARY KEY, body BLOB)")?;
        let connection = || -> rusqlite::Result<Mutex<Connection>> {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(Duration::from_secs(60))?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            Ok(Mutex::new(connection))
        };
        make.execute_batch("BEGIN")?;
        for _ in 0..WARM {
            make.execute("INSERT INTO log (body) VALUES (?1)", [&[b'x'; BODY][..]])?;
        }
        make.execute_batch("COMMIT")?;
        make.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        let connections = (0..writers).map(|_| connection()).collect::<rusqlite::Result<_>>()?;
        Ok(Self { connections, body: [b'x'; BODY] })
    }

    fn insert(&self, writer: usize) {
        let connection = self.connections[writer].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let insert = connection.prepare_cached("INSERT INTO log (body) VALUES (?1)");
        if let Err(error) = insert.and_then(|mut insert| insert.execute([&self.body[..]])) {
            panic!("{error}");
        }
    }
}
