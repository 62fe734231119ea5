//! Change sets against a current world: mostly valid, now and then not.

use std::collections::BTreeSet;

use grantrie::{
    Action, Actions, Attributes, Change, ChangeSet, Membership, Permission, PermissionDraft, PermissionId, Principal,
    PrincipalKind, Subscriber,
};

use super::Dice;
use super::drafts::{GROUPS, PROJECTS, USERS, actions, draft, edge, membership, principal, shifted, subscriber};
use super::worlds::{Shape, group, shaped, user};
use crate::model::Model;

/// A change set for the world as it is: one to six changes. About one set in four holds a change that is refused.
///
/// Permissions are named by the ids that the model has: give the model the ids that the engine made.
pub fn change_set(dice: &mut Dice, model: &Model) -> ChangeSet {
    if dice.one_in(12) {
        return crowd(dice, model);
    }
    let mut changes: Vec<Change> = (0..=dice.below(6)).map(|_| change(dice, model)).collect();
    if dice.one_in(4) {
        let at = dice.below(changes.len() + 1);
        changes.insert(at, refused_change(dice, model));
    }
    let set = ChangeSet::new(changes);
    if dice.one_in(2) { set.by(dice.pick(&USERS)) } else { set }
}

/// Many permissions of one group, or most of those it has removed: what is kept in another way from some number on goes
/// there and back.
fn crowd(dice: &mut Dice, model: &Model) -> ChangeSet {
    let holder = Principal::group("g1");
    let held: Vec<PermissionId> =
        model.permissions.iter().filter(|known| known.principal == holder).map(|known| known.id).collect();
    if held.len() > 40 && !dice.one_in(3) {
        let kept = dice.below(36);
        return held.into_iter().skip(kept).map(Change::RemovePermission).collect();
    }
    let shape = [Shape::HugePrincipal, Shape::ManyGlobs, Shape::WildPrefixes][dice.below(3)];
    let put = |n| {
        let draft = PermissionDraft { principal: holder.clone(), ..shaped(dice, shape, n) };
        Change::UpsertPermission(PermissionDraft { actions: common_actions(dice), ..draft })
    };
    (0..50).map(put).collect()
}

/// A change that names nothing by an id that the engine made; valid in every generated world.
pub(super) fn valid_change_by_key(dice: &mut Dice) -> Change {
    match dice.below(14) {
        0..=3 => Change::UpsertPermission(PermissionDraft { actions: common_actions(dice), ..draft(dice) }),
        4 => Change::PutUser({
            let id = dice.pick(&USERS);
            user(dice, id)
        }),
        5 => Change::PutGroup({
            let n = dice.below(GROUPS.len());
            group(dice, n)
        }),
        6 => Change::AddMembership(membership(dice)),
        7 => Change::RemoveMembership(membership(dice)),
        8 if dice.one_in(2) => Change::RemovePrincipal(principal(dice)),
        8..=10 => subscriptions(dice),
        11 => Change::SetSubscription { project: project(dice), subscriber: subscriber(dice), enabled: dice.one_in(2) },
        12 => Change::ClearSubscription { project: project(dice), subscriber: subscriber(dice) },
        _ => Change::SetGate { service: dice.pick(&["aisvc", "a", "ab"]).to_owned(), gated: dice.one_in(2) },
    }
}

/// Without the rare names: those may come to more than an engine can know.
fn common_actions(dice: &mut Dice) -> Actions {
    match actions(dice) {
        Actions::Only(names) => names.into_iter().filter(|name| !name.as_str().starts_with("RARE")).collect(),
        all => all,
    }
}

fn change(dice: &mut Dice, model: &Model) -> Change {
    let known = dice.pick_from(&model.permissions).cloned();
    match (dice.below(10), known) {
        (0, Some(known)) => Change::RemovePermission(known.id),
        // A known permission again, with other actions and times: an upsert that keeps the id.
        (1, Some(known)) => {
            let (other, draft) = (draft(dice), known.draft);
            Change::UpsertPermission(PermissionDraft { actions: other.actions, expires_at: None, ..draft })
        }
        (2, Some(known)) => Change::UpdatePermission(Permission { id: known.id, draft: draft(dice) }),
        (3, _) => Change::RestorePermission(Permission { id: fresh_id(dice), draft: draft(dice) }),
        (4, _) => Change::UpsertPermission(draft(dice)),
        _ => valid_change_by_key(dice),
    }
}

