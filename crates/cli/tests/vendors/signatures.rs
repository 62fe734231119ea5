//! Requests that the real clients signed, caught on their way and sent again: as they were, late, or altered.

use grantrie_testkit::Scratch;
use serde_json::{Value, json};

use super::clients::{Clients, command};
use super::tap::Tap;
use super::{Running, SECRET, serve};

const ADD: &str = "subscribe";

struct Caught {
    running: Running,
    clients: Clients,
    tap: Tap,
}

/// A client whose requests come by the tap.
fn caught(kind: &str, signature: Option<&str>) -> Caught {
    let running = serve(&json!({}), "");
    let tap = Tap::new(running.server().address());
    let mut clients = Clients::start();
    let mut arguments = json!({"kind": kind, "root": tap.root(), "access_key": "AKTEST", "secret_key": SECRET});
    if kind == "workspace" {
        arguments["project"] = json!("atlas");
    }
    if let Some(signature) = signature {
        arguments["signature"] = json!(signature);
    }
    clients.connect("client", arguments);
    Caught { running, clients, tap }
}

fn grant() -> Value {
    json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"})
}

fn quickbi() -> [Caught; 3] {
    [caught("quickbi", None), caught("quickbi", Some("v2")), caught("quickbi_before", None)]
}

#[test]
fn a_replayed_change_is_refused_also_after_what_it_did_was_undone_and_after_a_restart() {
    let Caught { mut running, mut clients, tap } = caught("workspace", None);
    clients.call("client", ADD, json!({"add": {"users": [{"user_id": "u1"}]}}));
    let add = tap.last();
    clients.call("client", ADD, json!({"delete": {"users": [{"user_id": "u1"}]}}));
    let revision = running.revision();
    let replayed = tap.send(&add);
    assert_eq!((replayed.status, &replayed.json()["error_code"]), (401, &json!("WKS.00990401")), "{}", replayed.text());
    assert_eq!(running.revision(), revision);
    // A new process remembers nothing, so it believes nothing that was signed before it began.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    running.restart();
    let tap = Tap::new(running.server().address());
    let replayed = tap.send(&add);
    assert_eq!((replayed.status, running.revision()), (401, revision), "{}", replayed.text());

    for Caught { running, mut clients, tap } in quickbi() {
        clients.call("client", "smartq_authorize", grant());
        let add = tap.last();
        clients.call("client", "smartq_authorize", json!({"operation_type": 1, "user_ids": "u1", "llm_cubes": "c1"}));
        for _ in 0..2 {
            let replayed = tap.send(&add);
            assert_eq!(
                (replayed.status, &replayed.json()["Code"]),
                (400, &json!("SignatureNonceUsed")),
                "{}",
                replayed.text()
            );
        }
        assert!(!running.may("u1", "QUERY", "quickbi:llmcube:c1"));
    }
}

#[test]
fn what_the_clients_send_is_what_was_written_down() {
    let server = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests");
    let scratch = Scratch::new().unwrap();
    let ran = command().arg(server.join("vendor/record.py")).arg(scratch.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    // The names of headers and parameters: values are of their time, place and version.
    let shape = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (target, headers) = text.split_once("\r\n").unwrap();
        let (target, query) = target.trim_end_matches(" HTTP/1.1").split_once('?').unwrap_or((target, ""));
        let mut names: Vec<String> = query.split('&').map(|pair| pair.split('=').next().unwrap().to_owned()).collect();
        let headers = headers.split("\r\n\r\n").next().unwrap().lines();
        names.extend(headers.map(|line| line.split(':').next().unwrap().to_ascii_lowercase()));
        names.sort_unstable();
        (target.to_owned(), names)
    };
    let mut compared = 0;
    for scheme in ["sdk_hmac", "acs3", "rpc"] {
        for entry in std::fs::read_dir(server.join("signatures").join(scheme)).unwrap() {
            let file = entry.unwrap().path();
            let now = scratch.path().join(scheme).join(file.file_name().unwrap());
            assert_eq!(shape(&now), shape(&file), "{}", file.display());
            compared += 1;
        }
    }
    assert_eq!(compared, 16);
}

