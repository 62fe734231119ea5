//! What must hold on every schedule: a version is whole, a reader never goes back, a writer reads what it wrote, a
//! version that is held never changes, and no change is lost.

use std::sync::Arc;

use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::thread;

use crate::publish::{Published, Replica};

/// A value of two halves that every change moves together, with a yield between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Halves {
    revision: u64,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl Halves {
    fn change(&mut self, added: u64) {
        self.left.push(added);
        thread::yield_now();
        self.right.push(added);
        self.revision += 1;
    }

    fn check(&self) {
        assert_eq!(self.left, self.right, "a version is whole");
        assert_eq!(self.revision, self.left.len() as u64, "a version holds all changes up to its revision");
    }
}

impl Replica for Halves {
    type Change = u64;

    fn replay(&mut self, added: &u64) {
        self.change(*added);
    }
}

/// What the engine's `apply` does. `fork` leaves out what the other copy lacks, as for a very large change.
fn apply(published: &Published<Halves>, added: u64, fork: bool) -> u64 {
    let mut writing = published.write();
    let mut spare = writing.spare();
    let value = Arc::make_mut(&mut spare);
    value.change(added);
    let revision = value.revision;
    writing.publish(spare, if fork { None } else { Some(added) });
    revision
}

/// A change that is refused: the spare is half changed, and simply gone.
fn refuse(published: &Published<Halves>) {
    let mut writing = published.write();
    let mut spare = writing.spare();
    Arc::make_mut(&mut spare).left.push(99);
}

/// A change without effect: the spare is given back as it was.
fn keep(published: &Published<Halves>) {
    let mut writing = published.write();
    let spare = writing.spare();
    writing.keep(spare);
}

fn reader(published: &Published<Halves>, written: &AtomicU64) {
    let mut last = 0;
    for _ in 0..3 {
        let known = written.load(Ordering::SeqCst);
        let guard = published.read();
        guard.check();
        assert!(guard.revision >= last, "revision {} after {last}", guard.revision);
        assert!(guard.revision >= known, "revision {} when {known} was answered already", guard.revision);
        last = guard.revision;
        let seen = Halves::clone(&guard);
        thread::yield_now();
        assert_eq!(*guard, seen, "a version that is held does not change");
    }
}

fn sleeper(published: &Published<Halves>) {
    // Several, because the moment in which a version is taken up matters.
    for _ in 0..3 {
        let held = published.snapshot();
        let seen = Halves::clone(&held);
        for _ in 0..3 {
            thread::yield_now();
            assert_eq!(*held, seen, "a version that is kept does not change");
        }
    }
}

fn writer(published: &Published<Halves>, written: &AtomicU64, first: u64) {
    for added in first..first + 3 {
        let revision = apply(published, added, added % 5 == 4);
        written.fetch_max(revision, Ordering::SeqCst);
        let guard = published.read();
        guard.check();
        assert!(guard.revision >= revision && guard.left.contains(&added), "a writer reads what it wrote");
    }
}

fn schedules() -> usize {
    let set = std::env::var("GRANTRIE_SCHEDULES").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

fn many_at_once() {
    let published = Arc::new(Published::new(Halves::default()));
    let written = Arc::new(AtomicU64::new(0));
    let spawn = |work: fn(&Published<Halves>, &AtomicU64)| {
        let (published, written) = (Arc::clone(&published), Arc::clone(&written));
        thread::spawn(move || work(&published, &written))
    };
    let threads = [
        spawn(|published, written| writer(published, written, 10)),
        spawn(|published, written| {
            refuse(published);
            writer(published, written, 20);
            keep(published);
        }),
        spawn(reader),
        spawn(reader),
        spawn(|published, _| sleeper(published)),
    ];
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    let last = published.snapshot();
    last.check();
    let mut all = last.left.clone();
    all.sort_unstable();
    assert_eq!(all, [10, 11, 12, 20, 21, 22], "no change is lost, and none is made twice");
}

#[test]
fn holds_on_random_schedules() {
    shuttle::check_random(many_at_once, schedules());
}

#[test]
fn holds_on_schedules_with_few_switches() {
    shuttle::check_pct(many_at_once, schedules(), 3);
}
