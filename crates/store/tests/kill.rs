//! `kill -9` at any instant: what was acknowledged is there, nothing by halves, in order, and decisions are the model's.
//!
//! In every other round two processes write the file at once, and die one after the other: the one that is left goes on,
//! and what the first had acknowledged is there for it. Each has several writer threads, follows, and compacts.
//!
//! 200 rounds; more with `cargo xtask kill`. The seed is printed, and taken from `GRANTRIE_SEED`; when a process is killed is
//! up to the system all the same.

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use common::{Dice, Directory};
use grantrie::{
    Actions, Change, ChangeSet, Effect, Membership, PermissionDraft, PermissionId, Principal, Request, Subject,
    Timestamp,
};
use grantrie_store::{AuditQuery, Options, StoreError};
use grantrie_testkit::model::Model;

const WRITERS: u64 = 6;
const USERS: u64 = 6;
const THINGS: u64 = 8;

/// The change set that a writer makes as its nth: several changes that are all there or not at all.
fn change_set(seed: u64, writer: u64, nth: u64) -> ChangeSet {
    let mut dice = Dice::of(seed ^ writer << 48 ^ nth);
    let user = |n: u64| Principal::user(format!("u{n}"));
    let mut changes = vec![
        // Never without effect, so that each set leaves a revision.
        Change::UpsertPermission(PermissionDraft::allow(
            "n",
            Principal::user(format!("w{writer}")),
            "a:b:*".parse().unwrap(),
            Actions::from_iter([format!("N{}", nth % 2).parse().unwrap()]),
        )),
    ];
    for _ in 0..=dice.below(3) {
        let who = dice.below(USERS);
        changes.push(match dice.below(8) {
            0 => Change::RemovePrincipal(user(who)),
            1 => Change::AddMembership(Membership { member: user(who), of: Principal::group("g") }),
            2 => Change::RemoveMembership(Membership { member: user(who), of: Principal::group("g") }),
            kind => {
                let principal = if kind == 3 { Principal::group("g") } else { user(who) };
                let pattern = format!("a:b:{}", dice.below(THINGS)).parse().unwrap();
                let action = ["READ", "EDIT"][usize::try_from(dice.below(2)).unwrap()].parse().unwrap();
                let mut draft = PermissionDraft::allow("n", principal, pattern, Actions::from_iter([action]));
                if dice.below(4) == 0 {
                    draft.effect = Effect::Deny;
                }
                Change::UpsertPermission(draft)
            }
        });
    }
    ChangeSet::new(changes).by(format!("{writer} {nth}"))
}

