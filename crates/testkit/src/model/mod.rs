//! The reference model: a policy world as plain lists, with the rules written as the specification reads.
//!
//! It is slow and has no index, so that it can be read whole and believed. What is here: the state and who a subject
//! is. What a request is answered is in `decide`, what a change does in `apply` (what a change may not be, in `faults`),
//! subscriptions in `subscription`, lists in `lookup`.

mod apply;
mod decide;
mod faults;
mod lookup;
mod subscription;

use std::collections::{BTreeMap, BTreeSet};

pub use decide::Outcome;
use grantrie::{
    AuditEntry, GroupRecord, Limits, Membership, Memberships, Permission, Principal, PrincipalKind, Revision, Subject,
    Subscriber, UserRecord,
};

/// A policy world. [`Model::default`] is the empty one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// The permissions, in the order in which they were added.
    pub permissions: Vec<Permission>,
    /// The listed users. Their memberships are not in the records but in [`memberships`](Self::memberships).
    pub users: BTreeMap<String, UserRecord>,
    /// The listed groups, likewise without memberships.
    pub groups: BTreeMap<String, GroupRecord>,
    /// Every direct membership, of listed and unlisted principals.
    pub memberships: BTreeSet<Membership>,
    /// Subscription rows by project and entity.
    pub rows: BTreeMap<(String, Subscriber), bool>,
    /// Gated services.
    pub gates: BTreeSet<String>,
    /// Actions that permissions have named so far; they are never forgotten.
    pub actions: BTreeSet<String>,
    /// Whether among groups' rows an enabled one wins (usually a disabled one does).
    pub enabled_wins: bool,
    /// The bounds.
    pub limits: Limits,
    /// The number of change sets that had an effect.
    pub revision: Revision,
    /// What they did.
    pub audit: Vec<AuditEntry>,
}

impl Model {
    /// The principals whose permissions reach a subject.
    #[must_use]
    pub fn principals(&self, subject: &Subject<'_>) -> BTreeSet<Principal> {
        match *subject {
            Subject::PermProfile { id } => BTreeSet::from([Principal::profile(id)]),
            Subject::User { id, memberships: Memberships::Named { groups, permprofiles } } => {
                let groups = groups.iter().map(|group| Principal::group(*group));
                let profiles = permprofiles.iter().map(|profile| Principal::profile(*profile));
                groups.chain(profiles).chain([Principal::user(id)]).collect()
            }
            Subject::User { id, memberships: Memberships::Directory } => self.with_all_above(Principal::user(id)),
        }
    }

    /// A principal and all that it is in or that is attached to it, transitively.
    #[must_use]
    pub fn with_all_above(&self, principal: Principal) -> BTreeSet<Principal> {
        let mut found = BTreeSet::new();
        let mut open = vec![principal];
        while let Some(next) = open.pop() {
            open.extend(self.direct(&next).filter(|above| !found.contains(above)));
            found.insert(next);
        }
        found
    }

    /// What a principal is directly in, and what is directly attached to it; ascending.
    pub fn direct<'a>(&'a self, member: &'a Principal) -> impl Iterator<Item = Principal> + 'a {
        self.memberships.iter().filter(move |known| known.member == *member).map(|known| known.of.clone())
    }

    /// The ids of the groups that a principal is directly in.
    #[must_use]
    pub fn direct_groups(&self, member: &Principal) -> Vec<String> {
        self.direct_ids(member, PrincipalKind::UserGroup)
    }

    fn direct_ids(&self, member: &Principal, kind: PrincipalKind) -> Vec<String> {
        self.direct(member).filter(|of| of.kind == kind).map(|of| of.id).collect()
    }

    /// A listed user with its memberships.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserRecord> {
        let who = Principal::user(id);
        let (groups, permprofiles) = (self.direct_groups(&who), self.direct_ids(&who, PrincipalKind::PermProfile));
        self.users.get(id).map(|record| UserRecord { groups, permprofiles, ..record.clone() })
    }

    /// A listed group with its memberships.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupRecord> {
        let who = Principal::group(id);
        let (groups, permprofiles) = (self.direct_groups(&who), self.direct_ids(&who, PrincipalKind::PermProfile));
        self.groups.get(id).map(|record| GroupRecord { groups, permprofiles, ..record.clone() })
    }
}

#[cfg(test)]
mod tests;