#[test]
fn a_stale_or_early_date_is_refused() {
    let Caught { running, mut clients, tap } = caught("workspace", None);
    clients.call("client", "list", json!({}));
    for date in ["20200101T000000Z", "20991231T235959Z"] {
        let request = tap.last();
        let signed = request.lines().find(|line| line.starts_with("X-Sdk-Date")).unwrap();
        let answer = tap.send(&request.replace(signed, &format!("X-Sdk-Date: {date}")));
        assert_eq!(answer.status, 401);
        assert!(answer.json()["error_detail"].as_str().unwrap().contains("dated too far"), "{}", answer.text());
    }
    drop(running);
    let [acs3, ..] = quickbi();
    let Caught { running, mut clients, tap } = acs3;
    clients.call("client", "smartq_authorize", grant());
    let request = tap.last();
    let signed = request.lines().find(|line| line.starts_with("x-acs-date")).unwrap();
    let stale = tap.send(&request.replace(signed, "x-acs-date: 2020-01-01T00:00:00Z"));
    assert_eq!((stale.status, &stale.json()["Code"]), (400, &json!("InvalidTimeStamp.Expired")));
    let malformed = tap.send(&request.replace(signed, "x-acs-date: yesterday"));
    assert_eq!(malformed.json()["Code"], "InvalidTimeStamp.Format");
    assert_eq!(running.revision(), 1);
}

#[test]
fn an_altered_request_is_refused() {
    let Caught { running, mut clients, tap } = caught("workspace", None);
    clients.call("client", ADD, json!({"add": {"users": [{"user_id": "u1"}]}}));
    let revision = running.revision();
    for (from, to) in [
        ("\"u1\"", "\"u2\""),
        ("\"add\"", "\"Add\""),
        ("POST /v3/users/ai-assistant/subscribe", "POST /v2/atlas/users/ai-function/subscribe"),
        ("POST /v3/users/ai-assistant/subscribe", "POST /v3/users/ai-assistant/subscribe?limit=1"),
        ("X-Project-Id: atlas", "X-Project-Id: zeus"),
        ("Access=AKTEST", "Access=AKWORKSPACE"),
        ("Access=AKTEST", "Access=AKOTHER"),
        (";x-project-id", ""),
        ("X-Project-Id: atlas\r\n", ""),
        ("Content-Type: application/json", "Content-Type: text/plain"),
        ("SDK-HMAC-SHA256 ", "SDK-HMAC-SM3 "),
        ("Signature=", "Signature=0"),
    ] {
        let answer = tap.altered(from, to);
        assert_eq!(answer.status, 401, "{from} -> {to}: {}", answer.text());
        assert_eq!(answer.json()["error_code"], "WKS.00990401");
        assert!(!answer.text().contains(SECRET));
    }
    assert_eq!(running.revision(), revision);

    for Caught { running, mut clients, tap } in quickbi() {
        clients.call("client", "smartq_authorize", grant());
        let (request, revision) = (tap.last(), running.revision());
        let mut altered = vec![
            ("UserIds=u1", "UserIds=u2"),
            ("OperationType=0", "OperationType=1"),
            ("POST /?", "GET /?"),
            ("POST /?", "POST /?Extra=1&"),
        ];
        if request.contains("ACS3-HMAC-SHA256") {
            altered.extend([
                ("x-acs-action: SmartqAuthorize", "x-acs-action: SmartqAuthTransfer"),
                ("x-acs-version: 2022-01-01", "x-acs-version: 2023-01-01"),
                ("x-acs-signature-nonce: ", "x-acs-signature-nonce: 0"),
                ("Credential=AKTEST", "Credential=AKQUICKBI"),
                (";x-acs-signature-nonce", ""),
                ("\r\nAuthorization", "\r\nx-acs-more: 1\r\nAuthorization"),
            ]);
        } else {
            altered.extend([
                ("Action=SmartqAuthorize", "Action=SmartqAuthTransfer"),
                ("SignatureNonce=", "SignatureNonce=0"),
                ("AccessKeyId=AKTEST", "AccessKeyId=AKQUICKBI"),
                ("SignatureMethod=HMAC-SHA1", "SignatureMethod=NONE"),
                // Headers are not signed, so that of another action counts for nothing.
                ("x-acs-action: SmartqAuthorize", "x-acs-action: SmartqAuthTransfer"),
            ]);
        }
        for (from, to) in altered {
            let answer = tap.altered(from, to);
            let code = answer.json()["Code"].as_str().unwrap_or_default().to_owned();
            assert_eq!(answer.status, 400, "{from} -> {to}: {}", answer.text());
            assert!(
                ["SignatureDoesNotMatch", "IncompleteSignature"].contains(&code.as_str()),
                "{from} -> {to}: {code}"
            );
            assert!(!answer.text().contains(SECRET));
        }
        let unknown = request.replace("AKTEST", "AKOTHER");
        let unknown = tap.send(&unknown);
        assert_eq!((unknown.status, &unknown.json()["Code"]), (404, &json!("InvalidAccessKeyId.NotFound")));
        assert_eq!(running.revision(), revision);
    }
}

