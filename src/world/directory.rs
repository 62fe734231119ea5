//! The directory: who is in what, and the closure that a check uses.
//!
//! A group keeps its closure (`up`), made anew for it and the groups below it when one of its memberships changes. A
//! user keeps only its direct memberships: a change of a group with a hundred thousand users touches no user.

use std::collections::{BTreeMap, HashMap};

use ahash::RandomState;

use super::{Holding, Listing, World};
use crate::cow::SortedIds;
use crate::model::{GroupRecord, PrincipalKind, UserRecord};
use crate::subscription::combine;

type Map<V> = HashMap<u32, V, RandomState>;

impl World {
    /// Whether `member` is directly in (or has attached) `of`.
    pub(crate) fn is_member(&self, member: u32, of: u32) -> bool {
        self.principals.get(member).is_some_and(|node| node.groups.contains(&of) || node.profiles.contains(&of))
    }

    /// Direct memberships of a principal: groups and profiles.
    pub(crate) fn membership_count(&self, member: u32) -> usize {
        self.principals.get(member).map_or(0, |node| node.groups.len().saturating_add(node.profiles.len()))
    }

    /// A way up from `group` to `target` along memberships, both included, if there is one.
    pub(crate) fn way_up(&self, group: u32, target: u32) -> Option<Vec<u32>> {
        if group != target && !self.up_from(group).contains(&target) {
            return None;
        }
        let mut from: Map<u32> = Map::default();
        let mut pending = vec![group];
        while let Some(at) = pending.pop() {
            if at == target {
                let mut way = vec![target];
                let mut at = target;
                while at != group {
                    at = *from.get(&at)?;
                    way.push(at);
                }
                way.reverse();
                return Some(way);
            }
            let node = self.principals.get(at)?;
            for above in node.groups.iter().chain(&node.profiles) {
                if *above != group && !from.contains_key(above) {
                    from.insert(*above, at);
                    pending.push(*above);
                }
            }
        }
        None
    }

    /// Adds a membership that is not there and makes no cycle. The closures are as before until
    /// [`refresh`](Self::refresh).
    pub(crate) fn link(&mut self, member: u32, of: u32) {
        let Some(of_kind) = self.principals.get(of).map(|node| node.kind) else { return };
        let Some(node) = self.principals.get_mut(member) else { return };
        let member_kind = node.kind;
        let edges = if of_kind == PrincipalKind::PermProfile { &mut node.profiles } else { &mut node.groups };
        edges.push(of);
        if let Some(members) = self.members_mut(of, member_kind) {
            members.insert(member, |x| x.cmp(&member));
        }
    }

    /// Removes a membership that is there. The closures are as before until [`refresh`](Self::refresh).
    pub(crate) fn unlink(&mut self, member: u32, of: u32) {
        let Some(node) = self.principals.get_mut(member) else { return };
        let member_kind = node.kind;
        node.groups.retain(|x| *x != of);
        node.profiles.retain(|x| *x != of);
        if let Some(members) = self.members_mut(of, member_kind) {
            members.remove(|x| x.cmp(&member));
        }
    }

    /// Makes the closure of a principal whose memberships changed, and of all below it, anew.
    pub(crate) fn refresh(&mut self, member: u32) {
        let Some(node) = self.principals.get(member) else { return };
        if node.kind == PrincipalKind::UserGroup {
            self.refresh_below(member);
        } else {
            let up: Vec<u32> = node.profiles.iter().chain(&node.groups).copied().collect();
            self.set_up(member, &up);
        }
    }

    fn members_mut(&mut self, of: u32, member_kind: PrincipalKind) -> Option<&mut SortedIds> {
        let node = self.principals.get_mut(of)?;
        Some(if member_kind == PrincipalKind::User { &mut node.users } else { &mut node.subgroups })
    }

    pub(crate) fn set_listing(&mut self, number: u32, listing: Option<Listing>) {
        if let Some(node) = self.principals.get_mut(number) {
            node.listing = listing.map(Into::into);
        }
    }

