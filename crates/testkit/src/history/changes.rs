//! Change sets: small ones that meet what is there, and now and then one that must be refused.

use grantrie::{
    Action, Actions, AttributeValue, Attributes, Change, ChangeSet, Effect, GroupRecord, Membership, Pattern,
    Permission, PermissionDraft, PermissionId, Principal, PrincipalKind, Subscriber, UserRecord,
};

use super::names::Crowd;
use super::{ACTIONS, ATTRIBUTES, IDS, NAMESPACES, PROJECTS, SERVICES, instant, pattern};
use crate::Choices;
use crate::model::Model;

/// A change set for the world that the model holds.
pub fn change_set(choices: &mut Choices<'_>, world: &Model) -> ChangeSet {
    let count = 1 + *choices.pick(&[0, 0, 1, 2, 4, 9]);
    let mut changes: Vec<Change> = (0..count).map(|_| change(choices, world)).collect();
    if choices.percent(5) {
        changes = crowd(choices, world);
    }
    if choices.percent(2) {
        // Longer than what a copy of the world catches up with step by step; without effect.
        let nobody = Membership { member: Principal::user("nobody"), of: Principal::group("nothing") };
        let filler = 1_000 + choices.below(100);
        changes.extend((0..filler).map(|_| Change::RemoveMembership(nobody.clone())));
        let rest = choices.below(changes.len());
        changes.rotate_left(rest);
    }
    let set = ChangeSet::new(changes);
    if choices.percent(20) { set.by("auditor") } else { set }
}

fn change(choices: &mut Choices<'_>, world: &Model) -> Change {
    match choices.below(100) {
        0..34 => Change::UpsertPermission(draft(choices, world)),
        34..42 => remove_permission(choices, world),
        42..47 => Change::UpdatePermission(Permission { id: some_id(choices, world), draft: draft(choices, world) }),
        47..51 => restore(choices, world),
        51..57 => put_user(choices),
        57..64 => put_group(choices),
        64..74 => Change::AddMembership(membership(choices)),
        74..80 => Change::RemoveMembership(some_membership(choices, world)),
        80..83 => Change::RemovePrincipal(principal(choices)),
        83..89 => {
            Change::Subscriptions { project: project(choices), add: subscribers(choices), delete: subscribers(choices) }
        }
        89..94 => Change::SetSubscription {
            project: project(choices),
            subscriber: subscriber(choices),
            enabled: choices.percent(50),
        },
        94..97 => Change::ClearSubscription { project: project(choices), subscriber: subscriber(choices) },
        _ => Change::SetGate { service: service(choices), gated: choices.percent(60) },
    }
}

/// Many permissions of one principal, all of a kind; or, if it has many, most of them removed: what is kept in another
/// way from some number on goes there and back.
fn crowd(choices: &mut Choices<'_>, world: &Model) -> Vec<Change> {
    let holder = if choices.percent(50) { Principal::user(IDS[1]) } else { Principal::group(IDS[0]) };
    let held: Vec<PermissionId> =
        world.permissions.iter().filter(|known| known.principal == holder).map(|known| known.id).collect();
    if held.len() > 40 && choices.percent(60) {
        let kept = choices.below(36);
        return held.into_iter().skip(kept).map(Change::RemovePermission).collect();
    }
    let kind = *choices.pick(&Crowd::ALL);
    let count = 25 + choices.below(40);
    let put = |_| {
        let text = kind.pattern(choices);
        let pattern = Pattern::parse(&text).unwrap_or_else(|error| panic!("the generated pattern `{text}`: {error}"));
        // One namespace, where the numbers meet.
        let namespace = NAMESPACES[0].to_owned();
        Change::UpsertPermission(PermissionDraft {
            namespace,
            principal: holder.clone(),
            pattern,
            ..fresh_draft(choices)
        })
    };
    (0..count).map(put).collect()
}

fn remove_permission(choices: &mut Choices<'_>, world: &Model) -> Change {
    Change::RemovePermission(some_id(choices, world))
}

