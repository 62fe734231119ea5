//! What the fuzz targets do with their bytes: each a plain function, so that kept finds are replayed by plain tests.
//!
//! A target panics on what must not be; it says nothing of input that is merely refused.

mod sign;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Collected};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::app::Shared;
use crate::config::Config;
use crate::router;

/// A target.
pub type Target = fn(&[u8]);

/// All targets by their names.
pub const TARGETS: [(&str, Target); 2] = [("configuration", configuration), ("http", http)];

/// Bytes of a body that the server of the target takes.
const MAX_BODY: usize = 4_096;

/// Whom requests can come from.
const CONFIG: &str = r#"
listen = "127.0.0.1:0"
time_zone = "UTC"
[limits]
body_bytes = 4096
batch_items = 20
[[credentials]]
kind = "bearer"
token = "the-token-of-a-trusted-service"
principal = { type = "user", id = "portal" }
trusted = true
[[credentials]]
kind = "bearer"
token = "the-token-of-the-user-ann"
principal = { type = "user", id = "ann" }
[[credentials]]
kind = "access_key"
access_key = "AKTEST"
secret_key = "the-secret-key-of-AKTEST"
project = "atlas"
namespace = "acme"
"#;

/// What there is when a request comes.
const WORLD: &str = r#"{
  "permissions": [
    { "_id": "00000000-0000-0000-0000-000000000007", "_namespace": "acme", "_user": { "_type": "user", "_id": "ann" },
      "_resourceDesc": { "_irn": "aisvc:agent:*" }, "_actions": ["READ", "SHARE"] },
    { "_namespace": "acme", "_user": { "_type": "usergroup", "_id": "staff" }, "_effect": "DENY",
      "_resourceDesc": { "_irn": "aisvc:**", "_criteria": { "stage": "draft" } }, "_actions": ["*"] },
    { "_namespace": "acme", "_user": { "_type": "user", "_id": "bob" },
      "_resourceDesc": { "_irn": "quickbi:llmcube:c1" }, "_actions": ["QUERY"] }
  ],
  "directory": { "usergroups": [ { "group_id": "staff" } ], "users": [ { "user_id": "ann", "groups": ["staff"] }, { "user_id": "bob" } ] },
  "subscriptions": [ { "project_id": "atlas", "ai_func": true }, { "project_id": "atlas", "user_id": "ann", "ai_func": false } ]
}"#;

/// A configuration: good, or refused with places that are in it.
///
/// # Panics
/// If reading does, or a place is not in the text.
pub fn configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Files that it names are looked for where there are none.
    let Err(error) = Config::parse(text, Path::new("/nonexistent/grantrie.toml"), true) else { return };
    assert!(!error.problems.is_empty());
    let lines = text.split('\n').count();
    for problem in &error.problems {
        assert!((1..=lines).contains(&problem.line), "{problem} of {lines} lines");
        assert!(!problem.message.is_empty());
    }
}

/// A request to all interfaces, on a server that holds a small world: whatever it is, it is answered, and not by a panic.
///
/// The input is a letter that says how it is signed (`n` as it stands, `t` and `u` with the token of a trusted service and of a user,
/// `s`, `a` and `r` with each of the three signatures), a line with method and target, lines of headers, an empty line, and the body.
///
/// # Panics
/// If a handler does, if an answer is the server's error, or if one that is said to be JSON is none.
pub fn http(data: &[u8]) {
    let _ = answered(data);
}

/// The same, and the status of the answer; none for what is no request.
///
/// # Panics
/// As [`http()`].
#[must_use]
pub fn answered(data: &[u8]) -> Option<u16> {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap_or_else(|error| panic!("{error}"))
    });
    let (how, request) = read(data)?;
    let config = Config::parse(CONFIG, Path::new("grantrie.toml"), false).unwrap_or_else(|error| panic!("{error}"));
    let app = Shared::of(config).unwrap_or_else(|error| panic!("{error}"));
    app.authority.load(WORLD.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    // Not before: what is signed before a server began to remember signatures is not believed.
    let request = sign::signed(how, request)?;
    let (path, shown) = (request.uri().path().to_owned(), format!("{} {}", request.method(), request.uri()));
    let answer = async {
        let answered = router::without_catching(Arc::new(app)).oneshot(request.map(Body::from)).await;
        let response: Response = answered.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.map(Collected::to_bytes).unwrap_or_default())
    };
    let (parts, body) = RUNTIME.block_on(answer);
    // Quick BI answers some unknown names so, as its documents say.
    let documented = path == "/" && parts.status == StatusCode::INTERNAL_SERVER_ERROR;
    assert!(!parts.status.is_server_error() || documented, "{shown}: {} {body:?}", parts.status);
    let kind = parts.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let read: Result<serde_json::Value, _> = serde_json::from_slice(&body);
        assert!(read.is_ok(), "{shown}: {body:?}");
    }
    Some(parts.status.as_u16())
}

/// A request as the input says it, if it can be one.
fn read(data: &[u8]) -> Option<(u8, Request<Vec<u8>>)> {
    let (how, mut rest) = data.split_first()?;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        line
    };
    let first = std::str::from_utf8(line()).ok()?;
    let (method, target) = first.trim_start_matches(' ').split_once(' ')?;
    let mut request = Request::new(Vec::new());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = target.parse::<Uri>().ok()?;
    loop {
        let header = line();
        if header.is_empty() {
            break;
        }
        let colon = header.iter().position(|byte| *byte == b':')?;
        let (name, value) = header.split_at(colon);
        let value = HeaderValue::from_bytes(value.get(1..)?.trim_ascii()).ok()?;
        request.headers_mut().append(HeaderName::from_bytes(name).ok()?, value);
    }
    *request.body_mut() = rest.get(..rest.len().min(MAX_BODY + 1))?.to_vec();
    Some((*how, request))
}
