//! What is answered as JSON only here; the engine writes the rest.

use grantrie::Counts;
use serde_json::json;

/// How many entities of each kind there are.
#[must_use]
pub fn counts_json(counts: &Counts) -> String {
    let Counts { permissions, patterns, principals, namespaces, projects, .. } = *counts;
    json!({
        "permissions": permissions,
        "patterns": patterns,
        "principals": principals,
        "namespaces": namespaces,
        "projects": projects,
    })
    .to_string()
}