    /// Makes the closures and subscriptions of a group and of all groups below it anew, parents first.
    pub(crate) fn refresh_below(&mut self, group: u32) {
        for number in self.below(group) {
            let Some(node) = self.principals.get(number) else { continue };
            let mut up: Vec<u32> = node.profiles.iter().chain(&node.groups).copied().collect();
            let mut subscribed: BTreeMap<u32, bool> = BTreeMap::new();
            for above in &node.groups {
                up.extend(self.up_from(*above));
                let subscriptions = self.principals.get(*above).map(|above| &above.subscribed);
                for (project, enabled) in subscriptions.into_iter().flat_map(|rows| rows.iter()) {
                    let known = subscribed.get(project).copied();
                    subscribed.insert(*project, combine(self.conflict, known, *enabled));
                }
            }
            subscribed.extend(node.rows.iter().copied());
            up.sort_unstable();
            up.dedup();
            self.set_up(number, &up);
            if let Some(node) = self.principals.get_mut(number) {
                node.subscribed = subscribed.into_iter().collect();
            }
        }
    }

    /// A group and every group below it, each after all its parents that are among them.
    fn below(&self, group: u32) -> Vec<u32> {
        let subgroups = |number: u32| self.principals.get(number).into_iter().flat_map(|node| node.subgroups.iter());
        let mut parents: Map<usize> = Map::default();
        parents.insert(group, 0);
        let mut pending = vec![group];
        while let Some(at) = pending.pop() {
            for child in subgroups(at) {
                let count = parents.entry(child).or_insert_with(|| {
                    pending.push(child);
                    0
                });
                *count = count.saturating_add(1);
            }
        }
        let mut ordered = Vec::with_capacity(parents.len());
        pending.push(group);
        while let Some(at) = pending.pop() {
            ordered.push(at);
            for child in subgroups(at) {
                if let Some(count) = parents.get_mut(&child) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        pending.push(child);
                    }
                }
            }
        }
        ordered
    }

    /// What the directory lists of a user.
    pub(crate) fn user_record(&self, number: u32) -> Option<UserRecord> {
        let node = self.principals.get(number)?;
        let listing = node.listing.as_deref()?;
        Some(UserRecord {
            user_id: self.principals.text(number).to_owned(),
            user_name: listing.name.clone(),
            user_phone: listing.phone.clone(),
            groups: self.sorted_texts(&node.groups),
            permprofiles: self.sorted_texts(&node.profiles),
        })
    }

    /// What the directory lists of a group.
    pub(crate) fn group_record(&self, number: u32) -> Option<GroupRecord> {
        let node = self.principals.get(number)?;
        let listing = node.listing.as_deref()?;
        Some(GroupRecord {
            group_id: self.principals.text(number).to_owned(),
            group_name: listing.name.clone(),
            groups: self.sorted_texts(&node.groups),
            permprofiles: self.sorted_texts(&node.profiles),
        })
    }

    fn sorted_texts(&self, numbers: &[u32]) -> Vec<String> {
        let mut texts: Vec<String> = numbers.iter().map(|number| self.principals.text(*number).to_owned()).collect();
        texts.sort_unstable();
        texts
    }

    /// Visits those principals of a user for which `may` holds, some perhaps twice, memberships as the directory knows
    /// them. Allocates nothing.
    #[inline]
    pub(crate) fn visit_closure(
        &self,
        user: u32,
        may: impl Fn(&Holding) -> bool,
        mut visit: impl FnMut(u32, &Holding),
    ) {
        let Some(own) = self.holding(user) else { return };
        if may(own) {
            visit(user, own);
        }
        let mut seen = None;
        for direct in own.up() {
            let Some(holding) = self.holding(*direct) else { continue };
            if may(holding) {
                visit(*direct, holding);
            }
            if !holding.up().is_empty() {
                let seen = seen.get_or_insert_with(Seen::default);
                for above in holding.up().iter().filter(|number| seen.is_new(**number)) {
                    if let Some(holding) = self.holding(*above).filter(|holding| may(holding)) {
                        visit(*above, holding);
                    }
                }
            }
        }
    }
}

/// Remembers which principals were visited, as far as it has room: enough that groups with common parents do not
/// multiply the work, and never wrong about one that was not visited.
#[derive(Debug)]
struct Seen {
    last_seen: [u32; Seen::SLOTS],
}

impl Seen {
    const SLOTS: usize = 64;

    /// Whether a number may be new; false only if it is not.
    #[inline]
    fn is_new(&mut self, number: u32) -> bool {
        match self.last_seen.get_mut(number as usize % Self::SLOTS) {
            Some(slot) => std::mem::replace(slot, number) != number,
            None => true,
        }
    }
}

impl Default for Seen {
    fn default() -> Self {
        // No principal has this number: a slab gives out fewer.
        Self { last_seen: [u32::MAX; Self::SLOTS] }
    }
}
