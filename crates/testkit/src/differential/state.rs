//! Everything that can be read back: lists, records, lookups, subscriptions and counts.

use std::collections::BTreeSet;

use grantrie::{
    Engine, GroupSubscription, Memberships, Pattern, Permission, PermissionId, PermissionQuery, Principal, Subscriber,
    SubscriptionList, UserSubscription,
};

use super::{Disagreement, Pair};
use crate::history::{IDS, NAMESPACES, PROJECTS, name, pattern};
use crate::{Choices, OwnedSubject};

/// Permissions up to which lookups are compared: the naive relations take their time.
const MOST_FOR_LOOKUPS: usize = 60;

impl Pair {
    /// Compares a choice of all that can be read back.
    ///
    /// # Errors
    /// Where they differ.
    pub fn compare_state(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        match choices.below(6) {
            0 => self.permissions(choices),
            1 => self.records(choices),
            2 if self.model.permissions.len() <= MOST_FOR_LOOKUPS => self.lookups(choices),
            3 => self.subscriptions(choices),
            4 => self.counts(),
            _ => self.resolutions(choices),
        }
    }

    /// Compares all of it.
    ///
    /// # Errors
    /// Where they differ.
    pub fn compare_whole_state(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        self.permissions(choices)?;
        self.records(choices)?;
        if self.model.permissions.len() <= MOST_FOR_LOOKUPS {
            self.lookups(choices)?;
        }
        self.subscriptions(choices)?;
        self.resolutions(choices)?;
        self.counts()
    }

    fn sorted_permissions(&self, wanted: impl Fn(&Permission) -> bool) -> Vec<Permission> {
        let mut all: Vec<Permission> = self.model.permissions.iter().filter(|found| wanted(found)).cloned().collect();
        all.sort_by_key(|permission| permission.id);
        all
    }

    fn permissions(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        let all = self.sorted_permissions(|_| true);
        let page = self.engine.permissions(&PermissionQuery::default());
        Disagreement::unless_equal(&page.items, &all, || "all permissions".to_owned())?;
        for found in &all {
            let one = self.engine.permission(found.id);
            Disagreement::unless_equal(&one.as_ref(), &Some(found), || format!("the permission {}", found.id))?;
        }
        let kind = *choices.pick(&grantrie::PrincipalKind::ALL);
        let id = *choices.pick(&IDS);
        let namespaces = choices.some(&NAMESPACES, 2);
        let (offset, limit) = (choices.below(3), choices.below(6));
        let query = PermissionQuery {
            namespaces: &namespaces,
            principal_kind: if choices.percent(70) { Some(kind) } else { None },
            principal_id: if choices.percent(70) { Some(id) } else { None },
            offset,
            limit: Some(limit),
            ..PermissionQuery::default()
        };
        let wanted = |found: &Permission| {
            (namespaces.is_empty() || namespaces.contains(&found.namespace.as_str()))
                && query.principal_kind.is_none_or(|kind| found.principal.kind == kind)
                && query.principal_id.is_none_or(|id| found.principal.id == id)
        };
        let expected = self.sorted_permissions(wanted);
        let total = expected.len();
        let expected: Vec<Permission> = expected.into_iter().skip(offset).take(limit).collect();
        let page = self.engine.permissions(&query);
        Disagreement::unless_equal(&(page.items, page.total), &(expected, total), || format!("{query:?}"))
    }

    fn records(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        for id in choices.some(&IDS, 4) {
            let sorted = |mut ids: Vec<String>| {
                ids.sort_unstable();
                ids
            };
            let user = self.engine.user(id).map(|user| {
                (sorted(user.groups.clone()), sorted(user.permprofiles.clone()), user.user_name, user.user_phone)
            });
            let known =
                self.model.user(id).map(|user| (user.groups, user.permprofiles, user.user_name, user.user_phone));
            Disagreement::unless_equal(&user, &known, || format!("the user `{id}`"))?;
            let group = self
                .engine
                .group(id)
                .map(|group| (sorted(group.groups.clone()), sorted(group.permprofiles.clone()), group.group_name));
            let known = self.model.group(id).map(|group| (group.groups, group.permprofiles, group.group_name));
            Disagreement::unless_equal(&group, &known, || format!("the group `{id}`"))?;
        }
        Ok(())
    }

