//! Every call that writes, syncs, reads or cuts a file fails in turn: a clean error, nothing of it visible, and once the
//! cause is gone the next change is written.
//!
//! The layer is under SQLite: `faults/fault.c` stands between it and the C library, in a process of its own. What fails
//! there fails as the system fails, torn pages included. Without a C compiler the test says so and passes.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Directory, grant, may, open};
use grantrie_store::{State, Store, StoreError, verify};

const CHANGES: usize = 6;

/// Not a test by itself: the process whose calls fail. Prints what was acknowledged and what failed.
#[test]
fn child() {
    let Ok(path) = std::env::var("GRANTRIE_FAULT_STORE") else { return };
    let store = match open(Path::new(&path)) {
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

fn layer(directory: &Directory) -> Option<PathBuf> {
    let library = directory.file("fault.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/fault.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).status();
    compiled.is_ok_and(|status| status.success()).then_some(library)
}

#[test]
fn every_call_fails_in_turn() {
    if std::env::var("GRANTRIE_FAULT_STORE").is_ok() || !cfg!(target_os = "linux") {
        return;
    }
    let directory = Directory::in_memory();
    let Some(library) = layer(&directory) else { return println!("no C compiler: nothing was tested") };
    let (mut runs, mut failed, mut recovered, mut damaged) = (0, 0, 0, 0);
    // EIO, ENOSPC, and 0 for half of what was asked.
    for (call, errors) in [("write", &[5, 28, 0][..]), ("sync", &[5, 28]), ("read", &[5, 0]), ("truncate", &[5])] {
        for error in errors {
            for times in [1, 1_000] {
                for after in 0_u32.. {
                    let run = directory.new_in("run");
                    let path = run.file("world");
                    let (store, _) = open(&path).unwrap();
                    store.apply(grant("eve", "a:b:0")).unwrap();
                    drop(store);
                    let output = Command::new(std::env::current_exe().unwrap())
                        .args(["--exact", "child", "--nocapture"])
                        .env("LD_PRELOAD", &library)
                        .env("GRANTRIE_FAULT_STORE", &path)
                        .env("GRANTRIE_FAULT_WHEN", run.file("when"))
                        .env("GRANTRIE_FAULT_FIRED", run.file("fired"))
                        .env("GRANTRIE_FAULT_CALL", call)
                        .env("GRANTRIE_FAULT_ERRNO", error.to_string())
                        .env("GRANTRIE_FAULT_TIMES", times.to_string())
                        .env("GRANTRIE_FAULT_AFTER", after.to_string())
                        .stdout(Stdio::piped())
                        .output()
                        .unwrap();
                    let what = format!("{call} {after}, error {error}, {times} times");
                    let text = String::from_utf8_lossy(&output.stdout).into_owned();
                    let told = String::from_utf8_lossy(&output.stderr).into_owned();
                    assert!(output.status.success(), "{what}: {text}{told}");
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
                    // There are not so many of these calls.
                    if !run.file("fired").exists() {
                        break;
                    }
                }
            }
        }
    }
    println!(
        "{runs} processes with a failing call: {failed} clean errors, {recovered} wrote again, {damaged} refused to"
    );
    assert!(failed > 0);
}
