//! What the answers should be: the reference model's, for every request.
//!
//! The model is a list that is walked. To ask it ten thousand times at any size it is given, for each user, only what the
//! user and its groups and profiles hold: others' permissions cannot count. That this changes nothing is shown on a sample,
//! with the whole world in one model ([`whole_world_agrees`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use grantrie::{
    Actions, Membership, Pattern, Permission, PermissionDraft, PermissionId, Principal, Subject, Timestamp,
};
use grantrie_testkit::matcher::matches;
use grantrie_testkit::model::Model;

use crate::world::{Grant, Request, World};

/// 1 for each request that is allowed, 0 for others.
pub(crate) fn decisions(world: &World) -> Vec<u64> {
    let mut models: BTreeMap<u32, Model> = BTreeMap::new();
    let answer = |request: &Request| {
        let model = models
            .entry(request.user)
            .or_insert_with(|| model(world, [request.user], world.grants_of_user(request.user)));
        decide(world, model, request)
    };
    world.requests.iter().map(answer).collect()
}

/// Whether a model of the whole world answers the first requests so too; how many were asked.
///
/// # Errors
/// The first request that it answers otherwise.
pub(crate) fn whole_world_agrees(world: &World, decisions: &[u64], sample: usize) -> Result<usize, String> {
    let model = model(world, world.users(), world.grants());
    let sample: Vec<_> = world.requests.iter().zip(decisions).take(sample).collect();
    let other = sample.iter().find(|(request, decision)| decide(world, &model, request) != **decision);
    other.map_or(Ok(sample.len()), |(request, _)| Err(format!("the model is at odds with its part for {request:?}")))
}

/// For each request a digest of the patterns that match its name, naively. The patterns are in order.
pub(crate) fn matching(patterns: &[&str], requests: &[Request]) -> Vec<u64> {
    // All begin with a literal, and then have a literal or `*`: others need not be tried.
    let mut of_kind: HashMap<[&str; 2], Vec<usize>> = HashMap::new();
    for (index, pattern) in patterns.iter().enumerate() {
        of_kind.entry(first_two(pattern)).or_default().push(index);
    }
    let digest_of = |request: &Request| {
        let kind = first_two(&request.irn);
        let tried = [kind, [kind[0], "*"]].into_iter().filter_map(|kind| of_kind.get(&kind)).flatten();
        let mut found: Vec<usize> = tried.copied().filter(|index| matches(patterns[*index], &request.irn)).collect();
        found.sort_unstable();
        digest(found)
    };
    requests.iter().map(digest_of).collect()
}

/// One number for an ascending list of pattern numbers (FNV-1a over the numbers).
pub(crate) fn digest(numbers: impl IntoIterator<Item = usize>) -> u64 {
    let fold = |hash: u64, number: usize| (hash ^ number as u64).wrapping_mul(0x0000_0100_0000_01b3);
    // JSON numbers are exact up to 53 bits.
    numbers.into_iter().fold(0xcbf2_9ce4_8422_2325, fold) >> 11
}

fn first_two(text: &str) -> [&str; 2] {
    let mut segments = text.split(':');
    [segments.next().unwrap_or_default(), segments.next().unwrap_or_default()]
}

fn decide(world: &World, model: &Model, request: &Request) -> u64 {
    let (namespace, subject) = (&world.namespaces[request.namespace], Subject::user(&request.user_id));
    let asked = grantrie::Request::new(namespace, subject, &request.action, &request.irn);
    u64::from(model.decide(&asked, Timestamp::now()).allowed)
}

fn model<'a>(
    world: &World,
    users: impl IntoIterator<Item = u32>,
    grants: impl IntoIterator<Item = Grant<'a>>,
) -> Model {
    let principal = |number: u32| {
        let (kind, id) = world.principal(number);
        Principal { kind, id: id.to_owned() }
    };
    let of_user = |user: u32| {
        let membership = move |above: &u32| Membership { member: principal(user), of: principal(*above) };
        world.memberships(user).iter().map(membership)
    };
    let memberships: BTreeSet<Membership> = users.into_iter().flat_map(of_user).collect();
    let permissions =
        (0..).zip(grants).map(|(id, grant)| Permission { id: PermissionId::from_u128(id), draft: grant.draft() });
    Model { permissions: permissions.collect(), memberships, ..Model::default() }
}

impl Grant<'_> {
    /// The permission as the engine and the model take it.
    pub(crate) fn draft(&self) -> PermissionDraft {
        let principal = Principal { kind: self.kind, id: self.principal.to_owned() };
        let pattern = Pattern::parse(self.pattern).expect("a pattern of the workload");
        let actions = self.action.map_or(Actions::All, |action| Actions::parse([action]).expect("an action"));
        let draft = if self.deny { PermissionDraft::deny } else { PermissionDraft::allow };
        draft(self.namespace, principal, pattern, actions)
    }
}
