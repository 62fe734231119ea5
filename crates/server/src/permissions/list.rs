//! `GET /{service}/api/v1/permissions`

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use grantrie::{Actions, Page, Permission, PermissionDraft, PermissionQuery, Principal, Snapshot};
use http::StatusCode;
use serde_json::Value;

use super::document::{ListAnswer, written};
use super::error::{Detail, Refusal};
use super::lookup::{Lookup, Whose};
use super::{resource, sharing};
use crate::app::App;
use crate::credential::{Bearer, Caller};

/// Look permissions up
///
/// By IRN: permissions whose pattern covers the text that is passed, whose wildcards are plain characters then. By pattern: permissions
/// whose pattern the passed one covers. Sorted by id.
#[utoipa::path(
    get, path = "/{service}/api/v1/permissions", tag = "permissions", security(("bearer" = [])),
    params(
        ("service" = String, Path, description = "As for PUT; every service answers permissions on any resource"),
        ("_namespace" = Vec<String>, Query, description = "In any of these; may be repeated"),
        ("_resourceDesc._irn" = String, Query, description = "`service:type:id`, `*` for all", example = "aisvc:agent:*"),
        ("patternmatch" = Option<bool>, Query, description = "Whether permissions *within* the pattern are sought, rather than those that cover it"),
        ("_user._type" = Option<String>, Query, description = "`user`, `usergroup` or `permprofile`; without an id the caller's own, or all of them for a trusted caller"),
        ("_user._id" = Option<String>, Query, description = "Whose; `*` for any"),
        ("_actions" = Option<Vec<String>>, Query, description = "Permissions that have all of these; may be repeated, or with commas"),
        ("_offset" = Option<usize>, Query, description = "How many to leave out"),
        ("_pageSize" = Option<usize>, Query, description = "How many at most, 0 for only the count; 10,000 at most"),
        ("page" = Option<String>, Query, description = "The last two as one: `{\"_offset\":0,\"_pageSize\":10}`"),
        ("nsfilter" = Option<String>, Query, description = "Of the namespaces, only these"),
    ),
    responses(
        (status = 200, description = "The permissions, and how many there are", body = ListAnswer),
        (status = 400, description = "A parameter is missing, not known or not what it should be", body = Refusal),
        (status = 401, description = "No known token", body = Refusal),
        (status = 403, description = "Not the caller's own, and it may not share there", body = Refusal),
        (status = 404, description = "No such service", body = Refusal),
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    Bearer(caller): Bearer,
    service: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<ListAnswer>, Refusal> {
    let caller = (*caller?).clone();
    let Path(service) = service?;
    if !resource::is_service(&service) {
        return Err(Detail::new(StatusCode::NOT_FOUND, "unknown_service", "there is no such service").into());
    }
    let lookup = Lookup::read(&query.unwrap_or_default())?;
    let answer = app.authority.read(move |snapshot| look_up(snapshot, &caller, &lookup, service == resource::FILES));
    Ok(Json(answer.await??))
}

fn look_up(snapshot: &Snapshot, caller: &Caller, lookup: &Lookup, of_files: bool) -> Result<ListAnswer, Detail> {
    let own = if caller.trusted { None } else { own(snapshot, caller, lookup)? };
    let namespaces: Vec<&str> = lookup.namespaces.iter().map(String::as_str).collect();
    let page = match own {
        // An engine that is asked for no namespaces is asked for all.
        _ if namespaces.is_empty() => Page::default(),
        Some(own) => of_principals(snapshot, lookup, &namespaces, &own),
        None => snapshot.permissions_where(&lookup.query(&namespaces), |permission| lookup.keeps(permission)),
    };
    Ok(answer(lookup, page, of_files))
}

/// The permissions of a few principals: the work is in what they hold, not in what there is.
fn of_principals(
    snapshot: &Snapshot,
    lookup: &Lookup,
    namespaces: &[&str],
    own: &BTreeSet<Principal>,
) -> Page<Permission> {
    let mut items = Vec::new();
    for Principal { kind, id } in own.iter().filter(|principal| lookup.whose.means(principal)) {
        let (principal_kind, principal_id) = (Some(*kind), Some(id.as_str()));
        let query = PermissionQuery { namespaces, principal_kind, principal_id, ..PermissionQuery::default() };
        let keep = |permission: &Permission| lookup.relates(&permission.pattern) && lookup.keeps(permission);
        items.extend(snapshot.permissions_where(&query, keep).items);
    }
    items.sort_by_key(|permission| permission.id);
    let total = items.len();
    Page { items: items.into_iter().skip(lookup.offset).take(lookup.limit).collect(), total }
}

fn answer(lookup: &Lookup, Page { items, total }: Page<Permission>, of_files: bool) -> ListAnswer {
    let item = |permission: Permission| {
        let mut item = written(&permission);
        if of_files {
            item.insert("_irn".to_owned(), Value::from(permission.pattern.as_str()));
        }
        item
    };
    let list: Vec<_> = items.into_iter().map(item).collect();
    ListAnswer { page_size: list.len(), list, offset: lookup.offset, total, include_total: true }
}

/// Those whose permissions a caller who is not trusted is answered: its own principals; everybody (`None`) where it may share.
fn own(snapshot: &Snapshot, caller: &Caller, lookup: &Lookup) -> Result<Option<BTreeSet<Principal>>, Detail> {
    let forbidden = |message: &str| Detail::new(StatusCode::FORBIDDEN, "forbidden", message);
    let subject =
        sharing::subject(&caller.principal).ok_or_else(|| forbidden("a group has nothing of its own to ask for"))?;
    let own = snapshot.principals(&subject).map_err(|_| forbidden("the caller is nobody"))?;
    let own: BTreeSet<Principal> = own.into_iter().chain([caller.principal.clone()]).collect();
    let is_own = match &lookup.whose {
        Whose::Unsaid | Whose::Kind(_) => true,
        Whose::One(principal) => own.contains(principal),
        Whose::All(_) => false,
    };
    if is_own {
        return Ok(Some(own));
    }
    let share = Actions::parse(["SHARE"]).map_err(|_| forbidden("nothing can be shared"))?;
    let shares = |namespace: &String| {
        let draft = PermissionDraft::allow(namespace, caller.principal.clone(), lookup.pattern.clone(), share.clone());
        snapshot.may_share(&subject, &draft).is_ok()
    };
    if lookup.namespaces.iter().all(shares) {
        return Ok(None);
    }
    Err(forbidden(
        "the permissions of others are answered to a trusted caller, or to one that holds SHARE on all of the pattern",
    ))
}
