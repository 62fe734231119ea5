//! The walk of a check: whoever of a user's principals may have what is sought.
//!
//! Of a dozen principals one or two may, and nobody could guess which. So all are asked without a branch for each, which
//! also has the loads of all their summaries under way at the same time.

use super::principals::Chosen;
use super::{Holding, World};
use crate::index::Sought;

/// The user's own bit, above those of the principals that are asked at a time.
const OWN: usize = Chosen::MOST;

impl World {
    /// Visits those principals of a user that may have what is sought, some perhaps twice, memberships as the directory knows
    /// them. Allocates nothing.
    #[inline(always)]
    pub(crate) fn visit_closure<'w>(
        &'w self,
        (user, own): (u32, Holding<'w>),
        sought: Sought,
        mut visit: impl FnMut(u32, Holding<'w>),
    ) {
        let mut direct = own.up();
        let Chosen { mut looked_at, mut marked } = self.principals.choose(direct, sought);
        looked_at |= u64::from(own.summary.may_have(sought)) << OWN;
        let mut above = Above { rest: &[], seen: None };
        // One place from where to visit: so the visitor becomes part of the loop.
        loop {
            let (principal, holding) = match above.next(self, sought) {
                Some(next) => next,
                None if looked_at == 0 => {
                    let Some(rest) = direct.get(Chosen::MOST..) else { return };
                    direct = rest;
                    Chosen { looked_at, marked } = self.principals.choose(direct, sought);
                    continue;
                }
                None => {
                    let index = looked_at.trailing_zeros() as usize;
                    looked_at &= looked_at.wrapping_sub(1);
                    let principal = if index == OWN { user } else { direct.get(index).copied().unwrap_or(user) };
                    let Some(holding) = self.holding(principal) else { return };
                    if let Some(next) = direct.get(looked_at.trailing_zeros() as usize) {
                        self.principals.fetch_beginning(*next);
                    }
                    if marked >> index & 1 == 1 {
                        above.rest = holding.up();
                        if !holding.summary.may_have(sought) {
                            continue;
                        }
                    }
                    (principal, holding)
                }
            };
            visit(principal, holding);
        }
    }
}

/// The groups above a group that are still to be visited; of most there are none.
struct Above<'w> {
    rest: &'w [u32],
    seen: Option<Seen>,
}

impl<'w> Above<'w> {
    /// The next of them that may have what is sought, and was perhaps not visited.
    #[inline(always)]
    fn next(&mut self, world: &'w World, sought: Sought) -> Option<(u32, Holding<'w>)> {
        if self.rest.is_empty() { None } else { self.next_of_some(world, sought) }
    }

    #[inline(never)]
    fn next_of_some(&mut self, world: &'w World, sought: Sought) -> Option<(u32, Holding<'w>)> {
        let seen = self.seen.get_or_insert_with(Seen::default);
        while let Some((above, rest)) = self.rest.split_first() {
            self.rest = rest;
            let holding = world.holding(*above)?;
            if holding.summary.may_have(sought) && seen.is_new(*above) {
                return Some((*above, holding));
            }
        }
        None
    }
}

/// Remembers which principals were visited, as far as it has room: enough that groups with common parents do not
/// multiply the work, and never wrong about one that was not visited.
#[derive(Debug)]
struct Seen {
    last_seen: [u32; Seen::SLOTS],
}

impl Seen {
    /// Few: they are set up on every check.
    const SLOTS: usize = 16;

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

#[cfg(test)]
mod tests {
    use crate::model::{GroupRecord, PermissionDraft, Principal, UserRecord};
    use crate::{Actions, Change, ChangeSet, Engine, Request, Subject};

    /// More memberships than are asked at a time; of the groups every third has another above it, and every fifth a pattern with
    /// a wild first segment.
    #[test]
    fn each_of_many_principals_counts() {
        for groups in [0, 1, 3, 4, 62, 63, 64, 130] {
            let own = |group: usize| format!("svc:group:{group}");
            let above = |group: usize| format!("svc:above:{group}");
            let allow = |principal, pattern: String| {
                let draft = PermissionDraft::allow("n", principal, pattern.parse().unwrap(), Actions::All);
                Change::UpsertPermission(draft)
            };
            let mut changes = vec![allow(Principal::user("ann"), "svc:own:1".to_owned())];
            let mut named = vec!["svc:own:1".to_owned()];
            for group in 0..groups {
                let id = format!("g{group}");
                let pattern = if group % 5 == 0 { format!("*:group:{group}") } else { own(group) };
                changes.push(allow(Principal::group(&id), pattern));
                named.push(own(group));
                if group % 3 == 0 {
                    let parent = format!("p{group}");
                    let record = GroupRecord { group_id: id, groups: vec![parent.clone()], ..GroupRecord::default() };
                    changes.extend([Change::PutGroup(record), allow(Principal::group(&parent), above(group))]);
                    named.push(above(group));
                }
            }
            let ids = (0..groups).map(|group| format!("g{group}")).collect();
            let user = UserRecord { user_id: "ann".to_owned(), groups: ids, ..UserRecord::default() };
            changes.push(Change::PutUser(user));
            let engine = Engine::new();
            engine.apply(ChangeSet::new(changes)).unwrap();
            let asks = |name: &str| engine.is_allowed(&Request::new("n", Subject::user("ann"), "READ", name));
            assert!(named.iter().all(|name| asks(name)), "{groups}");
            assert!(!asks(&own(groups)) && !asks(&above(1)) && !asks("svc:own:2"), "{groups}");
        }
    }
}
