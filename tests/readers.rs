//! Many readers of versions that one writer publishes: threads that come and go, reads within reads, versions kept.
//!
//! `cargo xtask valgrind` runs this under valgrind, with fewer rounds: what a reader sees must never be freed memory.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use grantrie::{
    Actions, Change, ChangeSet, Engine, PermissionDraft, Principal, Question, Request, Snapshot, Subject, Timestamp,
};

/// Permissions that only ever come and go together.
fn both(round: usize) -> ChangeSet {
    let draft = |name: &str| {
        let pattern = format!("s:{name}:{}-*", round % 7).parse().expect("a pattern");
        let mut draft = PermissionDraft::allow("n", Principal::user("ann"), pattern, Actions::All);
        // Judged by the clock, in which this engine is asked once more.
        draft.not_before = Some(Timestamp::from_seconds(1).expect("in range"));
        draft
    };
    if round.is_multiple_of(2) {
        [draft("left"), draft("right")].into_iter().map(Change::UpsertPermission).collect()
    } else {
        ChangeSet::new(vec![Change::RemovePrincipal(Principal::user("ann"))])
    }
}

thread_local! {
    /// Asked while the thread's own values are dropped, when its place among the readers may be gone.
    static LAST: RefCell<Option<Leaving>> = const { RefCell::new(None) };
}

struct Leaving(Engine);

impl Drop for Leaving {
    fn drop(&mut self) {
        let _ = self.0.revision();
        let _ = self.0.is_allowed(&Request::new("n", Subject::user("ann"), "READ", "s:left:0-x"));
    }
}

#[test]
fn every_reader_sees_whole_versions_that_nobody_frees() {
    let rounds = std::env::var("GRANTRIE_ROUNDS").map_or(20_000, |rounds| rounds.parse().expect("a number"));
    let inner = Arc::new(OnceLock::<Engine>::new());
    let seen = Arc::clone(&inner);
    let engine = Engine::builder()
        .clock(move || {
            // A read within a read: of this engine, and with a version kept.
            let revision = seen.get().map(|engine| (engine.revision(), engine.snapshot().revision()));
            assert!(revision.is_none_or(|(before, after)| before <= after));
            Timestamp::from_seconds(2).expect("in range")
        })
        .build();
    assert!(inner.set(engine.clone()).is_ok());
    let over = AtomicBool::new(false);
    let reader = || {
        let ann = engine.prepare("n", &Subject::user("ann"), None).expect("valid names");
        let mut kept: Vec<Snapshot> = Vec::new();
        for turn in 0_usize.. {
            if over.load(Ordering::Relaxed) || turn == 500 {
                break;
            }
            let names = ["left", "right"].map(|side| format!("s:{side}:{}-x", turn % 7));
            let snapshot = engine.snapshot();
            let [left, right] =
                names.each_ref().map(|name| snapshot.is_allowed_for(&ann, &Question::new("READ", name)));
            assert_eq!(left, right, "a version is whole");
            let requests = names.each_ref().map(|name| Request::new("n", Subject::user("ann"), "READ", name));
            let mut answers = Vec::new();
            engine.check_many(&requests, &mut answers).expect("a small batch");
            assert_eq!(answers[0].allowed, answers[1].allowed, "a batch is asked of one version");
            let _ = engine.is_allowed(&requests[0]);
            if turn % 50 == 0 {
                kept.push(snapshot);
            }
        }
        LAST.set(Some(Leaving(engine.clone())));
        kept
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Threads that come and go take and give back their places.
                    thread::scope(|inner| {
                        let readers = [inner.spawn(reader), inner.spawn(reader)];
                        readers.into_iter().for_each(|reader| drop(reader.join().expect("no panic")));
                    });
                }
            });
        }
        for round in 0..rounds {
            engine.apply(both(round)).expect("a good change");
        }
        over.store(true, Ordering::Relaxed);
    });
    // Every change had an effect. (The clock holds the engine, and the engine the clock: both stay until the process ends.)
    assert_eq!(engine.revision().0, u64::try_from(rounds).expect("few"));
}