/// A change that the model (and so the engine) must refuse, unless it depends on a world that is not there.
fn refused_change(dice: &mut Dice, model: &Model) -> Change {
    let known = dice.pick_from(&model.permissions).cloned();
    let other = dice.pick_from(&model.permissions).cloned();
    let mut draft = draft(dice);
    match (dice.below(16), known, other) {
        (0, Some(known), _) => Change::RestorePermission(known),
        (1, Some(known), _) => Change::RestorePermission(Permission { id: fresh_id(dice), draft: known.draft }),
        (2, Some(known), Some(other)) => Change::UpdatePermission(Permission { id: known.id, draft: other.draft }),
        (3, ..) => Change::RemovePermission(fresh_id(dice)),
        (4, ..) => Change::UpdatePermission(Permission { id: fresh_id(dice), draft }),
        (5, ..) => {
            draft.actions = Actions::Only(BTreeSet::new());
            Change::UpsertPermission(draft)
        }
        (6, ..) => {
            let end = edge(dice);
            draft.expires_at = Some(end);
            draft.not_before = Some(shifted(end, i64::from(dice.one_in(2))));
            Change::UpsertPermission(draft)
        }
        (7, ..) => {
            draft.namespace = dice.pick(&["", "n\u{0}", "\u{7f}"]).to_owned();
            draft.principal.id = dice.pick(&["", "ok"]).to_owned();
            Change::UpsertPermission(draft)
        }
        (8, ..) => {
            draft.criteria = (0..17_i64).map(|n| (format!("k{n}"), n.into())).collect::<Attributes>();
            Change::UpsertPermission(draft)
        }
        (9, ..) => Change::AddMembership(closing_membership(dice, model)),
        (10, ..) => {
            let of = Principal::user(dice.pick(&USERS));
            Change::AddMembership(Membership { member: principal(dice), of })
        }
        (11, ..) => {
            let who = subscriber(dice);
            let delete = vec![who.clone()];
            let add = if dice.one_in(2) { vec![who.clone(), who] } else { vec![who] };
            Change::Subscriptions { project: project(dice), add, delete }
        }
        (12, ..) => {
            let who = Subscriber::User(String::new());
            Change::SetSubscription { project: project(dice), subscriber: who, enabled: true }
        }
        (13, ..) => {
            let names = (0..64).map(|n| format!("RARE_{n}"));
            draft.actions = names.filter_map(|name| name.parse::<Action>().ok()).collect();
            Change::UpsertPermission(draft)
        }
        (14, ..) => {
            draft.criteria = Attributes::from([("long".to_owned(), "x".repeat(1_025).into())]);
            Change::UpsertPermission(draft)
        }
        _ => Change::SetGate { service: dice.pick(&["", "a:b", "a*", "a b"]).to_owned(), gated: true },
    }
}

/// A membership that closes a cycle: of a group that is above another, in that other; or in itself.
fn closing_membership(dice: &mut Dice, model: &Model) -> Membership {
    let low = Principal::group(dice.pick(&GROUPS));
    let above = model.with_all_above(low.clone());
    let groups: Vec<Principal> = above.into_iter().filter(|above| above.kind == PrincipalKind::UserGroup).collect();
    let member = dice.pick_from(&groups).unwrap_or(&low).clone();
    Membership { member, of: low }
}

fn subscriptions(dice: &mut Dice) -> Change {
    let mut all: Vec<Subscriber> = (0..=dice.below(5)).map(|_| subscriber(dice)).collect();
    all.sort();
    all.dedup();
    // In an order that is not the one in which deletes must run.
    all.reverse();
    let (add, delete) = all.into_iter().partition(|_| dice.one_in(3));
    Change::Subscriptions { project: project(dice), add, delete }
}

fn project(dice: &mut Dice) -> String {
    dice.pick(&PROJECTS).to_owned()
}

/// An id that the engine did not make.
fn fresh_id(dice: &mut Dice) -> PermissionId {
    PermissionId::from_u128(u128::from(dice.bits()) << 64 | u128::from(dice.bits()) | 1 << 127)
}
