//! Questions in the library's own form.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use grantrie::{
    Irn, Limits, Memberships, Pattern, PermissionQuery, Problem, RequestDocument, decision_json, explanation_json,
    permissions_json, resolution_json, subscriptions_json,
};
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::problems::{Entry, Problems};
use super::{Answered, bad, json, json_body, trusted};
use crate::app::App;
use crate::credential::Bearer;
use crate::http::query::Query;

/// Permissions on a page, at most.
const MAX_PAGE: usize = 10_000;

/// One decision, in the library's form
///
/// The body is a request as of `grantrie check --requests`, the answer that of `grantrie check --json`.
#[utoipa::path(
    post, path = "/admin/v1/check", tag = "administration", security(("bearer" = [])),
    request_body(content = Object, description = "`{\"namespace\", \"user\"?, \"groups\"?, \"permprofiles\"?, \"project\"?, \"action\", \"irn\", \"attributes\"?, \"at\"?}`"),
    responses(
        (status = 200, description = "The decision", body = Object),
        (status = 400, description = "The request cannot be read", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
        (status = 415, description = "The body is not said to be JSON", body = Problems),
    )
)]
pub(super) async fn check(State(app): State<App>, caller: Bearer, headers: HeaderMap, body: Bytes) -> Answered {
    trusted(caller)?;
    let request = RequestDocument::read(json_body(&headers, &body)?, &Limits::default())?;
    Ok(json(decision_json(&request.with_request(|request| app.authority.check(request)))))
}

/// One decision, with every permission that was considered
#[utoipa::path(
    post, path = "/admin/v1/explain", tag = "administration", security(("bearer" = [])),
    request_body(content = Object, description = "As of `/admin/v1/check`"),
    responses(
        (status = 200, description = "The decision, and `considered`", body = Object),
        (status = 400, description = "The request cannot be read", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
        (status = 415, description = "The body is not said to be JSON", body = Problems),
    )
)]
pub(super) async fn explain(State(app): State<App>, caller: Bearer, headers: HeaderMap, body: Bytes) -> Answered {
    trusted(caller)?;
    let request = RequestDocument::read(json_body(&headers, &body)?, &Limits::default())?;
    // It looks at every permission that the subject has.
    let explained = app.authority.read(move |snapshot| request.with_request(|request| snapshot.explain(request)));
    Ok(json(explanation_json(&explained.await?)))
}

/// Permissions whose pattern covers a text, or that it covers
#[utoipa::path(
    get, path = "/admin/v1/permissions", tag = "administration", security(("bearer" = [])),
    params(
        ("namespace" = Option<Vec<String>>, Query, description = "In one of these namespaces; any, if absent"),
        ("irn" = Option<String>, Query, description = "A name or pattern"),
        ("pattern_match" = Option<bool>, Query, description = "Those that `irn` covers, rather than those that cover it"),
        ("offset" = Option<u64>, Query, description = "How many of the first ones to leave out"),
        ("limit" = Option<u64>, Query, description = "How many at most, up to 10000 (default 1000)"),
    ),
    responses(
        (status = 200, description = "A page, by ascending id", body = Object),
        (status = 400, description = "A parameter is wrong", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
    )
)]
pub(super) async fn permissions(State(app): State<App>, caller: Bearer, RawQuery(query): RawQuery) -> Answered {
    trusted(caller)?;
    let lookup = Lookup::read(query.as_deref()).map_err(bad)?;
    Ok(json(app.authority.read(move |snapshot| lookup.look_up(snapshot)).await?))
}

struct Lookup {
    namespaces: Vec<String>,
    pattern: Option<Pattern>,
    pattern_match: bool,
    offset: usize,
    limit: usize,
}

impl Lookup {
    fn read(query: Option<&str>) -> Result<Self, String> {
        let mut query = Query::read(query)?;
        let lookup = Self {
            namespaces: query.all("namespace"),
            pattern: query.parsed("irn", Pattern::parse)?,
            pattern_match: query.parsed("pattern_match", str::parse)?.unwrap_or(false),
            offset: query.parsed("offset", str::parse)?.unwrap_or(0),
            limit: query.parsed("limit", str::parse)?.unwrap_or(1_000),
        };
        query.end()?;
        if lookup.limit > MAX_PAGE {
            return Err(format!("limit: {} permissions on a page, at most {MAX_PAGE}", lookup.limit));
        }
        Ok(lookup)
    }

    fn look_up(&self, snapshot: &grantrie::Snapshot) -> String {
        let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        let (covering, covered_by) =
            if self.pattern_match { (None, self.pattern.as_ref()) } else { (self.pattern.as_ref(), None) };
        let (offset, limit) = (self.offset, Some(self.limit));
        let query = PermissionQuery {
            namespaces: &namespaces,
            covering,
            covered_by,
            offset,
            limit,
            ..PermissionQuery::default()
        };
        permissions_json(&snapshot.permissions(&query), offset)
    }
}

