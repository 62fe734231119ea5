//! What stands in requests and answers, as the vendor's client has it. Absent names are left out, never null.

use grantrie::{GroupSubscription, SubscriptionList, UserSubscription};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom to subscribe and whom to unsubscribe, as one change
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscribeRequest {
    /// Subscriptions to add; done first
    pub(super) add: Option<Entities>,
    /// Subscriptions to delete: afterwards these entities have no AI function
    pub(super) delete: Option<Entities>,
}

/// A project, users and user groups; at least one of them
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Entities {
    pub(super) project: Option<ProjectEntity>,
    pub(super) users: Option<Vec<UserEntity>>,
    pub(super) usergroups: Option<Vec<GroupEntity>>,
}

/// The project
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectEntity {
    /// The caller's own, if absent; another is 403
    pub(super) project_id: Option<String>,
}

/// A user
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntity {
    pub(super) user_id: String,
}

/// A user group
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntity {
    pub(super) group_id: String,
}

/// Who has a subscription row
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Subscriptions {
    /// How many users there are on all pages
    total_count: usize,
    users: Vec<UserRow>,
    usergroups: Vec<GroupRow>,
    project: ProjectRow,
}

/// A user's row
#[derive(Debug, Clone, Serialize, ToSchema)]
struct UserRow {
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_phone: Option<String>,
    ai_func: bool,
}

/// A user group's row
#[derive(Debug, Clone, Serialize, ToSchema)]
struct GroupRow {
    group_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
    ai_func: bool,
}

/// The project's row; without one the AI function is off
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ProjectRow {
    project_id: String,
    ai_func: bool,
}

impl Subscriptions {
    pub(super) fn of(project_id: String, list: SubscriptionList) -> Self {
        let SubscriptionList { project, groups, users } = list;
        Self {
            total_count: users.total,
            users: users.items.into_iter().map(UserRow::from).collect(),
            usergroups: groups.into_iter().map(GroupRow::from).collect(),
            project: ProjectRow { project_id, ai_func: project.unwrap_or(false) },
        }
    }
}

impl From<UserSubscription> for UserRow {
    fn from(UserSubscription { user_id, user_name, user_phone, ai_func }: UserSubscription) -> Self {
        Self { user_id, user_name, user_phone, ai_func }
    }
}

impl From<GroupSubscription> for GroupRow {
    fn from(GroupSubscription { group_id, group_name, ai_func }: GroupSubscription) -> Self {
        Self { group_id, group_name, ai_func }
    }
}
