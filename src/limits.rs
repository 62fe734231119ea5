//! Every bound of the engine, in one place, each with its reason.
//!
//! The constants belong to the language of names and patterns: they decide what a text means, so they are the same in
//! every engine. [`Limits`] holds the bounds that protect a host's memory and time: a host that needs more sets more.

/// Segments of a name, at least: service, resource type, and an id.
pub const MIN_NAME_SEGMENTS: usize = 3;

/// Segments of a name or a pattern, at most. Bounds the work of a check and lets segment sets be 8-bit masks.
pub const MAX_SEGMENTS: usize = 8;

/// Bytes of one segment, at most.
pub const MAX_SEGMENT_BYTES: usize = 256;

/// Bytes of a whole name or pattern, at most.
pub const MAX_NAME_BYTES: usize = 1_024;

/// Wildcards (`*` and `?`) in one segment of a pattern, at most. Bounds glob matching and the exact relations.
pub const MAX_SEGMENT_WILDCARDS: usize = 8;

/// Actions known to one engine, at most: a set of actions is a 64-bit mask.
pub const MAX_ACTIONS: usize = 64;

/// Bytes of an action's name, at most.
pub const MAX_ACTION_BYTES: usize = 64;

/// Bytes of a namespace, a principal's id or a project's id, at most.
pub const MAX_ID_BYTES: usize = 256;

/// Bounds that protect the host. [`Limits::default`] suits a service; set a field for more or less.
///
/// Exceeding one is an error that names the bound, and nothing is half applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Changes in one change set (default 2,000,000). Bounds the memory of one [`apply`](crate::Engine::apply).
    pub changes_per_set: usize,
    /// Attributes in one permission's criteria (default 16). All of them are compared on a check.
    pub criteria_per_permission: usize,
    /// Bytes of one attribute's name or text value (default 1,024).
    pub attribute_bytes: usize,
    /// Attributes of the resource in one JSON request (default 1,024). A request in memory may carry any number: only
    /// those that criteria name are looked up.
    pub attributes_per_request: usize,
    /// Groups and profiles that a caller may name for one subject, and direct memberships of one principal
    /// (default 4,096). A check visits each.
    pub memberships_per_principal: usize,
    /// Items in one batch of checks (default 100,000).
    pub batch_items: usize,
    /// Permissions that one explanation lists (default 10,000); the rest are counted.
    pub explained_permissions: usize,
    /// Problems that one error lists (default 100); the rest are counted.
    pub reported_problems: usize,
    /// Nesting of arrays and objects in a JSON document (default 16). The deepest that a document means is 6.
    pub json_depth: usize,
    /// Bytes of one string in a JSON document (default 65,536), before it is judged any further.
    pub json_string_bytes: usize,
}

impl Limits {
    /// No bounds, for what was found to be within them before.
    pub(crate) const fn none() -> Self {
        const MOST: usize = usize::MAX;
        Self {
            changes_per_set: MOST,
            criteria_per_permission: MOST,
            attribute_bytes: MOST,
            attributes_per_request: MOST,
            memberships_per_principal: MOST,
            batch_items: MOST,
            explained_permissions: MOST,
            reported_problems: 100,
            json_depth: MOST,
            json_string_bytes: MOST,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            changes_per_set: 2_000_000,
            criteria_per_permission: 16,
            attribute_bytes: 1_024,
            attributes_per_request: 1_024,
            memberships_per_principal: 4_096,
            batch_items: 100_000,
            explained_permissions: 10_000,
            reported_problems: 100,
            json_depth: 16,
            json_string_bytes: 65_536,
        }
    }
}
