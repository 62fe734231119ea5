//! Making one change on a world, and saying what it did.
//!
//! Names, not numbers, go in: the same change can be made on each copy of a world. A refused change may leave the
//! world half changed; the caller throws that copy away.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{Change, Effected, Membership};
use crate::error::{Code, Problem};
use crate::index::Line;
use crate::limits::{Limits, MAX_ACTIONS};
use crate::model::{DraftRef, GroupRecord, PermissionId, Principal, PrincipalKind, Subscriber, TextsRef, UserRef};
use crate::world::{Hashed, Listing, Place, PutError, World};

/// A change with the id that a new permission gets.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) change: Change,
    pub(crate) fresh: PermissionId,
}

/// A change to be made, and what is hashed of its texts before it is.
pub(super) enum Seen<'a> {
    /// A permission, with the id that it gets if it is new.
    Upsert(Hashed<'a>, PermissionId),
    Restore(Hashed<'a>, PermissionId),
    User(UserRef<'a>),
    /// Any other change: nothing is.
    Unseen(&'a Step),
}

impl World {
    pub(super) fn see<'a>(&self, step: &'a Step) -> Seen<'a> {
        match &step.change {
            Change::UpsertPermission(draft) => Seen::Upsert(self.hashed(draft.view()), step.fresh),
            Change::RestorePermission(permission) => Seen::Restore(self.hashed(permission.draft.view()), permission.id),
            Change::PutUser(user) => Seen::User(user.view()),
            _ => Seen::Unseen(step),
        }
    }
}

/// A change being made.
pub(super) struct Executing<'a> {
    pub(super) world: &'a mut World,
    pub(super) limits: &'a Limits,
    /// Where to note what was effected, if anybody wants to know.
    pub(super) record: Option<&'a mut Vec<Effected>>,
    /// How many effects there were.
    pub(super) effects: usize,
    /// Whether the world may differ from what it was, if only in names that became known.
    pub(super) touched: bool,
}

type Done = Result<(), Problem>;

/// As many as most users have memberships.
type Numbers = SmallVec<[u32; 32]>;

impl<'a> Executing<'a> {
    pub(super) fn new(world: &'a mut World, limits: &'a Limits, record: Option<&'a mut Vec<Effected>>) -> Self {
        Self { world, limits, record, effects: 0, touched: false }
    }

    /// The world, to be changed.
    fn change(&mut self) -> &mut World {
        self.touched = true;
        self.world
    }

    pub(super) fn make(&mut self, seen: &Seen<'_>) -> Done {
        match seen {
            Seen::Upsert(hashed, fresh) => self.upsert(hashed, *fresh),
            Seen::Restore(hashed, id) => self.restore(hashed, *id),
            Seen::User(user) => self.put_user(user),
            Seen::Unseen(step) => self.make_unseen(step),
        }
    }

    fn make_unseen(&mut self, step: &Step) -> Done {
        match &step.change {
            Change::UpsertPermission(draft) => self.upsert(&self.world.hashed(draft.view()), step.fresh),
            Change::RestorePermission(permission) => {
                self.restore(&self.world.hashed(permission.draft.view()), permission.id)
            }
            Change::UpdatePermission(permission) => {
                self.update(&self.world.hashed(permission.draft.view()), permission.id)
            }
            Change::PutUser(user) => self.put_user(&user.view()),
            Change::RemovePermission(id) => self.remove_permission(*id),
            Change::PutGroup(group) => self.put_group(group),
            Change::AddMembership(membership) => self.add_membership(membership),
            Change::RemoveMembership(membership) => self.remove_membership(membership),
            Change::RemovePrincipal(principal) => self.remove_principal(principal),
            Change::Subscriptions { project, add, delete } => self.subscriptions(project, add, delete),
            Change::SetSubscription { project, subscriber, enabled } => self.row(project, subscriber, Some(*enabled)),
            Change::ClearSubscription { project, subscriber } => self.row(project, subscriber, None),
            Change::SetGate { service, gated } => self.gate(service, *gated),
        }
    }

    /// Counts an effect, and notes it if anybody wants to know.
    fn effected(&mut self, note: impl FnOnce(&World) -> Effected) {
        self.effects = self.effects.saturating_add(1);
        if let Some(record) = &mut self.record {
            record.push(note(self.world));
        }
    }

    /// What was before, if anybody wants to know.
    fn before<T>(&self, note: impl FnOnce(&World) -> Option<T>) -> Option<T> {
        if self.record.is_some() { note(self.world) } else { None }
    }

