//! Decisions over HTTP: the OpenID AuthZEN Authorization API 1.0.

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

pub(crate) fn has(path: &str) -> bool {
    path.starts_with("/access/") || path.starts_with("/.well-known/authzen-configuration")
}

/// AuthZEN's errors are a message as text.
pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    fault.clone().into_response()
}
