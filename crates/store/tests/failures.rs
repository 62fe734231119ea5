//! Wrong rights, files that may not be written, and disks that are full, as the system has them: the reason is said, nothing
//! of what failed is visible, checks go on, and when the cause is gone the next attempt goes well.
#![cfg(target_os = "linux")]

mod common;

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Directory, grant, may, open};
use grantrie_store::{Options, State, StoreError, verify};

/// `nobody`, where tests are run as root, whom no rights stop.
const NOBODY: u32 = 65_534;

/// Not a test by itself: another user, who opens a store, tries to change it, and says what came of it.
#[test]
fn child() {
    let Ok(path) = std::env::var("GRANTRIE_OTHER_USER") else { return };
    let options = Options::default().follow(None).read_only(std::env::var("GRANTRIE_READ_ONLY").is_ok());
    match grantrie_store::open(&path, options) {
        Err(error) => println!("\nnot opened: {} {error}", error.code().number()),
        Ok((store, _)) => {
            println!("\nopened: {}", may(&store, "ann", "a:b:1"));
            match store.apply(grant("ann", "a:b:2")) {
                Ok(revision) => println!("\nwritten: {revision}"),
                Err(error) => println!("\nnot written: {} {error}", error.code().number()),
            }
        }
    }
}

fn is_child() -> bool {
    std::env::var("GRANTRIE_OTHER_USER").is_ok() || std::env::var("GRANTRIE_SMALL_FILES").is_ok()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// This test's program where everybody may run it.
fn program(directory: &Directory) -> PathBuf {
    let program = directory.file("program");
    if !program.exists() {
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        rights(&program, 0o755);
    }
    program
}

fn rights(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What a user without any special rights is told.
fn other_user(directory: &Directory, path: &Path, read_only: bool) -> String {
    let mut child = Command::new(program(directory));
    child.args(["--exact", "child", "--nocapture"]).env("GRANTRIE_OTHER_USER", path).current_dir("/");
    if read_only {
        child.env("GRANTRIE_READ_ONLY", "1");
    }
    if is_root() {
        child.uid(NOBODY).gid(NOBODY);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn wrong_rights_are_said_and_once_they_are_right_all_goes_well() {
    if is_child() {
        return;
    }
    let directory = Directory::new();
    rights(&directory.file(""), 0o755);
    let place = directory.file("place");
    std::fs::create_dir(&place).unwrap();
    let path = place.join("world");
    let (store, _) = open(&path).unwrap();
    store.apply(grant("ann", "a:b:1")).unwrap();
    drop(store);
    let says = |path: &Path, read_only: bool, what: &str| {
        let said = other_user(&directory, path, read_only);
        assert!(said.contains(what), "{what}: {said}");
        assert!(!said.contains("\nwritten") || what.starts_with("written"), "{said}");
    };
    rights(&place, 0o755);
    rights(&path, 0o644);
    if is_root() {
        // Another's file, which may be read; another's directory, in which nothing may be made.
        says(&path, false, "not opened: 603");
        says(&path, false, "Permission denied");
        says(&path, true, "its directory writable");
        says(&place.join("new"), false, "Permission denied");
    }
    for mode in [0o000, 0o222] {
        rights(&path, mode);
        says(&path, false, "not opened: ");
        says(&path, false, "Permission denied");
    }
    // Its own file, which may not be written.
    for path in [&place, &path] {
        if is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    rights(&path, 0o444);
    says(&path, false, "not opened: 603");
    says(&path, true, "opened: true");
    says(&path, true, "not written: 603");
    // One cause is gone; who read it left files behind that have the rights which it had.
    rights(&path, 0o644);
    says(&path, false, "world-wal` cannot be written: Permission denied");
    for end in ["-wal", "-shm"] {
        rights(&place.join(format!("world{end}")), 0o644);
    }
    says(&path, false, "written: 2");
    assert!(may(&open(&path).unwrap().0, "ann", "a:b:2"));
}

/// A disk of a few megabytes, if this user may make one.
struct Disk(PathBuf);

impl Disk {
    fn new(directory: &Directory) -> Option<Self> {
        let path = directory.file("disk");
        std::fs::create_dir(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&path).output();
        mount.is_ok_and(|mount| mount.status.success()).then_some(Self(path))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_when_there_is_room_again_all_goes_well() {
    if is_child() {
        return;
    }
    let directory = Directory::new();
    let Some(disk) = Disk::new(&directory) else { return println!("no disk can be made here: nothing was tested") };
    let path = disk.0.join("world");
    let (store, _) = open(&path).unwrap();
    store.apply(grant("ann", "a:b:0")).unwrap();
    std::fs::write(disk.0.join("filler"), vec![1; 16 << 20]).unwrap_err();
    let (mut written, mut full) = (0, 0);
    for n in 1..=50 {
        let thing = format!("a:b:{n}");
        match store.apply(grant("ann", &thing)) {
            Ok(_) => written += 1,
            Err(StoreError::Full { .. }) => {
                full += 1;
                assert!(!may(&store, "ann", &thing), "what failed is not visible");
                assert!(matches!(store.state(), State::Failing(_)), "{:?}", store.state());
            }
            Err(other) => panic!("{other}"),
        }
        assert!(may(&store, "ann", "a:b:0"), "checks go on");
    }
    assert!(full > 0, "{written} were written to a full disk");
    assert!(matches!(store.compact(), Err(StoreError::Full { .. })), "a snapshot needs room");
    assert!(store.backup(disk.0.join("backup"), |_, _| {}).is_err() && !disk.0.join("backup").exists());
    std::fs::remove_file(disk.0.join("filler")).unwrap();
    store.apply(grant("ann", "c:d:e")).unwrap();
    assert_eq!(store.state(), State::Ready);
    store.compact().unwrap();
    let world = common::world(&store);
    drop(store);
    let (store, recovery) = open(&path).unwrap();
    assert_eq!((recovery.revision.0, common::world(&store)), (written + 2, world));
    drop(store);
    assert!(verify(&path, |_, _| {}).unwrap().damages.is_empty());
}

/// Not a test by itself: a process whose files may not grow past a bound.
#[test]
fn small() {
    let Ok(path) = std::env::var("GRANTRIE_SMALL_FILES") else { return };
    let (store, _) = open(Path::new(&path)).unwrap();
    let mut failed = None;
    for n in 0..2_000 {
        let thing = format!("a:b:{n}");
        match store.apply(grant("ann", &thing)) {
            Ok(_) => println!("\nack {n}"),
            Err(error) => {
                assert!(!may(&store, "ann", &thing) && matches!(store.state(), State::Failing(_)));
                assert!(may(&store, "ann", "a:b:0"), "checks go on");
                failed = Some(error);
                break;
            }
        }
    }
    println!("\nfailed: {}", failed.unwrap());
}

#[test]
fn files_that_may_not_grow_fail_a_change_and_keep_what_was_acknowledged() {
    if is_child() {
        return;
    }
    let directory = Directory::new();
    let path = directory.file("world");
    drop(open(&path).unwrap());
    // 400 blocks of 512 or 1,024 bytes: the write-ahead log grows past it. The signal would end the process.
    let shell = "trap '' XFSZ; ulimit -f 400; exec \"$0\" --exact small --nocapture";
    let output = Command::new("sh")
        .args(["-c", shell])
        .arg(std::env::current_exe().unwrap())
        .env("GRANTRIE_SMALL_FILES", &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let acknowledged = said.lines().filter(|line| line.starts_with("ack ")).count();
    assert!(acknowledged > 0 && said.contains("\nfailed: writing a change"), "{said}");
    let (store, recovery) = open(&path).unwrap();
    assert_eq!(recovery.revision.0, acknowledged as u64, "{said}");
    store.apply(grant("bob", "a:b:c")).unwrap();
}
