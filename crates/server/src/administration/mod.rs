//! What the command `grantrie` does, over HTTP: for services that would rather not embed the engine.
//!
//! Only trusted callers are answered. Documents are those of the library and the command: the same keys, the same strictness, the same
//! codes.

mod ask;
mod audit;
mod change;
mod problems;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::authority::Failure;
use crate::credential::{Bearer, Caller, Unauthenticated};
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask::check))
        .routes(routes!(ask::explain))
        .routes(routes!(ask::permissions))
        .routes(routes!(ask::subscriptions))
        .routes(routes!(ask::pattern))
        .routes(routes!(change::changes))
        .routes(routes!(audit::audit))
}

pub(crate) fn has(path: &str) -> bool {
    path.starts_with("/admin/")
}

/// Problems, of which there is one here.
pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    problems::of_fault(fault)
}

/// Lets trusted callers in.
fn trusted(caller: Bearer) -> Result<Arc<Caller>, Fault> {
    let caller = caller.0.map_err(Unauthenticated::into_fault)?;
    if caller.trusted {
        Ok(caller)
    } else {
        Err(Fault::new(StatusCode::FORBIDDEN, "forbidden", "this is for trusted callers"))
    }
}

fn bad(message: String) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, "bad_request", message)
}

/// A body of JSON. That it says so keeps pages of other hosts from sending it: a browser asks first.
fn json_body<'b>(headers: &HeaderMap, body: &'b Bytes) -> Result<&'b [u8], Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(body);
    }
    Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "expected `Content-Type: application/json`"))
}

/// What is JSON already.
fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// An answer, or a problem that is told in the same form.
type Answered = Result<Response, Told>;

/// Why there is no answer.
enum Told {
    Fault(Fault),
    Failure(Failure),
}

impl From<Fault> for Told {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<grantrie::Refused> for Told {
    fn from(refused: grantrie::Refused) -> Self {
        Self::Failure(Failure::Refused(refused))
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => fault.into_response(),
            Self::Failure(Failure::Refused(refused)) => problems::of_refused(&refused),
            Self::Failure(Failure::Busy) => Fault::busy("too many changes wait to be written").into_response(),
            Self::Failure(Failure::NoStore) => {
                Fault::new(StatusCode::NOT_FOUND, "no_store", Failure::NoStore.to_string()).into_response()
            }
            Self::Failure(Failure::Store(error)) => {
                tracing::error!(%error, code = error.code().number(), "the store failed");
                problems::of_store(&error)
            }
            Self::Failure(Failure::Lost) => Fault::internal().into_response(),
        }
    }
}
