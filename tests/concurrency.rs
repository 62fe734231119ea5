//! Readers and writers at once: a change set is seen whole or not at all, writers read what they wrote, and nobody
//! who keeps an old version holds anybody up.
//!
//! The protocol itself is checked on every kind of schedule in `crates/protocol`; here are the real engine and threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use grantrie::{
    Actions, Change, ChangeSet, Decision, Engine, Membership, Permission, PermissionDraft, PermissionId, Principal,
    Request, Revision, Subject,
};

/// Changes that the token test makes, unless the time is over before.
const CHANGES: u64 = 1_000_000;
const CHANGES_PER_SET: u64 = 4;
const TIME: Duration = Duration::from_secs(20);

fn draft(user: &str, pattern: &str) -> PermissionDraft {
    let pattern = pattern.parse().expect("a pattern");
    PermissionDraft::allow("n", Principal::user(user), pattern, Actions::All)
}

/// Which of two names is allowed to `holder`, directly and through one of two groups.
const PLACES: [&str; 2] = ["s:place:0", "s:place:1"];

/// The permission that allows one place to the holder; its id is the place's.
fn token(place: usize) -> Permission {
    Permission { id: PermissionId::from_u128(1 + place as u128), draft: draft("holder", PLACES[place]) }
}

fn in_group(place: usize) -> Membership {
    Membership { member: Principal::user("member"), of: Principal::group(format!("g{place}")) }
}

/// Moves both tokens: four changes, half of which would show a token twice, or none.
fn moved(to: usize) -> ChangeSet {
    let from = 1 - to;
    let changes = [
        Change::RemovePermission(token(from).id),
        Change::AddMembership(in_group(to)),
        Change::RestorePermission(token(to)),
        Change::RemoveMembership(in_group(from)),
    ];
    assert_eq!(changes.len() as u64, CHANGES_PER_SET);
    changes.into_iter().collect()
}

fn begin() -> Engine {
    let engine = Engine::new();
    let mut changes = vec![Change::RestorePermission(token(0)), Change::AddMembership(in_group(0))];
    for (n, place) in PLACES.iter().enumerate() {
        let draft = PermissionDraft { principal: Principal::group(format!("g{n}")), ..draft("", place) };
        changes.push(Change::UpsertPermission(draft));
    }
    engine.apply(ChangeSet::new(changes)).expect("a valid world");
    engine
}

/// Asks for both places of both users: exactly one of each, and the same one.
fn seen(answers: &[Decision], last: Revision) -> Revision {
    let [holder0, holder1, member0, member1] = answers else { panic!("{answers:?}") };
    assert!(holder0.allowed != holder1.allowed, "the token is somewhere, and once: {answers:?}");
    assert!((holder0.allowed, holder1.allowed) == (member0.allowed, member1.allowed), "half a set: {answers:?}");
    assert!(answers.iter().all(|answer| answer.revision == holder0.revision), "one version for a batch: {answers:?}");
    assert!(holder0.revision >= last, "revision {} after {last}", holder0.revision);
    let expected = if holder0.revision.0 % 2 == 1 { holder0 } else { holder1 };
    assert!(expected.allowed, "revision {} with another's answers: {answers:?}", holder0.revision);
    holder0.revision
}