    fn upsert(&mut self, hashed: &Hashed<'_>, fresh: PermissionId) -> Done {
        let place = self.change().place(hashed).map_err(put_problem)?;
        match self.world.find_same(&place, &hashed.draft) {
            Some(number) => self.update_in_place(number, &hashed.draft),
            None => self.add(fresh, &hashed.draft, place),
        }
    }

    fn add(&mut self, id: PermissionId, draft: &DraftRef<'_>, place: Place) -> Done {
        let number = self.change().add_grant(id, draft, place).map_err(put_problem)?;
        self.effected(|world| Effected::Permission { before: None, after: world.permission(number) });
        Ok(())
    }

    fn update_in_place(&mut self, number: u32, draft: &DraftRef<'_>) -> Done {
        if self.world.has_actions_and_times(number, draft) {
            return Ok(());
        }
        let before = self.before(|world| world.permission(number));
        self.change().update_grant(number, draft).map_err(put_problem)?;
        self.effected(|world| Effected::Permission { before, after: world.permission(number) });
        Ok(())
    }

    fn update(&mut self, hashed: &Hashed<'_>, id: PermissionId) -> Done {
        let number = self.known(id)?;
        let draft = &hashed.draft;
        match self.world.find_place(hashed).and_then(|place| self.world.find_same(&place, draft)) {
            Some(same) if same == number => self.update_in_place(number, draft),
            Some(other) => Err(put_problem(self.taken_by(other))),
            None => {
                let before = self.before(|world| world.permission(number));
                // What may refuse it comes before what cannot be taken back.
                self.change().register(draft.actions).map_err(put_problem)?;
                // Its names may go with it, and come back: the place is found after that.
                self.change().remove_grant(number);
                let place = self.change().place(hashed).map_err(put_problem)?;
                let number = self.change().add_grant(id, draft, place).map_err(put_problem)?;
                self.effected(|world| Effected::Permission { before, after: world.permission(number) });
                Ok(())
            }
        }
    }

    fn restore(&mut self, hashed: &Hashed<'_>, id: PermissionId) -> Done {
        if self.world.find_grant(id).is_some() {
            let message = format!("the id {id} is taken");
            return Err(Problem::new(Code::DuplicatePermissionId, "_id", message));
        }
        let draft = &hashed.draft;
        match self.world.find_place(hashed).and_then(|place| self.world.find_same(&place, draft)) {
            Some(other) => Err(put_problem(self.taken_by(other))),
            None => {
                let place = self.change().place(hashed).map_err(put_problem)?;
                self.add(id, draft, place)
            }
        }
    }

    fn remove_permission(&mut self, id: PermissionId) -> Done {
        let number = self.known(id)?;
        let before = self.before(|world| world.permission(number));
        self.change().remove_grant(number);
        self.effected(|_| Effected::Permission { before, after: None });
        Ok(())
    }

    fn known(&self, id: PermissionId) -> Result<u32, Problem> {
        let unknown = || Problem::new(Code::UnknownPermission, "_id", format!("no permission has the id {id}"));
        self.world.find_grant(id).ok_or_else(unknown)
    }

    fn taken_by(&self, number: u32) -> PutError {
        self.world.grant(number).map_or(PutError::Full, |grant| PutError::KeyTaken(grant.id()))
    }

    fn put_user(&mut self, user: &UserRef<'_>) -> Done {
        let number = self.intern(PrincipalKind::User, user.id)?;
        let before = self.world.user_record(number);
        self.set_memberships(number, user.groups, user.permprofiles)?;
        let listing = Listing { name: user.name.map(str::to_owned), phone: user.phone.map(str::to_owned) };
        self.change().set_listing(number, Some(listing));
        if before.is_none() || before != self.world.user_record(number) {
            self.effected(|world| Effected::User { before, after: world.user_record(number) });
        }
        Ok(())
    }

    fn put_group(&mut self, group: &GroupRecord) -> Done {
        let number = self.intern(PrincipalKind::UserGroup, &group.group_id)?;
        let before = self.world.group_record(number);
        self.set_memberships(number, TextsRef::Each(&group.groups), TextsRef::Each(&group.permprofiles))?;
        self.change().set_listing(number, Some(Listing { name: group.group_name.clone(), phone: None }));
        if before.is_none() || before != self.world.group_record(number) {
            self.effected(|world| Effected::Group { before, after: world.group_record(number) });
        }
        Ok(())
    }

