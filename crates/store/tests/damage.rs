//! A file that is not as it was written: a clean error or a clean recovery, never a wrong decision.

mod common;

use std::path::{Path, PathBuf};

use common::{Dice, Directory, copy_store, grant, grants, may, open, world};
use grantrie::{Change, Principal, Revision};
use grantrie_store::{Options, StoreError, restore_last_good, verify};

/// A store with a snapshot, a log, and a write-ahead log that was not moved into the file, as a crash leaves it.
fn crashed(directory: &Directory) -> (PathBuf, String) {
    let (living, path) = (directory.file("living"), directory.file("crashed"));
    let (store, _) = open(&living).unwrap();
    grants(&store, "ann", 60);
    store.compact().unwrap();
    grants(&store, "bob", 60);
    store.apply(Change::RemovePrincipal(Principal::user("ann"))).unwrap();
    copy_store(&living, &path);
    (path, world(&store))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    format!("{}{end}", path.display()).into()
}

/// Opens what was damaged: if that works, everything is there.
fn judge(path: &Path, good: &str, what: &str) -> bool {
    match open(path) {
        Ok((store, _)) => {
            assert_eq!(world(&store), good, "{what}");
            true
        }
        Err(
            StoreError::Damaged(_) | StoreError::NotAStore { .. } | StoreError::TooNew { .. } | StoreError::Io { .. },
        ) => false,
        Err(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn a_flipped_byte_at_each_of_a_thousand_places() {
    let directory = Directory::in_memory();
    let (path, good) = crashed(&directory);
    assert!(judge(&path, &good, "undamaged"));
    // Opening moved the write-ahead log into the file.
    let again = directory.new_in("again");
    let (path, good) = crashed(&again);
    let mut dice = Dice::new();
    let (mut opened, mut refused) = (0, 0);
    for (end, places) in [("", 650), ("-wal", 340), ("-mark", 10)] {
        let bytes = std::fs::read(beside(&path, end)).unwrap();
        for place in 0..places {
            let copy = directory.file("flipped");
            copy_store(&path, &copy);
            let at = (bytes.len() * place + usize::try_from(dice.below(bytes.len() as u64)).unwrap()) / places;
            let mut flipped = bytes.clone();
            let flip = 1 + u8::try_from(dice.below(255)).unwrap();
            flipped[at] ^= flip;
            std::fs::write(beside(&copy, end), flipped).unwrap();
            let what = format!("byte {at} of `{end}` flipped by {flip:#x}");
            if judge(&copy, &good, &what) { opened += 1 } else { refused += 1 }
        }
    }
    println!("1000 flipped bytes: {opened} stores opened as they were, {refused} refused, none wrong");
    assert_eq!(opened + refused, 1_000);
}

#[test]
fn a_file_that_ends_early() {
    let directory = Directory::in_memory();
    let (path, good) = crashed(&directory);
    for end in ["", "-wal"] {
        let bytes = std::fs::read(beside(&path, end)).unwrap();
        for part in 0..40 {
            let copy = directory.file("short");
            copy_store(&path, &copy);
            let length = bytes.len() * part / 40;
            std::fs::write(beside(&copy, end), &bytes[..length]).unwrap();
            judge(&copy, &good, &format!("`{end}` cut to {length}"));
        }
    }
}

#[test]
fn without_the_mark_a_torn_last_commit_is_a_change_that_was_never_acknowledged() {
    let directory = Directory::in_memory();
    let (path, good) = crashed(&directory);
    std::fs::remove_file(beside(&path, "-mark")).unwrap();
    let wal = std::fs::read(beside(&path, "-wal")).unwrap();
    let torn = directory.file("torn");
    copy_store(&path, &torn);
    std::fs::write(beside(&torn, "-wal"), &wal[..wal.len() - 2_000]).unwrap();
    let (store, recovery) = open(&torn).unwrap();
    assert_eq!(recovery.revision, Revision(120));
    assert_ne!(world(&store), good);
    assert!(may(&store, "ann", "a:b:7"), "the last change was the one that was torn");

    // Two commits before the end is no torn commit.
    let broken = directory.file("broken");
    copy_store(&path, &broken);
    let mut bytes = wal;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(beside(&broken, "-wal"), bytes).unwrap();
    match open(&broken) {
        Err(StoreError::Damaged(damage)) => assert!(damage.what.contains("commits follow"), "{damage}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_closed_store_and_one_that_rested_know_their_end_without_the_mark() {
    for close in [true, false] {
        let directory = Directory::in_memory();
        let (living, path) = (directory.file("living"), directory.file("cut"));
        let options = Options::default().follow(Some(std::time::Duration::from_millis(20)));
        let (store, _) = grantrie_store::open(&living, options).unwrap();
        grants(&store, "ann", 5);
        if close {
            drop(store);
            copy_store(&living, &path);
        } else {
            std::thread::sleep(std::time::Duration::from_millis(1_500));
            copy_store(&living, &path);
        }
        std::fs::remove_file(beside(&path, "-mark")).unwrap();
        // As a page whose count of rows is spoilt shows it.
        let spoilt = rusqlite::Connection::open(&path).unwrap();
        spoilt.execute("DELETE FROM log WHERE revision > 3", []).unwrap();
        drop(spoilt);
        match open(&path) {
            Err(StoreError::Damaged(damage)) => {
                assert_eq!(damage.to_string(), "the log ends at revision 3, and 5 was written; good up to revision 3");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(verify(&path, |_, _| {}).unwrap().damages.len(), 1);
        let good = directory.file("good");
        assert_eq!(restore_last_good(&path, &good).unwrap(), Revision(3));
        assert_eq!(open(&good).unwrap().1.revision, Revision(3));
    }
}

#[test]
fn the_last_good_revision_is_restored_only_when_it_is_asked_for() {
    let directory = Directory::in_memory();
    let (path, _) = crashed(&directory);
    drop(open(&path).unwrap());
    let spoilt = rusqlite::Connection::open(&path).unwrap();
    spoilt.execute("UPDATE log SET actor = 'nobody' WHERE revision = 100", []).unwrap();
    drop(spoilt);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(open(&path), Err(StoreError::Damaged(damage)) if damage.last_good == Revision(99)));
    let report = verify(&path, |_, _| {}).unwrap();
    assert_eq!((report.damages.len(), report.damages[0].last_good), (1, Revision(99)), "{report:?}");
    let restored = directory.file("restored");
    assert_eq!(restore_last_good(&path, &restored).unwrap(), Revision(99));
    assert!(restore_last_good(&path, &restored).is_err(), "nothing is written over");
    assert_eq!(std::fs::read(&path).unwrap(), before, "the damaged file is left as it is");
    let (store, recovery) = open(&restored).unwrap();
    assert_eq!(recovery.revision, Revision(99));
    assert!(may(&store, "bob", "a:b:38") && !may(&store, "bob", "a:b:39"));
    store.apply(grant("bob", "a:b:39")).unwrap();
    assert!(verify(&restored, |_, _| {}).unwrap().damages.is_empty());
}

#[test]
fn of_a_store_damaged_before_its_snapshot_everything_is_had_and_the_audit_from_the_damage_on() {
    let directory = Directory::in_memory();
    let (path, good) = crashed(&directory);
    drop(open(&path).unwrap());
    let spoil = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
    spoil("UPDATE log SET actor = 'nobody' WHERE revision = 20");
    let report = verify(&path, |_, _| {}).unwrap();
    assert_eq!(report.damages[0].last_good, Revision(19), "{report:?}");
    let restored = directory.file("restored");
    assert_eq!(restore_last_good(&path, &restored).unwrap(), Revision(121));
    let report = verify(&restored, |_, _| {}).unwrap();
    assert_eq!((report.base, report.entries, report.damages.len()), (Revision(20), 101, 0), "{report:?}");
    assert_eq!(world(&open(&restored).unwrap().0), good);

    // The log does not go back to the beginning there, and no snapshot is good: nothing can be had.
    drop(open(&restored).unwrap());
    let spoil = "UPDATE snapshot_part SET bytes = zeroblob(length(bytes))";
    rusqlite::Connection::open(&restored).unwrap().execute(spoil, []).unwrap();
    let nothing = directory.file("nothing");
    assert!(matches!(restore_last_good(&restored, &nothing), Err(StoreError::Damaged(_))));
    assert!(!nothing.exists(), "what came to nothing is not taken for something");
}

#[test]
fn a_snapshot_that_is_spoilt_is_done_without_where_the_log_goes_back_far_enough() {
    let directory = Directory::in_memory();
    let (path, good) = crashed(&directory);
    drop(open(&path).unwrap());
    let spoilt = rusqlite::Connection::open(&path).unwrap();
    spoilt.execute("UPDATE snapshot_part SET bytes = zeroblob(length(bytes))", []).unwrap();
    drop(spoilt);
    let (store, recovery) = open(&path).unwrap();
    assert_eq!((recovery.snapshot, recovery.spoilt_snapshots, recovery.replayed), (None, 1, 121));
    assert_eq!(world(&store), good);
}
