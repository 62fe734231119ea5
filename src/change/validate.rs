//! What can be said against a change without looking at the world.

use std::collections::BTreeSet;

use super::{Change, ChangeSet, Membership};
use crate::error::{Code, Problem};
use crate::irn::Irn;
use crate::limits::Limits;
use crate::model::{Actions, AttributeValue, PermissionDraft, Principal, PrincipalKind, Subscriber, check_id};

/// All problems of a change set that its own text shows, in the order of its changes.
pub(super) fn problems(set: &ChangeSet, limits: &Limits) -> Vec<Problem> {
    let mut found = Vec::new();
    if set.changes.len() > limits.changes_per_set {
        let message = format!("{} changes in one set, at most {}", set.changes.len(), limits.changes_per_set);
        found.push(Problem::new(Code::ChangeSetTooLarge, "changes", message));
        return found;
    }
    for (item, change) in set.changes.iter().enumerate() {
        Findings { item, found: &mut found }.change(change, limits);
    }
    found
}

/// All problems that the text of this one of many changes shows.
pub(super) fn problems_of(item: usize, change: &Change, limits: &Limits) -> Vec<Problem> {
    let mut found = Vec::new();
    Findings { item, found: &mut found }.change(change, limits);
    found
}

/// The problems of one change, as they are found.
struct Findings<'a> {
    item: usize,
    found: &'a mut Vec<Problem>,
}

impl Findings<'_> {
    fn add(&mut self, problem: Problem) {
        self.found.push(problem.at_item(self.item));
    }

    fn change(&mut self, change: &Change, limits: &Limits) {
        match change {
            Change::UpsertPermission(draft) => self.draft(draft, limits),
            Change::UpdatePermission(permission) | Change::RestorePermission(permission) => {
                self.draft(&permission.draft, limits);
            }
            Change::RemovePermission(_) => {}
            Change::PutUser(user) => {
                self.id("user_id", &user.user_id);
                self.memberships(&user.groups, &user.permprofiles, limits);
            }
            Change::PutGroup(group) => {
                self.id("group_id", &group.group_id);
                self.memberships(&group.groups, &group.permprofiles, limits);
            }
            Change::AddMembership(membership) | Change::RemoveMembership(membership) => self.membership(membership),
            Change::RemovePrincipal(principal) => self.principal(principal),
            Change::Subscriptions { project, add, delete } => {
                self.id("project", project);
                self.subscribers(add, delete);
            }
            Change::SetSubscription { project, subscriber, .. } | Change::ClearSubscription { project, subscriber } => {
                self.id("project", project);
                self.subscriber("subscriber", subscriber);
            }
            Change::SetGate { service, .. } => self.service(service),
        }
    }

    fn draft(&mut self, draft: &PermissionDraft, limits: &Limits) {
        self.id("namespace", &draft.namespace);
        self.principal(&draft.principal);
        if matches!(&draft.actions, Actions::Only(names) if names.is_empty()) {
            self.add(Problem::new(Code::NoActions, "actions", "no actions: the permission would grant nothing"));
        }
        if let (Some(start), Some(end)) = (draft.not_before, draft.expires_at)
            && start >= end
        {
            let message = format!("expires at {end}, not after its beginning at {start}: it would never apply");
            self.add(Problem::new(Code::EmptyTimeWindow, "expires_at", message));
        }
        if draft.criteria.len() > limits.criteria_per_permission {
            let message = format!("{} attributes, at most {}", draft.criteria.len(), limits.criteria_per_permission);
            self.add(Problem::new(Code::TooManyCriteria, "criteria", message));
        }
        for (name, value) in &draft.criteria {
            let long = |text: &str| text.len() > limits.attribute_bytes;
            if name.is_empty() || long(name) || matches!(value, AttributeValue::Text(text) if long(text)) {
                let message =
                    format!("an attribute's name or text is empty or longer than {} bytes", limits.attribute_bytes);
                self.add(Problem::new(Code::InvalidAttribute, "criteria", message));
            }
        }
    }

    fn id(&mut self, field: &str, id: &str) {
        if let Err(error) = check_id(id) {
            self.add(Problem::parse(error, field, id));
        }
    }

    fn principal(&mut self, principal: &Principal) {
        self.id("principal.id", &principal.id);
    }

    fn memberships(&mut self, groups: &[String], permprofiles: &[String], limits: &Limits) {
        let count = groups.len().saturating_add(permprofiles.len());
        if count > limits.memberships_per_principal {
            let message = format!("{count} memberships, at most {}", limits.memberships_per_principal);
            self.add(Problem::new(Code::TooManyMemberships, "groups", message));
        }
        groups.iter().for_each(|id| self.id("groups", id));
        permprofiles.iter().for_each(|id| self.id("permprofiles", id));
    }

    fn membership(&mut self, membership: &Membership) {
        self.id("member.id", &membership.member.id);
        self.id("of.id", &membership.of.id);
        let (member, of) = (membership.member.kind, membership.of.kind);
        if member == PrincipalKind::PermProfile || of == PrincipalKind::User {
            let message = format!("a {member} cannot be in a {of}: users and groups are in groups and have profiles");
            self.add(Problem::new(Code::InvalidMembership, "member", message));
        }
    }

    fn subscribers(&mut self, add: &[Subscriber], delete: &[Subscriber]) {
        let mut named = BTreeSet::new();
        for (field, list) in [("add", add), ("delete", delete)] {
            for subscriber in list {
                self.subscriber(field, subscriber);
                if !named.insert(subscriber) {
                    let message = format!("{} is named twice in one call", describe(subscriber));
                    self.add(Problem::new(Code::ContradictoryChange, field, message));
                }
            }
        }
    }

    fn subscriber(&mut self, field: &str, subscriber: &Subscriber) {
        match subscriber {
            Subscriber::Project => {}
            Subscriber::Group(id) | Subscriber::User(id) => self.id(field, id),
        }
    }

    /// A service is the first segment of a name.
    fn service(&mut self, service: &str) {
        let is_segment = Irn::parse(&format!("{service}:x:x")).is_ok_and(|irn| irn.service() == service);
        if !is_segment {
            let message = format!("`{}` cannot be the first segment of a name", service.escape_debug());
            self.add(Problem::new(Code::InvalidId, "service", message));
        }
    }
}

fn describe(subscriber: &Subscriber) -> String {
    match subscriber {
        Subscriber::Project => "the project".to_owned(),
        Subscriber::Group(id) => format!("the group `{}`", id.escape_debug()),
        Subscriber::User(id) => format!("the user `{}`", id.escape_debug()),
    }
}
