//! The `ai_func` subscription: how rows of users, groups and projects combine.
//!
//! A user's own row decides; else its groups; else the project; else it is disabled. A group without a row takes what
//! the groups above it come to, by the same rule.

use crate::model::{Subscriber, SubscriptionLevel};

/// Which of several groups' rows wins. Set once, with
/// [`EngineBuilder::group_conflict`](crate::EngineBuilder::group_conflict).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupConflict {
    /// Any group that is disabled wins over any that is enabled.
    #[default]
    DisabledWins,
    /// Any group that is enabled wins over any that is disabled.
    EnabledWins,
}

/// What the rows of a project come to for a user, and which rows decided. Made by
/// [`Engine::resolve_subscription`](crate::Engine::resolve_subscription), where the example is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Whether the AI function is enabled.
    pub enabled: bool,
    /// The level that decided: [`SubscriptionLevel::User`], `Group`, `Project` or `Default`.
    pub level: SubscriptionLevel,
    /// The rows that decided, ascending: one, or all groups' rows that say what won; none at level `Default`.
    pub rows: Vec<Subscriber>,
}

/// What the rows of one project come to: the project's own, then groups and users with rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionList {
    /// The project's row; `None` if it has none.
    pub project: Option<bool>,
    /// Groups with a row, by id.
    pub groups: Vec<GroupSubscription>,
    /// The users asked for, of all with a row, by id.
    pub users: crate::Page<UserSubscription>,
}

/// A group's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSubscription {
    /// The group's id.
    pub group_id: String,
    /// Its name, if the directory lists one.
    pub group_name: Option<String>,
    /// Whether the AI function is enabled.
    pub ai_func: bool,
}

/// A user's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSubscription {
    /// The user's id.
    pub user_id: String,
    /// Its name, if the directory lists one.
    pub user_name: Option<String>,
    /// Its phone number, if the directory lists one.
    pub user_phone: Option<String>,
    /// Whether the AI function is enabled.
    pub ai_func: bool,
}

/// One more group's value beside those known so far.
#[inline]
pub(crate) fn combine(conflict: GroupConflict, known: Option<bool>, more: bool) -> bool {
    match (known, conflict) {
        (None, _) => more,
        (Some(known), GroupConflict::DisabledWins) => known && more,
        (Some(known), GroupConflict::EnabledWins) => known || more,
    }
}
