//! What must hold after every change, looked at from inside: both views have the same grants, and every closure is what
//! a walk finds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::World;
use crate::change::Prepared;
use crate::ids::Ids;
use crate::index::Line;
use crate::model::{Actions, Effect, GroupRecord, PermissionDraft, Principal, PrincipalKind, Subscriber, UserRecord};
use crate::subscription::{GroupConflict, combine};
use crate::{Change, ChangeSet, Limits, Membership, Timestamp};

const PATTERNS: [&str; 12] = [
    "a:b:c",
    "a:b:*",
    "a:*:*",
    "*:b:c",
    "a:**",
    "**",
    "a:b:x-*",
    "a:b:*-y",
    "a:b:x-*-y",
    "a:b:*mid*",
    "a:b:?",
    "*:*:x-*",
];

fn principal() -> impl Strategy<Value = Principal> {
    let kind = prop_oneof![Just(PrincipalKind::User), Just(PrincipalKind::UserGroup), Just(PrincipalKind::PermProfile)];
    (kind, 0..5_u8).prop_map(|(kind, n)| Principal { kind, id: n.to_string() })
}

fn draft() -> impl Strategy<Value = PermissionDraft> {
    (principal(), 0..PATTERNS.len(), 0..3_u8, any::<bool>(), 0..40_u32).prop_map(
        |(principal, pattern, space, deny, n)| {
            // Beside the few, many literals, so that rows become tables and tables rows.
            let text = if n < 10 { PATTERNS[pattern].to_owned() } else { format!("a:b:{n}") };
            let actions = Actions::parse([if n % 2 == 0 { "READ" } else { "*" }]).unwrap();
            let effect = if deny { Effect::Deny } else { Effect::Allow };
            let draft = PermissionDraft::allow(&format!("n{space}"), principal, text.parse().unwrap(), actions);
            let expires_at = (n % 5 == 0).then_some(Timestamp::MAX);
            PermissionDraft { effect, expires_at, ..draft }
        },
    )
}

fn ids(count: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec((0..5_u8).prop_map(|n| n.to_string()), 0..count)
}

