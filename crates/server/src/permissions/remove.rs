//! `DELETE /{service}/api/v1/permissions/{id}`

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use grantrie::{Change, Code, PermissionId, Snapshot};
use http::StatusCode;

use super::error::{Detail, Refusal};
use super::{origin, resource, sharing};
use crate::app::App;
use crate::authority::Failure;
use crate::credential::{Bearer, Caller};
use crate::http::request_id::RequestId;

/// Remove a permission
#[utoipa::path(
    delete, path = "/{service}/api/v1/permissions/{id}", tag = "permissions", security(("bearer" = [])),
    params(
        ("service" = String, Path, description = "The service that the permission's resource is one of; `passportsvc` for any"),
        ("id" = String, Path, description = "The permission's `_id`"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "The path could be read in more than one way", body = Refusal),
        (status = 401, description = "No known token", body = Refusal),
        (status = 403, description = "The caller could not have granted it", body = Refusal),
        (status = 404, description = "There is none with this id", body = Refusal),
        (status = 503, description = "Too much at once, or the store does not answer; nothing was changed", body = Refusal),
    )
)]
pub(super) async fn remove(
    State(app): State<App>,
    Bearer(caller): Bearer,
    path: Result<Path<(String, String)>, PathRejection>,
    request: RequestId,
) -> Result<StatusCode, Refusal> {
    let caller = caller?;
    let Path((service, id)) = path?;
    // What is no id at all is nobody's.
    let id: PermissionId = id.parse().map_err(|_| Detail::unknown_permission())?;
    let asker = (*caller).clone();
    app.authority.read(move |snapshot| judge(snapshot, &asker, &service, id)).await??;
    match app.authority.apply(Change::RemovePermission(id).into(), origin(&caller, request)).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        // Another was quicker.
        Err(Failure::Refused(refused)) if refused.problems().iter().any(|p| p.code == Code::UnknownPermission) => {
            Err(Detail::unknown_permission().into())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn judge(snapshot: &Snapshot, caller: &Caller, service: &str, id: PermissionId) -> Result<(), Detail> {
    let permission = snapshot.permission(id).filter(|permission| resource::concerns(service, &permission.pattern));
    let permission = permission.ok_or_else(Detail::unknown_permission)?;
    sharing::check(caller, snapshot, [&permission.draft])
}