/// Not a test by itself: a process that is killed.
#[test]
fn child() {
    let Ok(path) = std::env::var("GRANTRIE_KILL_STORE") else { return };
    let numbers = std::env::var("GRANTRIE_KILL_NEXT").unwrap();
    let numbers: Vec<u64> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
    let [seed, first_writer, next @ ..] = &numbers[..] else { panic!("{numbers:?}") };
    let options = Options::default().follow(Some(Duration::from_millis(5))).compact_after(40);
    let (store, _) = grantrie_store::open(path, options).unwrap();
    std::thread::scope(|scope| {
        for (writer, first) in (*first_writer..).zip(next) {
            let store = &store;
            scope.spawn(move || {
                for nth in *first.. {
                    let revision = store.apply(change_set(*seed, writer, nth)).unwrap_or_else(|error| gave_up(&error));
                    let line = format!("\nack {writer} {nth} {revision}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
        // Besides what the background does, so that a kill meets it often.
        scope.spawn(|| {
            loop {
                if let Err(error) = store.compact() {
                    // Two that compact at once may wait for each other for too long.
                    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
                }
            }
        });
    });
}

/// Ends the process at once: its other threads would go on for ever.
fn gave_up(error: &StoreError) -> ! {
    eprintln!("a change was not written: {error}");
    std::process::exit(101);
}

/// A process that is to be killed, and what it acknowledges meanwhile: writer, nth, revision.
struct Victim {
    child: Child,
    acks: JoinHandle<Vec<[u64; 3]>>,
}

impl Victim {
    /// Starts one whose writers have the numbers from `first` on, each with the number of its next change set.
    fn start(path: &Path, seed: u64, first: u64, next: &[u64]) -> Self {
        let numbers: Vec<String> = [seed, first].iter().chain(next).map(ToString::to_string).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env("GRANTRIE_KILL_STORE", path)
            .env("GRANTRIE_KILL_NEXT", numbers.join(" "))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let acks = std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            let acks = lines.filter_map(|line| {
                let numbers: Vec<u64> = line.strip_prefix("ack ")?.split(' ').filter_map(|n| n.parse().ok()).collect();
                numbers.try_into().ok()
            });
            acks.collect()
        });
        Self { child, acks }
    }

    fn kill(mut self) -> Vec<[u64; 3]> {
        assert!(self.child.try_wait().unwrap().is_none(), "a process ended by itself");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.acks.join().unwrap()
    }
}

/// Runs one process or two for a while and kills them; answers what was acknowledged.
fn run(path: &Path, seed: u64, next: &[u64], two: bool, dice: &mut Dice) -> Vec<[u64; 3]> {
    let mut life = || Duration::from_micros(10_000 + dice.below(160_000));
    let (lives, swap) = ([life(), life()], dice.below(2) == 0);
    if !two {
        let victim = Victim::start(path, seed, 0, next);
        std::thread::sleep(lives[0]);
        return victim.kill();
    }
    let (few, rest) = next.split_at(next.len() / 2);
    let mut victims = [Victim::start(path, seed, 0, few), Victim::start(path, seed, few.len() as u64, rest)];
    if swap {
        victims.reverse();
    }
    let mut acks = Vec::new();
    for (victim, life) in victims.into_iter().zip(lives) {
        std::thread::sleep(life);
        acks.extend(victim.kill());
    }
    acks
}

#[test]
fn every_acknowledged_change_survives_kill_9() {
    if std::env::var("GRANTRIE_KILL_STORE").is_ok() {
        return;
    }
    let rounds = std::env::var("GRANTRIE_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let directory = Directory::new();
    let path = directory.file("world");
    let mut dice = Dice::new();
    let seed = dice.next() >> 8;
    let mut next = vec![0; usize::try_from(WRITERS).unwrap()];
    let (mut model, mut seen, mut ids) = (Model::default(), None, 0_u128);
    let (mut acknowledged, mut by_two, mut unacknowledged, mut snapshots) = (0_u64, 0_u64, 0_u64, 0_u64);
    for round in 0..rounds {
        let two = round % 2 == 1;
        let acks = run(&path, seed, &next, two, &mut dice);
        acknowledged += acks.len() as u64;
        by_two += if two { acks.len() as u64 } else { 0 };
        let acks: BTreeMap<(u64, u64), u64> = acks.into_iter().map(|[writer, nth, at]| ((writer, nth), at)).collect();
        let options = Options::default().follow(None);
        let (store, recovery) =
            grantrie_store::open(&path, options).unwrap_or_else(|error| panic!("round {round}: {error}"));
        snapshots += u64::from(recovery.snapshot.is_some());

        // The log says in which order they were made.
        let mut made: BTreeMap<u64, String> = BTreeMap::new();
        loop {
            let page = store.audit(&AuditQuery { after: seen, ..AuditQuery::default() }).unwrap();
            for record in page.records {
                seen = Some(record.place);
                made.insert(record.place.revision.0, record.actor.unwrap());
            }
            if !page.more {
                break;
            }
        }
        let mut found = 0;
        for (revision, actor) in &made {
            let (writer, nth) = actor.split_once(' ').unwrap();
            let (writer, nth): (u64, u64) = (writer.parse().unwrap(), nth.parse().unwrap());
            let due = &mut next[usize::try_from(writer).unwrap()];
            assert_eq!(nth, *due, "round {round}: writer {writer} out of order");
            *due += 1;
            match acks.get(&(writer, nth)) {
                Some(at) => {
                    assert_eq!(at, revision, "round {round}: acknowledged under another revision");
                    found += 1;
                }
                None => unacknowledged += 1,
            }
            let set = change_set(seed, writer, nth);
            let mut fresh = || {
                ids += 1;
                PermissionId::from_u128(ids)
            };
            model.apply(&set, &mut fresh, Timestamp::MIN).unwrap();
            model.audit.clear();
            assert_eq!(model.revision.0, *revision, "round {round}");
        }
        assert_eq!(found, acks.len(), "round {round}: acknowledged and lost");
        assert_eq!(store.revision(), model.revision, "round {round}");
        for user in 0..USERS + WRITERS {
            let id = if user < USERS { format!("u{user}") } else { format!("w{}", user - USERS) };
            for thing in 0..THINGS {
                for action in ["READ", "EDIT", "N0", "N1"] {
                    let irn = format!("a:b:{thing}");
                    let request = Request::new("n", Subject::user(&id), action, &irn).at(Timestamp::MIN);
                    let expected = model.decide(&request, Timestamp::MIN).allowed;
                    assert_eq!(store.is_allowed(&request), expected, "round {round}: {request:?}");
                }
            }
        }
        assert_eq!(store.counts().permissions, model.permissions.len(), "round {round}");
    }
    println!(
        "{rounds} rounds of kills, every other one of two processes: {acknowledged} change sets acknowledged, all there \
         ({by_two} of them by one of two); {unacknowledged} were on disk and not acknowledged yet; {snapshots} openings had \
         a snapshot"
    );
    assert!(acknowledged > by_two && by_two > 0 && snapshots > 0);
}
