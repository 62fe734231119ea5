//! Histories: change sets and requests over a small vocabulary, made one after the other out of [`Choices`].
//!
//! The vocabulary is small so that things meet: the same id as a user, a group and a profile; names beside their
//! neighbours in sort order; globs that share a prefix; permissions with one key; memberships that close circles.
//! What is generated may be refused: whoever applies it compares the refusals too.

mod changes;
mod names;
mod requests;

use grantrie::{Limits, Timestamp};

pub use changes::change_set;
pub use names::{name, name_under, pattern};
pub use requests::{near_miss, request};

use crate::Choices;

/// Namespaces.
pub const NAMESPACES: [&str; 3] = ["tenant", "tenant2", "t"];
/// Ids of users, groups and profiles alike: the kind tells them apart.
pub const IDS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "aa", "a:b", "日", "a*"];
/// Projects.
pub const PROJECTS: [&str; 3] = ["p", "q", "tenant"];
/// Services, the first of which are gated now and then.
pub const SERVICES: [&str; 4] = ["s", "s2", "aisvc", "t"];
/// Actions that are known from the start, and some that are not.
pub const ACTIONS: [&str; 6] = ["READ", "RUN", "EDIT", "SHARE", "QUERY", "X_1"];
/// Names of attributes.
pub const ATTRIBUTES: [&str; 3] = ["tier", "region", "n"];

/// Tighter bounds than a host would have, so that a small history reaches them.
#[must_use]
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.changes_per_set = 3_000;
    limits.criteria_per_permission = 3;
    limits.attribute_bytes = 12;
    limits.memberships_per_principal = 6;
    limits.batch_items = 1_000;
    limits.reported_problems = 10_000;
    limits
}

/// An instant of the small range in which all times of a history lie.
pub fn instant(choices: &mut Choices<'_>) -> Timestamp {
    // 24 seconds, and at times the microsecond before or after.
    let micros = i64::try_from(choices.below(24) * 1_000_000).unwrap_or(0) + 1_800_000_000_000_000;
    let beside = match choices.below(8) {
        6 => -1,
        7 => 1,
        _ => 0,
    };
    Timestamp::from_micros(micros + beside).unwrap_or(Timestamp::MIN)
}
