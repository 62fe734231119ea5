//! Answers as JSON, one line each, for the command and for hosts in other languages: what is allowed and why, what was
//! considered, what rows come to, and pages of permissions. Keys that would say nothing are absent.

use serde::Serialize;

use super::change_json::value;
use super::permission::{PermissionDocument, PrincipalEntry};
use crate::decide::{Considered, Explanation};
use crate::model::{Decision, InvalidRequest, Permission, Reason, Subscriber};
use crate::read::Page;
use crate::subscription::{Resolution, SubscriptionList};

/// A decision: `{"allowed", "reason", "permission"?, "decided_by"?, "valid_until"?, "message"?, "error"?}`. The last two
/// say what is wrong with an invalid request: in words, and as `{"field", "code", "name", "offset"}`.
///
/// ```
/// use grantrie::{Engine, Request, Subject, decision_json};
/// let answer = Engine::new().check(&Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7"));
/// assert_eq!(decision_json(&answer), r#"{"allowed":false,"reason":"no_grant"}"#);
/// ```
#[must_use]
pub fn decision_json(decision: &Decision) -> String {
    value(&Answer::from(decision))
}

/// An explanation: the keys of [`decision_json`], and `considered` (a list of `permission`, `outcome` and `path`) and
/// `unlisted`.
#[must_use]
pub fn explanation_json(explanation: &Explanation) -> String {
    value(&Explained {
        answer: Answer::from(&explanation.decision),
        considered: explanation.considered.iter().map(Entry::from).collect(),
        unlisted: explanation.unlisted,
    })
}

/// What rows come to for a user: `{"project_id", "user_id", "ai_func", "decided_by", "rows"}`.
///
/// ```
/// use grantrie::{Engine, Memberships, resolution_json};
/// let resolution = Engine::new().resolve_subscription("atlas", "ann", Memberships::Directory)?;
/// let json = r#"{"project_id":"atlas","user_id":"ann","ai_func":false,"decided_by":"default","rows":[]}"#;
/// assert_eq!(resolution_json("atlas", "ann", &resolution), json);
/// # Ok::<(), grantrie::InvalidRequest>(())
/// ```
#[must_use]
pub fn resolution_json(project: &str, user: &str, resolution: &Resolution) -> String {
    let row = |subscriber| match subscriber {
        &Subscriber::Project => Decider::Project(project),
        Subscriber::Group(id) => Decider::Group(id),
        Subscriber::User(id) => Decider::User(id),
    };
    value(&Resolved {
        project_id: project,
        user_id: user,
        ai_func: resolution.enabled,
        decided_by: resolution.level.as_str(),
        rows: resolution.rows.iter().map(row).collect(),
    })
}

/// The rows of a project: `{"project_id", "ai_func"?, "groups", "users", "total_count"}`; the count is of users with a row,
/// on all pages.
#[must_use]
pub fn subscriptions_json(project: &str, list: &SubscriptionList) -> String {
    let groups = list.groups.iter().map(|group| GroupRow {
        group_id: &group.group_id,
        group_name: group.group_name.as_deref(),
        ai_func: group.ai_func,
    });
    let users = list.users.items.iter().map(|user| UserRow {
        user_id: &user.user_id,
        user_name: user.user_name.as_deref(),
        user_phone: user.user_phone.as_deref(),
        ai_func: user.ai_func,
    });
    value(&Listed {
        project_id: project,
        ai_func: list.project,
        groups: groups.collect(),
        users: users.collect(),
        total_count: list.users.total,
    })
}

/// A page of permissions that begins at `offset`: `{"_list", "_offset", "_pageSize", "_total"}`.
#[must_use]
pub fn permissions_json(page: &Page<Permission>, offset: usize) -> String {
    let list: Vec<_> = page.items.iter().map(PermissionDocument).collect();
    value(&Permissions { page_size: list.len(), list, offset, total: page.total })
}

#[derive(Serialize)]
struct Answer {
    allowed: bool,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

#[derive(Serialize)]
struct Fault {
    field: &'static str,
    code: u16,
    name: &'static str,
    offset: usize,
}

#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    answer: Answer,
    considered: Vec<Entry<'a>>,
    unlisted: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    permission: PermissionDocument<'a>,
    outcome: &'static str,
    path: Vec<PrincipalEntry<'a>>,
}

#[derive(Serialize)]
struct Resolved<'a> {
    project_id: &'a str,
    user_id: &'a str,
    ai_func: bool,
    decided_by: &'static str,
    rows: Vec<Decider<'a>>,
}

/// Whose row decided, under the key of its id.
#[derive(Serialize)]
enum Decider<'a> {
    #[serde(rename = "project_id")]
    Project(&'a str),
    #[serde(rename = "group_id")]
    Group(&'a str),
    #[serde(rename = "user_id")]
    User(&'a str),
}

#[derive(Serialize)]
struct Listed<'a> {
    project_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_func: Option<bool>,
    groups: Vec<GroupRow<'a>>,
    users: Vec<UserRow<'a>>,
    total_count: usize,
}

#[derive(Serialize)]
struct GroupRow<'a> {
    group_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<&'a str>,
    ai_func: bool,
}

#[derive(Serialize)]
struct UserRow<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_phone: Option<&'a str>,
    ai_func: bool,
}

#[derive(Serialize)]
struct Permissions<'a> {
    #[serde(rename = "_list")]
    list: Vec<PermissionDocument<'a>>,
    #[serde(rename = "_offset")]
    offset: usize,
    #[serde(rename = "_pageSize")]
    page_size: usize,
    #[serde(rename = "_total")]
    total: usize,
}

impl From<&Decision> for Answer {
    fn from(decision: &Decision) -> Self {
        let (decided_by, invalid) = match &decision.reason {
            Reason::NotSubscribed(level) => (Some(level.as_str()), None),
            Reason::Invalid(invalid) => (None, Some(invalid)),
            _ => (None, None),
        };
        Self {
            allowed: decision.allowed,
            reason: decision.reason.as_str(),
            permission: decision.reason.permission().map(|id| id.to_string()),
            decided_by,
            valid_until: decision.valid_until.map(|until| until.to_string()),
            message: invalid.map(ToString::to_string),
            error: invalid.map(Fault::from),
        }
    }
}

impl From<&InvalidRequest> for Fault {
    fn from(invalid: &InvalidRequest) -> Self {
        let code = invalid.error.code();
        let field = invalid.field.as_str();
        Self { field, code: code.number(), name: code.name(), offset: invalid.error.offset() }
    }
}

impl<'a> From<&'a Considered> for Entry<'a> {
    fn from(considered: &'a Considered) -> Self {
        Self {
            permission: PermissionDocument(&considered.permission),
            outcome: considered.outcome.as_str(),
            path: considered.path.iter().map(PrincipalEntry).collect(),
        }
    }
}
