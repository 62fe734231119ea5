//! Writing a change file: what [`read_changes`](super::read_changes) reads.

use serde::Serialize;

use super::permission::{PermissionDocument, PrincipalEntry, Written};
use crate::model::{GroupRecord, Subscriber, UserRecord};
use crate::{Change, ChangeSet, Membership};

/// A change set as a change file, a line for each change; [`read_changes`](crate::read_changes) reads it back.
///
/// Of [`Change::Subscriptions`] the entities are written as the project, then groups, then users: between adds and
/// between deletes the order makes no difference. A project that stands twice in one list is written once.
#[must_use]
pub fn changes_json(set: &ChangeSet) -> String {
    let mut json = String::from("{");
    if let Some(actor) = &set.actor {
        json.push_str(&format!("\"actor\":{},", value(actor)));
    }
    json.push_str("\"changes\":[");
    for (index, change) in set.changes.iter().enumerate() {
        json.push_str(if index == 0 { "\n" } else { ",\n" });
        json.push_str(&value(&Operation::of(change)));
    }
    json.push_str("\n]}\n");
    json
}

pub(super) fn value(value: &(impl Serialize + ?Sized)) -> String {
    // Cannot fail: all keys are texts, and every number is finite.
    serde_json::to_string(value).unwrap_or_default()
}

/// A change under the key that names it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Operation<'a> {
    UpsertPermission(Written<'a>),
    UpdatePermission(PermissionDocument<'a>),
    RestorePermission(PermissionDocument<'a>),
    RemovePermission(String),
    PutUser(User<'a>),
    PutGroup(Group<'a>),
    AddMembership(Edge<'a>),
    RemoveMembership(Edge<'a>),
    RemovePrincipal(PrincipalEntry<'a>),
    Subscriptions(Subscriptions<'a>),
    SetSubscription(Row<'a>),
    ClearSubscription(Row<'a>),
    SetGate { service: &'a str, gated: bool },
}

#[derive(Serialize)]
pub(super) struct User<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_phone: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    permprofiles: &'a [String],
}

#[derive(Serialize)]
pub(super) struct Group<'a> {
    group_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    permprofiles: &'a [String],
}

#[derive(Serialize)]
struct Edge<'a> {
    member: PrincipalEntry<'a>,
    of: PrincipalEntry<'a>,
}

#[derive(Serialize)]
struct Subscriptions<'a> {
    project_id: &'a str,
    #[serde(skip_serializing_if = "Entities::is_empty")]
    add: Entities<'a>,
    #[serde(skip_serializing_if = "Entities::is_empty")]
    delete: Entities<'a>,
}

#[derive(Serialize)]
struct Entities<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    project: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    usergroups: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Row<'a> {
    project_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_func: Option<bool>,
}

impl<'a> Operation<'a> {
    fn of(change: &'a Change) -> Self {
        match change {
            Change::UpsertPermission(draft) => Self::UpsertPermission(Written { id: None, draft }),
            Change::UpdatePermission(permission) => Self::UpdatePermission(PermissionDocument(permission)),
            Change::RestorePermission(permission) => Self::RestorePermission(PermissionDocument(permission)),
            Change::RemovePermission(id) => Self::RemovePermission(id.to_string()),
            Change::PutUser(user) => Self::PutUser(User::of(user)),
            Change::PutGroup(group) => Self::PutGroup(Group::of(group)),
            Change::AddMembership(membership) => Self::AddMembership(Edge::of(membership)),
            Change::RemoveMembership(membership) => Self::RemoveMembership(Edge::of(membership)),
            Change::RemovePrincipal(principal) => Self::RemovePrincipal(PrincipalEntry(principal)),
            Change::Subscriptions { project, add, delete } => Self::Subscriptions(Subscriptions {
                project_id: project,
                add: Entities::of(add),
                delete: Entities::of(delete),
            }),
            Change::SetSubscription { project, subscriber, enabled } => {
                Self::SetSubscription(Row::of(project, subscriber, Some(*enabled)))
            }
            Change::ClearSubscription { project, subscriber } => {
                Self::ClearSubscription(Row::of(project, subscriber, None))
            }
            Change::SetGate { service, gated } => Self::SetGate { service, gated: *gated },
        }
    }
}

impl<'a> User<'a> {
    pub(super) fn of(UserRecord { user_id, user_name, user_phone, groups, permprofiles }: &'a UserRecord) -> Self {
        Self { user_id, user_name: user_name.as_deref(), user_phone: user_phone.as_deref(), groups, permprofiles }
    }
}

impl<'a> Group<'a> {
    pub(super) fn of(GroupRecord { group_id, group_name, groups, permprofiles }: &'a GroupRecord) -> Self {
        Self { group_id, group_name: group_name.as_deref(), groups, permprofiles }
    }
}

impl<'a> Edge<'a> {
    const fn of(membership: &'a Membership) -> Self {
        Self { member: PrincipalEntry(&membership.member), of: PrincipalEntry(&membership.of) }
    }
}

impl<'a> Entities<'a> {
    fn of(subscribers: &'a [Subscriber]) -> Self {
        let mut entities = Self { project: false, usergroups: Vec::new(), users: Vec::new() };
        for subscriber in subscribers {
            match subscriber {
                Subscriber::Project => entities.project = true,
                Subscriber::Group(id) => entities.usergroups.push(id),
                Subscriber::User(id) => entities.users.push(id),
            }
        }
        entities
    }

    fn is_empty(&self) -> bool {
        !self.project && self.usergroups.is_empty() && self.users.is_empty()
    }
}

impl<'a> Row<'a> {
    pub(super) fn of(project_id: &'a str, subscriber: &'a Subscriber, ai_func: Option<bool>) -> Self {
        let (group_id, user_id) = match subscriber {
            Subscriber::Project => (None, None),
            Subscriber::Group(id) => (Some(id.as_str()), None),
            Subscriber::User(id) => (None, Some(id.as_str())),
        };
        Self { project_id, group_id, user_id, ai_func }
    }
}
