//! What is kept of a principal beside what a check reads.

use std::sync::{Arc, LazyLock};

use crate::cow::{Heap, SortedIds, bytes_of, shared};

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
    /// The groups that a group is directly in. (Those of a user are in its record.)
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

    pub(super) fn is_unused(&self) -> bool {
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
