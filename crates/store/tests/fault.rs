//! Every call that writes, syncs, reads, cuts, names or opens a file fails in turn: a clean error, nothing of it visible, and
//! once the cause is gone the next attempt goes well. So for changes, for making a store, for a backup and for restoring one.
//!
//! The layer is under SQLite: `faults/fault.c` stands between it and the C library, in a process of its own. What fails
//! there fails as the system fails, torn pages included. Without a C compiler the test says so and passes.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Directory, grant, grants, may, open};
use grantrie::Revision;
use grantrie_store::{State, Store, StoreError, restore, verify};

const CHANGES: usize = 6;

/// Not a test by itself: the process whose calls fail. Prints what was acknowledged and what failed.
#[test]
fn child() {
    let Ok(path) = std::env::var("GRANTRIE_FAULT_STORE") else { return };
    let path = Path::new(&path);
    match std::env::var("GRANTRIE_FAULT_DOES").unwrap().as_str() {
        "change" => change(path),
        "make" => attempt(&|| open(path).map(drop)),
        "backup" => {
            let store = open(path).unwrap().0;
            attempt(&|| store.backup(copy_of(path), |_, _| {}).map(drop));
        }
        "restore" => attempt(&|| restore(path, copy_of(path), |_, _| {}).map(drop)),
        other => panic!("{other}"),
    }
}

fn copy_of(path: &Path) -> PathBuf {
    path.with_file_name("world.copy")
}

fn change(path: &Path) {
    let store = match open(path) {
        Ok((store, _)) => store,
        Err(error) => return println!("\nopening {error:?}"),
    };
    let when = std::env::var("GRANTRIE_FAULT_WHEN").unwrap();
    std::fs::write(&when, "").unwrap();
    let apply = |store: &Store, n: usize| match store.apply(grant("ann", &format!("a:b:{n}"))) {
        Ok(_) => {
            assert!(may(store, "ann", &format!("a:b:{n}")));
            println!("\nack {n}");
        }
        Err(error) => {
            assert!(!matches!(error, StoreError::Refused(_)), "{error}");
            assert!(!may(store, "ann", &format!("a:b:{n}")), "it failed, and shows: {error}");
            assert_ne!(store.state(), State::Ready);
            println!("\nfailed {n} {error}");
        }
    };
    (0..CHANGES).for_each(|n| apply(&store, n));
    if let Err(error) = store.compact() {
        println!("\nfailed compacting {error}");
    }
    // The cause is gone.
    std::fs::remove_file(when).unwrap();
    assert!(may(&store, "eve", "a:b:0"), "checks go on");
    match store.apply(grant("bob", "a:b:0")) {
        Ok(_) => println!("\nrecovered"),
        Err(StoreError::Damaged(damage)) => println!("\ndamaged {damage}"),
        Err(error) => panic!("not written once the cause was gone: {error}"),
    }
}

/// Does what fails, and once more when the cause is gone.
fn attempt(what: &dyn Fn() -> Result<(), StoreError>) {
    let when = std::env::var("GRANTRIE_FAULT_WHEN").unwrap();
    std::fs::write(&when, "").unwrap();
    let first = what();
    std::fs::remove_file(&when).unwrap();
    match first {
        Ok(()) => println!("\ndone"),
        Err(error) => {
            println!("\nfailed {error}");
            match what() {
                Ok(()) => println!("\nrecovered"),
                Err(StoreError::Damaged(damage)) => println!("\ndamaged {damage}"),
                Err(error) => panic!("not done once the cause was gone: {error}"),
            }
        }
    }
}

