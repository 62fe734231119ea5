//! A store that cannot be written: each interface says so in its own form, nothing is changed, and reading goes on.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use grantrie_testkit::Scratch;
use serde_json::json;

use super::clients::command;
use super::{CREDENTIALS, Running, permission, serve, serve_after, serve_in, serve_with};

/// Another process that writes and does not end.
struct Writer(Child);

impl Writer {
    fn at(store: &Path) -> Self {
        const PROGRAM: &str = "import sqlite3, sys\n\
            store = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
            store.execute('BEGIN IMMEDIATE')\n\
            print('writing', flush=True)\n\
            sys.stdin.read()\n";
        let mut python = command();
        python.args(["-c", PROGRAM]).arg(store).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "writing\n");
        Self(child)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn while_another_writes_without_end_changes_fail_and_questions_are_answered() {
    let running = serve(&json!({"permissions": [permission("ann", "aisvc:agent:1", &["READ"])]}), "");
    let mut clients = running.clients();
    let revision = running.revision();
    let writer = Writer::at(&running.scratch.path().join("grantrie.db"));
    let workspace = clients.fails("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}));
    assert_eq!((&workspace["status"], &workspace["code"]), (&json!(503), &json!("WKS.00990503")), "{workspace}");
    let order = json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"});
    let quickbi = clients.fails("quickbi", "smartq_authorize", order);
    assert_eq!((&quickbi["status"], &quickbi["code"]), (&json!(400), &json!("Internal.System.Error")), "{quickbi}");
    let put =
        clients.fails("permissions", "put", json!({"permissions": [permission("ann", "aisvc:agent:2", &["READ"])]}));
    assert_eq!((&put["status"], &put["body"]["_error"]["code"]), (&json!(503), &json!("busy")), "{put}");
    assert!(running.may("ann", "READ", "aisvc:agent:1") && !running.may("ann", "READ", "aisvc:agent:2"));
    assert_eq!(clients.call("workspace", "list", json!({}))["total_count"], 0);
    assert_eq!(running.revision(), revision);
    drop(writer);
    clients.call("permissions", "put", json!({"permissions": [permission("ann", "aisvc:agent:2", &["READ"])]}));
    assert!(running.may("ann", "READ", "aisvc:agent:2"), "when it is gone, changes are made again");
}

/// Lets a server write no file any more, its log no more than its store, and lets it again.
fn may_write(running: &Running, may: bool) {
    let (id, limit) = (running.server().id().to_string(), if may { "unlimited" } else { "1" });
    let set = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={limit}:unlimited")]).status();
    assert!(set.is_ok_and(|status| status.success()), "`prlimit` cannot be run");
}

#[test]
fn a_write_that_the_system_refuses_is_an_internal_error_and_when_it_may_be_all_goes_well() {
    // A process that is to be told rather than ended when a file may not grow.
    let told = "trap '' XFSZ";
    let mut running = serve_after(
        told,
        &json!({"permissions": [permission("u1", "aisvc:agent:1", &["READ"])]}),
        "gates = [\"aisvc\"]",
    );
    let mut clients = running.clients();
    let subscribed = json!({"namespace": "acme", "project": "atlas"});
    let subscribe = |user: &str| json!({"add": {"users": [{"user_id": user}]}});
    let revision = running.revision();
    may_write(&running, false);
    // Two users: the same request in the same second would be a replay.
    for user in ["u1", "u2"] {
        let workspace = clients.fails("workspace", "subscribe", subscribe(user));
        assert_eq!((&workspace["status"], &workspace["code"]), (&json!(500), &json!("WKS.00990500")), "{workspace}");
        for client in ["quickbi", "quickbi_v2", "quickbi_before"] {
            let order = json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"});
            let quickbi = clients.fails(client, "smartq_authorize", order);
            assert_eq!(
                (&quickbi["status"], &quickbi["code"]),
                (&json!(400), &json!("Internal.System.Error")),
                "{quickbi}"
            );
        }
        let put =
            clients.fails("permissions", "put", json!({"permissions": [permission("u1", "aisvc:tool:2", &["READ"])]}));
        assert_eq!((&put["status"], &put["body"]["_error"]["code"]), (&json!(503), &json!("busy")), "{put}");
        assert!(!running.decide("u1", "READ", "aisvc:agent:1", &subscribed), "nobody is subscribed");
        assert_eq!(clients.call("workspace", "list", json!({}))["total_count"], 0, "reading goes on");
        assert_eq!(running.revision(), revision);
    }
    may_write(&running, true);
    clients.call("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}, {"user_id": "u3"}]}}));
    for _ in 0..2 {
        assert!(
            running.decide("u1", "READ", "aisvc:agent:1", &subscribed),
            "what failed keeps nothing from being written"
        );
        assert!(!running.may("u1", "QUERY", "quickbi:llmcube:c1"), "and does not come back");
        running.restart();
    }
}

/// A disk of a few megabytes, if this user may make one.
struct Disk(PathBuf);

impl Disk {
    fn new(at: &Path) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(at).output();
        mount.is_ok_and(|mount| mount.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_disk_that_is_full_is_unavailable_and_when_there_is_room_again_all_goes_well() {
    let scratch = Scratch::new().unwrap();
    let Some(_disk) = Disk::new(scratch.path()) else {
        return println!("no disk can be made here: nothing was tested");
    };
    // The server's log is there too.
    let running = serve_in(scratch, env!("CARGO_BIN_EXE_grantrie").into(), &json!({}), CREDENTIALS, vec![]);
    let mut clients = running.clients();
    let grant = |cube: usize| json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": format!("c{cube}")});
    clients.call("quickbi", "smartq_authorize", grant(0));
    let filler = running.scratch.path().join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[b'x'; 4096]).is_ok() {}
    // What the log has of room it uses first.
    let users: Vec<_> = (0..200).map(|n| json!({"user_id": format!("user-{n}-{}", "x".repeat(200))})).collect();
    let subscribe = |clients: &mut super::clients::Clients, more: usize| {
        clients.said("workspace", "subscribe", json!({"add": {"users": users.iter().skip(more).collect::<Vec<_>>()}}))
    };
    let refused = (0..100).map(|more| subscribe(&mut clients, more)).find(|said| said["answer"].is_null());
    let workspace = refused.unwrap_or_else(|| panic!("a full disk was written"))["error"].clone();
    assert_eq!((&workspace["status"], &workspace["code"]), (&json!(503), &json!("WKS.00990503")), "{workspace}");
    let revision = running.revision();
    let put =
        clients.fails("permissions", "put", json!({"permissions": [permission("ann", "aisvc:agent:2", &["READ"])]}));
    assert_eq!((&put["status"], &put["body"]["_error"]["code"]), (&json!(503), &json!("busy")), "{put}");
    assert!(running.may("u1", "QUERY", "quickbi:llmcube:c0"), "questions are answered");
    assert_eq!(running.revision(), revision);
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    clients.call("quickbi", "smartq_authorize", grant(1));
    assert!(running.may("u1", "QUERY", "quickbi:llmcube:c1"));
}

#[test]
fn a_change_that_waits_is_given_up_in_time_and_further_ones_are_told_to_come_again() {
    let running = serve_with(&json!({}), "", |_| "[limits]\nrequest_seconds = 1\nwrites = 1", vec![]);
    let mut clients = running.clients();
    clients.call("workspace", "list", json!({}));
    let writer = Writer::at(&running.scratch.path().join("grantrie.db"));
    let order = |cube: &str| json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": cube});
    let begun = Instant::now();
    let waited = clients.fails("quickbi", "smartq_authorize", order("c1"));
    assert_eq!((&waited["status"], &waited["code"]), (&json!(503), &json!("ServiceUnavailable")), "{waited}");
    assert!(waited["message"].as_str().unwrap().contains("what was to be changed may yet be"), "{waited}");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // It still has the one place.
    let put = running.trusted().send(
        "PUT",
        "/aisvc/api/v1/permissions",
        &[],
        json!([permission("ann", "aisvc:agent:1", &["READ"])]).to_string().as_bytes(),
    );
    assert_eq!((put.status, put.header("retry-after")), (503, Some("1")), "{}", put.text());
    let full = clients.fails("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}));
    assert_eq!((&full["status"], &full["code"]), (&json!(503), &json!("WKS.00990503")), "{full}");
    assert!(full["message"].as_str().unwrap().contains("too many changes wait"), "{full}");
    assert!(!running.may("u1", "QUERY", "quickbi:llmcube:c1"), "questions are answered");
    drop(writer);
    // Nobody waits for it any longer, and it is done.
    while !running.may("u1", "QUERY", "quickbi:llmcube:c1") {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(running.audit("quickbi").len(), 1);
    let metrics = running.trusted().get("/metrics").text();
    assert!(metrics.contains("grantrie_changes_total{outcome=\"applied\"} 1\n"), "{metrics}");
}

#[test]
fn a_server_that_is_told_to_stop_does_not_wait_for_a_store_without_end() {
    let mut running = serve_with(&json!({}), "", |_| "[limits]\nshutdown_seconds = 1", vec![]);
    let writer = Writer::at(&running.scratch.path().join("grantrie.db"));
    let mut stream = running.server().connect();
    let change = json!({"changes": [{"put_user": {"user_id": "ann"}}]}).to_string();
    write!(
        stream,
        "POST /admin/v1/changes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{change}",
        super::TRUSTED,
        change.len(),
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    let ended = running.server.take().unwrap().stop();
    assert!(ended.status.success() && begun.elapsed() < Duration::from_secs(20), "{ended:?} {:?}", begun.elapsed());
    drop(writer);
    running.start();
    assert_eq!(running.revision(), 0, "what was not acknowledged was not done");
}

#[test]
fn more_signed_requests_than_are_remembered_are_refused_rather_than_forgotten() {
    let running = serve_with(&json!({}), "", |_| "[limits]\nreplay_entries = 2", vec![]);
    let mut clients = running.clients();
    clients.call("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}));
    let order = |cube: &str| json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": cube});
    clients.call("quickbi", "smartq_authorize", order("c1"));
    let workspace = clients.fails("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u2"}]}}));
    assert_eq!((&workspace["status"], &workspace["code"]), (&json!(503), &json!("WKS.00990503")), "{workspace}");
    let quickbi = clients.fails("quickbi", "smartq_authorize", order("c2"));
    assert_eq!((&quickbi["status"], &quickbi["code"]), (&json!(503), &json!("ServiceUnavailable")), "{quickbi}");
    assert!(running.may("u1", "QUERY", "quickbi:llmcube:c1") && !running.may("u1", "QUERY", "quickbi:llmcube:c2"));
}
