//! What the directory says of a user or a group.

use super::Span;

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

/// A [`UserRecord`] whose texts stand somewhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UserRef<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) phone: Option<&'a str>,
    pub(crate) groups: TextsRef<'a>,
    pub(crate) permprofiles: TextsRef<'a>,
}

/// Texts that stand somewhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TextsRef<'a> {
    Each(&'a [String]),
    /// All in one text.
    Spelled(&'a str, &'a [Span]),
}

impl UserRecord {
    /// What is listed, without a copy of it.
    pub(crate) fn view(&self) -> UserRef<'_> {
        UserRef {
            id: &self.user_id,
            name: self.user_name.as_deref(),
            phone: self.user_phone.as_deref(),
            groups: TextsRef::Each(&self.groups),
            permprofiles: TextsRef::Each(&self.permprofiles),
        }
    }
}

impl UserRef<'_> {
    /// The same with texts of its own.
    pub(crate) fn to_record(self) -> UserRecord {
        UserRecord {
            user_id: self.id.to_owned(),
            user_name: self.name.map(str::to_owned),
            user_phone: self.phone.map(str::to_owned),
            groups: self.groups.iter().map(str::to_owned).collect(),
            permprofiles: self.permprofiles.iter().map(str::to_owned).collect(),
        }
    }
}

impl<'a> TextsRef<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (each, text, spans) = match self {
            Self::Each(texts) => (texts, "", &[][..]),
            Self::Spelled(text, spans) => (&[][..], text, spans),
        };
        each.iter().map(String::as_str).chain(spans.iter().map(move |span| span.of(text)))
    }
}