#[test]
fn two_authorization_headers_and_duplicated_parameters_are_refused() {
    let Caught { running, mut clients, tap } = caught("workspace", None);
    clients.call("client", "list", json!({"limit": 1}));
    let request = tap.last();
    let authorization = request.lines().find(|line| line.starts_with("Authorization")).unwrap();
    let doubled = request.replace(authorization, &format!("{authorization}\r\n{authorization}"));
    assert_eq!(tap.send(&doubled).status, 401);
    let project = request.replace("X-Project-Id: atlas", "X-Project-Id: atlas\r\nX-Project-Id: zeus");
    assert_eq!(tap.send(&project).status, 401);
    for more in ["limit=1", "limit=2", "lim%69t=1"] {
        assert_eq!(tap.send(&request.replace("?limit=1", &format!("?limit=1&{more}"))).status, 401, "{more}");
    }
    drop(running);
    for Caught { running, mut clients, tap } in quickbi() {
        clients.call("client", "smartq_authorize", grant());
        let (request, revision) = (tap.last(), running.revision());
        let code = |request: &str| {
            let answer = tap.send(request);
            assert_eq!(answer.status, 400, "{}", answer.text());
            answer.json()["Code"].clone()
        };
        assert_eq!(code(&request.replacen("UserIds=u1", "UserIds=u1&UserIds=u2", 1)), "IncompleteSignature");
        match request.lines().find(|line| line.starts_with("Authorization")) {
            Some(line) => {
                assert_eq!(code(&request.replace(line, &format!("{line}\r\n{line}"))), "IncompleteSignature");
                assert_eq!(
                    code(&request.replace(line, &format!("{line}\r\nx-acs-action: SmartqAuthTransfer"))),
                    "IncompleteSignature"
                );
            }
            None => {
                // Signed in the query, and besides in a header.
                let both =
                    "Host: x\r\nAuthorization: ACS3-HMAC-SHA256 Credential=AKTEST,SignedHeaders=host,Signature=00";
                let host = request.lines().find(|line| line.to_ascii_lowercase().starts_with("host:")).unwrap();
                assert_eq!(code(&request.replace(host, both)), "IncompleteSignature");
            }
        }
        assert_eq!(running.revision(), revision);
    }
}

#[test]
fn reading_twice_within_a_second_is_answered_and_later_not() {
    let Caught { running, mut clients, tap } = caught("workspace", None);
    // A client that asks the same twice in a second signs the same: there is no nonce.
    for _ in 0..3 {
        clients.call("client", "list", json!({"limit": 1}));
    }
    let request = tap.last();
    std::thread::sleep(std::time::Duration::from_secs(7));
    assert_eq!(tap.send(&request).status, 401, "seen before, and not just now");
    drop(running);
}