fn restore(choices: &mut Choices<'_>, world: &Model) -> Change {
    // Small ids come before all that the engine makes itself.
    let id = if choices.percent(15) {
        some_id(choices, world)
    } else {
        PermissionId::from_u128(choices.below(1 << 20) as u128 + 1)
    };
    Change::RestorePermission(Permission { id, draft: draft(choices, world) })
}

/// The id of a permission that is there, or at times of none.
fn some_id(choices: &mut Choices<'_>, world: &Model) -> PermissionId {
    if world.permissions.is_empty() || choices.percent(2) {
        return PermissionId::from_u128(1 << 100 | choices.below(100) as u128);
    }
    choices.pick(&world.permissions).id
}

fn draft(choices: &mut Choices<'_>, world: &Model) -> PermissionDraft {
    let mut draft = fresh_draft(choices);
    if !world.permissions.is_empty() && choices.percent(30) {
        // The same key as another's, but for one of its parts at times.
        let known = &choices.pick(&world.permissions).draft;
        let fresh = std::mem::replace(&mut draft, known.clone());
        match choices.below(7) {
            0 => draft.namespace = fresh.namespace,
            1 => draft.principal = fresh.principal,
            2 => draft.pattern = fresh.pattern,
            3 => draft.criteria = fresh.criteria,
            4 => draft.effect = fresh.effect,
            _ => {}
        }
        draft.actions = fresh.actions;
        (draft.not_before, draft.expires_at) = (fresh.not_before, fresh.expires_at);
    }
    if choices.percent(1) {
        spoil(choices, &mut draft);
    }
    draft
}

fn fresh_draft(choices: &mut Choices<'_>) -> PermissionDraft {
    let (mut not_before, mut expires_at) = (None, None);
    if choices.percent(25) {
        expires_at = Some(instant(choices));
    }
    if choices.percent(15) {
        not_before = Some(instant(choices)).filter(|start| expires_at.is_none_or(|end| *start < end));
    }
    let text = pattern(choices);
    PermissionDraft {
        namespace: (*choices.pick_skewed(&NAMESPACES)).to_owned(),
        // One group gathers many, so that it is kept as those are that hold many.
        principal: if choices.percent(50) { Principal::group(IDS[0]) } else { principal(choices) },
        pattern: Pattern::parse(&text).unwrap_or_else(|error| panic!("the generated pattern `{text}`: {error}")),
        criteria: if choices.percent(25) { attributes(choices) } else { Attributes::new() },
        actions: actions(choices),
        effect: if choices.percent(25) { Effect::Deny } else { Effect::Allow },
        not_before,
        expires_at,
    }
}

/// Makes a draft one that must be refused.
fn spoil(choices: &mut Choices<'_>, draft: &mut PermissionDraft) {
    match choices.below(7) {
        0 => draft.namespace.clear(),
        1 => draft.principal.id = "x".repeat(257),
        2 => draft.actions = Actions::Only(std::collections::BTreeSet::new()),
        3 => {
            draft.not_before = Some(instant(choices));
            draft.expires_at = draft.not_before;
        }
        4 => draft.criteria.extend((0..4).map(|n| (format!("k{n}"), AttributeValue::from(true)))),
        5 => drop(draft.criteria.insert("tier".to_owned(), "far too long for this".into())),
        _ => drop(draft.criteria.insert(String::new(), true.into())),
    }
}

fn actions(choices: &mut Choices<'_>) -> Actions {
    if choices.percent(15) {
        return Actions::All;
    }
    let mut names = choices.some(&ACTIONS, 3);
    names.push(*choices.pick_skewed(&ACTIONS));
    let mut named: Actions = names.into_iter().filter_map(|name| name.parse().ok()).collect();
    if let Actions::Only(set) = &mut named
        && choices.percent(3)
    {
        // In the end more than an engine can hold.
        set.extend(format!("RARE_{}", choices.below(80)).parse::<Action>());
    }
    named
}

/// Attributes, few enough to be equal now and then.
pub(super) fn attributes(choices: &mut Choices<'_>) -> Attributes {
    let count = choices.below(3);
    (0..count).map(|_| ((*choices.pick_skewed(&ATTRIBUTES)).to_owned(), value(choices))).collect()
}