#[test]
fn readers_see_each_of_a_million_changes_wholly_or_not_at_all() {
    let engine = begin();
    let over = AtomicBool::new(false);
    let requests: Vec<Request<'_>> = ["holder", "member"]
        .iter()
        .flat_map(|user| PLACES.map(|place| Request::new("n", Subject::user(user), "READ", place)))
        .collect();
    let begun = Instant::now();
    let (sets, batches) = thread::scope(|scope| {
        let reader = |batch: bool| {
            let (engine, over, requests) = (&engine, &over, &requests);
            move || {
                let (mut last, mut batches, mut answers) = (Revision(0), 0_u64, Vec::new());
                while !over.load(Ordering::Relaxed) {
                    if batch {
                        engine.check_many(requests, &mut answers).expect("a small batch");
                    } else {
                        let snapshot = engine.snapshot();
                        answers.clear();
                        answers.extend(requests.iter().map(|request| snapshot.check(request)));
                    }
                    last = seen(&answers, last);
                    batches += 1;
                }
                batches
            }
        };
        let readers = [scope.spawn(reader(true)), scope.spawn(reader(false))];
        let mut sets = 0;
        while sets < CHANGES / CHANGES_PER_SET && begun.elapsed() < TIME {
            let to = usize::from(sets % 2 == 0);
            let revision = engine.apply(moved(to)).expect("a valid change");
            sets += 1;
            assert_eq!(revision.0, sets + 1);
            assert!(
                engine.is_allowed(&requests[to]) && !engine.is_allowed(&requests[1 - to]),
                "the writer's own write"
            );
        }
        over.store(true, Ordering::Relaxed);
        (sets, readers.map(|reader| reader.join().expect("no reader panics")))
    });
    println!("{} changes in {sets} sets, {:.1?}; batches read: {batches:?}", sets * CHANGES_PER_SET, begun.elapsed());
    assert!(sets > 1_000 && batches.iter().all(|batches| *batches > 1_000));
}

#[test]
fn each_of_several_writers_reads_its_own_writes() {
    const WRITERS: usize = 4;
    const ROUNDS: u64 = 2_000;
    let engine = Engine::new();
    let highest = AtomicU64::new(0);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (engine, highest) = (engine.clone(), &highest);
            scope.spawn(move || {
                let user = format!("u{writer}");
                let permission =
                    Permission { id: PermissionId::from_u128(7 + writer as u128), draft: draft(&user, "s:t:*") };
                let request = Request::new("n", Subject::user(&user), "READ", "s:t:x");
                for _ in 0..ROUNDS {
                    // What anybody got back is visible to everybody from then on.
                    let known = highest.load(Ordering::SeqCst);
                    assert!(engine.revision().0 >= known);
                    let given = engine.apply(Change::RestorePermission(permission.clone())).expect("a valid change");
                    highest.fetch_max(given.0, Ordering::SeqCst);
                    let decision = engine.check(&request);
                    assert!(decision.allowed && decision.revision >= given, "{decision:?} after {given}");
                    let taken = engine.apply(Change::RemovePermission(permission.id)).expect("a valid change");
                    highest.fetch_max(taken.0, Ordering::SeqCst);
                    let decision = engine.check(&request);
                    assert!(!decision.allowed && decision.revision >= taken && taken > given, "{decision:?}");
                }
            });
        }
    });
    assert_eq!(engine.revision().0, WRITERS as u64 * ROUNDS * 2, "every change is a revision of its own");
    assert_eq!(engine.counts(), Engine::new().counts(), "and nothing is left");
}

#[test]
fn a_reader_that_sleeps_on_versions_holds_nobody_up_and_sees_no_change() {
    let engine = begin();
    let requests = PLACES.map(|place| Request::new("n", Subject::user("holder"), "READ", place));
    let held: Vec<_> = (0..50)
        .map(|n| {
            let snapshot = engine.snapshot();
            let allowed = requests.map(|request| snapshot.is_allowed(&request));
            engine.apply(moved(usize::from(n % 2 == 0))).expect("a valid change");
            (snapshot, allowed)
        })
        .collect();
    // On this very thread: a writer that waited for the sleeper would wait for ever.
    for n in 0..5_000 {
        engine.apply(moved(usize::from(n % 2 == 0))).expect("a valid change");
    }
    for (n, (snapshot, allowed)) in held.iter().enumerate() {
        assert_eq!(snapshot.revision(), Revision(1 + n as u64));
        assert_eq!(requests.map(|request| snapshot.is_allowed(&request)), *allowed);
    }
}
