//! Keeping the server running: whether it lives, whether it can work, what it did, what it understands.

mod describe;
mod health;
mod metrics;
mod page;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        .routes(routes!(describe::openapi))
        .routes(routes!(describe::docs))
}

pub(crate) fn has(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics" | "/openapi.json" | "/docs")
}

pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    fault.clone().into_response()
}
