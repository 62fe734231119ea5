//! How much memory a world takes.

use super::World;
use crate::cow::Heap;
use crate::read::MemoryUse;

impl World {
    pub(crate) fn memory(&self) -> MemoryUse {
        let (namespaces, counts) = self.namespaces.heap();
        let (principals, nodes) = self.principals.heap();
        let (projects, rows) = self.projects.heap();
        let (patterns, lookups) = self.patterns.heap();
        let sum = |parts: &[usize]| parts.iter().copied().fold(0, usize::saturating_add);
        MemoryUse {
            check_index: sum(&[namespaces, counts, principals, patterns]),
            permissions: sum(&[self.grants.heap(), self.conditions.heap(), self.by_id.heap()]),
            lookups,
            directory: sum(&[nodes, projects, rows]),
        }
    }
}
