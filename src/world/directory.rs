//! The directory: who is in what, and the closures that a check walks.
//!
//! A group keeps its closure (`up`), made anew for it and the groups below it when one of its memberships changes. A
//! user keeps only its direct memberships: a change of a group with a hundred thousand users touches no user.

use std::collections::{BTreeMap, HashMap};

use ahash::RandomState;

use super::{Listing, Node, World};
use crate::cow::SortedIds;
use crate::model::{GroupRecord, PrincipalKind, UserRecord};
use crate::subscription::combine;

type Map<V> = HashMap<u32, V, RandomState>;

impl World {
    /// Whether `member` is directly in (or has attached) `of`.
    pub(crate) fn is_member(&self, member: u32, of: u32) -> bool {
        self.memberships(member).any(|above| above == of)
    }

    /// Direct memberships of a principal: groups and profiles.
    pub(crate) fn membership_count(&self, member: u32) -> usize {
        self.memberships(member).count()
    }

    /// The profiles and groups directly above a principal.
    pub(crate) fn memberships(&self, member: u32) -> impl Iterator<Item = u32> {
        let more = self.principals.get(member).map(Node::more);
        let (profiles, groups) = more.map_or((&[][..], &[][..]), |more| (&more.profiles, &more.groups));
        // A group that has none has none above it either, so this is a user.
        let up = if profiles.is_empty() && groups.is_empty() { self.up_from(member) } else { &[] };
        up.iter().chain(profiles).chain(groups).copied()
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
            for above in self.memberships(at) {
                if above != group && !from.contains_key(&above) {
                    from.insert(above, at);
                    pending.push(above);
                }
            }
        }
        None
    }

    /// Adds a membership that is not there and makes no cycle. The closures are as before until
    /// [`refresh`](Self::refresh).
    pub(crate) fn link(&mut self, member: u32, of: u32) {
        let memberships: Vec<u32> = self.memberships(member).chain([of]).collect();
        self.set_memberships(member, &memberships, &[of], &[]);
    }

    /// Removes a membership that is there. The closures are as before until [`refresh`](Self::refresh).
    pub(crate) fn unlink(&mut self, member: u32, of: u32) {
        let memberships: Vec<u32> = self.memberships(member).filter(|above| *above != of).collect();
        self.set_memberships(member, &memberships, &[], &[of]);
    }

    /// Gives a principal these direct memberships, of which the `new` ones were not there, in place of its own, of which
    /// the `gone` ones are not among them. The closures of groups are as before until [`refresh`](Self::refresh).
    pub(crate) fn set_memberships(&mut self, member: u32, memberships: &[u32], new: &[u32], gone: &[u32]) {
        let Some(kind) = self.kind_of(member) else { return };
        if kind == PrincipalKind::User {
            self.set_up(member, memberships);
        } else {
            let (profiles, groups) = memberships.iter().partition(|above| self.is_profile(**above));
            if let Some(node) = self.principals.get_mut(member) {
                node.change_more(|more| (more.profiles, more.groups) = (profiles, groups));
            }
        }
        for of in new {
            self.change_members(*of, kind, |members| members.insert(member, |x| x.cmp(&member)));
        }
        for of in gone {
            self.change_members(*of, kind, |members| members.remove(|x| x.cmp(&member)));
        }
    }

    fn is_profile(&self, number: u32) -> bool {
        self.kind_of(number) == Some(PrincipalKind::PermProfile)
    }

    /// Makes the closure of a group whose memberships changed, and of all below it, anew.
    pub(crate) fn refresh(&mut self, member: u32) {
        if self.kind_of(member) == Some(PrincipalKind::UserGroup) {
            self.refresh_below(member);
        }
    }

    /// Changes the members of this kind.
    fn change_members(&mut self, of: u32, kind: PrincipalKind, change: impl FnOnce(&mut SortedIds) -> bool) {
        let Some(node) = self.principals.get_mut(of) else { return };
        if kind == PrincipalKind::User {
            change(&mut node.users);
        } else {
            node.change_more(|more| {
                change(&mut more.subgroups);
            });
        }
    }

    pub(crate) fn set_listing(&mut self, number: u32, listing: Option<Listing>) {
        if let Some(node) = self.principals.get_mut(number) {
            node.listing = listing.map(Listing::shared);
        }
    }

    /// Makes the closures and subscriptions of a group and of all groups below it anew, parents first.
    pub(crate) fn refresh_below(&mut self, group: u32) {
        for number in self.below(group) {
            let Some(node) = self.principals.get(number) else { continue };
            let more = node.more();
            let mut up: Vec<u32> = more.profiles.iter().chain(&more.groups).copied().collect();
            let mut subscribed: BTreeMap<u32, bool> = BTreeMap::new();
            for above in &more.groups {
                up.extend(self.up_from(*above));
                let subscriptions = self.principals.get(*above).map(|above| &above.more().subscribed);
                for (project, enabled) in subscriptions.into_iter().flatten() {
                    let known = subscribed.get(project).copied();
                    subscribed.insert(*project, combine(self.conflict, known, *enabled));
                }
            }
            subscribed.extend(more.rows.iter().copied());
            up.sort_unstable();
            up.dedup();
            self.set_up(number, &up);
            if let Some(node) = self.principals.get_mut(number) {
                node.change_more(|more| more.subscribed = subscribed.into_iter().collect());
            }
        }
    }

    /// A group and every group below it, each after all its parents that are among them.
    fn below(&self, group: u32) -> Vec<u32> {
        let subgroups =
            |number: u32| self.principals.get(number).into_iter().flat_map(|node| node.more().subgroups.iter());
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
        let listing = self.principals.get(number)?.listing.as_deref()?;
        let (groups, permprofiles) = self.membership_texts(number);
        Some(UserRecord {
            user_id: self.principals.text(number).to_owned(),
            user_name: listing.name.clone(),
            user_phone: listing.phone.clone(),
            groups,
            permprofiles,
        })
    }

    /// What the directory lists of a group.
    pub(crate) fn group_record(&self, number: u32) -> Option<GroupRecord> {
        let listing = self.principals.get(number)?.listing.as_deref()?;
        let (groups, permprofiles) = self.membership_texts(number);
        Some(GroupRecord {
            group_id: self.principals.text(number).to_owned(),
            group_name: listing.name.clone(),
            groups,
            permprofiles,
        })
    }

    /// The id of a principal that has memberships, and the groups and profiles that it is directly in; sorted.
    pub(crate) fn memberships_of(&self, number: u32) -> Option<(String, Vec<String>, Vec<String>)> {
        let (groups, profiles) = self.membership_texts(number);
        let has = !groups.is_empty() || !profiles.is_empty();
        has.then(|| (self.principals.text(number).to_owned(), groups, profiles))
    }

    /// The ids of the groups and of the profiles directly above a principal, sorted.
    fn membership_texts(&self, number: u32) -> (Vec<String>, Vec<String>) {
        let (mut groups, mut profiles) = (Vec::new(), Vec::new());
        for above in self.memberships(number) {
            let texts = if self.is_profile(above) { &mut profiles } else { &mut groups };
            texts.push(self.principals.text(above).to_owned());
        }
        groups.sort_unstable();
        profiles.sort_unstable();
        (groups, profiles)
    }
}
