//! Clients that mean no good, or know no better: bounded, answered, and nobody else waits for them.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use grantrie_testkit::serve::{Answer, read_answer};
use serde_json::json;

use super::{Running, TRUSTED, serve};

const ONE: &str = "/access/v1/evaluation";

/// Sends bytes, and reads what is answered; nothing, if the connection is closed without a word.
fn send(running: &Running, bytes: &[u8]) -> Option<Answer> {
    let mut stream = running.server.connect();
    // It may be closed before all was sent.
    let _ = stream.write_all(bytes);
    read_answer(&mut stream).ok()
}

fn lives(running: &Running) {
    assert_eq!(running.server.client().get("/healthz").status, 200);
}

/// Reads until the other side has closed.
fn is_closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
}

#[test]
fn paths_are_read_in_one_way_only() {
    let running = serve("");
    let mut client = running.trusted();
    for target in [
        "//access/v1/evaluation",
        "/access//v1/evaluation",
        "/access/v1/evaluation//",
        "/x/../access/v1/evaluation",
        "/access/./v1/evaluation",
        "/access/v1/..",
        "/access%2Fv1/evaluation",
        "/access%2fv1/evaluation",
        "/access/v1/%2e%2e/v1/evaluation",
        "/access\\v1/evaluation",
        "/access%5Cv1/evaluation",
        "/access/v1/evaluation%00",
        "/access/v1/%2561",
    ] {
        let answer = client.send("POST", target, &[("Content-Type", "application/json")], b"{}");
        assert_eq!(answer.status, 400, "{target}");
        assert!(answer.text().contains("a path with"), "{target}: {}", answer.text());
    }
    for target in [
        "/Access/v1/evaluation",
        "/access/v1/evaluation/",
        "/access/v1/evaluations/x",
        "/access/v2/evaluation",
        "/%61ccess/v1/evaluation;x=1",
    ] {
        assert_eq!(client.send("POST", target, &[], b"{}").status, 404, "{target}");
    }
    // Of a target with a host only the path counts; others are no targets of this server.
    let absolute = format!("http://elsewhere.example{ONE}");
    assert_eq!(client.send("POST", &absolute, &[], b"{}").status, 400, "no content type: it came to the interface");
    assert_ne!(send(&running, b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().status, 200);
    assert_ne!(send(&running, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().status, 200);
    let long = format!("/healthz?{}", "x".repeat(20_000));
    assert_eq!(client.get(&long).status, 414);
}

#[test]
fn bodies_are_bounded_however_they_come() {
    let running = serve("[limits]\nbody_bytes = 1000");
    let head = format!(
        "POST {ONE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TRUSTED}\r\nContent-Type: application/json\r\n"
    );
    // Announced: answered before it comes.
    let answer = send(&running, format!("{head}Content-Length: 1001\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("1000 bytes (`limits.body_bytes`)"));
    let answer = send(&running, format!("{head}Content-Length: 99999999999999999999\r\n\r\n").as_bytes());
    assert!(answer.is_none_or(|answer| matches!(answer.status, 400 | 413)));
    // In pieces, and never ending.
    let chunk = format!("{:x}\r\n{}\r\n", 600, " ".repeat(600));
    let answer = send(&running, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}").as_bytes()).unwrap();
    assert_eq!(answer.status, 413);
    // Fewer bytes than announced.
    let mut stream = running.server.connect();
    stream.write_all(format!("{head}Content-Length: 10\r\n\r\n{{}}").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(read_answer(&mut stream).is_ok_and(|answer| answer.status == 400));
    // Two lengths, or a length and pieces: which of them counts must not be a question.
    for twice in ["Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2, 3\r\n", "Content-Length: -2\r\n"] {
        let answer = send(&running, format!("{head}{twice}\r\n{{}}x").as_bytes());
        assert!(answer.as_ref().is_none_or(|answer| answer.status == 400), "{twice}: {answer:?}");
    }
    lives(&running);
}

#[test]
fn headers_are_bounded() {
    let running = serve("[limits]\nheaders = 20\nheader_bytes = 8192");
    let flood: String = (0..30).map(|n| format!("X-Header-{n}: x\r\n")).collect();
    assert_eq!(
        send(&running, format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{flood}\r\n").as_bytes()).unwrap().status,
        431
    );
    let large = "x".repeat(10_000);
    assert_eq!(
        send(&running, format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {large}\r\n\r\n").as_bytes()).unwrap().status,
        431
    );
    // Without an end: given up when the bound is reached, not when memory is.
    let mut stream = running.server.connect();
    let mut sent = 0_usize;
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
    while sent < 100_000_000 && stream.write_all(&[b'x'; 10_000]).is_ok() {
        sent += 10_000;
    }
    assert!(sent < 100_000_000);
    for bad in [
        &b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n"[..],
        b"GET /healthz HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nX\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET  /healthz HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n\xff\xfe\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
    ] {
        let answer = send(&running, bad);
        assert!(answer.as_ref().is_none_or(|answer| answer.status == 400), "{bad:?}: {answer:?}");
    }
    lives(&running);
}

#[test]
fn slow_clients_are_given_up_and_nobody_waits_for_them() {
    let running = serve("[limits]\nconnections = 8\nheader_seconds = 1\nbody_seconds = 1");
    let head = format!(
        "POST {ONE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TRUSTED}\r\nContent-Type: application/json\r\n"
    );
    let slow_body = |sent: &str| {
        let mut stream = running.server.connect();
        stream.write_all(format!("{head}Content-Length: 100\r\n\r\n{sent}").as_bytes()).unwrap();
        stream
    };
    // As many as there are places: some say nothing, some a part of their headers, some a part of their body.
    let silent: Vec<_> = (0..3).map(|_| running.server.connect()).collect();
    let mut begun: Vec<_> = (0..3).map(|_| running.server.connect()).collect();
    for stream in &mut begun {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A:").unwrap();
    }
    let bodies = [slow_body("{"), slow_body("")];
    // Further ones wait to be accepted, and are answered when those have been given up.
    lives(&running);
    for stream in silent.into_iter().chain(begun) {
        is_closed(stream);
    }
    for mut stream in bodies {
        let answer = read_answer(&mut stream).unwrap();
        assert_eq!(answer.status, 408, "{}", answer.text());
    }
    // One that was answered and stays is idle, and given up too.
    let mut idle = running.server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut idle).unwrap().status, 200);
    is_closed(idle);
    lives(&running);
}

#[test]
fn a_client_that_does_not_take_its_answers_is_given_up() {
    let running = serve("[limits]\nbody_seconds = 1\nheader_seconds = 1");
    let mut stream = running.server.connect();
    stream.set_write_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    // Requests go out, answers of some tens of kilobytes are not read: the server stops writing, then reading, then gives up.
    let request = b"GET /docs HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let mut failed = false;
    for _ in 0..100_000 {
        if stream.write_all(&request).is_err() {
            failed = true;
            break;
        }
    }
    assert!(failed, "the connection was closed");
    lives(&running);
}

#[test]
fn more_requests_than_there_are_places_are_told_to_come_again() {
    let running = serve("[limits]\nrequests = 1\nbatch_items = 100000\nbody_bytes = 100000000");
    let item = json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "READ"},
        "resource": {"type": "aisvc:agent", "id": "7"}, "context": {"namespace": "acme"}});
    let batch = json!({"evaluations": vec![item; 20_000]});
    // There is one place. Sooner or later two come to it at once.
    let mut refused = false;
    for _ in 0..100 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (mut client, batch) = (running.trusted(), batch.clone());
                std::thread::spawn(move || client.post("/access/v1/evaluations", &batch))
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(answers.iter().any(|answer| answer.status == 200), "whoever has the place is answered");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.text());
            refused = true;
        }
        if refused {
            break;
        }
    }
    assert!(refused, "a hundred times four at once never met");
    lives(&running);
}

#[test]
fn documents_that_are_deep_or_repeat_keys_are_refused_quickly() {
    let running = serve("");
    let mut client = running.trusted();
    let json = [("Content-Type", "application/json")];
    for body in [
        "[".repeat(1_000_000),
        "{\"a\":".repeat(150_000),
        format!("{{\"subject\":{}1{}}}", "{\"x\":".repeat(200), "}".repeat(200)),
        format!("{{{}\"a\":1}}", "\"a\":1,".repeat(100_000)),
        format!("\"{}\"", "\\u0000".repeat(150_000)),
        "1".repeat(900_000),
        "\u{feff}{}".to_owned(),
        "{\"a\":1e999999}".to_owned(),
    ] {
        assert_eq!(client.send("POST", ONE, &json, body.as_bytes()).status, 400, "{}", &body[..20.min(body.len())]);
    }
    lives(&running);
}
