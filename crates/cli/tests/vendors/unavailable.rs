//! A store that cannot be written: each interface says so in its own form, nothing is changed, and reading goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::json;

use super::clients::command;
use super::{permission, serve, serve_with};

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
