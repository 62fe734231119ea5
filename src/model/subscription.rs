//! Subscriptions to the AI function: who can have a row, and which level decided.

/// An entity that can have a subscription row in a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subscriber {
    /// The project itself.
    Project,
    /// A user group, by id.
    Group(String),
    /// A user, by id.
    User(String),
}

/// The level at which a subscription was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionLevel {
    /// The user's own row.
    User,
    /// Rows of the user's groups, or of groups above them.
    Group,
    /// The project's row.
    Project,
    /// No row anywhere: disabled.
    Default,
    /// The request names no project: disabled.
    NoProject,
    /// The subject has no user: disabled.
    NoUser,
}

impl SubscriptionLevel {
    /// The level's name in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Project => "project",
            Self::Default => "default",
            Self::NoProject => "no_project",
            Self::NoUser => "no_user",
        }
    }
}