fn value(choices: &mut Choices<'_>) -> AttributeValue {
    match choices.below(8) {
        0..3 => "gold".into(),
        3 => "true".into(),
        4 => true.into(),
        5 => 1_i64.into(),
        6 => AttributeValue::from_f64(1.0).unwrap_or(false.into()),
        _ => AttributeValue::from_f64(-0.5).unwrap_or(false.into()),
    }
}

fn principal(choices: &mut Choices<'_>) -> Principal {
    // Often the same few, so that some have many permissions.
    let kind = *choices.pick(&PrincipalKind::ALL);
    Principal { kind, id: (*choices.pick_skewed(&IDS)).to_owned() }
}

fn ids(choices: &mut Choices<'_>) -> Vec<String> {
    let most = if choices.percent(2) { 9 } else { 3 };
    choices.some(&IDS, most).into_iter().map(str::to_owned).collect()
}

fn listed_name(choices: &mut Choices<'_>) -> Option<String> {
    if choices.percent(50) { Some((*choices.pick(&["Ann", "Bo", ""])).to_owned()) } else { None }
}

fn put_user(choices: &mut Choices<'_>) -> Change {
    let user_id = if choices.percent(1) { String::new() } else { (*choices.pick(&IDS)).to_owned() };
    Change::PutUser(UserRecord {
        user_id,
        user_name: listed_name(choices),
        user_phone: listed_name(choices),
        groups: ids(choices),
        permprofiles: ids(choices),
    })
}

fn put_group(choices: &mut Choices<'_>) -> Change {
    let at = choices.below(IDS.len());
    // Mostly into groups further down the list, so that most groups make no circle.
    let above = if choices.percent(85) { &IDS[(at + 1).min(IDS.len() - 1)..] } else { &IDS[..] };
    let groups = choices.some(above, 3).into_iter().map(str::to_owned).collect();
    Change::PutGroup(GroupRecord {
        group_id: IDS[at].to_owned(),
        group_name: listed_name(choices),
        groups,
        permprofiles: ids(choices),
    })
}

fn membership(choices: &mut Choices<'_>) -> Membership {
    let (member, of) = (choices.below(IDS.len()), choices.below(IDS.len()));
    match choices.below(20) {
        0..8 => Membership { member: Principal::user(IDS[member]), of: Principal::group(IDS[of]) },
        8..15 => {
            let (low, high) = if choices.percent(85) { (member.min(of), member.max(of)) } else { (member, of) };
            Membership { member: Principal::group(IDS[low]), of: Principal::group(IDS[high]) }
        }
        15..17 => Membership { member: Principal::user(IDS[member]), of: Principal::profile(IDS[of]) },
        17..19 => Membership { member: Principal::group(IDS[member]), of: Principal::profile(IDS[of]) },
        _ if choices.percent(20) => Membership { member: principal(choices), of: principal(choices) },
        _ => Membership { member: Principal::user(IDS[member]), of: Principal::group(IDS[of]) },
    }
}

fn some_membership(choices: &mut Choices<'_>, world: &Model) -> Membership {
    let known = world.memberships.len();
    let found = if known > 0 { world.memberships.iter().nth(choices.below(known)) } else { None };
    found.cloned().unwrap_or_else(|| membership(choices))
}

fn project(choices: &mut Choices<'_>) -> String {
    if choices.percent(1) { String::new() } else { (*choices.pick_skewed(&PROJECTS)).to_owned() }
}

fn subscriber(choices: &mut Choices<'_>) -> Subscriber {
    match choices.below(6) {
        0 => Subscriber::Project,
        1..4 => Subscriber::Group((*choices.pick(&IDS)).to_owned()),
        _ => Subscriber::User((*choices.pick(&IDS)).to_owned()),
    }
}

fn subscribers(choices: &mut Choices<'_>) -> Vec<Subscriber> {
    let count = choices.below(3);
    (0..count).map(|_| subscriber(choices)).collect()
}

fn service(choices: &mut Choices<'_>) -> String {
    if choices.percent(2) { "s:*".to_owned() } else { (*choices.pick_skewed(&SERVICES)).to_owned() }
}
