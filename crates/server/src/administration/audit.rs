//! `/admin/v1/audit`: what changed, by whom, when, and what was before.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use grantrie::{Principal, Revision, Timestamp};
use grantrie_store::{AuditPlace, AuditQuery, AuditRecord, parse_principal};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problems::Problems;
use super::{Answered, bad, trusted};
use crate::app::App;
use crate::credential::Bearer;
use crate::http::query::Query;

/// Some of the audit, oldest first
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    records: Vec<Record>,
    /// What to pass as `after` for the next page; absent on the last
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One effective change
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Record {
    /// The revision that shows it
    revision: u64,
    /// Its place in the change set, from 0
    index: usize,
    /// When it was applied
    at: String,
    /// Who asked for it
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// The interface that it came through
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    /// The request that asked for it
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// `change`, `expiry` or `import`
    cause: &'static str,
    /// The change, as in a change file
    #[schema(value_type = Object)]
    change: Value,
    /// What was before
    #[schema(value_type = Object, nullable)]
    before: Value,
}

impl From<AuditRecord> for Record {
    fn from(record: AuditRecord) -> Self {
        let value = |text: &str| serde_json::from_str(text).unwrap_or_default();
        Self {
            revision: record.place.revision.0,
            index: record.place.index,
            at: record.at.to_string(),
            actor: record.actor,
            origin: record.origin,
            request_id: record.request_id,
            cause: record.cause.as_str(),
            change: value(&record.change),
            before: record.before.as_deref().map(value).unwrap_or_default(),
        }
    }
}

/// What changed, by whom, when, and what was before
#[utoipa::path(
    get, path = "/admin/v1/audit", tag = "administration", security(("bearer" = [])),
    params(
        ("since" = Option<String>, Query, description = "From this instant on (RFC 3339)"),
        ("until" = Option<String>, Query, description = "Before this instant"),
        ("principal" = Option<String>, Query, description = "About this principal: `user:ann`"),
        ("namespace" = Option<String>, Query, description = "In this namespace"),
        ("actor" = Option<String>, Query, description = "Asked for by this actor"),
        ("after" = Option<String>, Query, description = "After this place: `next` of the page before"),
        ("limit" = Option<u64>, Query, description = "Records on a page, 1 to 1000 (default 1000)"),
    ),
    responses(
        (status = 200, description = "A page", body = Page),
        (status = 400, description = "A parameter is wrong", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
        (status = 404, description = "The server has no store, so there is no audit", body = Problems),
        (status = 503, description = "The store cannot be read", body = Problems),
    )
)]
pub(super) async fn audit(State(app): State<App>, caller: Bearer, RawQuery(query): RawQuery) -> Answered {
    trusted(caller)?;
    let asked = read(query.as_deref()).map_err(bad)?;
    let page = app.authority.audit(asked).await?;
    let next = page.more.then(|| page.records.last().map(|record| place_text(record.place))).flatten();
    Ok(Json(Page { records: page.records.into_iter().map(Record::from).collect(), next }).into_response())
}

fn read(query: Option<&str>) -> Result<AuditQuery, String> {
    let mut query = Query::read(query)?;
    let most = AuditQuery::PAGE;
    let limit = query.parsed("limit", |text| match text.parse::<usize>() {
        Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(format!("expected a number from 1 to {most}")),
    })?;
    let asked = AuditQuery {
        since: query.parsed("since", str::parse::<Timestamp>)?,
        until: query.parsed("until", str::parse::<Timestamp>)?,
        principal: query.parsed("principal", principal)?,
        namespace: query.one("namespace")?,
        actor: query.one("actor")?,
        after: query.parsed("after", place)?,
        limit: limit.unwrap_or(most),
    };
    query.end()?;
    Ok(asked)
}

fn principal(text: &str) -> Result<Principal, &'static str> {
    parse_principal(text).ok_or("expected `user:`, `usergroup:` or `permprofile:` and an id")
}

fn place_text(place: AuditPlace) -> String {
    format!("{}.{}", place.revision, place.index)
}

fn place(text: &str) -> Result<AuditPlace, &'static str> {
    let both = text.split_once('.').and_then(|(revision, index)| {
        // The store counts revisions in 63 bits.
        let revision = revision.parse::<u64>().ok().filter(|revision| i64::try_from(*revision).is_ok())?;
        Some(AuditPlace { revision: Revision(revision), index: index.parse().ok()? })
    });
    both.ok_or("expected `next` of another page")
}
