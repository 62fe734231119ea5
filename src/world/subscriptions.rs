//! Subscription rows in the world: written, resolved and listed.

use super::principals::room;
use super::{Lookup, World};
use crate::Page;
use crate::cow::{Heap, SortedIds};
use crate::model::{Memberships, PrincipalKind, Subscriber, SubscriptionLevel};
use crate::subscription::{GroupSubscription, Resolution, SubscriptionList, UserSubscription, combine};

/// What is kept of a project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Project {
    /// The project's own row.
    pub(crate) row: Option<bool>,
    /// Groups with a row, by id.
    pub(crate) groups: SortedIds,
    /// Users with a row, by id.
    pub(crate) users: SortedIds,
}

impl Heap for Project {
    fn heap(&self) -> usize {
        self.groups.heap().saturating_add(self.users.heap())
    }
}

/// Whether the function is enabled, and the level that decided.
pub(crate) type Resolved = (bool, SubscriptionLevel);

impl World {
    fn project(&self, number: Option<u32>) -> Option<&Project> {
        self.projects.get(number?)
    }

    /// A row as it is.
    pub(crate) fn row(&self, project: &str, subscriber: &Subscriber) -> Option<bool> {
        let project = self.projects.find(0, project)?;
        match subscriber {
            Subscriber::Project => self.projects.get(project)?.row,
            Subscriber::Group(id) => self.own_row(self.find_principal(PrincipalKind::UserGroup, id)?, project),
            Subscriber::User(id) => self.own_row(self.find_principal(PrincipalKind::User, id)?, project),
        }
    }

    #[inline]
    fn own_row(&self, principal: u32, project: u32) -> Option<bool> {
        lookup(&self.principals.get(principal)?.more().rows, project)
    }

    /// Writes or removes a row; false if there is no room for its names.
    pub(crate) fn set_row(&mut self, project: &str, subscriber: &Subscriber, row: Option<bool>) -> bool {
        let Some(number) = self.projects.intern(project, Project::default) else { return false };
        let done = match subscriber {
            Subscriber::Project => {
                if let Some(project) = self.projects.get_mut(number) {
                    project.row = row;
                }
                true
            }
            Subscriber::Group(id) => self.set_principal_row(number, PrincipalKind::UserGroup, id, row),
            Subscriber::User(id) => self.set_principal_row(number, PrincipalKind::User, id, row),
        };
        let unused = |project: &Project| project.row.is_none() && project.groups.is_empty() && project.users.is_empty();
        if self.projects.get(number).is_some_and(unused) {
            self.projects.remove(number);
        }
        done
    }

    fn set_principal_row(&mut self, project: u32, kind: PrincipalKind, id: &str, row: Option<bool>) -> bool {
        let Some(number) = self.intern_principal(kind, id) else { return false };
        if let Some(node) = self.principals.get_mut(number) {
            node.change_more(|more| {
                let at = more.rows.binary_search_by_key(&project, |(project, _)| *project);
                match (at, row) {
                    (Ok(at), Some(enabled)) => {
                        if let Some(row) = more.rows.get_mut(at) {
                            row.1 = enabled;
                        }
                    }
                    (Ok(at), None) => {
                        more.rows.remove(at);
                    }
                    (Err(at), Some(enabled)) => more.rows.insert(at, (project, enabled)),
                    (Err(_), None) => {}
                }
            });
        }
        let principals = &self.principals;
        let by_id = |x: u32| principals.text(x).cmp(id);
        if let Some(project) = self.projects.get_mut(project) {
            let listed = if kind == PrincipalKind::User { &mut project.users } else { &mut project.groups };
            if row.is_some() {
                listed.insert(number, by_id);
            } else {
                listed.remove(by_id);
            }
        }
        if kind == PrincipalKind::UserGroup {
            self.refresh_below(number);
        }
        self.release_principal(number);
        true
    }

    /// Whether a user has the function in a project, by the directory's groups or by the rows of those named.
    /// Allocates nothing.
    pub(crate) fn is_subscribed(
        &self,
        project: Option<u32>,
        user: Option<u32>,
        named: Option<impl Iterator<Item = u32>>,
    ) -> Resolved {
        let Some(number) = project else { return (false, SubscriptionLevel::Default) };
        if let Some(enabled) = user.and_then(|user| self.own_row(user, number)) {
            return (enabled, SubscriptionLevel::User);
        }
        let mut groups = None;
        let mut count = |value: Option<bool>| {
            if let Some(enabled) = value {
                groups = Some(combine(self.conflict, groups, enabled));
            }
        };
        match named {
            Some(named) => named.for_each(|group| count(self.own_row(group, number))),
            None => {
                // A profile comes to nothing.
                let above = user.into_iter().flat_map(|user| self.memberships(user));
                above.for_each(|group| count(self.group_value(group, number)));
            }
        }
        match (groups, self.project(project).and_then(|project| project.row)) {
            (Some(enabled), _) => (enabled, SubscriptionLevel::Group),
            (None, Some(enabled)) => (enabled, SubscriptionLevel::Project),
            (None, None) => (false, SubscriptionLevel::Default),
        }
    }