    /// Both lookups, by a pattern at hand or a name.
    fn lookups(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        let namespace = *choices.pick_skewed(&NAMESPACES);
        let text = match choices.below(3) {
            0 => name(choices),
            1 if !self.model.permissions.is_empty() => {
                choices.pick(&self.model.permissions).pattern.as_str().to_owned()
            }
            _ => pattern(choices),
        };
        let asked: Pattern = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
        let namespaces = [namespace];
        let query = PermissionQuery { namespaces: &namespaces, ..PermissionQuery::default() };
        let covering = ids(&self.engine, &PermissionQuery { covering: Some(&asked), ..query });
        let expected = self.model.lookup_covering(namespace, &text);
        Disagreement::unless_equal(&covering, &expected, || format!("what covers `{text}` in `{namespace}`"))?;
        let covered = ids(&self.engine, &PermissionQuery { covered_by: Some(&asked), ..query });
        let expected = self.model.lookup_covered_by(namespace, &text);
        Disagreement::unless_equal(&covered, &expected, || format!("what `{text}` covers in `{namespace}`"))
    }

    fn subscriptions(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        let project = *choices.pick(&PROJECTS);
        let (mut offset, mut limit) = (0, None);
        if choices.percent(40) {
            (offset, limit) = (choices.below(3), Some(choices.below(3)));
        }
        let list = self.engine.subscriptions(project, offset, limit);
        let expected = self.expected_list(project, offset, limit);
        Disagreement::unless_equal(&list, &expected, || format!("the subscriptions of `{project}`, {offset} {limit:?}"))
    }

    fn expected_list(&self, project: &str, offset: usize, limit: Option<usize>) -> SubscriptionList {
        let mut list = SubscriptionList::default();
        for (subscriber, ai_func) in self.model.subscriptions(project) {
            match subscriber {
                Subscriber::Project => list.project = Some(ai_func),
                Subscriber::Group(group_id) => {
                    let group_name = self.model.group(&group_id).and_then(|group| group.group_name);
                    list.groups.push(GroupSubscription { group_id, group_name, ai_func });
                }
                Subscriber::User(user_id) => {
                    let (user_name, user_phone) =
                        self.model.user(&user_id).map(|user| (user.user_name, user.user_phone)).unwrap_or_default();
                    list.users.items.push(UserSubscription { user_id, user_name, user_phone, ai_func });
                }
            }
        }
        list.users.total = list.users.items.len();
        list.users.items = list.users.items.into_iter().skip(offset).take(limit.unwrap_or(usize::MAX)).collect();
        list
    }

    fn resolutions(&self, choices: &mut Choices<'_>) -> Result<(), Disagreement> {
        for _ in 0..4 {
            let (project, user) = (*choices.pick_skewed(&PROJECTS), *choices.pick(&IDS));
            let groups = choices.some(&IDS, 3);
            let subject = if choices.percent(60) { None } else { Some(OwnedSubject::named(user, groups, [])) };
            let memberships = match &subject {
                Some(OwnedSubject::Named { groups, permprofiles, .. }) => Memberships::Named { groups, permprofiles },
                _ => Memberships::Directory,
            };
            let engine = self.engine.resolve_subscription(project, user, memberships);
            let engine = engine.map(|found| (found.enabled, found.level, found.rows));
            let model = self.model.resolve(project, user, memberships);
            Disagreement::unless_equal(&engine, &Ok(model), || {
                format!("resolve `{project}` `{user}` {memberships:?}")
            })?;
        }
        Ok(())
    }

    /// What is counted: nothing stays known on which nothing hangs.
    fn counts(&self) -> Result<(), Disagreement> {
        let permissions = &self.model.permissions;
        let patterns: BTreeSet<&str> = permissions.iter().map(|found| found.pattern.as_str()).collect();
        let namespaces: BTreeSet<&str> = permissions.iter().map(|found| found.namespace.as_str()).collect();
        let projects: BTreeSet<&str> = self.model.rows.keys().map(|(project, _)| project.as_str()).collect();
        let principals: BTreeSet<Principal> = self.known_principals();
        let counts = self.engine.counts();
        let engine = [counts.permissions, counts.patterns, counts.namespaces, counts.projects, counts.principals];
        let model = [permissions.len(), patterns.len(), namespaces.len(), projects.len(), principals.len()];
        let what = || "the counts of permissions, patterns, namespaces, projects, principals".to_owned();
        Disagreement::unless_equal(&engine, &model, what)
    }
}

fn ids(engine: &Engine, query: &PermissionQuery<'_>) -> Vec<PermissionId> {
    engine.permissions(query).items.iter().map(|found| found.id).collect()
}
