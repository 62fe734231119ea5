//! Explaining: the same walk and judgement as a check, written down.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{Ask, Caller, Now, Outcome, Tally, View, conclude, invalid_answer, judge, read, walk};
use crate::index::Wanted;
use crate::model::{Decision, Permission, Principal, Request, Subject};
use crate::world::World;

use super::caller::Members;

/// Why a request is answered as it is. Made by [`Engine::explain`](crate::Engine::explain), where the example is.
///
/// A gate shows in the decision's reason only; [`Engine::resolve_subscription`](crate::Engine::resolve_subscription) names
/// the rows. For an invalid request nothing is considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer that [`check`](crate::Engine::check) gives on the same snapshot.
    pub decision: Decision,
    /// Every permission of the subject in the namespace whose pattern matches the name, by ascending id.
    pub considered: Vec<Considered>,
    /// How many more there are than [`Limits::explained_permissions`](crate::Limits) lets list.
    pub unlisted: usize,
}

/// A permission whose pattern matches the name, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The permission.
    pub permission: Permission,
    /// Whether it applies, or why not.
    pub outcome: Outcome,
    /// A shortest way from the subject's user or profile to the permission's principal, both included: one item for a
    /// permission of its own, two for groups and profiles that the caller named, any number through the directory.
    pub path: Vec<Principal>,
}

pub(crate) fn explain(view: View<'_>, request: &Request<'_>, now: &mut Now<'_>) -> Explanation {
    match read(view, request) {
        Ok((caller, ask)) => explain_valid(view, &request.subject, &caller, &ask, now),
        Err(invalid) => Explanation { decision: invalid_answer(view, invalid), considered: Vec::new(), unlisted: 0 },
    }
}

fn explain_valid(
    view: View<'_>,
    subject: &Subject<'_>,
    caller: &Caller<'_>,
    ask: &Ask<'_>,
    now: &mut Now<'_>,
) -> Explanation {
    let world = view.world;
    let mut tally = Tally::default();
    let mut outcomes = BTreeMap::new();
    walk(world, caller, ask, Wanted::All, |line, principal| {
        let (outcome, grant) = judge(world, line, ask, now);
        tally.count(line.is_deny(), outcome, grant);
        if let Some(grant) = world.grant(line.grant()) {
            outcomes.insert(grant.id(), (line.grant(), principal, outcome));
        }
    });
    let paths = Paths::from(world, subject, caller);
    let unlisted = outcomes.len().saturating_sub(view.settings.limits.explained_permissions);
    let listed = outcomes.into_values().take(view.settings.limits.explained_permissions);
    let considered = listed.filter_map(|(grant, principal, outcome)| {
        Some(Considered { permission: world.permission(grant)?, outcome, path: paths.to(world, principal) })
    });
    Explanation {
        decision: conclude(view, &tally, || caller.gate(view.world, &ask.irn)),
        considered: considered.collect(),
        unlisted,
    }
}

/// Shortest ways from a subject to the principals that count for it.
struct Paths {
    start: Principal,
    /// For each principal the one before it; none for those that the subject names or has itself.
    before: HashMap<u32, Option<u32>>,
}

impl Paths {
    fn from(world: &World, subject: &Subject<'_>, caller: &Caller<'_>) -> Self {
        let start = match *subject {
            Subject::User { id, .. } => Principal::user(id),
            Subject::PermProfile { id } => Principal::profile(id),
        };
        let mut before = HashMap::new();
        let mut pending = VecDeque::new();
        if matches!(caller.members, Members::Directory) {
            pending.extend(caller.principal);
        }
        while let Some(at) = pending.pop_front() {
            for above in world.memberships(at) {
                before.entry(above).or_insert_with(|| {
                    pending.push_back(above);
                    Some(at).filter(|at| Some(*at) != caller.principal)
                });
            }
        }
        Self { start, before }
    }

    fn to(&self, world: &World, principal: u32) -> Vec<Principal> {
        let mut path = Vec::new();
        let mut at = Some(principal);
        while let Some(number) = at {
            path.extend(world.principal(number).filter(|principal| *principal != self.start));
            at = self.before.get(&number).copied().flatten();
        }
        path.push(self.start.clone());
        path.reverse();
        path
    }
}
