//! A request that owns its texts, for generators and cases.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use grantrie::{Attributes, Request, Subject, Timestamp};

/// A [`Request`] with its own texts.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedRequest {
    /// Where the permission must be.
    pub namespace: String,
    /// Who asks.
    pub subject: OwnedSubject,
    /// What for.
    pub action: String,
    /// On what.
    pub irn: String,
    /// The project whose AI subscription counts.
    pub project: Option<String>,
    /// The resource's attributes, if any are known.
    pub attributes: Option<Attributes>,
    /// The instant to judge.
    pub at: Option<Timestamp>,
}

/// A [`Subject`] with its own texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedSubject {
    /// A user whose memberships the directory knows.
    User(String),
    /// A user with exactly these groups and profiles.
    ///
    /// Their ids are interned for the life of the process: so a request can borrow them as it needs to, without scratch.
    Named {
        /// The user's id.
        id: String,
        /// Ids of groups.
        groups: Vec<&'static str>,
        /// Ids of profiles.
        permprofiles: Vec<&'static str>,
    },
    /// A profile alone.
    PermProfile(String),
}

impl OwnedRequest {
    /// The request, borrowed.
    #[must_use]
    pub fn as_request(&self) -> Request<'_> {
        Request {
            namespace: &self.namespace,
            subject: self.subject.as_subject(),
            action: &self.action,
            irn: &self.irn,
            project: self.project.as_deref(),
            attributes: self.attributes.as_ref(),
            at: self.at,
        }
    }
}

impl OwnedSubject {
    /// A user with these memberships.
    #[must_use]
    pub fn named<'a>(
        id: &str,
        groups: impl IntoIterator<Item = &'a str>,
        permprofiles: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::Named {
            id: id.to_owned(),
            groups: groups.into_iter().map(intern).collect(),
            permprofiles: permprofiles.into_iter().map(intern).collect(),
        }
    }

    /// The subject, borrowed.
    #[must_use]
    pub fn as_subject(&self) -> Subject<'_> {
        match self {
            Self::User(id) => Subject::user(id),
            Self::Named { id, groups, permprofiles } => Subject::user_with(id, groups, permprofiles),
            Self::PermProfile(id) => Subject::permprofile(id),
        }
    }
}

/// One copy of each text, kept for good: tests name few different ids.
pub(crate) fn intern(text: &str) -> &'static str {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(text) {
        return found;
    }
    let kept: &'static str = Box::leak(text.into());
    known.insert(kept);
    kept
}