fn change() -> impl Strategy<Value = Change> {
    let subscriber = || {
        prop_oneof![
            Just(Subscriber::Project),
            (0..5_u8).prop_map(|n| Subscriber::Group(n.to_string())),
            (0..5_u8).prop_map(|n| Subscriber::User(n.to_string())),
        ]
    };
    let membership = || (principal(), principal()).prop_map(|(member, of)| Membership { member, of });
    let project = || (0..2_u8).prop_map(|n| format!("p{n}"));
    prop_oneof![
        12 => draft().prop_map(Change::UpsertPermission),
        2 => (ids(2), ids(3), ids(2)).prop_map(|(id, groups, permprofiles)| Change::PutUser(UserRecord {
            user_id: id.first().cloned().unwrap_or_default(), groups, permprofiles, ..UserRecord::default()
        })),
        2 => (ids(2), ids(3), ids(2)).prop_map(|(id, groups, permprofiles)| Change::PutGroup(GroupRecord {
            group_id: id.first().cloned().unwrap_or_default(), groups, permprofiles, ..GroupRecord::default()
        })),
        4 => membership().prop_map(Change::AddMembership),
        2 => membership().prop_map(Change::RemoveMembership),
        1 => principal().prop_map(Change::RemovePrincipal),
        2 => (project(), subscriber(), any::<bool>())
            .prop_map(|(project, subscriber, enabled)| Change::SetSubscription { project, subscriber, enabled }),
        1 => (project(), subscriber()).prop_map(|(project, subscriber)| Change::ClearSubscription { project, subscriber }),
        1 => (project(), subscriber()).prop_map(|(project, subscriber)| Change::Subscriptions {
            project, add: Vec::new(), delete: vec![subscriber],
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_change_leaves_a_sound_world(sets in prop::collection::vec(prop::collection::vec(change(), 1..6), 1..60)) {
        let (limits, ids, at) = (Limits::default(), Ids::new(), Timestamp::MIN);
        let mut world = World::new(GroupConflict::DisabledWins);
        for changes in sets {
            let mut next = world.clone();
            let prepared = Prepared::new(ChangeSet::new(changes), &limits, &ids, at, || world.clone());
            let Ok(executed) = prepared.map(|prepared| prepared.execute(&mut next, &limits, None)) else { continue };
            if executed.refused.is_none() || !executed.touched {
                world = next;
                assert_sound(&world);
            }
        }
        let all: Vec<u32> = world.by_id.iter().map(|entry| entry.id).collect();
        all.into_iter().for_each(|grant| world.remove_grant(grant));
        assert_sound(&world);
        prop_assert_eq!((world.grants.len(), world.patterns.len(), world.namespaces.len()), (0, 0, 0));
    }
}

fn assert_sound(world: &World) {
    assert_same_grants(world);
    let principals: Vec<(u32, Principal)> = PrincipalKind::ALL
        .into_iter()
        .flat_map(|kind| (0..5_u8).map(move |n| Principal { kind, id: n.to_string() }))
        .filter_map(|principal| Some((world.find_principal(principal.kind, &principal.id)?, principal)))
        .collect();
    assert_eq!(principals.len(), world.principals.len(), "a principal that nothing hangs on is still known");
    for (number, principal) in &principals {
        let node = world.principals.get(*number).unwrap();
        for above in world.memberships(*number) {
            let of = world.principals.get(above).unwrap();
            let members = if principal.kind == PrincipalKind::User { &of.users } else { &of.more().subgroups };
            assert!(members.iter().any(|member| member == *number), "{principal} is not known above");
        }
        for member in node.users.iter().chain(node.more().subgroups.iter()) {
            assert!(world.is_member(member, *number), "{principal} has a member that does not know it");
        }
        if principal.kind == PrincipalKind::UserGroup {
            let up: BTreeSet<u32> = world.up_from(*number).iter().copied().collect();
            assert_eq!(up, walk_up(world, *number), "{principal}");
            let subscribed: BTreeMap<u32, bool> = node.more().subscribed.iter().copied().collect();
            assert_eq!(subscribed, rows_above(world, *number), "{principal}");
        } else {
            assert_eq!((&node.more().groups, &node.more().profiles), (&Vec::new(), &Vec::new()), "{principal}");
        }
    }
}

/// Every grant stands once in each view, with the same keys as if it were put there anew.
fn assert_same_grants(world: &World) {
    let by_id: BTreeSet<u32> = world.by_id.iter().map(|entry| entry.id).collect();
    assert_eq!(by_id.len(), world.grants.len());
    let mut in_namespaces: BTreeMap<u32, u32> = BTreeMap::new();
    let mut conditional = 0;
    for number in &by_id {
        let grant = world.grant(*number).unwrap();
        *in_namespaces.entry(grant.namespace()).or_default() += 1;
        assert_eq!(world.find_grant(grant.id()), Some(*number));
        assert_eq!(world.patterns.kept(grant.pattern).unwrap().iter().filter(|held| held == number).count(), 1);
        let pattern = world.patterns.get(grant.pattern).unwrap();
        let keys = world.seeds.pattern(pattern, grant.namespace());
        let lines: Vec<Line> =
            world.grants_of(grant.principal).find(&keys).filter(|line| line.grant() == *number).collect();
        assert_eq!(lines.len(), 1, "{}", pattern.as_str());
        assert!(
            lines.iter().all(|line| line.flagged().is_conditional() == world.conditions_of(grant).is_some()),
            "{}",
            pattern.as_str()
        );
        conditional += usize::from(world.conditions_of(grant).is_some());
        let (mut covering, mut covered_by) = (0, 0);
        world.patterns.covering(pattern, |found| covering += usize::from(found == grant.pattern));
        world.patterns.covered_by(pattern, |found| covered_by += usize::from(found == grant.pattern));
        assert_eq!((covering, covered_by), (1, 1), "{}", pattern.as_str());
    }
    let held: usize = world.principals.numbers().map(|principal| world.grants_of(principal).iter().count()).sum();
    assert_eq!((held, conditional), (by_id.len(), world.conditions.len()));
    assert_eq!(world.namespaces.len(), in_namespaces.len());
    assert!(in_namespaces.iter().all(|(namespace, count)| world.namespaces.get(*namespace) == Some(count)));
}

fn walk_up(world: &World, from: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut pending = vec![from];
    while let Some(at) = pending.pop() {
        pending.extend(world.memberships(at).filter(|above| found.insert(*above)));
    }
    found
}

fn rows_above(world: &World, group: u32) -> BTreeMap<u32, bool> {
    let node = world.principals.get(group).unwrap();
    let mut rows: BTreeMap<u32, bool> = BTreeMap::new();
    for above in &node.more().groups {
        for (project, enabled) in rows_above(world, *above) {
            let known = rows.get(&project).copied();
            rows.insert(project, combine(world.conflict, known, enabled));
        }
    }
    rows.extend(node.more().rows.iter().copied());
    rows
}
