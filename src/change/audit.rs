//! What a change did: one entry per effective change.

use crate::model::{GroupRecord, Permission, Principal, Subscriber, Timestamp, UserRecord};
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

/// A subscription row: absent, enabled or disabled.
pub type RowState = Option<bool>;
