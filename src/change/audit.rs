//! What a change did: one entry per effective change.

use super::Change;
use crate::model::{GroupRecord, Permission, PermissionId, Principal, Subscriber, Timestamp, UserRecord};
use crate::{Membership, Revision};

/// One effective change: when, by whom, and what was before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The revision that shows the change.
    pub revision: Revision,
    /// The engine's clock when it was applied.
    pub at: Timestamp,
    /// Who asked for it, as the change set said.
    pub actor: Option<String>,
    /// What changed.
    pub effected: Effected,
}

/// The effect of one change, with what was before (`None`: nothing) and after (`None`: removed).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "most effects are those of permissions")]
pub enum Effected {
    /// A permission was added, changed or removed.
    Permission {
        /// Before.
        before: Option<Permission>,
        /// After.
        after: Option<Permission>,
    },
    /// A user's directory record was added or changed.
    User {
        /// Before.
        before: Option<UserRecord>,
        /// After.
        after: Option<UserRecord>,
    },
    /// A group's directory record was added or changed.
    Group {
        /// Before.
        before: Option<GroupRecord>,
        /// After.
        after: Option<GroupRecord>,
    },
    /// A membership was added or removed by itself.
    Membership {
        /// Which.
        membership: Membership,
        /// Whether it is there now.
        present: bool,
    },
    /// A principal was removed with all that hung on it.
    PrincipalRemoved {
        /// Which.
        principal: Principal,
        /// Its permissions, by ascending id.
        permissions: Vec<Permission>,
        /// Its direct memberships and those of others in it, sorted.
        memberships: Vec<Membership>,
        /// Its subscription rows: project and whether it was enabled, sorted by project.
        subscriptions: Vec<(String, bool)>,
    },
    /// A subscription row was written or removed.
    Subscription {
        /// The project's id.
        project: String,
        /// Whose row.
        subscriber: Subscriber,
        /// Before.
        before: RowState,
        /// After.
        after: RowState,
    },
    /// A gate was set or opened.
    Gate {
        /// The service.
        service: String,
        /// Whether it is gated now.
        gated: bool,
    },
}

impl Effected {
    /// The change that comes to this effect on the state before it, whatever the engine's limits and settings.
    #[must_use]
    pub fn to_change(&self) -> Change {
        match self.clone() {
            Self::Permission { before: None, after: Some(after) } => Change::RestorePermission(after),
            Self::Permission { before: Some(_), after: Some(after) } => Change::UpdatePermission(after),
            Self::Permission { before, after: None } => {
                Change::RemovePermission(before.map_or(PermissionId::from_u128(0), |before| before.id))
            }
            Self::User { before, after } => match after {
                Some(after) => Change::PutUser(after),
                None => Change::RemovePrincipal(Principal::user(before.unwrap_or_default().user_id)),
            },
            Self::Group { before, after } => match after {
                Some(after) => Change::PutGroup(after),
                None => Change::RemovePrincipal(Principal::group(before.unwrap_or_default().group_id)),
            },
            Self::Membership { membership, present: true } => Change::AddMembership(membership),
            Self::Membership { membership, present: false } => Change::RemoveMembership(membership),
            Self::PrincipalRemoved { principal, .. } => Change::RemovePrincipal(principal),
            Self::Subscription { project, subscriber, after: Some(enabled), .. } => {
                Change::SetSubscription { project, subscriber, enabled }
            }
            Self::Subscription { project, subscriber, after: None, .. } => {
                Change::ClearSubscription { project, subscriber }
            }
            Self::Gate { service, gated } => Change::SetGate { service, gated },
        }
    }
}

/// A subscription row: absent, enabled or disabled.
pub type RowState = Option<bool>;
