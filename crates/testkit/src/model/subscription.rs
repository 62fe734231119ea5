//! Subscriptions: which row decides, and what subscribing and unsubscribing write.

use std::collections::BTreeSet;

use grantrie::{Effected, Memberships, Principal, Request, RowState, Subject, Subscriber, SubscriptionLevel};

use super::Model;

impl Model {
    /// Whether `ai_func` is enabled for a user in a project, at which level that was decided, and by which rows:
    /// those with the deciding value, ascending.
    #[must_use]
    pub fn resolve(
        &self,
        project: &str,
        user: &str,
        memberships: Memberships<'_>,
    ) -> (bool, SubscriptionLevel, Vec<Subscriber>) {
        let own = Subscriber::User(user.to_owned());
        if let Some(enabled) = self.row(project, &own) {
            return (enabled, SubscriptionLevel::User, vec![own]);
        }
        let (groups, upward) = match memberships {
            Memberships::Directory => (self.direct_groups(&Principal::user(user)), true),
            Memberships::Named { groups, .. } => (groups.iter().map(|&group| group.to_owned()).collect(), false),
        };
        let value =
            |group: &String| if upward { self.group_value(project, group) } else { self.group_row(project, group) };
        if let Some(enabled) = self.combined(groups.iter().filter_map(value)) {
            let rows = self.group_rows(project, groups, upward, enabled);
            return (enabled, SubscriptionLevel::Group, rows);
        }
        match self.row(project, &Subscriber::Project) {
            Some(enabled) => (enabled, SubscriptionLevel::Project, vec![Subscriber::Project]),
            None => (false, SubscriptionLevel::Default, Vec::new()),
        }
    }

    /// The rows of a project, ascending by entity: the project, groups, users.
    #[must_use]
    pub fn subscriptions(&self, project: &str) -> Vec<(Subscriber, bool)> {
        let of_project = self.rows.iter().filter(|((known, _), _)| known == project);
        of_project.map(|((_, who), enabled)| (who.clone(), *enabled)).collect()
    }

    /// The level that closes the gate for a request, if its service is gated and the gate is closed.
    pub(super) fn closed_gate(&self, request: &Request<'_>) -> Option<SubscriptionLevel> {
        let service = request.irn.split(':').next()?;
        if !self.gates.contains(service) {
            return None;
        }
        let Subject::User { id, memberships } = request.subject else {
            return Some(SubscriptionLevel::NoUser);
        };
        let Some(project) = request.project else {
            return Some(SubscriptionLevel::NoProject);
        };
        let (enabled, level, _) = self.resolve(project, id, memberships);
        (!enabled).then_some(level)
    }

    pub(super) fn row(&self, project: &str, who: &Subscriber) -> RowState {
        self.rows.get(&(project.to_owned(), who.clone())).copied()
    }

    fn group_row(&self, project: &str, group: &str) -> RowState {
        self.row(project, &Subscriber::Group(group.to_owned()))
    }

    /// A group's own row, else what its parents come to.
    fn group_value(&self, project: &str, group: &str) -> RowState {
        let parents = || self.direct_groups(&Principal::group(group));
        let above = || self.combined(parents().iter().filter_map(|parent| self.group_value(project, parent)));
        self.group_row(project, group).or_else(above)
    }

    /// What several groups come to: the winning value if one has it, else the other, else nothing.
    fn combined(&self, values: impl Iterator<Item = bool>) -> RowState {
        let values: Vec<bool> = values.collect();
        let winning = self.enabled_wins;
        if values.contains(&winning) { Some(winning) } else { values.first().copied() }
    }

    /// The rows that the groups' values come from, of those with this value.
    fn group_rows(&self, project: &str, groups: Vec<String>, upward: bool, enabled: bool) -> Vec<Subscriber> {
        let (mut deciding, mut open) = (BTreeSet::new(), groups);
        while let Some(group) = open.pop() {
            match self.group_row(project, &group) {
                Some(row) if row == enabled => {
                    deciding.insert(Subscriber::Group(group));
                }
                Some(_) => {}
                None if upward => open.extend(self.direct_groups(&Principal::group(group))),
                None => {}
            }
        }
        deciding.into_iter().collect()
    }

    /// What an entity comes to, all rows considered.
    fn resolves(&self, project: &str, who: &Subscriber) -> bool {
        let own = match who {
            Subscriber::Project => None,
            Subscriber::Group(group) => self.group_value(project, group),
            Subscriber::User(user) => return self.resolve(project, user, Memberships::Directory).0,
        };
        own.or(self.row(project, &Subscriber::Project)).unwrap_or(false)
    }

    /// Adds in their order, then deletes from the top down.
    pub(super) fn subscribe(&mut self, project: &str, add: &[Subscriber], delete: &[Subscriber]) -> Vec<Effected> {
        let mut effects = Vec::new();
        for who in add {
            effects.extend(self.write(project, who, Some(true)));
        }
        for who in self.top_down(delete) {
            if !self.resolves(project, &who) {
                continue;
            }
            let mut without = self.clone();
            without.write(project, &who, None);
            let row = if without.resolves(project, &who) { Some(false) } else { None };
            effects.extend(self.write(project, &who, row));
        }
        effects
    }

    pub(super) fn write(&mut self, project: &str, subscriber: &Subscriber, after: RowState) -> Option<Effected> {
        let key = (project.to_owned(), subscriber.clone());
        let before = self.rows.get(&key).copied();
        match after {
            Some(enabled) => self.rows.insert(key, enabled),
            None => self.rows.remove(&key),
        };
        let (project, subscriber) = (project.to_owned(), subscriber.clone());
        (before != after).then_some(Effected::Subscription { project, subscriber, before, after })
    }

    /// The project, groups (no group before one that is above it, else by id), then users by id.
    fn top_down(&self, entities: &[Subscriber]) -> Vec<Subscriber> {
        let mut left: Vec<Subscriber> = entities.to_vec();
        left.sort();
        let mut ordered = Vec::new();
        while !left.is_empty() {
            let is_first =
                |n: &usize| !left.iter().enumerate().any(|(m, other)| m != *n && self.is_above(other, &left[*n]));
            // Cycles are refused, so there is always a first one.
            let next = (0..left.len()).find(is_first).unwrap_or(0);
            ordered.push(left.remove(next));
        }
        ordered
    }

    fn is_above(&self, above: &Subscriber, below: &Subscriber) -> bool {
        match (above, below) {
            (Subscriber::Group(above), Subscriber::Group(below)) => {
                self.with_all_above(Principal::group(below)).contains(&Principal::group(above))
            }
            _ => false,
        }
    }
}
