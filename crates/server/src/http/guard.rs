//! What every request passes before an interface sees it, and every answer after.
//!
//! A request has an id, a path that can be read in one way only, and a body that has come in whole and in time; then it gets a place
//! among those that are worked on, and a time to be done in. What fails on the way is a [`Fault`].

use std::net::Ipv4Addr;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::fault::Fault;
use super::request_id::{RequestId, X_REQUEST_ID};
use crate::app::App;
use crate::router;

/// Bytes of a path and query, at most. Longer ones are answered 414.
const MAX_TARGET_BYTES: usize = 16 << 10;

pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answered = pass(&app, request, next).await;
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        response = router::in_form(&path, &fault, &id, response);
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let (status, took) = (response.status(), begun.elapsed());
    app.traffic.answered(router::name(&path), status, took);
    let (status, micros) = (status.as_u16(), took.as_micros());
    // Without the query: legacy signatures stand in it.
    tracing::info!(target: "grantrie::request", %method, path, status, micros, request_id = id.0, "answered");
    response
}

async fn pass(app: &App, request: Request, next: Next) -> Result<Response, Fault> {
    plain_target(&request)?;
    if app.credentials.is_empty() {
        local_host(&request)?;
    }
    let request = with_whole_body(app, request).await?;
    let _place = app.requests.try_acquire().map_err(|_| Fault::busy("too many requests at once"))?;
    let answer = timeout(app.limits.request_time, next.run(request)).await;
    answer.map_err(|_| Fault::busy("the answer took too long; what was to be changed may yet be"))
}

/// Refuses a path that a proxy in front might read differently. None of the interfaces has such paths.
fn plain_target(request: &Request) -> Result<(), Fault> {
    let (uri, path) = (request.uri(), request.uri().path());
    if uri.path_and_query().map_or(0, |target| target.as_str().len()) > MAX_TARGET_BYTES {
        let message = format!("path and query are longer than {MAX_TARGET_BYTES} bytes");
        return Err(Fault::new(StatusCode::URI_TOO_LONG, "target_too_long", message));
    }
    let lower = path.to_ascii_lowercase();
    let ambiguous = !path.starts_with('/')
        || path.contains("//")
        || path.contains('\\')
        || path.split('/').any(|segment| matches!(segment, "." | ".."))
        || ["%2f", "%5c", "%2e", "%00", "%25"].iter().any(|trick| lower.contains(trick));
    if ambiguous {
        let message = "a path with `//`, `\\`, `.` or `..` as a segment, or one of these (or `%`, or NUL) encoded";
        return Err(Fault::new(StatusCode::BAD_REQUEST, "ambiguous_path", message));
    }
    Ok(())
}

/// Without credentials whoever reaches the address may do everything. A page in a browser on this machine that had its name resolved
/// to the loopback address would reach it: it shows by the name.
fn local_host(request: &Request) -> Result<(), Fault> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let is_local = name == "localhost" || name == "[::1]" || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    // What a browser sends for a page that came from elsewhere.
    let from_elsewhere = request.headers().get_all(header::ORIGIN).iter().any(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin.split_once("://").is_none_or(|(_, from)| from != host)
    });
    if is_local && !from_elsewhere {
        return Ok(());
    }
    let message = "without credentials only requests for localhost, and from no other page, are answered";
    Err(Fault::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", message))
}

async fn with_whole_body(app: &App, request: Request) -> Result<Request, Fault> {
    let most = app.limits.body_bytes;
    let too_large = || {
        let message = format!("the body is larger than {most} bytes (`limits.body_bytes`)");
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    };
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if declared.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let (parts, body) = request.into_parts();
    let collected = timeout(app.limits.body_time, Limited::new(body, most).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(Request::from_parts(parts, Body::from(collected.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            Err(Fault::new(StatusCode::BAD_REQUEST, "broken_body", "the body did not come as it was announced"))
        }
        Err(_) => Err(Fault::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "the body did not come in time")),
    }
}
