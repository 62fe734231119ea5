//! What a request is answered.

use grantrie::{Action, Attributes, Effect, Permission, PermissionId, Request, RequestField, Subject, Timestamp};

use super::{Model, faults};
use crate::matcher::{is_name, matches};
use crate::{Verdict, Why};

/// What became of a permission of the subject whose pattern matches the name. Where several hold, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is not for the action.
    WrongAction,
    /// An ALLOW with criteria, and nothing is known of the resource's attributes.
    CriteriaUnknown,
    /// An attribute is absent or another.
    CriteriaDiffer,
    /// It applies only later.
    NotYet,
    /// It applies no longer.
    Expired,
    /// It applies.
    Applies,
}

impl Model {
    /// Decides a request; `now` counts where the request names no instant.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>, now: Timestamp) -> Verdict {
        if let Some(field) = self.invalid_field(request) {
            return Verdict::new(Why::Invalid(field), None);
        }
        let now = request.at.unwrap_or(now);
        let (mut allows, mut denies, mut later, mut later_denies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for permission in self.considered(request) {
            let applies = permission.applies_at(now);
            match (but_for_time(permission, request), permission.effect) {
                (Outcome::Applies, Effect::Allow) if applies => allows.push(permission),
                (Outcome::Applies, Effect::Deny) if applies => denies.push(permission),
                (Outcome::Applies, effect) => {
                    let begins = permission.not_before.filter(|begins| *begins > now);
                    later.extend(begins);
                    later_denies.extend(begins.filter(|_| effect == Effect::Deny));
                }
                _ => {}
            }
        }
        if let Some(deny) = longest(&denies) {
            return Verdict::new(Why::Denied(deny.id), deny.expires_at);
        }
        let Some(allow) = longest(&allows) else {
            return Verdict::new(Why::NoGrant, later.into_iter().min());
        };
        let until = allow.expires_at.into_iter().chain(later_denies).min();
        match self.closed_gate(request) {
            Some(level) => Verdict::new(Why::NotSubscribed(level), until),
            None => Verdict::new(Why::Granted(allow.id), until),
        }
    }

    /// Every permission of the subject in the namespace whose pattern matches the name, with what became of it;
    /// ascending by id. Nothing for an invalid request.
    #[must_use]
    pub fn matching(&self, request: &Request<'_>, now: Timestamp) -> Vec<(PermissionId, Outcome)> {
        if self.invalid_field(request).is_some() {
            return Vec::new();
        }
        let now = request.at.unwrap_or(now);
        let outcome = |permission: &Permission| match but_for_time(permission, request) {
            Outcome::Applies if permission.not_before.is_some_and(|begins| now < begins) => Outcome::NotYet,
            Outcome::Applies if permission.expires_at.is_some_and(|ends| ends <= now) => Outcome::Expired,
            other => other,
        };
        let mut all: Vec<_> = self.considered(request).map(|found| (found.id, outcome(found))).collect();
        all.sort();
        all
    }

    fn considered<'a>(&'a self, request: &Request<'a>) -> impl Iterator<Item = &'a Permission> {
        let principals = self.principals(&request.subject);
        let (namespace, irn) = (request.namespace, request.irn);
        self.permissions.iter().filter(move |permission| {
            permission.namespace == namespace
                && principals.contains(&permission.principal)
                && matches(permission.pattern.as_str(), irn)
        })
    }
}

/// What would become of a matching permission if it applied at all times.
fn but_for_time(permission: &Permission, request: &Request<'_>) -> Outcome {
    if !permission.actions.contains(request.action) {
        return Outcome::WrongAction;
    }
    match (criteria_hold(&permission.criteria, request.attributes), permission.effect) {
        (Some(true), _) | (None, Effect::Deny) => Outcome::Applies,
        (None, Effect::Allow) => Outcome::CriteriaUnknown,
        (Some(false), _) => Outcome::CriteriaDiffer,
    }
}

/// Whether all criteria equal the attributes; unknown where there are criteria but no attributes.
fn criteria_hold(criteria: &Attributes, attributes: Option<&Attributes>) -> Option<bool> {
    if criteria.is_empty() {
        return Some(true);
    }
    attributes.map(|known| criteria.iter().all(|(name, value)| known.get(name) == Some(value)))
}

/// The permission that applies longest; of several, the one with the lowest id.
fn longest<'a>(applying: &[&'a Permission]) -> Option<&'a Permission> {
    let ends = |permission: &Permission| (permission.expires_at.is_none(), permission.expires_at);
    let last = applying.iter().map(|permission| ends(permission)).max();
    applying.iter().copied().filter(|permission| Some(ends(permission)) == last).min_by_key(|permission| permission.id)
}

impl Model {
    /// The first field that is not valid.
    fn invalid_field(&self, request: &Request<'_>) -> Option<RequestField> {
        let (id, groups, permprofiles): (&str, &[&str], &[&str]) = match request.subject {
            Subject::PermProfile { id } => (id, &[], &[]),
            Subject::User { id, memberships: grantrie::Memberships::Directory } => (id, &[], &[]),
            Subject::User { id, memberships: grantrie::Memberships::Named { groups, permprofiles } } => {
                (id, groups, permprofiles)
            }
        };
        let are_ids =
            |ids: &[&str]| ids.len() <= self.limits.memberships_per_principal && ids.iter().all(|id| faults::is_id(id));
        [
            (RequestField::Namespace, faults::is_id(request.namespace)),
            (RequestField::Subject, faults::is_id(id)),
            (RequestField::Group, are_ids(groups)),
            (RequestField::PermProfile, are_ids(permprofiles)),
            (RequestField::Action, Action::check(request.action).is_ok()),
            (RequestField::Irn, is_name(request.irn)),
            (RequestField::Project, request.project.is_none_or(faults::is_id)),
        ]
        .into_iter()
        .find_map(|(field, valid)| (!valid).then_some(field))
    }
}
