//! One version of everything that the engine knows.
//!
//! A [`World`] is plain data in containers that versions can share ([`cow`](crate::cow)). It answers and changes, but
//! knows no clock, lock or other version: [`Engine`](crate::Engine) decides who sees which one. Names become numbers
//! here; numbers never leave the crate.
//!
//! What must hold, after every change:
//! - every grant stands in the row or table of its principal and among the holders of its pattern, and nowhere else;
//! - a group's `reach` and `subscribed` are what a walk up its memberships would find;
//! - a membership or subscription row is known at both of its ends;
//! - what nothing hangs on any more (names, patterns, principals, projects) is gone.

mod actions;
mod closure;
mod conditions;
mod directory;
pub(crate) mod image;
mod memory;
mod names;
mod node;
mod permissions;
mod principals;
mod record;
mod seats;
mod subscriptions;
#[cfg(test)]
mod tests;
mod touched;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use actions::ActionNames;
pub(crate) use conditions::{Conditions, PackedConditions};
pub(crate) use names::{Lookup, Names};
pub(crate) use node::{Listing, Node};
pub(crate) use permissions::{Grant, Hashed, Place, PutError};
pub(crate) use principals::{Holding, Principals, room as principal_room};
use seats::SEATS;
pub(crate) use seats::{Changes, Seated, Seating};
pub(crate) use subscriptions::{Project, Resolved};
use touched::Touched;

use crate::Revision;
use crate::cow::{IdTable, Pages, Slab, SortedIds};
use crate::index::{Compiled, Packed, PatternIndex, Seeds};
use crate::model::Action;
use crate::subscription::GroupConflict;

/// See the [module](self).
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) revision: Revision,
    pub(crate) seeds: Seeds,
    pub(crate) conflict: GroupConflict,
    /// Namespaces, each with how many grants it has.
    pub(crate) namespaces: Names<u32>,
    pub(crate) principals: Principals,
    pub(crate) projects: Names<Project>,
    pub(crate) actions: Arc<ActionNames>,
    pub(crate) gates: Arc<BTreeSet<Box<str>>>,
    pub(crate) grants: Slab<Grant>,
    /// Of the grants that have any.
    pub(crate) conditions: Slab<PackedConditions>,
    /// From permission ids to grants.
    pub(crate) by_id: IdTable,
    /// Patterns, each with the grants that hold it.
    pub(crate) patterns: PatternIndex<Packed<SortedIds>>,
    pub(crate) seats: Pages<Option<Compiled>, SEATS>,
    pub(crate) touched: Touched,
}

impl World {
    pub(crate) fn new(conflict: GroupConflict) -> Self {
        let seeds = Seeds::default();
        Self {
            revision: Revision::default(),
            conflict,
            namespaces: Names::new(seeds.clone()),
            principals: Principals::new(seeds.clone()),
            projects: Names::new(seeds.clone()),
            actions: Arc::new(ActionNames::new(Action::KNOWN)),
            gates: Arc::default(),
            grants: Slab::default(),
            conditions: Slab::default(),
            by_id: IdTable::default(),
            patterns: PatternIndex::new(seeds.clone()),
            seats: Pages::default(),
            touched: Touched::default(),
            seeds,
        }
    }

    /// How often anything that has a number came or went; see [`Slab::turns`].
    pub(crate) fn turns(&self) -> u64 {
        let names = self.namespaces.turns().wrapping_add(self.principals.turns());
        names.wrapping_add(self.grants.turns()).wrapping_add(self.patterns.turns())
    }
}
