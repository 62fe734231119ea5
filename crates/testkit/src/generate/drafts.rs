//! Permissions, principals, attributes and instants from a small vocabulary.

use grantrie::{
    Action, Actions, AttributeValue, Attributes, Effect, Membership, PermissionDraft, Principal, Subscriber, Timestamp,
};

use super::{Dice, pattern};

pub(super) const NAMESPACES: [&str; 2] = ["ns", "ns2"];
pub(super) const PROJECTS: [&str; 2] = ["p", "q"];
pub(super) const ACTIONS: [&str; 5] = ["READ", "EDIT", "RUN", "QUERY", "X_1"];
/// One id names a user, a group and a profile.
pub(super) const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "x", "u*"];
pub(super) const GROUPS: [&str; 9] = ["x", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"];
pub(super) const PROFILES: [&str; 3] = ["x", "p1", "p2"];
const ATTRIBUTES: [&str; 2] = ["kind", "level"];

/// 2026-01-01T12:00:00Z: the clock of generated worlds. Windows begin and end around it.
pub const NOON: Timestamp = match Timestamp::from_seconds(1_767_268_800) {
    Some(noon) => noon,
    None => Timestamp::MIN,
};

/// The instants at which windows begin and end, in microseconds from [`NOON`].
pub const EDGES: [i64; 7] = [-2_000_000, -1_000_000, -1, 0, 1, 1_000_000, 2_000_000];

/// One of the [`EDGES`].
pub(super) fn edge(dice: &mut Dice) -> Timestamp {
    shifted(NOON, EDGES[dice.below(EDGES.len())])
}

pub(super) fn shifted(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(at.as_micros() + micros).unwrap_or(at)
}

/// A valid permission.
pub fn draft(dice: &mut Dice) -> PermissionDraft {
    let principal = principal(dice);
    let mut draft = PermissionDraft::allow(namespace(dice), principal, pattern(dice), actions(dice));
    if dice.one_in(4) {
        draft.effect = Effect::Deny;
    }
    if dice.one_in(3) {
        draft.criteria = attributes(dice);
    }
    if dice.one_in(3) {
        (draft.not_before, draft.expires_at) = window(dice);
    }
    draft
}

/// A window that is not empty, perhaps open on a side.
fn window(dice: &mut Dice) -> (Option<Timestamp>, Option<Timestamp>) {
    let (one, other) = (edge(dice), edge(dice));
    match dice.below(3) {
        0 => (Some(one), None),
        1 => (None, Some(one)),
        _ if one == other => (Some(one), Some(shifted(one, 1))),
        _ => (Some(one.min(other)), Some(one.max(other))),
    }
}

pub(super) fn namespace(dice: &mut Dice) -> &'static str {
    if dice.one_in(6) { NAMESPACES[1] } else { NAMESPACES[0] }
}

pub(super) fn actions(dice: &mut Dice) -> Actions {
    if dice.one_in(3) {
        return Actions::All;
    }
    // Rarely one of many names, so that long histories meet the bound of 64.
    let rare = dice.one_in(12).then(|| format!("RARE_{}", dice.below(80)));
    let common = (0..=dice.below(2)).map(|_| dice.pick(&ACTIONS).to_owned()).collect::<Vec<_>>();
    common.into_iter().chain(rare).filter_map(|name| name.parse::<Action>().ok()).collect()
}

pub(super) fn principal(dice: &mut Dice) -> Principal {
    match dice.below(5) {
        0 | 1 => Principal::user(dice.pick(&USERS)),
        2 | 3 => Principal::group(dice.pick(&GROUPS)),
        _ => Principal::profile(dice.pick(&PROFILES)),
    }
}

/// A flat map of at most two attributes; at least one.
pub(super) fn attributes(dice: &mut Dice) -> Attributes {
    (0..=dice.below(2)).map(|_| (dice.pick(&ATTRIBUTES).to_owned(), value(dice))).collect()
}

/// Values that are easily taken for one another.
fn value(dice: &mut Dice) -> AttributeValue {
    let number = |number| AttributeValue::from_f64(number).unwrap_or(AttributeValue::Flag(true));
    match dice.below(7) {
        0 | 1 => AttributeValue::from(1_i64),
        2 => number(1.0),
        3 => AttributeValue::from("1"),
        4 => AttributeValue::from(true),
        5 => number(0.5),
        _ => AttributeValue::from("true"),
    }
}

/// An edge of the directory that makes no cycle: groups are only in groups that stand before them.
pub fn membership(dice: &mut Dice) -> Membership {
    if dice.one_in(2) {
        let member = Principal::user(dice.pick(&USERS));
        return Membership { member, of: above(dice, GROUPS.len()) };
    }
    let n = dice.below(GROUPS.len());
    Membership { member: Principal::group(GROUPS[n]), of: above(dice, n) }
}

/// A group among the first `n`, or a profile.
pub(super) fn above(dice: &mut Dice, n: usize) -> Principal {
    if n == 0 || dice.one_in(4) {
        Principal::profile(dice.pick(&PROFILES))
    } else {
        Principal::group(GROUPS[dice.below(n)])
    }
}

pub(super) fn subscriber(dice: &mut Dice) -> Subscriber {
    match dice.below(5) {
        0 => Subscriber::Project,
        1 | 2 => Subscriber::Group(dice.pick(&GROUPS).to_owned()),
        _ => Subscriber::User(dice.pick(&USERS).to_owned()),
    }
}
