//! Keeping a server running: health, metrics, logs, documents, the end.

use std::io::{Read, Write};

use grantrie_testkit::Scratch;
use serde_json::{Value, json};

use super::{CREDENTIALS, TRUSTED, WORLD, serve, start};

fn evaluation(user: &str, id: &str) -> Value {
    json!({"subject": {"type": "user", "id": user}, "action": {"name": "READ"},
        "resource": {"type": "aisvc:agent", "id": id}, "context": {"namespace": "acme"}})
}

const ONE: &str = "/access/v1/evaluation";

/// The value of a metric's line.
fn metric(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

#[test]
fn health_is_for_everybody() {
    let running = serve("");
    let mut nobody = running.server.client();
    assert_eq!((nobody.get("/healthz").status, nobody.get("/healthz").text()), (200, "ok\n".to_owned()));
    let ready = nobody.get("/readyz");
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json(), json!({"ready": true, "store": "memory", "revision": 1, "clock": "system"}));
    assert_eq!(nobody.send("POST", "/healthz", &[], b"").status, 405);
    assert_eq!(ready.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn metrics_count_what_was_decided() {
    let running = serve("");
    let mut client = running.trusted();
    for (user, id) in [("ann", "1"), ("ann", "2"), ("ann", "secret"), ("bob", "1"), ("", "1")] {
        client.post(ONE, &evaluation(user, id));
    }
    client
        .post("/access/v1/evaluations", &json!({"evaluations": [evaluation("ann", "1"), evaluation("bob", "1"), {}]}));
    let text = client.get("/metrics").text();
    for (reason, expected) in [("granted", 3), ("denied", 1), ("no_grant", 2), ("not_subscribed", 0), ("invalid", 1)] {
        assert_eq!(metric(&text, &format!("grantrie_decisions_total{{reason=\"{reason}\"}}")), expected, "{reason}");
    }
    assert_eq!(metric(&text, "grantrie_revision"), 1);
    assert_eq!(metric(&text, "grantrie_permissions"), 4);
    assert!(metric(&text, "grantrie_memory_bytes") > 1_000);
    assert_eq!(metric(&text, "grantrie_http_requests_total{interface=\"access\",status=\"2xx\"}"), 6);
    assert_eq!(metric(&text, "grantrie_http_request_seconds_count{interface=\"access\"}"), 6);
    assert_eq!(metric(&text, "grantrie_change_seconds_count"), 0);
    assert!(text.ends_with("# EOF\n"));
    // Not for everybody, unless that is configured.
    assert_eq!(running.ann().get("/metrics").status, 403);
    assert_eq!(running.server.client().get("/metrics").status, 401);
    assert_eq!(serve("open_metrics = true").server.client().get("/metrics").status, 200);
}

#[test]
fn what_is_understood_is_described() {
    let running = serve("");
    let mut nobody = running.server.client();
    let document = nobody.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in [
        "/access/v1/evaluation",
        "/access/v1/evaluations",
        "/.well-known/authzen-configuration",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let page = nobody.get("/docs");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(page.text().contains("<code>/access/v1/evaluation</code>"));
}

#[test]
fn a_sample_of_decisions_is_written_down() {
    let all = serve("[decision_log]\nfile = \"decisions.jsonl\"");
    let mut client = all.trusted();
    for (user, id) in [("ann", "1"), ("ann", "secret"), ("", "1")] {
        client.post(ONE, &evaluation(user, id));
    }
    let own = json!({"namespace": "acme", "permprofiles": ["job"], "action": "RUN", "irn": "aisvc:tool:7"});
    client.post("/admin/v1/check", &own);
    let file = all.scratch.path().join("decisions.jsonl");
    let scratch = all.scratch;
    assert!(all.server.stop().status.success());
    let lines: Vec<Value> =
        std::fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((&lines[3]["subject"], &lines[3]["irn"]), (&json!("permprofile:job"), &json!("aisvc:tool:7")));
    assert_eq!(
        (&lines[0]["subject"], &lines[0]["decision"], &lines[0]["reason"]),
        (&json!("user:ann"), &json!(true), &json!("granted"))
    );
    assert_eq!((&lines[1]["irn"], &lines[1]["reason"]), (&json!("aisvc:agent:secret"), &json!("denied")));
    drop(scratch);

    let some = serve("[decision_log]\nfile = \"decisions.jsonl\"\nsample = 0.1");
    let mut client = some.trusted();
    let batch = json!({"evaluations": vec![evaluation("ann", "1"); 500]});
    client.post("/access/v1/evaluations", &batch);
    let text = client.get("/metrics").text();
    let dropped = metric(&text, "grantrie_decision_log_dropped");
    let file = some.scratch.path().join("decisions.jsonl");
    let scratch = some.scratch;
    assert!(some.server.stop().status.success());
    let written = std::fs::read_to_string(&file).unwrap().lines().count() as u64;
    assert!((49..=51).contains(&(written + dropped)), "a tenth of 500: {written}");
    drop(scratch);
}

#[test]
fn decisions_that_cannot_wait_are_dropped_and_counted() {
    let running = serve("[decision_log]\nfile = \"/dev/full\"\nwaiting = 1");
    let batch = json!({"evaluations": vec![evaluation("ann", "1"); 1_000]});
    let mut client = running.trusted();
    // However quickly the log's thread gives up on the full device, a thousand at once are more than the line holds.
    for _ in 0..20 {
        assert_eq!(client.post("/access/v1/evaluations", &batch).status, 200);
    }
    let text = client.get("/metrics").text();
    assert!(metric(&text, "grantrie_decision_log_dropped") > 0, "{text}");
}

#[test]
fn logs_are_lines_of_json_when_asked() {
    let running = serve("[log]\nformat = \"json\"");
    running.trusted().send("GET", "/healthz?token=x", &[("X-Request-ID", "seen-17")], b"");
    let scratch = running.scratch;
    let ended = running.server.stop();
    drop(scratch);
    let lines: Vec<Value> = ended.log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["fields"]["message"] == "answered").unwrap();
    assert_eq!((&answered["fields"]["path"], &answered["fields"]["status"]), (&json!("/healthz"), &json!(200)));
    assert_eq!(answered["fields"]["request_id"], "seen-17");
    assert!(!ended.log.contains("token=x"), "no query is logged");
    assert!(!ended.log.contains(TRUSTED));
}

#[test]
fn a_log_that_cannot_be_written_keeps_nobody_from_being_answered() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    let server = super::program().display();
    // A disk that is full, and a reader of the log that is gone.
    for log in ["2>/dev/full", "2> >(exit 0)"] {
        let program =
            scratch.write("program", &format!("#!/usr/bin/env bash\nexec \"{server}\" \"$@\" {log}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        for format in ["text", "json"] {
            let config =
                format!("listen = \"127.0.0.1:0\"\ndata = \"world.json\"\n[log]\nformat = \"{format}\"\n{CREDENTIALS}");
            let server = grantrie_testkit::serve::Server::start(&program, scratch.path(), &config, &[]);
            let server = server.unwrap_or_else(|ended| panic!("{log}: {ended:?}"));
            let mut client = server.client().with_token(TRUSTED);
            for _ in 0..3 {
                assert_eq!(client.post(ONE, &evaluation("ann", "7")).json()["decision"], true, "{log}");
            }
            assert!(server.stop().status.success(), "{log}");
        }
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let running = serve("");
    let mut stream = running.server.connect();
    let body = evaluation("ann", "7").to_string();
    let head = format!(
        "POST {ONE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TRUSTED}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Told to go on, the request is being read.
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    running.server.terminate();
    while std::net::TcpStream::connect(running.server.address()).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    stream.write_all(body.as_bytes()).unwrap();
    let answer = grantrie_testkit::serve::read_answer(&mut stream).unwrap();
    assert_eq!((answer.status, &answer.json()["decision"]), (200, &json!(true)));
    let scratch = running.scratch;
    assert!(running.server.stop().status.success());
    drop(scratch);
}

#[test]
fn the_clock_of_development_moves_decisions() {
    let scratch = Scratch::new().unwrap();
    scratch.write("now", "2026-11-22T09:30:00Z").unwrap();
    let world =
        WORLD.replace("\"_actions\": [\"READ\"]", "\"_actions\": [\"READ\"], \"_expiresAt\": \"2027-01-01T00:00:00Z\"");
    scratch.write("world.json", &world).unwrap();
    let config =
        format!("listen = \"127.0.0.1:0\"\ndata = \"world.json\"\n[development]\nclock_file = \"now\"\n{CREDENTIALS}");
    let server = grantrie_testkit::serve::Server::start(super::program(), scratch.path(), &config, &["--development"]);
    let server = server.unwrap_or_else(|ended| panic!("{ended:?}"));
    let mut client = server.client().with_token(TRUSTED);
    let mut decision = || client.post(ONE, &evaluation("ann", "7")).json()["decision"] == true;
    assert!(decision());
    scratch.write("now", "2026-12-31T23:59:59Z").unwrap();
    assert!(decision());
    scratch.write("now", "2027-01-01T00:00:00Z").unwrap();
    assert!(!decision());
    // While the file cannot be read, the time stands still.
    scratch.write("now", "").unwrap();
    assert!(!decision());
    assert_eq!(server.client().get("/readyz").json()["clock"], "development");
    assert!(server.log().contains("the time comes from a file"), "{}", server.log());
}

#[test]
fn without_credentials_only_this_machine_is_answered() {
    let scratch = Scratch::new().unwrap();
    let server = start(&scratch, "");
    assert_eq!(server.client().post(ONE, &evaluation("ann", "7")).status, 200, "whoever reaches it may ask");
    let with_host = |host: &str| {
        let mut stream = server.connect();
        stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
        grantrie_testkit::serve::read_answer(&mut stream).unwrap().status
    };
    for host in ["localhost", "localhost:80", "127.0.0.1:8700", "[::1]", "[::1]:8700"] {
        assert_eq!(with_host(host), 200, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.1", "", "127.x"] {
        assert_eq!(with_host(host), 421, "{host}");
    }
}

#[test]
fn beyond_loopback_without_encryption_the_start_says_so() {
    let scratch = Scratch::new().unwrap();
    let config = format!("listen = \"0.0.0.0:0\"\n{CREDENTIALS}");
    let server = grantrie_testkit::serve::Server::start(super::program(), scratch.path(), &config, &[]);
    let server = server.unwrap_or_else(|ended| panic!("{ended:?}"));
    assert_eq!(server.client().post(ONE, &evaluation("ann", "7")).status, 401);
    assert!(server.stop().log.contains("no [tls]: tokens and decisions are readable on the way"));
}
