//! `/healthz` and `/readyz`, for whoever starts and stops servers. Both say nothing that is not for everybody.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use grantrie_store::State as StoreState;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, Shared};

/// Whether the server can work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether changes can be written; checks are answered either way.
    ready: bool,
    /// `memory` (there is no store), `ready`, `read_only`, `failing` or `damaged`.
    store: &'static str,
    /// The revision that checks are answered from.
    revision: u64,
    /// `system`, or `development`: a file.
    clock: &'static str,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "It does", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether changes can be written, and from what checks are answered
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "All is well", body = Readiness),
    (status = 503, description = "Checks are answered, changes are not taken", body = Readiness),
))]
pub(super) async fn readyz(State(app): State<App>) -> Response {
    let (store, ready) = store(&app);
    let clock = if app.authority.has_development_clock() { "development" } else { "system" };
    let readiness = Readiness { ready, store, revision: app.authority.snapshot().revision().0, clock };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// The store's state in a word, and whether changes can be written.
pub(super) fn store(app: &Shared) -> (&'static str, bool) {
    match app.authority.store_state() {
        None => ("memory", true),
        Some(StoreState::Ready) => ("ready", true),
        Some(StoreState::ReadOnly) => ("read_only", false),
        Some(StoreState::Damaged(_)) => ("damaged", false),
        Some(_) => ("failing", false),
    }
}
