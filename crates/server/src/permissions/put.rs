//! `PUT /{service}/api/v1/permissions`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use bytes::Bytes;
use grantrie::{Change, ChangeSet, Limits, Permission, PermissionDraft, PermissionId, Snapshot, read_permission};
use http::StatusCode;
use serde_json::{Map, Value};

use super::document::{PermissionShape, PutAnswer, failed, written};
use super::error::{Detail, Refusal};
use super::{origin, resource, sharing};
use crate::app::{App, Shared};
use crate::authority::Failure;
use crate::credential::{Bearer, Caller};
use crate::http::json;
use crate::http::request_id::RequestId;

/// An item while it is worked on: as it was sent, and what it comes to so far.
pub(super) struct Item {
    pub(super) sent: Map<String, Value>,
    pub(super) wanted: Result<Wanted, Detail>,
}

/// A permission that is to be written.
pub(super) struct Wanted {
    id: Option<PermissionId>,
    draft: PermissionDraft,
}

/// Create or update permissions
///
/// Each item is done or fails by itself; the answer has all of them, in their order. Those that are done become visible together.
#[utoipa::path(
    put, path = "/{service}/api/v1/permissions", tag = "permissions", security(("bearer" = [])),
    params(("service" = String, Path, description = "`aisvc`, `passportsvc`, `itemsvc`, `filesvc`, `datasourcesvc` or `graphicssvc`")),
    request_body = Vec<PermissionShape>,
    responses(
        (status = 200, description = "What became of each item", body = PutAnswer),
        (status = 400, description = "The body is no list of objects", body = Refusal),
        (status = 401, description = "No known token", body = Refusal),
        (status = 404, description = "No such service", body = Refusal),
        (status = 503, description = "Too much at once, or the store does not answer; nothing was changed", body = Refusal),
    )
)]
pub(super) async fn put(
    State(app): State<App>,
    Bearer(caller): Bearer,
    service: Result<Path<String>, PathRejection>,
    id: RequestId,
    body: Bytes,
) -> Result<Json<PutAnswer>, Refusal> {
    let caller = caller?;
    let Path(service) = service?;
    if !resource::is_service(&service) {
        return Err(Detail::new(StatusCode::NOT_FOUND, "unknown_service", "there is no such service").into());
    }
    let mut items = read(&body)?;
    let asker = (*caller).clone();
    items = app
        .authority
        .read(move |snapshot| {
            items.iter_mut().for_each(|item| item.judge(&service, &asker, snapshot));
            items
        })
        .await?;
    apply(&app, &caller, &id, &mut items).await?;
    Ok(Json(app.authority.read(|snapshot| answer(items, snapshot)).await?))
}

/// The items of a body.
///
/// # Errors
/// It is no list of objects. What is wrong within an item is that item's failure.
pub(super) fn read(body: &[u8]) -> Result<Vec<Item>, Detail> {
    let bad = |message: String| Detail::new(StatusCode::BAD_REQUEST, "bad_request", message);
    let Value::Array(list) = json::value(body).map_err(|error| bad(error.to_string()))? else {
        return Err(bad("expected a list of permissions".to_owned()));
    };
    let item = |(index, item): (usize, Value)| match item {
        Value::Object(sent) => Ok(Item::of(sent)),
        _ => Err(bad(format!("item {index}: expected an object"))),
    };
    list.into_iter().enumerate().map(item).collect()
}

impl Item {
    fn of(sent: Map<String, Value>) -> Self {
        let json = serde_json::to_vec(&sent).unwrap_or_default();
        let read = read_permission(&json, &Limits::default());
        let wanted = read.map(|(id, draft)| Wanted { id, draft }).map_err(|refused| Detail::of_refused(&refused));
        Self { sent, wanted }
    }

    /// Whether the service has such a resource, and the caller may write such a permission.
    fn judge(&mut self, service: &str, caller: &Caller, snapshot: &Snapshot) {
        if let Ok(wanted) = &self.wanted
            && let Err(detail) = wanted.judge(service, caller, snapshot)
        {
            self.wanted = Err(detail);
        }
    }

    fn change(&self) -> Option<Change> {
        let Wanted { id, draft } = self.wanted.as_ref().ok()?;
        Some(match id {
            None => Change::UpsertPermission(draft.clone()),
            Some(id) => Change::UpdatePermission(Permission { id: *id, draft: draft.clone() }),
        })
    }
}

impl Wanted {
    fn judge(&self, service: &str, caller: &Caller, snapshot: &Snapshot) -> Result<(), Detail> {
        resource::check(service, &self.draft.pattern)?;
        let before = match self.id {
            None => snapshot.same_permission(&self.draft),
            // One of another service is not this one's to change.
            Some(id) => {
                let before = snapshot.permission(id).filter(|before| resource::concerns(service, &before.pattern));
                Some(before.ok_or_else(Detail::unknown_permission)?)
            }
        };
        let before = before.as_ref().map(|before| &before.draft);
        sharing::check(caller, snapshot, before.into_iter().chain([&self.draft]))
    }
}

/// Applies all that is good as one change set. What the engine refuses becomes a failure, and the rest is tried again.
async fn apply(app: &Shared, caller: &Caller, id: &RequestId, items: &mut [Item]) -> Result<(), Refusal> {
    loop {
        let (places, changes): (Vec<usize>, Vec<Change>) =
            items.iter().enumerate().filter_map(|(place, item)| Some((place, item.change()?))).unzip();
        if changes.is_empty() {
            return Ok(());
        }
        let refused = match app.authority.apply(ChangeSet::new(changes), origin(caller, id.clone())).await {
            Ok(_) => return Ok(()),
            Err(Failure::Refused(refused)) => refused,
            Err(failure) => return Err(failure.into()),
        };
        let mut failed = false;
        for problem in refused.problems() {
            let item = problem.item.and_then(|item| items.get_mut(*places.get(item)?));
            if let Some(item) = item {
                item.wanted = Err(Detail::of_problem(problem));
                failed = true;
            }
        }
        if !failed {
            return Err(Failure::Refused(refused).into());
        }
    }
}

fn answer(items: Vec<Item>, snapshot: &Snapshot) -> PutAnswer {
    let mut answer = PutAnswer::default();
    for Item { sent, wanted } in items {
        let read_back = wanted.and_then(|wanted| {
            let gone = || {
                Detail::new(
                    StatusCode::CONFLICT,
                    "changed_meanwhile",
                    "it was written, and then changed by another request",
                )
            };
            snapshot.same_permission(&wanted.draft).ok_or_else(gone)
        });
        match read_back {
            Ok(permission) => answer.success.push(written(&permission)),
            Err(detail) => answer.failures.push(failed(sent, &detail)),
        }
    }
    answer
}
