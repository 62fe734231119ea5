//! Lists of permissions by pattern.

use grantrie::PermissionId;

use super::Model;
use crate::relation::covers;

impl Model {
    /// The permissions of a namespace whose pattern covers this one (or this name), ascending by id.
    #[must_use]
    pub fn lookup_covering(&self, namespace: &str, pattern: &str) -> Vec<PermissionId> {
        self.lookup(namespace, |stored| covers(stored, pattern))
    }

    /// The permissions of a namespace whose pattern is covered by this one, ascending by id.
    #[must_use]
    pub fn lookup_covered_by(&self, namespace: &str, pattern: &str) -> Vec<PermissionId> {
        self.lookup(namespace, |stored| covers(pattern, stored))
    }

    fn lookup(&self, namespace: &str, wanted: impl Fn(&str) -> bool) -> Vec<PermissionId> {
        let of_namespace = self.permissions.iter().filter(|permission| permission.namespace == namespace);
        let mut ids: Vec<_> =
            of_namespace.filter(|permission| wanted(permission.pattern.as_str())).map(|found| found.id).collect();
        ids.sort();
        ids
    }
}
