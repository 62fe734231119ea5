//! What the answers must be.

use std::collections::{BTreeSet, HashMap};

use grantrie::{Change, Effect, PermissionDraft, Principal};

use super::Ask;
use crate::matcher::matches;

/// The world that changes make, by principal, with no other index: every grant of the asking user is looked at.
///
/// For the changes that a workload begins with: users, groups, memberships and permissions that are put.
#[derive(Debug, Default)]
pub struct Reference<'a> {
    grants: HashMap<(&'a str, &'a Principal), Vec<&'a PermissionDraft>>,
    above: HashMap<Principal, Vec<Principal>>,
}

impl<'a> Reference<'a> {
    /// The world that these changes make of an empty one.
    ///
    /// # Panics
    /// On a change of another kind.
    #[must_use]
    pub fn of(changes: &'a [Change]) -> Self {
        let mut world = Self::default();
        let all = |groups: &[String], profiles: &[String]| {
            groups.iter().map(Principal::group).chain(profiles.iter().map(Principal::profile)).collect::<Vec<_>>()
        };
        for change in changes {
            match change {
                Change::PutUser(user) => {
                    world.above.insert(Principal::user(&user.user_id), all(&user.groups, &user.permprofiles));
                }
                Change::PutGroup(group) => {
                    world.above.insert(Principal::group(&group.group_id), all(&group.groups, &group.permprofiles));
                }
                Change::AddMembership(edge) => {
                    world.above.entry(edge.member.clone()).or_default().push(edge.of.clone());
                }
                Change::UpsertPermission(draft) => {
                    world.grants.entry((&draft.namespace, &draft.principal)).or_default().push(draft);
                }
                other => panic!("no workload begins with {other:?}"),
            }
        }
        world
    }

    /// Whether a request is allowed; it names its instant where permissions have times.
    #[must_use]
    pub fn is_allowed(&self, ask: &Ask) -> bool {
        let mut allowed = false;
        for principal in self.principals(&ask.user) {
            let grants = self.grants.get(&(ask.namespace.as_str(), &principal)).map(Vec::as_slice).unwrap_or_default();
            for (index, grant) in grants.iter().enumerate() {
                if !may_match(grant, ask) || !matches(grant.pattern.as_str(), &ask.irn) {
                    continue;
                }
                if replaced(grant, &grants[index + 1..]) {
                    continue;
                }
                let holds = applies(grant, ask);
                if holds && grant.effect == Effect::Deny {
                    return false;
                }
                allowed |= holds;
            }
        }
        allowed
    }

    fn principals(&self, user: &str) -> BTreeSet<Principal> {
        let (mut found, mut open) = (BTreeSet::new(), vec![Principal::user(user)]);
        while let Some(next) = open.pop() {
            if found.insert(next.clone()) {
                open.extend(self.above.get(&next).into_iter().flatten().cloned());
            }
        }
        found
    }
}

/// Whether the name begins as the pattern does up to its first wildcard: most of a million do not.
fn may_match(grant: &PermissionDraft, ask: &Ask) -> bool {
    let literal = grant.pattern.as_str().split(['*', '?']).next().unwrap_or("");
    ask.irn.starts_with(literal)
}

/// Whether a later permission has the same key.
fn replaced(grant: &PermissionDraft, later: &[&PermissionDraft]) -> bool {
    let key = |draft: &'_ PermissionDraft| (draft.effect, draft.pattern.as_str().to_owned(), draft.criteria.clone());
    later.iter().any(|other| other.pattern.as_str() == grant.pattern.as_str() && key(other) == key(grant))
}

fn applies(grant: &PermissionDraft, ask: &Ask) -> bool {
    let criteria = match &ask.attributes {
        _ if grant.criteria.is_empty() => true,
        None => grant.effect == Effect::Deny,
        Some(known) => grant.criteria.iter().all(|(name, value)| known.get(name) == Some(value)),
    };
    let timeless = grant.not_before.is_none() && grant.expires_at.is_none();
    criteria && grant.actions.contains(ask.action) && (timeless || ask.at.is_some_and(|at| grant.applies_at(at)))
}
