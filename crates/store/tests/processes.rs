//! Several processes on one file: none takes from another what it wrote.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Directory, grant, may, open};
use grantrie::Revision;
use grantrie_store::{AuditQuery, Options, verify};

/// Not a test by itself: another process, which opens the store, looks, writes if it is told to, and ends.
#[test]
fn child() {
    let Ok(path) = std::env::var("GRANTRIE_OTHER_STORE") else { return };
    let (store, _) = open(Path::new(&path)).unwrap();
    assert!(may(&store, "ann", &std::env::var("GRANTRIE_OTHER_SEES").unwrap()));
    if let Ok(writes) = std::env::var("GRANTRIE_OTHER_WRITES") {
        store.apply(grant("ann", &writes)).unwrap();
    }
}

/// Lets another process see a thing, and perhaps write one.
fn other(path: &Path, sees: &str, writes: Option<&str>) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child", "--nocapture"]).env("GRANTRIE_OTHER_STORE", path).env("GRANTRIE_OTHER_SEES", sees);
    if let Some(writes) = writes {
        child.env("GRANTRIE_OTHER_WRITES", writes);
    }
    let output = child.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// SQLite removes the write-ahead log when the last process closes the file, and finds out by the file's locks. Closing any
/// descriptor of the file gives up all locks of a process: so nothing here may open it but SQLite.
#[test]
fn one_that_comes_and_goes_takes_nothing_from_one_that_stays() {
    if std::env::var("GRANTRIE_OTHER_STORE").is_ok() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, _) = open(&path).unwrap();
    store.apply(grant("ann", "a:b:1")).unwrap();
    // Each of these opens a connection of its own.
    store.audit(&AuditQuery::default()).unwrap();
    store.compact().unwrap();
    store.backup(directory.file("backup"), |_, _| {}).unwrap();
    drop(grantrie_store::open(&path, Options::default().read_only(true).follow(None)).unwrap());
    store.verify(|_, _| {}).unwrap();
    store.apply(grant("ann", "a:b:2")).unwrap();
    other(&path, "a:b:2", None);
    assert_eq!(store.apply(grant("ann", "a:b:3")).unwrap(), Revision(3));
    other(&path, "a:b:3", Some("a:b:4"));
    assert_eq!(store.refresh().unwrap(), Revision(4));
    assert!(may(&store, "ann", "a:b:4"));
    assert_eq!(store.apply(grant("ann", "a:b:5")).unwrap(), Revision(5));
    drop(store);
    let (store, _) = open(&path).unwrap();
    assert_eq!(store.revision(), Revision(5));
    assert!(verify(&path, |_, _| {}).unwrap().damages.is_empty());
}