fn layer(directory: &Directory) -> Option<PathBuf> {
    let library = directory.file("fault.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/fault.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).status();
    compiled.is_ok_and(|status| status.success()).then_some(library)
}

/// A call that fails: which, with which error (0 for half of what was asked), how often, and after how many.
struct Fault {
    call: &'static str,
    error: i32,
    times: u32,
    after: u32,
}

impl Fault {
    /// Each of these calls in turn, until there are not so many of them: `run` answers whether it failed one.
    fn each(calls: &[(&'static str, &[i32])], times: &[u32], mut run: impl FnMut(&Self) -> bool) {
        for (call, errors) in calls {
            for error in *errors {
                for times in times {
                    for after in 0.. {
                        if !run(&Self { call, error: *error, times: *times, after }) {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Has a process do something with this fault; answers what it prints, and whether there was so far a call to fail.
    fn run(&self, library: &Path, does: &str, path: &Path) -> (String, bool) {
        let beside = |name: &str| path.with_file_name(name);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env("LD_PRELOAD", library)
            .env("GRANTRIE_FAULT_STORE", path)
            .env("GRANTRIE_FAULT_DOES", does)
            .env("GRANTRIE_FAULT_WHEN", beside("when"))
            .env("GRANTRIE_FAULT_FIRED", beside("fired"))
            .env("GRANTRIE_FAULT_CALL", self.call)
            .env("GRANTRIE_FAULT_ERRNO", self.error.to_string())
            .env("GRANTRIE_FAULT_TIMES", self.times.to_string())
            .env("GRANTRIE_FAULT_AFTER", self.after.to_string())
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{self}: {text}{told}");
        (text, beside("fired").exists())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { call, error, times, after } = self;
        write!(f, "{call} {after}, error {error}, {times} times")
    }
}

fn is_child() -> bool {
    std::env::var("GRANTRIE_FAULT_STORE").is_ok() || !cfg!(target_os = "linux")
}

const EPERM: i32 = 1;
const EIO: i32 = 5;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const HALF: i32 = 0;

#[test]
fn every_call_of_a_change_fails_in_turn() {
    if is_child() {
        return;
    }
    let directory = Directory::in_memory();
    let Some(library) = layer(&directory) else { return println!("no C compiler: nothing was tested") };
    let (mut runs, mut failed, mut recovered, mut damaged) = (0, 0, 0, 0);
    let calls: [(&str, &[i32]); 6] = [
        ("write", &[EIO, ENOSPC, HALF]),
        ("sync", &[EIO, ENOSPC]),
        ("read", &[EIO, HALF]),
        ("truncate", &[EIO]),
        ("open", &[EACCES]),
        ("unlink", &[EIO]),
    ];
    Fault::each(&calls, &[1, 1_000], |what| {
        let run = directory.new_in("run");
        let path = run.file("world");
        let (store, _) = open(&path).unwrap();
        store.apply(grant("eve", "a:b:0")).unwrap();
        drop(store);
        let (text, fired) = what.run(&library, "change", &path);
        let (store, _) = open(&path).unwrap_or_else(|error| panic!("{what}: {error}\n{text}"));
        let lines = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        for n in 0..CHANGES {
            let acknowledged = text.lines().any(|line| line == format!("ack {n}"));
            assert_eq!(may(&store, "ann", &format!("a:b:{n}")), acknowledged, "{what}: change {n}\n{text}");
        }
        assert_eq!(may(&store, "bob", "a:b:0"), text.contains("\nrecovered"), "{what}\n{text}");
        assert!(verify(&path, |_, _| {}).unwrap().damages.is_empty(), "{what}");
        runs += 1;
        failed += lines("failed");
        recovered += lines("recovered");
        damaged += lines("damaged");
        fired
    });
    println!(
        "{runs} processes with a failing call: {failed} clean errors, {recovered} wrote again, {damaged} refused to"
    );
    assert!(failed > 0);
}

#[test]
fn every_call_of_making_backing_up_and_restoring_fails_in_turn() {
    if is_child() {
        return;
    }
    let directory = Directory::in_memory();
    let Some(library) = layer(&directory) else { return println!("no C compiler: nothing was tested") };
    let calls: [(&str, &[i32]); 8] = [
        ("write", &[EIO, ENOSPC, HALF]),
        ("sync", &[EIO]),
        ("read", &[EIO, HALF]),
        ("truncate", &[EIO]),
        ("link", &[EIO, ENOSPC, EPERM]),
        ("rename", &[EIO]),
        ("unlink", &[EIO]),
        ("open", &[EACCES]),
    ];
    for does in ["make", "backup", "restore"] {
        let (mut runs, mut failed, mut linked, mut damaged) = (0, 0, 0, 0);
        Fault::each(&calls, &[1, 1_000], |what| {
            let run = directory.new_in("run");
            let path = run.file("world");
            if does != "make" {
                let (store, _) = open(&path).unwrap();
                grants(&store, "ann", 20);
                store.compact().unwrap();
                store.apply(grant("bob", "a:b:0")).unwrap();
            }
            let before = std::fs::read(&path).unwrap_or_default();
            let (text, fired) = what.run(&library, does, &path);
            runs += 1;
            // A system that says a thousand times that pages end early has had them written so: that is seen, at once or by
            // who opens the store next, and of a store that is only being made nothing is lost.
            let is_lied_to = does == "make" && what.call == "read" && what.error == HALF;
            let is_seen_later = || verify(&path, |_, _| {}).map_or(true, |report| !report.damages.is_empty());
            if text.contains("\ndamaged") || is_lied_to && is_seen_later() {
                assert!(is_lied_to, "{does}, {what}: {text}");
                damaged += 1;
                return fired;
            }
            let made = if does == "make" { path.clone() } else { copy_of(&path) };
            let report = verify(&made, |_, _| {}).unwrap_or_else(|error| panic!("{does}, {what}: {error}\n{text}"));
            let revision = Revision(if does == "make" { 0 } else { 21 });
            assert_eq!((report.damages.as_slice(), report.head), (&[][..], revision), "{does}, {what}\n{text}");
            let (store, _) = open(&made).unwrap_or_else(|error| panic!("{does}, {what}: {error}\n{text}"));
            assert_eq!(may(&store, "bob", "a:b:0"), does != "make");
            store.apply(grant("eve", "a:b:0")).unwrap();
            if does == "restore" {
                assert_eq!(std::fs::read(&path).unwrap(), before, "{what}: the backup was changed");
            }
            drop(store);
            // Nothing is left behind, but for what could not be removed.
            let left = std::fs::read_dir(run.file(""))
                .unwrap()
                .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
            let left: Vec<String> = left.filter(|name| name.contains("partial")).collect();
            assert!(left.is_empty() || what.call == "unlink", "{does}, {what}: {left:?}");
            failed += usize::from(text.contains("\nfailed"));
            linked += usize::from(what.call == "link" && text.contains("\nfailed"));
            fired
        });
        println!(
            "{does}: {runs} processes with a failing call, {failed} clean errors, done when it was tried again; {damaged} \
             found to be damaged"
        );
        assert!(failed > 0 && (linked > 0 || does == "make"), "{does}: {failed}, {linked}");
    }
}
