//! What a change does.

use std::collections::BTreeSet;

use grantrie::{
    Action, Actions, AuditEntry, Change, ChangeSet, Code, Effected, GroupRecord, Membership, Permission,
    PermissionDraft, PermissionId, Principal, PrincipalKind, Revision, Subscriber, Timestamp, UserRecord,
};

use super::{Model, faults};

/// What one change did, or why it cannot be.
type Done = Result<Vec<Effected>, Code>;

/// Actions in an engine's life, those known from the start included.
const MAX_ACTIONS: usize = 64;

impl Model {
    /// Applies changes in their order, all or nothing. Answers what they did: one entry per effective change (per row,
    /// for subscriptions).
    ///
    /// `ids` is asked for each permission that is new, in order.
    ///
    /// # Errors
    /// Every problem, in the order of the changes. A change with a problem counts as absent for those after it, and
    /// one that is faulty by itself is not asked of the world.
    pub fn apply(
        &mut self,
        set: &ChangeSet,
        ids: &mut dyn FnMut() -> PermissionId,
        at: Timestamp,
    ) -> Result<Vec<Effected>, Vec<Code>> {
        if set.changes.len() > self.limits.changes_per_set {
            return Err(vec![Code::ChangeSetTooLarge]);
        }
        let mut next = self.clone();
        let (mut effects, mut problems) = (Vec::new(), Vec::new());
        for change in &set.changes {
            let faults = faults::faults(change, &self.limits);
            if !faults.is_empty() {
                problems.extend(faults);
                continue;
            }
            match next.change(change, ids) {
                Ok(done) => effects.extend(done),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        if !effects.is_empty() {
            next.revision = Revision(self.revision.0 + 1);
            let entry = |effected: &Effected| AuditEntry {
                revision: next.revision,
                at,
                actor: set.actor.clone(),
                effected: effected.clone(),
            };
            next.audit.extend(effects.iter().map(entry));
            *self = next;
        }
        Ok(effects)
    }

    fn change(&mut self, change: &Change, ids: &mut dyn FnMut() -> PermissionId) -> Done {
        match change {
            Change::UpsertPermission(draft) => self.upsert(draft, ids),
            Change::UpdatePermission(permission) => self.update(permission),
            Change::RestorePermission(permission) => self.restore(permission),
            Change::RemovePermission(id) => {
                let n = self.permissions.iter().position(|known| known.id == *id).ok_or(Code::UnknownPermission)?;
                Ok(vec![Effected::Permission { before: Some(self.permissions.remove(n)), after: None }])
            }
            Change::PutUser(record) => self.put_user(record),
            Change::PutGroup(record) => self.put_group(record),
            Change::AddMembership(membership) => self.add_membership(membership),
            Change::RemoveMembership(membership) => {
                let was = self.memberships.remove(membership);
                let effect = Effected::Membership { membership: membership.clone(), present: false };
                Ok(was.then_some(effect).into_iter().collect())
            }
            Change::RemovePrincipal(principal) => Ok(self.remove(principal).into_iter().collect()),
            Change::Subscriptions { project, add, delete } => Ok(self.subscribe(project, add, delete)),
            Change::SetSubscription { project, subscriber, enabled } => {
                Ok(self.write(project, subscriber, Some(*enabled)).into_iter().collect())
            }
            Change::ClearSubscription { project, subscriber } => {
                Ok(self.write(project, subscriber, None).into_iter().collect())
            }
            Change::SetGate { service, gated } => {
                let was = if *gated { !self.gates.insert(service.clone()) } else { self.gates.remove(service) };
                let effect = Effected::Gate { service: service.clone(), gated: *gated };
                Ok((was != *gated).then_some(effect).into_iter().collect())
            }
            other => panic!("a change that the model does not know: {other:?}"),
        }
    }

    fn upsert(&mut self, draft: &PermissionDraft, ids: &mut dyn FnMut() -> PermissionId) -> Done {
        self.register(&draft.actions)?;
        let Some(n) = self.permissions.iter().position(|known| same_key(known, draft)) else {
            let added = Permission { id: ids(), draft: draft.clone() };
            self.permissions.push(added.clone());
            return Ok(vec![Effected::Permission { before: None, after: Some(added) }]);
        };
        Ok(self.replace(n, draft))
    }

    fn update(&mut self, permission: &Permission) -> Done {
        let known = self.permissions.iter().position(|known| known.id == permission.id);
        let n = known.ok_or(Code::UnknownPermission)?;
        if self.permissions.iter().any(|other| other.id != permission.id && same_key(other, permission)) {
            return Err(Code::PermissionKeyTaken);
        }
        self.register(&permission.actions)?;
        Ok(self.replace(n, permission))
    }

    fn restore(&mut self, permission: &Permission) -> Done {
        if self.permissions.iter().any(|known| known.id == permission.id) {
            return Err(Code::DuplicatePermissionId);
        }
        if self.permissions.iter().any(|known| same_key(known, permission)) {
            return Err(Code::PermissionKeyTaken);
        }
        self.register(&permission.actions)?;
        self.permissions.push(permission.clone());
        Ok(vec![Effected::Permission { before: None, after: Some(permission.clone()) }])
    }

    fn replace(&mut self, n: usize, draft: &PermissionDraft) -> Vec<Effected> {
        let before = self.permissions[n].clone();
        self.permissions[n].draft = draft.clone();
        let after = self.permissions[n].clone();
        let changed = before != after;
        changed.then_some(Effected::Permission { before: Some(before), after: Some(after) }).into_iter().collect()
    }

    fn register(&mut self, actions: &Actions) -> Result<(), Code> {
        let mut all = self.actions.clone();
        all.extend(Action::KNOWN.map(str::to_owned));
        all.extend(actions.names().filter(|name| *name != "*").map(str::to_owned));
        if all.len() > MAX_ACTIONS {
            return Err(Code::TooManyActions);
        }
        self.actions = all;
        Ok(())
    }

    fn put_user(&mut self, record: &UserRecord) -> Done {
        let before = self.user(&record.user_id);
        self.put_memberships(&Principal::user(&record.user_id), &record.groups, &record.permprofiles)?;
        let bare = UserRecord { groups: Vec::new(), permprofiles: Vec::new(), ..record.clone() };
        self.users.insert(record.user_id.clone(), bare);
        let after = self.user(&record.user_id);
        Ok((before != after).then_some(Effected::User { before, after }).into_iter().collect())
    }

    fn put_group(&mut self, record: &GroupRecord) -> Done {
        let before = self.group(&record.group_id);
        self.put_memberships(&Principal::group(&record.group_id), &record.groups, &record.permprofiles)?;
        let bare = GroupRecord { groups: Vec::new(), permprofiles: Vec::new(), ..record.clone() };
        self.groups.insert(record.group_id.clone(), bare);
        let after = self.group(&record.group_id);
        Ok((before != after).then_some(Effected::Group { before, after }).into_iter().collect())
    }

    /// Replaces the direct memberships of one principal.
    fn put_memberships(&mut self, member: &Principal, groups: &[String], permprofiles: &[String]) -> Result<(), Code> {
        let mut memberships = self.memberships.clone();
        memberships.retain(|known| known.member != *member);
        let of = groups.iter().map(Principal::group).chain(permprofiles.iter().map(Principal::profile));
        memberships.extend(of.map(|of| Membership { member: member.clone(), of }));
        self.set_memberships(memberships, member)
    }

    fn add_membership(&mut self, membership: &Membership) -> Done {
        let mut memberships = self.memberships.clone();
        if !memberships.insert(membership.clone()) {
            return Ok(Vec::new());
        }
        self.set_memberships(memberships, &membership.member)?;
        Ok(vec![Effected::Membership { membership: membership.clone(), present: true }])
    }

    /// Takes these memberships, in which only those of `member` are new.
    fn set_memberships(&mut self, memberships: BTreeSet<Membership>, member: &Principal) -> Result<(), Code> {
        let before = std::mem::replace(&mut self.memberships, memberships);
        let cyclic = self.direct(member).any(|above| self.with_all_above(above).contains(member));
        let too_many = self.direct(member).count() > self.limits.memberships_per_principal;
        if cyclic || too_many {
            self.memberships = before;
            return Err(if too_many { Code::TooManyMemberships } else { Code::MembershipCycle });
        }
        Ok(())
    }

    /// Removes a principal with all that hangs on it.
    fn remove(&mut self, principal: &Principal) -> Option<Effected> {
        let of_principal = self.permissions.iter().filter(|known| known.principal == *principal);
        let mut permissions: Vec<Permission> = of_principal.cloned().collect();
        permissions.sort_by_key(|permission| permission.id);
        let hangs = |known: &&Membership| known.member == *principal || known.of == *principal;
        let memberships: Vec<Membership> = self.memberships.iter().filter(hangs).cloned().collect();
        let subscriber = match principal.kind {
            PrincipalKind::User => Some(Subscriber::User(principal.id.clone())),
            PrincipalKind::UserGroup => Some(Subscriber::Group(principal.id.clone())),
            PrincipalKind::PermProfile => None,
        };
        let rows = self.rows.iter().filter(|((_, who), _)| Some(who) == subscriber.as_ref());
        let subscriptions: Vec<(String, bool)> =
            rows.map(|((project, _), enabled)| (project.clone(), *enabled)).collect();

        self.permissions.retain(|known| known.principal != *principal);
        self.memberships.retain(|known| !hangs(&known));
        self.rows.retain(|(_, who), _| Some(who) != subscriber.as_ref());
        let listed = match principal.kind {
            PrincipalKind::User => self.users.remove(&principal.id).is_some(),
            PrincipalKind::UserGroup => self.groups.remove(&principal.id).is_some(),
            PrincipalKind::PermProfile => false,
        };
        let known = listed || !permissions.is_empty() || !memberships.is_empty() || !subscriptions.is_empty();
        let principal = principal.clone();
        known.then_some(Effected::PrincipalRemoved { principal, permissions, memberships, subscriptions })
    }
}

/// Whether two drafts are the same permission.
fn same_key(a: &PermissionDraft, b: &PermissionDraft) -> bool {
    a.namespace == b.namespace
        && a.principal == b.principal
        && a.pattern.as_str() == b.pattern.as_str()
        && a.criteria == b.criteria
        && a.effect == b.effect
}
