//! Old versions are freed by writers: a reader's thread frees nothing, however long it keeps a version and however
//! many change meanwhile.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use grantrie::{Actions, Change, ChangeSet, Engine, PermissionDraft, Principal, Request, Subject};
use grantrie_counting::{Counting, Counts, count, so_far};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SETS: usize = 3_000;

/// Permissions that come and go, so that every version has pages of its own.
fn change(n: usize) -> ChangeSet {
    (0..8)
        .map(|k| {
            let pattern = format!("s:t{}:{}-*", k % 3, (n * 8 + k) % 500).parse().expect("a pattern");
            let principal = Principal::user(format!("u{}", (n + k) % 50));
            let mut draft = PermissionDraft::allow("n", principal, pattern, Actions::All);
            draft.expires_at = grantrie::Timestamp::from_seconds(4_000_000_000 + i64::try_from(n).unwrap_or(0));
            match k {
                7 => Change::RemovePrincipal(Principal::user(format!("u{}", (n * 7) % 50))),
                _ => Change::UpsertPermission(draft),
            }
        })
        .collect()
}

#[test]
fn readers_free_nothing() {
    let engine = Engine::new();
    let over = AtomicBool::new(false);
    let ready = Barrier::new(3);
    // Reads, and versions kept.
    let progress = [AtomicU64::new(0), AtomicU64::new(0)];
    let [reads, versions] = &progress;
    thread::scope(|scope| {
        // One reads all the time; the other keeps versions until the writer has long gone on.
        let busy = scope.spawn(|| {
            let _ = engine.revision();
            ready.wait();
            let (counts, ()) = count(|| {
                while !over.load(Ordering::Relaxed) {
                    let request = Request::new("n", Subject::user("u1"), "READ", "s:t1:7-x");
                    let snapshot = engine.snapshot();
                    assert_eq!(snapshot.check(&request).allowed, snapshot.is_allowed(&request));
                    let _ = engine.is_allowed(&request);
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
            counts
        });
        let sleepy = scope.spawn(|| {
            let _ = engine.revision();
            let mut held = Vec::with_capacity(64);
            ready.wait();
            let (counts, ()) = count(|| {
                while !over.load(Ordering::Relaxed) {
                    if held.len() == held.capacity() {
                        // The last handles of versions that nobody else has, as far as readers go.
                        held.clear();
                    }
                    held.push(engine.snapshot());
                    versions.fetch_add(1, Ordering::Relaxed);
                    thread::yield_now();
                }
                held.clear();
            });
            counts
        });
        ready.wait();
        let before = so_far();
        // At least so many; on a busy machine more, until the readers have had their turn too.
        for n in 0..SETS * 50 {
            engine.apply(change(n)).expect("a valid change");
            if n >= SETS && progress.iter().all(|count| count.load(Ordering::Relaxed) > 100) {
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
        let writer = so_far().frees - before.frees;
        let busy = busy.join().expect("no reader panics");
        let sleepy = sleepy.join().expect("no reader panics");
        let [reads, versions] = progress.each_ref().map(|count| count.load(Ordering::Relaxed));
        println!("{reads} reads, {versions} versions kept; the writer freed {writer} blocks");
        let nothing = Counts { allocations: 0, frees: 0 };
        assert_eq!((busy, sleepy), (nothing, nothing), "readers neither allocate nor free");
        assert!(reads > 100 && versions > 100 && writer > 1_000, "there was something to free");
    });
}

/// The writer takes back what readers have left: memory does not grow with the number of changes.
#[test]
fn versions_that_readers_left_are_freed_at_the_next_change() {
    let engine = Engine::new();
    let mut blocks_before = 0;
    for round in 0..6 {
        for n in 0..200 {
            let held = (engine.snapshot(), engine.snapshot());
            engine.apply(change(n)).expect("a valid change");
            drop(held);
        }
        let counts = so_far();
        let blocks = counts.allocations - counts.frees;
        if round >= 2 {
            assert!(blocks < blocks_before + blocks_before / 4 + 1_000, "{blocks} blocks after {blocks_before}");
        }
        blocks_before = blocks;
    }
}