    /// The known ones of the groups that a caller names.
    fn named_groups(&self, memberships: Memberships<'_>) -> Option<impl Iterator<Item = u32>> {
        match memberships {
            Memberships::Directory => None,
            Memberships::Named { groups, .. } => {
                Some(groups.iter().filter_map(|id| self.find_principal(PrincipalKind::UserGroup, id)))
            }
        }
    }

    /// What a group comes to in a project by its own row or those above it.
    #[inline]
    fn group_value(&self, group: u32, project: u32) -> Option<bool> {
        lookup(&self.principals.get(group)?.more().subscribed, project)
    }

    /// Whether an entity has the function: what *unsubscribe* must end.
    pub(crate) fn entity_is_subscribed(&self, project: &str, subscriber: &Subscriber) -> bool {
        let number = self.projects.find(0, project);
        let row = self.project(number).and_then(|project| project.row);
        match subscriber {
            Subscriber::Project => row.unwrap_or(false),
            Subscriber::Group(id) => {
                let group = self.find_principal(PrincipalKind::UserGroup, id);
                let value = group.zip(number).and_then(|(group, project)| self.group_value(group, project));
                value.or(row).unwrap_or(false)
            }
            Subscriber::User(id) => {
                let user = self.principals.find(room(PrincipalKind::User), id);
                self.is_subscribed(number, user, self.named_groups(Memberships::Directory)).0
            }
        }
    }

    /// Whether a user has the function, and the rows that decided.
    pub(crate) fn resolve(&self, project: &str, user: &str, memberships: Memberships<'_>) -> Resolution {
        let number = self.projects.find(0, project);
        let user_number = self.find_principal(PrincipalKind::User, user);
        let (enabled, level) = self.is_subscribed(number, user_number, self.named_groups(memberships));
        let rows = match level {
            SubscriptionLevel::User => vec![Subscriber::User(user.to_owned())],
            SubscriptionLevel::Project => vec![Subscriber::Project],
            SubscriptionLevel::Group => self.deciding_groups(number, user_number, memberships, enabled),
            SubscriptionLevel::Default | SubscriptionLevel::NoProject | SubscriptionLevel::NoUser => Vec::new(),
        };
        Resolution { enabled, level, rows }
    }

    /// The groups whose rows say what won: the first with a row on each way up.
    fn deciding_groups(
        &self,
        project: Option<u32>,
        user: Option<u32>,
        memberships: Memberships<'_>,
        won: bool,
    ) -> Vec<Subscriber> {
        let climb = memberships == Memberships::Directory;
        let mut pending: Vec<u32> = match self.named_groups(memberships) {
            Some(named) => named.collect(),
            None => user.into_iter().flat_map(|user| self.memberships(user)).collect(),
        };
        let mut seen = std::collections::BTreeSet::new();
        let mut rows = Vec::new();
        while let Some(group) = pending.pop() {
            if !seen.insert(group) {
                continue;
            }
            match project.and_then(|project| self.own_row(group, project)) {
                Some(enabled) if enabled == won => rows.push(Subscriber::Group(self.principals.text(group).to_owned())),
                Some(_) => {}
                None if climb => pending.extend(self.memberships(group)),
                None => {}
            }
        }
        rows.sort_unstable();
        rows
    }

    /// The rows of a project, a page of its users among them.
    pub(crate) fn subscriptions(&self, project: &str, offset: usize, limit: Option<usize>) -> SubscriptionList {
        let number = self.projects.find(0, project);
        let Some((number, project)) = number.and_then(|number| Some((number, self.projects.get(number)?))) else {
            return SubscriptionList::default();
        };
        let row = |principal: u32| self.own_row(principal, number).unwrap_or(false);
        let listing = |principal: u32| self.principals.get(principal).and_then(|node| node.listing.as_deref());
        let groups = project.groups.iter().map(|group| GroupSubscription {
            group_id: self.principals.text(group).to_owned(),
            group_name: listing(group).and_then(|listing| listing.name.clone()),
            ai_func: row(group),
        });
        let users = project.users.iter().skip(offset).take(limit.unwrap_or(usize::MAX)).map(|user| UserSubscription {
            user_id: self.principals.text(user).to_owned(),
            user_name: listing(user).and_then(|listing| listing.name.clone()),
            user_phone: listing(user).and_then(|listing| listing.phone.clone()),
            ai_func: row(user),
        });
        let users = Page { items: users.collect(), total: project.users.len() };
        SubscriptionList { project: project.row, groups: groups.collect(), users }
    }
}

#[inline]
fn lookup(rows: &[(u32, bool)], project: u32) -> Option<bool> {
    let at = rows.binary_search_by_key(&project, |(project, _)| *project).ok()?;
    rows.get(at).map(|(_, enabled)| *enabled)
}