/// What a user's AI subscription comes to, or a project's rows
#[utoipa::path(
    get, path = "/admin/v1/subscriptions", tag = "administration", security(("bearer" = [])),
    params(
        ("project" = String, Query, description = "The project"),
        ("user" = Option<String>, Query, description = "The user; all rows of the project, if absent"),
        ("group" = Option<Vec<String>>, Query, description = "Exactly these groups of the user; those of the directory, if absent"),
        ("no_group" = Option<bool>, Query, description = "`true`: the user is in no group"),
        ("offset" = Option<u64>, Query, description = "Without `user`: how many of the first users to leave out"),
        ("limit" = Option<u64>, Query, description = "Without `user`: how many users at most, up to 10000 (default 1000)"),
    ),
    responses(
        (status = 200, description = "`ai_func`, `decided_by` and `rows`; or `ai_func`, `groups`, `users`", body = Object),
        (status = 400, description = "A parameter is wrong", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
    )
)]
pub(super) async fn subscriptions(State(app): State<App>, caller: Bearer, RawQuery(query): RawQuery) -> Answered {
    trusted(caller)?;
    let asked = Subscription::read(query.as_deref()).map_err(bad)?;
    Ok(json(app.authority.read(move |snapshot| asked.answer(snapshot)).await?.map_err(bad)?))
}

struct Subscription {
    project: String,
    user: Option<String>,
    groups: Option<Vec<String>>,
    offset: usize,
    limit: usize,
}

impl Subscription {
    fn read(query: Option<&str>) -> Result<Self, String> {
        let mut query = Query::read(query)?;
        let groups = query.all("group");
        let none = query.parsed("no_group", str::parse)?.unwrap_or(false);
        if none && !groups.is_empty() {
            return Err("no_group: there are groups too".to_owned());
        }
        let asked = Self {
            project: query.required("project")?,
            user: query.one("user")?,
            groups: (none || !groups.is_empty()).then_some(groups),
            offset: query.parsed("offset", str::parse)?.unwrap_or(0),
            limit: query.parsed("limit", str::parse)?.unwrap_or(1_000),
        };
        query.end()?;
        if asked.limit > MAX_PAGE {
            return Err(format!("limit: {} users on a page, at most {MAX_PAGE}", asked.limit));
        }
        Ok(asked)
    }

    fn answer(&self, snapshot: &grantrie::Snapshot) -> Result<String, String> {
        let Some(user) = &self.user else {
            return Ok(subscriptions_json(
                &self.project,
                &snapshot.subscriptions(&self.project, self.offset, Some(self.limit)),
            ));
        };
        let named: Option<Vec<&str>> = self.groups.as_ref().map(|groups| groups.iter().map(String::as_str).collect());
        let memberships =
            named.as_deref().map_or(Memberships::Directory, |groups| Memberships::Named { groups, permprofiles: &[] });
        let resolved = snapshot.resolve_subscription(&self.project, user, memberships);
        resolved.map(|resolved| resolution_json(&self.project, user, &resolved)).map_err(|error| error.to_string())
    }
}

/// Whether a text is a pattern, and how it relates to a name and other patterns
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatternAnswer {
    pattern: String,
    /// Whether it is one
    valid: bool,
    /// Whether it matches the name
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    /// Whether it matches every name that the other matches
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<bool>,
    /// Whether some name is matched by both
    #[serde(skip_serializing_if = "Option::is_none")]
    overlaps: Option<bool>,
    /// What is wrong with the text, or with one that it was to be compared with
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Entry>,
}

/// Whether a text is a pattern, and what it matches, covers and overlaps
#[utoipa::path(
    get, path = "/admin/v1/pattern", tag = "administration", security(("bearer" = [])),
    params(
        ("pattern" = String, Query, description = "The text"),
        ("matches" = Option<String>, Query, description = "A name"),
        ("covers" = Option<String>, Query, description = "Another pattern"),
        ("overlaps" = Option<String>, Query, description = "Another pattern"),
    ),
    responses(
        (status = 200, description = "The answer", body = PatternAnswer),
        (status = 400, description = "A parameter is wrong", body = Problems),
        (status = 401, description = "No known token", body = Problems),
        (status = 403, description = "The caller is not trusted", body = Problems),
    )
)]
pub(super) async fn pattern(caller: Bearer, RawQuery(query): RawQuery) -> Answered {
    trusted(caller)?;
    let read = || {
        let mut query = Query::read(query.as_deref())?;
        let texts = (query.required("pattern")?, [query.one("matches")?, query.one("covers")?, query.one("overlaps")?]);
        query.end().map(|()| texts)
    };
    let (text, others) = read().map_err(bad)?;
    Ok(Json(relate(text, &others)).into_response())
}

fn relate(text: String, [name, covered, other]: &[Option<String>; 3]) -> PatternAnswer {
    let mut answer =
        PatternAnswer { valid: true, pattern: text, matches: None, covers: None, overlaps: None, error: None };
    let problem = |error, field: &str, text: &str| Some(Entry::from(&Problem::parse(error, field, text)));
    let pattern = match Pattern::parse(&answer.pattern) {
        Ok(pattern) => pattern,
        Err(error) => {
            answer.valid = false;
            answer.error = problem(error, "pattern", &answer.pattern);
            return answer;
        }
    };
    if let Some(text) = name {
        match Irn::parse(text) {
            Ok(name) => answer.matches = Some(pattern.matches(&name)),
            Err(error) => answer.error = problem(error, "matches", text),
        }
    }
    for (field, text, yes) in [("covers", covered, &mut answer.covers), ("overlaps", other, &mut answer.overlaps)] {
        let Some(text) = text else { continue };
        match Pattern::parse(text) {
            Ok(other) => *yes = Some(if field == "covers" { pattern.covers(&other) } else { pattern.overlaps(&other) }),
            Err(error) => answer.error = answer.error.or_else(|| problem(error, field, text)),
        }
    }
    answer
}
