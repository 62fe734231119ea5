//! Principals, to whom permissions are given, and subjects, who ask.

use std::fmt;
use std::str::FromStr;

use crate::error::{Code, ParseError};
use crate::limits::MAX_ID_BYTES;

/// The three kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A person or service account.
    User,
    /// A group of users and of other groups.
    UserGroup,
    /// A named set of permissions, attached to users or groups, or a subject of its own.
    PermProfile,
}

impl PrincipalKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::User, Self::UserGroup, Self::PermProfile];

    /// `user`, `usergroup` or `permprofile`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::UserGroup => "usergroup",
            Self::PermProfile => "permprofile",
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `user`, `usergroup` or `permprofile`")]
pub struct UnknownPrincipalKind;

impl FromStr for PrincipalKind {
    type Err = UnknownPrincipalKind;

    fn from_str(text: &str) -> Result<Self, UnknownPrincipalKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownPrincipalKind)
    }
}

/// A kind and an id. A user and a group may have the same id: they are different principals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its id among those of its kind; 1 to 256 bytes.
    pub id: String,
}

impl Principal {
    /// A user.
    pub fn user(id: impl Into<String>) -> Self {
        Self { kind: PrincipalKind::User, id: id.into() }
    }

    /// A user group.
    pub fn group(id: impl Into<String>) -> Self {
        Self { kind: PrincipalKind::UserGroup, id: id.into() }
    }

    /// A permission profile.
    pub fn profile(id: impl Into<String>) -> Self {
        Self { kind: PrincipalKind::PermProfile, id: id.into() }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Who asks. Borrowed from the request: making one allocates nothing.
///
/// ```
/// use grantrie::Subject;
/// let from_directory = Subject::user("ann");
/// let from_token = Subject::user_with("ann", &["staff"], &[]); // exactly this group, whatever the directory says
/// let job = Subject::permprofile("nightly-indexer"); // the profile's permissions alone
/// assert_eq!((from_token.user_id(), job.user_id()), (from_directory.user_id(), None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A user with its memberships.
    User {
        /// The user's id.
        id: &'a str,
        /// Where the memberships come from.
        memberships: Memberships<'a>,
    },
    /// A job that runs in a profile's context: the caller's own grants play no part.
    PermProfile {
        /// The profile's id.
        id: &'a str,
    },
}

/// Where a user's memberships come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memberships<'a> {
    /// The engine's directory knows them, transitively.
    Directory,
    /// The caller names them (from a token, say): exactly these count, and nothing is looked up.
    Named {
        /// Ids of groups. Those above them do not count unless they are named too.
        groups: &'a [&'a str],
        /// Ids of profiles.
        permprofiles: &'a [&'a str],
    },
}

impl<'a> Subject<'a> {
    /// A user whose memberships the directory knows.
    #[must_use]
    pub const fn user(id: &'a str) -> Self {
        Self::User { id, memberships: Memberships::Directory }
    }

    /// A user with exactly these groups and profiles.
    #[must_use]
    pub const fn user_with(id: &'a str, groups: &'a [&'a str], permprofiles: &'a [&'a str]) -> Self {
        Self::User { id, memberships: Memberships::Named { groups, permprofiles } }
    }

    /// A profile alone.
    #[must_use]
    pub const fn permprofile(id: &'a str) -> Self {
        Self::PermProfile { id }
    }

    /// The user, if the subject has one.
    #[must_use]
    pub const fn user_id(&self) -> Option<&'a str> {
        match *self {
            Self::User { id, .. } => Some(id),
            Self::PermProfile { .. } => None,
        }
    }
}

/// Whether a text can be the id of a principal or project, or a namespace.
///
/// # Errors
/// [`Code::InvalidId`]: empty, longer than 256 bytes, or with a control character.
pub(crate) fn check_id(id: &str) -> Result<(), ParseError> {
    // Without an early end this becomes a few vector instructions; other texts are looked at closely below.
    let plain = id.bytes().fold(true, |plain, b| plain & (b' '..0x7F).contains(&b));
    if plain && !id.is_empty() && id.len() <= MAX_ID_BYTES {
        return Ok(());
    }
    if id.is_empty() {
        return Err(ParseError::new(Code::InvalidId, 0, None));
    }
    if let Some((offset, c)) = id.char_indices().take_while(|(at, _)| *at < MAX_ID_BYTES).find(|(_, c)| c.is_control())
    {
        return Err(ParseError::new(Code::InvalidId, offset, Some(c)));
    }
    if id.len() > MAX_ID_BYTES {
        let (offset, found) = id.char_indices().find(|(at, c)| at.saturating_add(c.len_utf8()) > MAX_ID_BYTES).unzip();
        return Err(ParseError::new(Code::InvalidId, offset.unwrap_or(MAX_ID_BYTES), found));
    }
    Ok(())
}
