//! `/admin/v1/changes`: a change set, all or nothing.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use grantrie::{Limits, read_changes_with_places};
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::Problems;
use super::{Answered, Told, json_body, trusted};
use crate::app::App;
use crate::authority::{Failure, Origin};
use crate::credential::Bearer;
use crate::http::request_id::RequestId;

/// What a change came to
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    /// The revision that shows it: on disk, if there is a store, and visible to every later request here
    revision: u64,
}

/// Apply a change file: all of it, or nothing
#[utoipa::path(
    post, path = "/admin/v1/changes", tag = "administration", security(("bearer" = [])),
    request_body(content = Object, description = "A change file, as of `grantrie apply`: `{\"changes\": [{\"put_user\": …}, …]}`"),
    responses(
        (status = 200, description = "It is done", body = Changed),
        (status = 400, description = "It is refused: every problem with its place", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
        (status = 415, description = "The body is not said to be JSON", body = Problems),
        (status = 503, description = "The store does not take it now, or too many changes wait", body = Problems),
    )
)]
pub(super) async fn changes(
    State(app): State<App>,
    caller: Bearer,
    id: RequestId,
    headers: HeaderMap,
    body: Bytes,
) -> Answered {
    let caller = trusted(caller)?;
    let (set, places) = read_changes_with_places(json_body(&headers, &body)?, &Limits::default())?;
    let origin = Origin { actor: caller.actor(), face: "administration", request_id: Some(id.0) };
    let revision = app.authority.apply(set, origin).await.map_err(|failure| match failure {
        Failure::Refused(refused) => Told::from(places.locate(refused)),
        failure => Told::from(failure),
    })?;
    Ok(Json(Changed { revision: revision.0 }).into_response())
}
