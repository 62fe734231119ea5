//! Requests: aimed at a permission of the world, near it, anywhere, or invalid.

use grantrie::{Actions, Attributes, Permission, PrincipalKind, Subject, Timestamp};

use super::Dice;
use super::drafts::{ACTIONS, GROUPS, NOON, PROFILES, PROJECTS, USERS, attributes, edge, namespace, shifted};
use super::names::{name, name_matching, near_miss};
use crate::model::Model;
use crate::{OwnedRequest, OwnedSubject};

/// A request about this world. One in thirty is invalid.
pub fn request(dice: &mut Dice, model: &Model) -> OwnedRequest {
    if dice.one_in(30) {
        return invalid_request(dice, model);
    }
    match dice.pick_from(&model.permissions) {
        Some(permission) if !dice.one_in(4) => {
            let mut request = aimed(dice, model, permission);
            if dice.one_in(4) {
                disturb(dice, &mut request);
            }
            request
        }
        _ => anywhere(dice),
    }
}

/// A request with one or more invalid fields.
pub fn invalid_request(dice: &mut Dice, model: &Model) -> OwnedRequest {
    let mut request = match dice.pick_from(&model.permissions) {
        Some(permission) => aimed(dice, model, permission),
        None => anywhere(dice),
    };
    let long = "x".repeat(257);
    let id: &str = dice.pick(&["", "a\u{0}", "\u{85}", &long]);
    for _ in 0..=dice.below(2) {
        match dice.below(8) {
            0 => request.namespace = id.to_owned(),
            1 => request.subject = OwnedSubject::User(id.to_owned()),
            2 => request.subject = OwnedSubject::PermProfile(id.to_owned()),
            3 => request.subject = OwnedSubject::named("u1", ["g1", id], [id]),
            4 => request.subject = OwnedSubject::named("u1", [], ["p1", id]),
            5 => request.action = dice.pick(&["", "read", "Read", "*", "1A", "READ "]).to_owned(),
            6 => request.project = Some(id.to_owned()),
            _ => {
                request.irn = dice
                    .pick(&["", "a", "a:b", "a::b", "a:b:", "a:b:*", "a:b:c?", "a:b: ", "1:2:3:4:5:6:7:8:9"])
                    .to_owned();
            }
        }
    }
    request
}

/// A request that this permission should decide, if nothing else does.
fn aimed(dice: &mut Dice, model: &Model, permission: &Permission) -> OwnedRequest {
    let action = match &permission.actions {
        Actions::All => dice.pick(&ACTIONS).to_owned(),
        Actions::Only(names) => {
            let names: Vec<&str> = names.iter().map(grantrie::Action::as_str).collect();
            dice.pick_from(&names).unwrap_or(&"READ").to_string()
        }
    };
    OwnedRequest {
        namespace: permission.namespace.clone(),
        subject: subject_with(dice, model, permission),
        action,
        irn: name_matching(dice, permission.pattern.as_str()),
        project: project(dice),
        attributes: attributes_for(dice, permission),
        at: instant_for(dice, permission),
    }
}

fn anywhere(dice: &mut Dice) -> OwnedRequest {
    OwnedRequest {
        namespace: namespace(dice).to_owned(),
        subject: subject(dice),
        action: dice.pick(&ACTIONS).to_owned(),
        irn: name(dice),
        project: project(dice),
        attributes: if dice.one_in(2) { Some(attributes(dice)) } else { None },
        at: dice.one_in(2).then(|| edge(dice)),
    }
}

/// Changes one thing, so that the request just misses.
fn disturb(dice: &mut Dice, request: &mut OwnedRequest) {
    match dice.below(6) {
        0 | 1 => request.irn = near_miss(dice, &request.irn),
        2 => request.subject = subject(dice),
        3 => request.action = dice.pick(&["UNKNOWN", "EDIT", "X_1"]).to_owned(),
        4 => request.attributes = if dice.one_in(2) { Some(attributes(dice)) } else { None },
        _ => request.namespace = dice.pick(&["ns", "ns2", "ns3"]).to_owned(),
    }
}

/// A subject that has the permission's principal, by whichever way there is.
fn subject_with(dice: &mut Dice, model: &Model, permission: &Permission) -> OwnedSubject {
    let principal = &permission.principal;
    let id = principal.id.as_str();
    if !dice.one_in(3) {
        let reached = |user: &&&str| model.principals(&Subject::user(user)).contains(principal);
        let users: Vec<&&str> = USERS.iter().filter(reached).collect();
        if let Some(user) = dice.pick_from(&users) {
            return OwnedSubject::User((**user).to_owned());
        }
    }
    let (user, group, profile) = (dice.pick(&USERS), dice.pick(&GROUPS), dice.pick(&PROFILES));
    match principal.kind {
        PrincipalKind::User => OwnedSubject::named(id, [group], [profile]),
        PrincipalKind::UserGroup => OwnedSubject::named(user, [group, id], []),
        PrincipalKind::PermProfile if dice.one_in(2) => OwnedSubject::PermProfile(id.to_owned()),
        PrincipalKind::PermProfile => OwnedSubject::named(user, [], [id, profile]),
    }
}

