//! Requests that meet the permissions of a world, and some that are wrong.

use grantrie::{Permission, Principal, PrincipalKind, Timestamp};

use super::changes::attributes;
use super::{ACTIONS, IDS, NAMESPACES, PROJECTS, instant, name, name_under};
use crate::model::Model;
use crate::{Choices, OwnedRequest, OwnedSubject};

/// A request, mostly about a permission of the world that the model holds.
pub fn request(choices: &mut Choices<'_>, world: &Model) -> OwnedRequest {
    let aim =
        if world.permissions.is_empty() || choices.percent(10) { None } else { Some(choices.pick(&world.permissions)) };
    let mut request = OwnedRequest {
        namespace: aim.map_or_else(|| (*choices.pick(&NAMESPACES)).to_owned(), |aim| aim.namespace.clone()),
        subject: subject(choices, world, aim),
        action: action(choices, aim),
        irn: match aim {
            Some(aim) => name_under(choices, aim.pattern.as_str()),
            None => name(choices),
        },
        project: if choices.percent(70) { Some((*choices.pick_skewed(&PROJECTS)).to_owned()) } else { None },
        attributes: None,
        at: at(choices, aim),
    };
    request.attributes = match choices.below(4) {
        0 => None,
        1 => aim.map(|aim| aim.criteria.clone()),
        2 => aim.map(|aim| {
            aim.criteria.iter().map(|(key, value)| (key.clone(), value.clone())).chain(attributes(choices)).collect()
        }),
        _ => Some(attributes(choices)),
    };
    if choices.percent(2) {
        spoil(choices, &mut request);
    }
    request
}

/// The same request, changed in one place.
pub fn near_miss(choices: &mut Choices<'_>, request: &OwnedRequest) -> OwnedRequest {
    let mut other = request.clone();
    match choices.below(6) {
        0 => (*choices.pick(&NAMESPACES)).clone_into(&mut other.namespace),
        1 => (*choices.pick(&ACTIONS)).clone_into(&mut other.action),
        2 => other.irn = name_under(choices, &request.irn),
        3 => other.attributes = None,
        4 => other.project = None,
        _ => other.at = Some(instant(choices)),
    }
    other
}

/// A subject that the permission reaches, or is near to.
fn subject(choices: &mut Choices<'_>, world: &Model, aim: Option<&Permission>) -> OwnedSubject {
    let anybody = || Principal::user(IDS[0]);
    let holder = aim.map_or_else(anybody, |aim| aim.principal.clone());
    if choices.percent(12) {
        let id = if holder.kind == PrincipalKind::PermProfile { holder.id } else { (*choices.pick(&IDS)).to_owned() };
        return OwnedSubject::PermProfile(id);
    }
    let member = below(choices, world, &holder);
    let user = match member.kind {
        PrincipalKind::User if choices.percent(85) => member.id.clone(),
        _ => (*choices.pick(&IDS)).to_owned(),
    };
    if choices.percent(60) {
        return OwnedSubject::User(user);
    }
    let mut groups = choices.some(&IDS, 3);
    let mut permprofiles = choices.some(&IDS, 2);
    for principal in [&holder, &member] {
        match principal.kind {
            PrincipalKind::UserGroup if choices.percent(70) => groups.push(&principal.id),
            PrincipalKind::PermProfile if choices.percent(70) => permprofiles.push(&principal.id),
            _ => {}
        }
    }
    if choices.percent(1) {
        groups.extend(IDS);
    }
    OwnedSubject::named(&user, groups, permprofiles)
}

/// Somebody who is in a principal, at some depth, if anybody is.
fn below(choices: &mut Choices<'_>, world: &Model, principal: &Principal) -> Principal {
    let mut at = principal.clone();
    for _ in 0..IDS.len() {
        let members: Vec<&Principal> =
            world.memberships.iter().filter(|known| known.of == at).map(|known| &known.member).collect();
        if members.is_empty() {
            break;
        }
        at = (*choices.pick(&members)).clone();
        if at.kind == PrincipalKind::User {
            break;
        }
    }
    at
}

fn action(choices: &mut Choices<'_>, aim: Option<&Permission>) -> String {
    let names: Vec<&str> = aim.map(|aim| aim.actions.names().filter(|name| *name != "*").collect()).unwrap_or_default();
    if names.is_empty() || choices.percent(20) {
        return (*choices.pick(&["READ", "RUN", "EDIT", "SHARE", "QUERY", "X_1", "NEVER_NAMED"])).to_owned();
    }
    (*choices.pick(&names)).to_owned()
}

/// The engine's clock, any instant, or one at the very edge of the permission's time.
fn at(choices: &mut Choices<'_>, aim: Option<&Permission>) -> Option<Timestamp> {
    let edges = aim.map(|aim| aim.not_before.into_iter().chain(aim.expires_at).collect::<Vec<_>>()).unwrap_or_default();
    if !edges.is_empty() && choices.percent(60) {
        let beside = *choices.pick(&[0, 0, -1, 1]);
        return Timestamp::from_micros(choices.pick(&edges).as_micros() + beside);
    }
    if choices.percent(50) { Some(instant(choices)) } else { None }
}

/// Makes a request invalid, or as good as.
fn spoil(choices: &mut Choices<'_>, request: &mut OwnedRequest) {
    match choices.below(10) {
        0 => request.namespace.clear(),
        1 => request.action.make_ascii_lowercase(),
        2 => request.irn.push(':'),
        3 => request.irn.push('*'),
        4 => request.irn = "s:t".to_owned(),
        5 => request.irn.push(' '),
        6 => request.project = Some(String::new()),
        7 => request.subject = OwnedSubject::User("x".repeat(257)),
        8 => request.subject = OwnedSubject::named("a", ["a", ""], ["\n"]),
        _ => request.action.clear(),
    }
}
