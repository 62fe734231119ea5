//! `/openapi.json` and `/docs`: what the server understands, from the code of all interfaces.

use std::sync::LazyLock;

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::Value;

use super::page;
use crate::router;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(router::described()).unwrap_or_default());

static PAGE: LazyLock<String> = LazyLock::new(|| page::of(&DOCUMENT));

/// What the server understands, as OpenAPI
#[utoipa::path(get, path = "/openapi.json", tag = "operation", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
))]
pub(super) async fn openapi() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

/// The same, to be read
#[utoipa::path(get, path = "/docs", tag = "operation", responses(
    (status = 200, description = "A page", body = String, content_type = "text/html"),
))]
pub(super) async fn docs() -> Response {
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE.as_str())).into_response()
}
