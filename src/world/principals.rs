//! Principals: what hangs on each, and when one is known at all.

use std::sync::Arc;

use smallvec::SmallVec;

use super::World;
use crate::cow::SortedIds;
use crate::index::GrantTable;
use crate::model::{Principal, PrincipalKind};

/// All that is kept of a principal.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: PrincipalKind,
    pub(crate) grants: GrantTable,
    /// The groups that it is directly in.
    pub(crate) groups: SmallVec<[u32; 2]>,
    /// The profiles directly attached to it.
    pub(crate) profiles: SmallVec<[u32; 2]>,
    /// Of a group: itself, every group above it, and all their profiles; each once.
    pub(crate) reach: Arc<[u32]>,
    /// Users directly in this group, or with this profile.
    pub(crate) users: SortedIds,
    /// Groups directly in this group, or with this profile.
    pub(crate) subgroups: SortedIds,
    /// What the directory lists of it.
    pub(crate) listing: Option<Arc<Listing>>,
    /// Its own subscription rows: project and whether enabled; by project.
    pub(crate) rows: SmallVec<[(u32, bool); 1]>,
    /// Of a group: what it comes to in each project where it or a group above has a row; by project.
    pub(crate) subscribed: Arc<[(u32, bool)]>,
}

/// What the directory lists of a user or group besides its memberships.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Listing {
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
}

impl Node {
    fn new(kind: PrincipalKind) -> Self {
        Self {
            kind,
            grants: GrantTable::default(),
            groups: SmallVec::new(),
            profiles: SmallVec::new(),
            reach: Arc::default(),
            users: SortedIds::default(),
            subgroups: SortedIds::default(),
            listing: None,
            rows: SmallVec::new(),
            subscribed: Arc::default(),
        }
    }

    fn is_unused(&self) -> bool {
        self.grants.is_empty()
            && self.groups.is_empty()
            && self.profiles.is_empty()
            && self.users.is_empty()
            && self.subgroups.is_empty()
            && self.listing.is_none()
            && self.rows.is_empty()
    }
}

/// The room of a kind among the names of principals.
pub(crate) const fn room(kind: PrincipalKind) -> u8 {
    match kind {
        PrincipalKind::User => 0,
        PrincipalKind::UserGroup => 1,
        PrincipalKind::PermProfile => 2,
    }
}

impl World {
    #[inline]
    pub(crate) fn find_principal(&self, kind: PrincipalKind, id: &str) -> Option<u32> {
        self.principals.find(room(kind), id)
    }

    /// The number of a principal, which becomes known if it is not; `None` if there is no room.
    pub(crate) fn intern_principal(&mut self, principal: &Principal) -> Option<u32> {
        let kind = principal.kind;
        let number = self.principals.intern(room(kind), &principal.id, || Node::new(kind))?;
        if kind == PrincipalKind::UserGroup {
            let node = self.principals.get_mut(number)?;
            if node.reach.is_empty() {
                node.reach = Arc::new([number]);
            }
        }
        Some(number)
    }

    pub(crate) fn principal(&self, number: u32) -> Option<Principal> {
        let kind = self.principals.get(number)?.kind;
        Some(Principal { kind, id: self.principals.text(number).to_owned() })
    }

    /// Forgets a principal on which nothing hangs.
    pub(crate) fn release_principal(&mut self, number: u32) {
        if self.principals.get(number).is_some_and(Node::is_unused) {
            self.principals.remove(number);
        }
    }
}
