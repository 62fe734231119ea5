//! What a change may not be, whatever the world is.

use std::collections::BTreeSet;

use grantrie::{
    Actions, AttributeValue, Attributes, Change, Code, GroupRecord, Limits, Membership, PermissionDraft, Principal,
    PrincipalKind, Subscriber, UserRecord,
};

use crate::matcher::is_literal;

/// Whether a text can be an id, a namespace or a project.
pub(super) fn is_id(text: &str) -> bool {
    (1..=256).contains(&text.len()) && !text.contains(char::is_control)
}

/// Everything that is wrong with a change by itself.
pub(super) fn faults(change: &Change, limits: &Limits) -> Vec<Code> {
    match change {
        Change::UpsertPermission(draft) => of_draft(draft, limits),
        Change::UpdatePermission(permission) | Change::RestorePermission(permission) => of_draft(permission, limits),
        Change::PutUser(UserRecord { user_id: id, groups, permprofiles, .. })
        | Change::PutGroup(GroupRecord { group_id: id, groups, permprofiles, .. }) => {
            // The list as it is written, repetitions included.
            let too_many = groups.len() + permprofiles.len() > limits.memberships_per_principal;
            let ids = of_ids([id].into_iter().chain(groups).chain(permprofiles));
            ids.into_iter().chain(too_many.then_some(Code::TooManyMemberships)).collect()
        }
        Change::AddMembership(membership) | Change::RemoveMembership(membership) => of_membership(membership),
        Change::RemovePrincipal(principal) => of_ids([&principal.id]),
        Change::Subscriptions { project, add, delete } => {
            let mut seen = BTreeSet::new();
            let all = || add.iter().chain(delete);
            let twice = all().filter(|who| !seen.insert(*who)).map(|_| Code::ContradictoryChange);
            of_ids([project].into_iter().chain(all().filter_map(id_of))).into_iter().chain(twice).collect()
        }
        Change::SetSubscription { project, subscriber, .. } | Change::ClearSubscription { project, subscriber } => {
            of_ids([project].into_iter().chain(id_of(subscriber)))
        }
        Change::SetGate { service, .. } => {
            if is_literal(service) {
                Vec::new()
            } else {
                vec![Code::InvalidId]
            }
        }
        Change::RemovePermission(_) => Vec::new(),
        other => panic!("a change that the model does not know: {other:?}"),
    }
}

fn of_ids<'a>(ids: impl IntoIterator<Item = &'a String>) -> Vec<Code> {
    ids.into_iter().filter(|id| !is_id(id)).map(|_| Code::InvalidId).collect()
}

fn id_of(who: &Subscriber) -> Option<&String> {
    match who {
        Subscriber::Project => None,
        Subscriber::Group(id) | Subscriber::User(id) => Some(id),
    }
}

fn of_draft(draft: &PermissionDraft, limits: &Limits) -> Vec<Code> {
    let mut faults = of_ids([&draft.namespace, &draft.principal.id]);
    faults.extend(of_criteria(&draft.criteria, limits));
    if matches!(&draft.actions, Actions::Only(set) if set.is_empty()) {
        faults.push(Code::NoActions);
    }
    if let (Some(begins), Some(ends)) = (draft.not_before, draft.expires_at)
        && begins >= ends
    {
        faults.push(Code::EmptyTimeWindow);
    }
    faults
}

fn of_criteria(criteria: &Attributes, limits: &Limits) -> Vec<Code> {
    let too_many = (criteria.len() > limits.criteria_per_permission).then_some(Code::TooManyCriteria);
    let fits = |text: &String| text.len() <= limits.attribute_bytes;
    let bad = criteria.iter().filter(|(name, value)| {
        name.is_empty() || !fits(name) || matches!(value, AttributeValue::Text(text) if !fits(text))
    });
    too_many.into_iter().chain(bad.map(|_| Code::InvalidAttribute)).collect()
}

fn of_membership(membership: &Membership) -> Vec<Code> {
    let Membership { member, of } = membership;
    let mut faults = of_ids([&member.id, &of.id]);
    if !may_be_in(member, of) {
        faults.push(Code::InvalidMembership);
    }
    faults
}

/// Users and groups are in groups and have profiles; nothing else is in anything.
fn may_be_in(member: &Principal, of: &Principal) -> bool {
    member.kind != PrincipalKind::PermProfile && of.kind != PrincipalKind::User
}
