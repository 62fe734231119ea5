//! Decisions over HTTP: the OpenID AuthZEN Authorization API 1.0.
//!
//! A deny is 200 with `"decision": false`. What makes a whole request unreadable is 400 with a line of text; what is wrong with one
//! evaluation denies it and says so in its context.

mod document;
mod evaluate;
mod metadata;
mod question;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(evaluate::evaluation))
        .routes(routes!(evaluate::evaluations))
        .routes(routes!(metadata::configuration))
}

pub(crate) fn has(path: &str) -> bool {
    path.starts_with("/access/") || path.starts_with("/.well-known/authzen-configuration")
}

/// AuthZEN's errors are a message as text.
pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    fault.clone().into_response()
}
