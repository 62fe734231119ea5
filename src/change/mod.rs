//! Changes: what a host asks for, and the audit entry of what came of it.
//!
//! A [`ChangeSet`] is plain data. [`Engine::apply`](crate::Engine::apply) validates it, applies all or nothing, and
//! answers the new [`Revision`]; each change that had an effect leaves one [`AuditEntry`].

mod ahead;
mod apply;
mod audit;
mod execute;
mod load;
mod validate;

use std::fmt;

pub(crate) use apply::{Executed, Lacks, Prepared};
pub use audit::{AuditEntry, Effected, RowState};
pub(crate) use execute::Step;
pub(crate) use load::Loading;

use crate::model::{GroupRecord, Permission, PermissionDraft, PermissionId, Principal, Subscriber, UserRecord};

/// The number of a snapshot, strictly increasing with each change set that has an effect. 0 is the empty engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Changes that are applied together, in their order, or not at all: each sees what those before it did.
///
/// ```
/// use grantrie::{Change, ChangeSet, Engine, GroupRecord, UserRecord};
/// let engine = Engine::new();
/// let group = GroupRecord { group_id: "staff".to_owned(), ..GroupRecord::default() };
/// let user = UserRecord { user_id: "ann".to_owned(), groups: vec!["staff".to_owned()], ..UserRecord::default() };
/// engine.apply(ChangeSet::new(vec![Change::PutGroup(group), Change::PutUser(user)]).by("hr"))?;
/// assert_eq!(engine.user("ann").unwrap().groups, ["staff"]);
/// # Ok::<(), grantrie::Refused>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Who asks for the change, for the audit; any text, and judged by nobody.
    pub actor: Option<String>,
    /// What is to change.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// A set without an actor.
    #[must_use]
    pub const fn new(changes: Vec<Change>) -> Self {
        Self { actor: None, changes }
    }

    /// The same set, asked for by this actor.
    #[must_use]
    pub fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }
}

impl From<Change> for ChangeSet {
    fn from(change: Change) -> Self {
        Self::new(vec![change])
    }
}

impl From<Vec<Change>> for ChangeSet {
    fn from(changes: Vec<Change>) -> Self {
        Self::new(changes)
    }
}

impl<const N: usize> From<[Change; N]> for ChangeSet {
    fn from(changes: [Change; N]) -> Self {
        Self::new(changes.into())
    }
}

impl FromIterator<Change> for ChangeSet {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        Self::new(changes.into_iter().collect())
    }
}

/// One change. What has no effect is no error, unless it says so.
///
/// Groups, profiles and projects need not be known before they are named; [`ChangeSet`] shows several together.
///
/// ```
/// use grantrie::{Actions, Change, Engine, PermissionDraft, PermissionQuery, Principal};
/// let engine = Engine::new();
/// let mut draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
/// draft.criteria.insert("stage".to_owned(), "draft".into());
/// engine.apply(Change::UpsertPermission(draft.clone()))?;
///
/// // The same key: the permission keeps its id.
/// let before = engine.permissions(&PermissionQuery::default()).items.remove(0);
/// draft.actions = Actions::from_iter(["READ".parse()?]);
/// engine.apply(Change::UpsertPermission(draft))?;
/// let after = engine.permissions(&PermissionQuery::default()).items;
/// assert_eq!((after.len(), after[0].id), (1, before.id));
///
/// engine.apply(Change::RemovePermission(before.id))?;
/// assert!(engine.permission(before.id).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Puts a permission. One with the same key keeps its id and takes the new actions and times; otherwise it is
    /// added with a new id.
    UpsertPermission(PermissionDraft),
    /// Replaces the permission with this id, all of it; an unknown id is an error, and so is a key that another
    /// permission has.
    UpdatePermission(Permission),
    /// Adds a permission with the id that it brings (from a world file or a backup); an id or key that is taken is
    /// an error.
    RestorePermission(Permission),
    /// Removes a permission; an unknown id is an error.
    RemovePermission(PermissionId),
    /// Lists a user in the directory, or replaces what is listed: names and direct memberships.
    PutUser(UserRecord),
    /// Lists a group in the directory, or replaces what is listed: name and direct memberships.
    PutGroup(GroupRecord),
    /// Puts a user or group into a group, or attaches a profile to a user or group. Nothing happens if it is so already.
    AddMembership(Membership),
    /// Ends a direct membership. Nothing happens if there is none.
    RemoveMembership(Membership),
    /// Removes a principal: its directory record, its memberships (both ways), its grants and its subscription rows.
    /// Nothing happens if it is not known.
    RemovePrincipal(Principal),
    /// Subscribes and unsubscribes entities of one project: adds first, then deletes from the top down (project,
    /// groups with parents first, users), each judged on the outcome of those before it.
    Subscriptions {
        /// The project's id.
        project: String,
        /// Entities to write as enabled.
        add: Vec<Subscriber>,
        /// Entities that must resolve to false afterwards.
        delete: Vec<Subscriber>,
    },
    /// Writes one row as it is, whatever it or others come to.
    SetSubscription {
        /// The project's id.
        project: String,
        /// Whose row.
        subscriber: Subscriber,
        /// Enabled or disabled.
        enabled: bool,
    },
    /// Removes one row, so that the entity inherits again. Nothing happens if there is none.
    ClearSubscription {
        /// The project's id.
        project: String,
        /// Whose row.
        subscriber: Subscriber,
    },
    /// Gates a service on the AI function, or opens it.
    SetGate {
        /// The first segment of the names that are gated.
        service: String,
        /// Whether it is gated from now on.
        gated: bool,
    },
}

impl Change {
    /// Puts a permission as a world file has it: with the id that it brings, if it brings one.
    pub(crate) fn put(id: Option<PermissionId>, draft: PermissionDraft) -> Self {
        match id {
            Some(id) => Self::RestorePermission(Permission { id, draft }),
            None => Self::UpsertPermission(draft),
        }
    }
}

/// An edge of the directory: grants of `of` reach `member`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// The user or group that gains the grants.
    pub member: Principal,
    /// The group that it is in, or the profile that is attached to it.
    pub of: Principal,
}
