//! Reading back: permissions by id, by principal, and by their pattern's relation to another.

use crate::Pattern;
use crate::cow::SortedIds;
use crate::index::Grants;
use crate::model::{Permission, PermissionId, PrincipalKind};
use crate::world::{Grant, Lookup, World};

/// Which permissions to read. All that is set must hold; nothing set means all permissions.
///
/// For [`Engine::permissions`](crate::Engine::permissions), where the example is. Principals are those that hold a
/// permission themselves: a user's query does not find what its groups hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct PermissionQuery<'a> {
    /// In one of these namespaces; empty for any.
    pub namespaces: &'a [&'a str],
    /// With a pattern that covers this one (*look up by IRN*). Any name is a pattern too: it then finds what matches it.
    pub covering: Option<&'a Pattern>,
    /// With a pattern that this one covers (*look up by pattern*).
    pub covered_by: Option<&'a Pattern>,
    /// Of a principal of this kind; any, if absent.
    pub principal_kind: Option<PrincipalKind>,
    /// Of a principal with this id, of whichever kind if `principal_kind` is absent.
    pub principal_id: Option<&'a str>,
    /// How many of the first ones to leave out.
    pub offset: usize,
    /// How many to answer at most; absent for all that are left, 0 for only the count.
    pub limit: Option<usize>,
}

/// Some of the items asked for, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items from `offset` on, at most `limit`.
    pub items: Vec<T>,
    /// All items there are, on this page and elsewhere.
    pub total: usize,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), total: 0 }
    }
}

/// How many entities of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Permissions.
    pub permissions: usize,
    /// Different patterns.
    pub patterns: usize,
    /// Users, groups and profiles that anything is known of.
    pub principals: usize,
    /// Namespaces with permissions.
    pub namespaces: usize,
    /// Projects with subscription rows.
    pub projects: usize,
}

/// How many bytes an engine's newest version takes, as they were asked of the allocator, which adds its own. After
/// changes up to as much again is in use: two versions share what neither has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryUse {
    /// What a check reads: namespaces and principals by name, what each principal holds, who is in what, and the texts of
    /// patterns.
    pub check_index: usize,
    /// Ids, actions, times and criteria of the permissions, and finding them by id. A check reads these of the
    /// permissions that decide.
    pub permissions: usize,
    /// Finding patterns by a name or another pattern, and who holds each.
    pub lookups: usize,
    /// What else is known of users, groups, profiles and projects: members, names, subscription rows.
    pub directory: usize,
}

impl MemoryUse {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> usize {
        let both = self.check_index.saturating_add(self.permissions);
        both.saturating_add(self.lookups).saturating_add(self.directory)
    }
}

impl World {
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            permissions: self.grants.len(),
            patterns: self.patterns.len(),
            principals: self.principals.len(),
            namespaces: self.namespaces.len(),
            projects: self.projects.len(),
        }
    }

    /// The permissions of a query, by ascending id. The work is in the number of permissions that the narrowest of its
    /// conditions leaves: a pattern, else a principal, else all.
    pub(crate) fn permissions(&self, query: &PermissionQuery<'_>) -> Page<Permission> {
        let found = self.find_permissions(query);
        let page = found.iter().skip(query.offset).take(query.limit.unwrap_or(usize::MAX));
        Page { items: page.filter_map(|number| self.permission(*number)).collect(), total: found.len() }
    }

    /// The same of those that are kept.
    pub(crate) fn permissions_where(
        &self,
        query: &PermissionQuery<'_>,
        mut keep: impl FnMut(&Permission) -> bool,
    ) -> Page<Permission> {
        let mut page = Page::default();
        for number in self.find_permissions(query) {
            let Some(permission) = self.permission(number).filter(&mut keep) else { continue };
            if page.total >= query.offset && query.limit.is_none_or(|limit| page.items.len() < limit) {
                page.items.push(permission);
            }
            page.total = page.total.saturating_add(1);
        }
        page
    }

    /// The grants of a query's permissions, by ascending id of the permission.
    fn find_permissions(&self, query: &PermissionQuery<'_>) -> Vec<u32> {
        let mut found: Vec<(PermissionId, u32)> = Vec::new();
        let namespaces: Vec<u32> = query.namespaces.iter().filter_map(|name| self.namespaces.find(0, name)).collect();
        let mut consider = |number: u32, grant: &Grant| {
            let namespace = query.namespaces.is_empty() || namespaces.contains(&grant.namespace());
            if namespace && self.has_principal(query, grant.principal) && self.has_pattern(query, grant.pattern) {
                found.push((grant.id(), number));
            }
        };
        let mut consider_number = |number: u32| {
            if let Some(grant) = self.grant(number) {
                consider(number, grant);
            }
        };
        let mut holders = |pattern: u32| {
            self.patterns.kept(pattern).into_iter().flat_map(SortedIds::iter).for_each(&mut consider_number);
        };
        match (query.covering, query.covered_by, query.principal_kind, query.principal_id) {
            (Some(pattern), ..) => self.patterns.covering(pattern.view(), &mut holders),
            (None, Some(pattern), ..) => self.patterns.covered_by(pattern.view(), &mut holders),
            (None, None, Some(kind), Some(id)) => {
                let grants = self.find_principal(kind, id).map(|principal| self.grants_of(principal));
                grants.into_iter().flat_map(Grants::iter).for_each(|line| consider_number(line.grant()));
            }
            (None, None, ..) => self.by_id.iter().for_each(|entry| consider_number(entry.id)),
        }
        found.sort_unstable();
        found.into_iter().map(|(_, number)| number).collect()
    }

    fn has_principal(&self, query: &PermissionQuery<'_>, principal: u32) -> bool {
        let of_kind = |kind| self.kind_of(principal) == Some(kind);
        query.principal_kind.is_none_or(of_kind)
            && query.principal_id.is_none_or(|id| self.principals.text(principal) == id)
    }

    /// Whether a pattern stands as asked to both patterns of a query, where both are given.
    fn has_pattern(&self, query: &PermissionQuery<'_>, pattern: u32) -> bool {
        match (query.covering, query.covered_by) {
            (Some(_), Some(covered_by)) => {
                self.patterns.get(pattern).is_some_and(|pattern| covered_by.view().covers(pattern))
            }
            _ => true,
        }
    }
}