fn subject(dice: &mut Dice) -> OwnedSubject {
    match dice.below(5) {
        0 | 1 => OwnedSubject::User(dice.pick(&USERS).to_owned()),
        2 => OwnedSubject::PermProfile(dice.pick(&PROFILES).to_owned()),
        3 => OwnedSubject::User("stranger".to_owned()),
        _ => {
            let groups: Vec<&str> = (0..dice.below(4)).map(|_| dice.pick(&GROUPS)).collect();
            OwnedSubject::named(dice.pick(&USERS), groups, [])
        }
    }
}

fn project(dice: &mut Dice) -> Option<String> {
    if dice.one_in(6) { None } else { Some(dice.pick(&[PROJECTS[0], PROJECTS[0], PROJECTS[1], "r"]).to_owned()) }
}

/// Usually those that the criteria ask for, and perhaps more.
fn attributes_for(dice: &mut Dice, permission: &Permission) -> Option<Attributes> {
    if dice.one_in(6) {
        return None;
    }
    if dice.one_in(6) {
        return Some(attributes(dice));
    }
    let mut known = permission.criteria.clone();
    if dice.one_in(3) {
        known.insert("more".to_owned(), 1_i64.into());
    }
    Some(known)
}

/// Exactly at an edge of its window, one microsecond beside it, or at the world's noon.
fn instant_for(dice: &mut Dice, permission: &Permission) -> Option<Timestamp> {
    let edges: Vec<Timestamp> = permission.not_before.into_iter().chain(permission.expires_at).collect();
    let beside = [-1, 0, 1][dice.below(3)];
    match dice.pick_from(&edges) {
        Some(at) if !dice.one_in(3) => Some(shifted(*at, beside)),
        _ if dice.one_in(2) => Some(NOON),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Why;
    use crate::generate::{Ids, Shape, change_set, world};

    #[test]
    fn worlds_are_valid_and_about_half_of_the_requests_are_decided_by_a_permission() {
        for shape in Shape::ALL {
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for seed in 0..20 {
                let (mut dice, mut ids, mut model) = (Dice::new(seed), Ids::default(), Model::default());
                for set in world(&mut dice, shape) {
                    let applied = model.apply(&set, &mut || ids.make(), NOON);
                    assert!(applied.is_ok(), "{shape:?} {seed}: {applied:?}");
                }
                for _ in 0..200 {
                    let verdict = model.decide(&request(&mut dice, &model).as_request(), NOON);
                    let kind = match verdict.reason {
                        Why::Granted(_) => "granted",
                        Why::Denied(_) => "denied",
                        Why::NoGrant => "no_grant",
                        Why::NotSubscribed(_) => "not_subscribed",
                        Why::Invalid(_) => "invalid",
                    };
                    *kinds.entry(kind).or_default() += 1;
                }
            }
            println!("{shape:?}: {kinds:?}");
            let share = |kind: &str| kinds.get(kind).copied().unwrap_or(0) * 100 / 4_000;
            let decided = share("granted") + share("denied");
            assert!((35..=75).contains(&decided), "{shape:?}: {kinds:?}");
            assert!(share("not_subscribed") >= 1 && share("no_grant") >= 10 && share("invalid") >= 1, "{kinds:?}");
        }
    }

    #[test]
    fn histories_hold_accepted_refused_and_empty_sets() {
        let (mut accepted, mut refused, mut without_effect) = (0, 0, 0);
        let mut codes: BTreeMap<grantrie::Code, usize> = BTreeMap::new();
        for seed in 0..20 {
            let (mut dice, mut ids, mut model) = (Dice::new(seed), Ids::default(), Model::default());
            for _ in 0..150 {
                let set = change_set(&mut dice, &model);
                let before = model.revision;
                match model.apply(&set, &mut || ids.make(), NOON) {
                    Ok(effects) if effects.is_empty() => without_effect += 1,
                    Ok(_) => accepted += 1,
                    Err(problems) => {
                        refused += 1;
                        assert_eq!(model.revision, before);
                        problems.into_iter().for_each(|code| *codes.entry(code).or_default() += 1);
                    }
                }
            }
        }
        println!("{accepted} accepted, {refused} refused, {without_effect} without effect: {codes:?}");
        assert!(accepted > 1_500 && refused > 300 && without_effect > 10, "{accepted} {refused} {without_effect}");
        assert!(codes.len() >= 12, "{codes:?}");
    }
}
