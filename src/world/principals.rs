//! Principals: what hangs on each, and when one is known at all.

use std::hint::black_box;
use std::sync::{Arc, LazyLock};

use super::World;
use crate::cow::{Heap, SortedIds, bytes_of, shared};
use crate::index::{GrantTable, Summary};
use crate::model::{Principal, PrincipalKind};

/// What a check needs of a principal, apart from the rest so that it fills few cache lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holding {
    /// Of the grants: most names are told by it that nothing here is for them. Marked if there are principals above.
    pub(crate) summary: Summary,
    pub(crate) grants: GrantTable,
    /// Of a user: its profiles and direct groups. Of a group: every group above it, and the profiles of all of them
    /// and of itself. None for none.
    pub(crate) up: Option<Arc<[u32]>>,
}

impl Holding {
    /// The principals above this one.
    #[inline]
    pub(crate) fn up(&self) -> &[u32] {
        self.up.as_deref().unwrap_or_default()
    }

    /// Makes the summary anew.
    pub(crate) fn summarise(&mut self) {
        self.summary = self.grants.summary().marked(self.up.is_some());
    }
}

/// All else that is kept of a principal. There may be millions: 32 bytes each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Users directly in this group, or with this profile.
    pub(crate) users: SortedIds,
    /// What the directory lists of it.
    pub(crate) listing: Option<Arc<Listing>>,
    /// What few principals have.
    more: Option<Arc<More>>,
}

/// What few principals have.
#[derive(Debug, Clone, Default)]
pub(crate) struct More {
    /// The groups that a group is directly in. (Those of a user are in [`Holding::up`].)
    pub(crate) groups: Vec<u32>,
    /// The profiles directly attached to a group.
    pub(crate) profiles: Vec<u32>,
    /// Groups directly in this group, or with this profile.
    pub(crate) subgroups: SortedIds,
    /// Its own subscription rows: project and whether enabled; by project.
    pub(crate) rows: Vec<(u32, bool)>,
    /// Of a group: what it comes to in each project where it or a group above has a row; by project.
    pub(crate) subscribed: Vec<(u32, bool)>,
}

/// What the directory lists of a user or group besides its memberships.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Listing {
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
}

impl Listing {
    /// To be kept. All those of whom nothing but their memberships is listed share one.
    pub(crate) fn shared(self) -> Arc<Self> {
        static NOTHING: LazyLock<Arc<Listing>> = LazyLock::new(Arc::default);
        if self == Self::default() { Arc::clone(&NOTHING) } else { Arc::new(self) }
    }
}

impl Node {
    #[inline]
    pub(crate) fn more(&self) -> &More {
        const NONE: &More = &More {
            groups: Vec::new(),
            profiles: Vec::new(),
            subgroups: SortedIds::EMPTY,
            rows: Vec::new(),
            subscribed: Vec::new(),
        };
        self.more.as_deref().unwrap_or(NONE)
    }

    pub(crate) fn change_more(&mut self, change: impl FnOnce(&mut More)) {
        let more = Arc::make_mut(self.more.get_or_insert_default());
        change(more);
        if more.is_empty() {
            self.more = None;
        }
    }

    fn is_unused(&self) -> bool {
        self.users.is_empty() && self.listing.is_none() && self.more.is_none()
    }
}

impl More {
    fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.profiles.is_empty()
            && self.subgroups.is_empty()
            && self.rows.is_empty()
            && self.subscribed.is_empty()
    }
}

impl Heap for Holding {
    fn heap(&self) -> usize {
        self.grants.heap().saturating_add(self.up.heap())
    }
}

impl Heap for Node {
    fn heap(&self) -> usize {
        let more = self.more.as_deref().map_or(0, |more| {
            let lists = [more.groups.heap(), more.profiles.heap(), more.subgroups.heap()];
            let rows = [more.rows.heap(), more.subscribed.heap()];
            lists.into_iter().chain(rows).fold(shared(bytes_of::<More>(1)), usize::saturating_add)
        });
        // Those of whom nothing is listed share that.
        let listing = self.listing.as_deref().filter(|listing| **listing != Listing::default());
        let listing = listing.map_or(0, |listing| {
            let texts = listing.name.iter().chain(&listing.phone).map(String::capacity);
            texts.fold(shared(bytes_of::<Listing>(1)), usize::saturating_add)
        });
        self.users.heap().saturating_add(listing).saturating_add(more)
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
    pub(crate) fn intern_principal(&mut self, kind: PrincipalKind, id: &str) -> Option<u32> {
        let known = self.principals.len();
        let number = self.principals.intern(room(kind), id, Node::default)?;
        if self.principals.len() != known {
            self.touched.name(id);
        }
        while self.holdings.len() <= number as usize {
            self.holdings.push(Holding::default());
        }
        Some(number)
    }

    pub(crate) fn kind_of(&self, number: u32) -> Option<PrincipalKind> {
        let known = self.principals.room(number)?;
        PrincipalKind::ALL.into_iter().find(|kind| room(*kind) == known)
    }

    pub(crate) fn principal(&self, number: u32) -> Option<Principal> {
        let kind = self.kind_of(number)?;
        Some(Principal { kind, id: self.principals.text(number).to_owned() })
    }

    /// Forgets a principal on which nothing hangs.
    pub(crate) fn release_principal(&mut self, number: u32) {
        if self.grants_of(number).is_empty()
            && self.up_from(number).is_empty()
            && self.principals.get(number).is_some_and(Node::is_unused)
        {
            self.principals.remove(number);
            self.touched.release(number);
        }
    }

    /// What a check needs of a principal.
    #[inline]
    pub(crate) fn holding(&self, principal: u32) -> Option<&Holding> {
        self.holdings.get(principal as usize)
    }

    /// Touches the bucket of a name, and answers the name's hash.
    pub(crate) fn touch_name(&self, kind: PrincipalKind, id: &str) -> u64 {
        self.principals.touch(room(kind), id)
    }

    /// Touches what is found of a principal by the hash of its name, and answers the number found.
    pub(crate) fn touch_principal(&self, hash: u64) -> Option<u32> {
        let number = self.principals.touch_found(hash)?;
        black_box(self.holdings.touch(number as usize).map(|holding| holding.grants.is_empty()));
        Some(number)
    }

    /// Touches the grants of a principal.
    pub(crate) fn touch_grants(&self, principal: u32) {
        black_box(self.grants_of(principal).iter().next());
    }

    /// Touches the users of a group or profile.
    pub(crate) fn touch_members(&self, number: u32) {
        black_box(self.principals.get(number).and_then(|node| node.users.touch()));
    }

    /// The grants of a principal.
    pub(crate) fn grants_of(&self, principal: u32) -> &GrantTable {
        const NONE: &GrantTable = &GrantTable::Empty;
        self.holding(principal).map_or(NONE, |holding| &holding.grants)
    }

    /// The principals above one; see [`Holding::up`].
    #[inline]
    pub(crate) fn up_from(&self, principal: u32) -> &[u32] {
        self.holding(principal).map(Holding::up).unwrap_or_default()
    }

    pub(crate) fn set_up(&mut self, principal: u32, up: &[u32]) {
        if self.up_from(principal) == up {
            return;
        }
        if let Some(holding) = self.holdings.get_mut(principal as usize) {
            holding.up = if up.is_empty() { None } else { Some(up.into()) };
            holding.summary = holding.summary.marked(holding.up.is_some());
        }
        self.touched.principal(principal);
    }
}
