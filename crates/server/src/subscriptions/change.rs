//! Subscribing and unsubscribing.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use grantrie::{Change, Subscriber};
use http::StatusCode;
use serde_json::Value;

use super::caller::{Signed, signed};
use super::document::{Entities, ProjectEntity, SubscribeRequest};
use super::error::Refusal;
use crate::app::{App, Shared};
use crate::authority::Origin;
use crate::credential::Raw;
use crate::http::json;
use crate::http::request_id::RequestId;
use crate::signature::Repeats;

/// Subscribe to the AI assistant, and unsubscribe
#[utoipa::path(
    post, path = "/v3/users/ai-assistant/subscribe", tag = "subscriptions", security(("sdk_hmac_sha256" = [])),
    params(("X-Project-Id" = String, Header, description = "The project; the key must manage it")),
    request_body = SubscribeRequest,
    responses(
        (status = 200, description = "Done; there is no body"),
        (status = 400, description = "The request says nothing, or cannot be understood", body = Refusal),
        (status = 401, description = "Not signed, or not as it should be", body = Refusal),
        (status = 403, description = "Another project", body = Refusal),
        (status = 500, description = "The server failed", body = Refusal),
        (status = 503, description = "Too much at once, or the store does not answer; nothing was changed", body = Refusal),
    )
)]
pub(super) async fn subscribe(State(app): State<App>, id: RequestId, raw: Raw) -> Result<Response, Refusal> {
    change(&app, id, &raw).await
}

/// The older spelling
#[utoipa::path(
    post, path = "/v2/{project_id}/users/ai-function/subscribe", tag = "subscriptions", security(("sdk_hmac_sha256" = [])),
    params(("project_id" = String, Path, description = "The project; the key must manage it")),
    request_body = SubscribeRequest,
    responses(
        (status = 200, description = "Done; there is no body"),
        (status = 400, description = "The request says nothing, or cannot be understood", body = Refusal),
        (status = 401, description = "Not signed, or not as it should be", body = Refusal),
        (status = 403, description = "Another project", body = Refusal),
        (status = 500, description = "The server failed", body = Refusal),
        (status = 503, description = "Too much at once, or the store does not answer; nothing was changed", body = Refusal),
    )
)]
pub(super) async fn subscribe_before(State(app): State<App>, id: RequestId, raw: Raw) -> Result<Response, Refusal> {
    change(&app, id, &raw).await
}

async fn change(app: &Shared, id: RequestId, raw: &Raw) -> Result<Response, Refusal> {
    let Signed { caller, project, parameters } = signed(app, raw, Repeats::Never)?;
    if let Some((name, _)) = parameters.iter().next() {
        return Err(Refusal::bad(format!("`{name}` is no parameter of this call")));
    }
    let request = read(raw.presented().body)?;
    let add = subscribers(request.add, &project)?;
    let delete = subscribers(request.delete, &project)?;
    if add.is_empty() && delete.is_empty() {
        return Err(Refusal::empty("expected `add` or `delete` with a project, users or usergroups"));
    }
    let origin = Origin { actor: caller.actor(), face: "workspace", request_id: Some(id.0) };
    app.authority.apply(Change::Subscriptions { project, add, delete }.into(), origin).await?;
    Ok(StatusCode::OK.into_response())
}

/// Reads a body. Nothing, and `null` as in the vendor's own example, says nothing.
pub(super) fn read(body: &[u8]) -> Result<SubscribeRequest, Refusal> {
    let empty = || Refusal::empty("expected `add` or `delete`");
    if body.trim_ascii().is_empty() {
        return Err(empty());
    }
    match json::value(body).map_err(|error| Refusal::bad(error.to_string()))? {
        Value::Null => Err(empty()),
        object @ Value::Object(_) => json::typed(object).map_err(|error| Refusal::bad(error.to_string())),
        _ => Err(Refusal::bad("expected an object")),
    }
}

/// The entities of one side, in the order in which they are judged; the project only if it is the caller's.
fn subscribers(entities: Option<Entities>, project: &str) -> Result<Vec<Subscriber>, Refusal> {
    let Entities { project: named, users, usergroups } = entities.unwrap_or_default();
    if let Some(ProjectEntity { project_id: Some(other) }) = &named
        && other != project
    {
        return Err(Refusal::forbidden(format!(
            "the body names the project `{other}`, the request is for `{project}`"
        )));
    }
    let of_project = named.map(|_| Subscriber::Project);
    let groups = usergroups.unwrap_or_default().into_iter().map(|group| Subscriber::Group(group.group_id));
    let users = users.unwrap_or_default().into_iter().map(|user| Subscriber::User(user.user_id));
    Ok(of_project.into_iter().chain(groups).chain(users).collect())
}