    /// Makes the direct memberships of a principal exactly these.
    fn set_memberships(&mut self, member: u32, groups: TextsRef<'_>, permprofiles: TextsRef<'_>) -> Done {
        let mut wanted = Numbers::new();
        for (kind, ids) in [(PrincipalKind::UserGroup, groups), (PrincipalKind::PermProfile, permprofiles)] {
            for id in ids.iter() {
                wanted.push(self.intern(kind, id)?);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut present: Numbers = self.world.memberships(member).collect();
        present.sort_unstable();
        if wanted == present {
            return Ok(());
        }
        let without = |all: &[u32], others: &[u32]| -> Numbers {
            all.iter().copied().filter(|x| others.binary_search(x).is_err()).collect()
        };
        let (new, gone) = (without(&wanted, &present), without(&present, &wanted));
        // All are judged before any is made: what is refused must not make later changes of the set look wrong too.
        if self.world.kind_of(member) == Some(PrincipalKind::UserGroup) {
            new.iter().try_for_each(|new| self.refuse_cycle(member, *new))?;
        }
        self.change().set_memberships(member, &wanted, &new, &gone);
        gone.iter().for_each(|gone| self.change().release_principal(*gone));
        self.change().refresh(member);
        Ok(())
    }

    fn add_membership(&mut self, membership: &Membership) -> Done {
        let find = |principal: &Principal| self.world.find_principal(principal.kind, &principal.id);
        let (member, of) = (find(&membership.member), find(&membership.of));
        if member.zip(of).is_some_and(|(member, of)| self.world.is_member(member, of)) {
            return Ok(());
        }
        let most = self.limits.memberships_per_principal;
        if member.is_some_and(|member| self.world.membership_count(member) >= most) {
            let message = format!("{} has {most} memberships, the most that are allowed", membership.member);
            return Err(Problem::new(Code::TooManyMemberships, "member", message));
        }
        if membership.member == membership.of {
            let message = format!("a cycle of groups: `{0}` in `{0}`", membership.of.id);
            return Err(Problem::new(Code::MembershipCycle, "groups", message));
        }
        if let Some((member, of)) = member.zip(of) {
            self.refuse_cycle(member, of)?;
        }
        let Membership { member, of } = membership;
        let (member, of) = (self.intern(member.kind, &member.id)?, self.intern(of.kind, &of.id)?);
        self.change().link(member, of);
        self.change().refresh(member);
        self.effected(|_| Effected::Membership { membership: membership.clone(), present: true });
        Ok(())
    }

    fn refuse_cycle(&self, member: u32, of: u32) -> Done {
        let Some(way) = self.world.way_up(of, member) else { return Ok(()) };
        let mut names: Vec<&str> = way.iter().map(|number| self.world.principals.text(*number)).collect();
        names.insert(0, self.world.principals.text(member));
        let message = format!("a cycle of groups: `{}`", names.join("` in `"));
        Err(Problem::new(Code::MembershipCycle, "groups", message))
    }

    fn remove_membership(&mut self, membership: &Membership) -> Done {
        let find = |principal: &Principal| self.world.find_principal(principal.kind, &principal.id);
        if let (Some(member), Some(of)) = (find(&membership.member), find(&membership.of))
            && self.world.is_member(member, of)
        {
            self.change().unlink(member, of);
            self.change().refresh(member);
            self.change().release_principal(member);
            self.change().release_principal(of);
            self.effected(|_| Effected::Membership { membership: membership.clone(), present: false });
        }
        Ok(())
    }

    fn remove_principal(&mut self, principal: &Principal) -> Done {
        let Some(number) = self.world.find_principal(principal.kind, &principal.id) else { return Ok(()) };
        let Some(node) = self.world.principals.get(number).cloned() else { return Ok(()) };
        let world = &*self.world;
        let edge =
            |member: u32, of: u32| Some(Membership { member: world.principal(member)?, of: world.principal(of)? });
        let grants: Vec<u32> = world.grants_of(number).iter().map(Line::grant).collect();
        let up: Vec<u32> = world.memberships(number).collect();
        let down: Vec<u32> = node.users.iter().chain(node.more().subgroups.iter()).collect();
        let subscriptions: Vec<(String, bool)> =
            node.more().rows.iter().map(|(project, row)| (world.projects.text(*project).to_owned(), *row)).collect();
        let removed = self.before(|world| {
            let mut permissions: Vec<_> = grants.iter().filter_map(|grant| world.permission(*grant)).collect();
            permissions.sort_unstable_by_key(|permission| permission.id);
            let up = up.iter().filter_map(|of| edge(number, *of));
            let mut memberships: Vec<_> = up.chain(down.iter().filter_map(|member| edge(*member, number))).collect();
            memberships.sort_unstable();
            let mut subscriptions = subscriptions.clone();
            subscriptions.sort_unstable();
            Some(Effected::PrincipalRemoved { principal: principal.clone(), permissions, memberships, subscriptions })
        });
        // Last of all what keeps the principal known.
        self.change().set_listing(number, Some(Listing::default()));
        grants.into_iter().for_each(|grant| self.change().remove_grant(grant));
        self.change().set_memberships(number, &[], &[], &up);
        up.into_iter().for_each(|of| self.change().release_principal(of));
        self.change().refresh(number);
        for member in down {
            self.change().unlink(member, number);
            self.change().refresh(member);
            self.change().release_principal(member);
        }
        let subscriber = match principal.kind {
            PrincipalKind::UserGroup => Subscriber::Group(principal.id.clone()),
            PrincipalKind::User | PrincipalKind::PermProfile => Subscriber::User(principal.id.clone()),
        };
        for (project, _) in &subscriptions {
            self.change().set_row(project, &subscriber, None);
        }
        self.change().set_listing(number, None);
        self.change().release_principal(number);
        self.effects = self.effects.saturating_add(1);
        if let (Some(record), Some(removed)) = (&mut self.record, removed) {
            record.push(removed);
        }
        Ok(())
    }

    fn subscriptions(&mut self, project: &str, add: &[Subscriber], delete: &[Subscriber]) -> Done {
        for subscriber in add {
            self.row(project, subscriber, Some(true))?;
        }
        // From the top down: a group's closure is larger than that of any group above it.
        let mut delete: Vec<&Subscriber> = delete.iter().collect();
        delete.sort_by_cached_key(|subscriber| (self.depth(subscriber), (*subscriber).clone()));
        for subscriber in delete {
            self.unsubscribe(project, subscriber)?;
        }
        Ok(())
    }

    fn depth(&self, subscriber: &Subscriber) -> (u8, usize) {
        match subscriber {
            Subscriber::Project => (0, 0),
            Subscriber::Group(id) => {
                let group = self.world.find_principal(PrincipalKind::UserGroup, id);
                (1, group.map_or(0, |group| self.world.up_from(group).len()))
            }
            Subscriber::User(_) => (2, 0),
        }
    }

    fn unsubscribe(&mut self, project: &str, subscriber: &Subscriber) -> Done {
        if !self.world.entity_is_subscribed(project, subscriber) {
            return Ok(());
        }
        let before = self.world.row(project, subscriber);
        self.write_row(project, subscriber, None)?;
        let mut after = None;
        if self.world.entity_is_subscribed(project, subscriber) {
            // Something above still enables it.
            after = Some(false);
            self.write_row(project, subscriber, after)?;
        }
        self.effected(|_| Effected::Subscription {
            project: project.to_owned(),
            subscriber: subscriber.clone(),
            before,
            after,
        });
        Ok(())
    }

    fn row(&mut self, project: &str, subscriber: &Subscriber, after: Option<bool>) -> Done {
        let before = self.world.row(project, subscriber);
        if before != after {
            self.write_row(project, subscriber, after)?;
            self.effected(|_| Effected::Subscription {
                project: project.to_owned(),
                subscriber: subscriber.clone(),
                before,
                after,
            });
        }
        Ok(())
    }

    fn write_row(&mut self, project: &str, subscriber: &Subscriber, row: Option<bool>) -> Done {
        if self.change().set_row(project, subscriber, row) { Ok(()) } else { Err(put_problem(PutError::Full)) }
    }

    fn gate(&mut self, service: &str, gated: bool) -> Done {
        if self.world.gates.contains(service) != gated {
            let gates = Arc::make_mut(&mut self.change().gates);
            if gated {
                gates.insert(service.into());
            } else {
                gates.remove(service);
            }
            self.effected(|_| Effected::Gate { service: service.to_owned(), gated });
        }
        Ok(())
    }

    fn intern(&mut self, kind: PrincipalKind, id: &str) -> Result<u32, Problem> {
        self.change().intern_principal(kind, id).ok_or_else(|| put_problem(PutError::Full))
    }
}

fn put_problem(error: PutError) -> Problem {
    match error {
        PutError::TooManyActions => {
            let message = format!("more than {MAX_ACTIONS} different actions in one engine");
            Problem::new(Code::TooManyActions, "actions", message)
        }
        PutError::KeyTaken(id) => {
            let message = format!("permission {id} has the same namespace, principal, pattern, criteria and effect");
            Problem::new(Code::PermissionKeyTaken, "", message)
        }
        PutError::Full => {
            Problem::new(Code::CapacityExceeded, "", "the engine holds as many entities as it can number")
        }
    }
}
