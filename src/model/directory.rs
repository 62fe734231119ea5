//! What the directory says of a user or a group.

/// A user as the directory lists it. Putting one replaces what was listed, its memberships included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserRecord {
    /// The user's id.
    pub user_id: String,
    /// The name that people see, if known.
    pub user_name: Option<String>,
    /// The phone number, if known.
    pub user_phone: Option<String>,
    /// Ids of the groups that the user is directly in.
    pub groups: Vec<String>,
    /// Ids of the permission profiles attached to the user.
    pub permprofiles: Vec<String>,
}

/// A user group as the directory lists it. Putting one replaces what was listed, its memberships included (not
/// those of its members).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRecord {
    /// The group's id.
    pub group_id: String,
    /// The name that people see, if known.
    pub group_name: Option<String>,
    /// Ids of the groups that this group is directly in.
    pub groups: Vec<String>,
    /// Ids of the permission profiles attached to the group.
    pub permprofiles: Vec<String>,
}
