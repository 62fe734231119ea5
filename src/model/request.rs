//! A question and its answer.

use std::fmt;

use super::{Attributes, PermissionId, Subject, SubscriptionLevel, Timestamp};
use crate::Revision;
use crate::error::ParseError;

/// May this subject do this here? Borrowed throughout: making one allocates nothing. Its texts are judged when it is asked.
///
/// ```
/// use grantrie::{Attributes, Request, Subject};
/// let attributes = Attributes::from([("stage".to_owned(), "draft".into())]);
/// let request = Request::new("acme", Subject::user("ann"), "EDIT", "aisvc:agent:7")
///     .in_project("atlas")
///     .with_attributes(&attributes)
///     .at("2026-11-22T09:30:00Z".parse()?);
/// assert_eq!(request.project, Some("atlas"));
/// # Ok::<(), grantrie::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    /// Where the permission must be; 1 to 256 bytes without control characters, as all ids.
    pub namespace: &'a str,
    /// Who asks.
    pub subject: Subject<'a>,
    /// What for: an action's name. One that no permission names is held only by `*`.
    pub action: &'a str,
    /// On what: a concrete name.
    pub irn: &'a str,
    /// The project whose AI subscription counts, for gated services.
    pub project: Option<&'a str>,
    /// The resource's attributes: none known, or known (and perhaps empty).
    pub attributes: Option<&'a Attributes>,
    /// The instant to judge; the engine's clock if absent. The clock is read only where a matching permission has times.
    pub at: Option<Timestamp>,
}

impl<'a> Request<'a> {
    /// A request without project and attributes, judged now.
    #[must_use]
    pub const fn new(namespace: &'a str, subject: Subject<'a>, action: &'a str, irn: &'a str) -> Self {
        Self { namespace, subject, action, irn, project: None, attributes: None, at: None }
    }

    /// The same request in a project.
    #[must_use]
    pub const fn in_project(mut self, project: &'a str) -> Self {
        self.project = Some(project);
        self
    }

    /// The same request for a resource with these attributes.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a Attributes) -> Self {
        self.attributes = Some(attributes);
        self
    }

    /// The same request at this instant.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

/// The answer to a [`Request`]. `Copy`, and without text: making one allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed. True only with [`Reason::Granted`].
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// The revision of the snapshot that was asked.
    pub revision: Revision,
    /// The first instant after the request's at which time alone could change the answer; `None` for never.
    ///
    /// Sound, so that an answer may be kept until then as long as the revision is the same: a denied answer holds
    /// until its last applying deny ends; a granted one until its last applying allow ends or the first deny begins;
    /// any other until the first matching permission begins.
    pub valid_until: Option<Timestamp>,
}

/// Why a request was allowed or denied. Where several hold, the first of: invalid, denied, no grant, not subscribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// This permission grants it: of those that apply, the one that applies longest, then the lowest id.
    Granted(PermissionId),
    /// This permission forbids it: of those that apply, the one that applies longest, then the lowest id.
    Denied(PermissionId),
    /// No permission that applies grants it.
    NoGrant,
    /// Granted, but the service is gated and `ai_func` is not enabled; this level decided so.
    NotSubscribed(SubscriptionLevel),
    /// The request itself is wrong.
    Invalid(InvalidRequest),
}

impl Reason {
    /// `granted`, `denied`, `no_grant`, `not_subscribed` or `invalid`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Granted(_) => "granted",
            Self::Denied(_) => "denied",
            Self::NoGrant => "no_grant",
            Self::NotSubscribed(_) => "not_subscribed",
            Self::Invalid(_) => "invalid",
        }
    }

    /// The permission that decided, if one did.
    #[must_use]
    pub const fn permission(&self) -> Option<PermissionId> {
        match self {
            Self::Granted(id) | Self::Denied(id) => Some(*id),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted(id) => write!(f, "granted by permission {id}"),
            Self::Denied(id) => write!(f, "forbidden by permission {id}"),
            Self::NoGrant => f.write_str("no permission grants it"),
            Self::NotSubscribed(level) => write!(f, "not subscribed ({})", level.as_str()),
            Self::Invalid(invalid) => write!(f, "invalid request: {invalid}"),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.allowed { "allowed" } else { "denied" }, self.reason)
    }
}

/// What is wrong with a request: which field, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidRequest {
    /// The first wrong field, in the order of [`RequestField`].
    pub field: RequestField,
    /// Why.
    pub error: ParseError,
}

/// A field of a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RequestField {
    /// The namespace.
    Namespace,
    /// The user's or profile's id.
    Subject,
    /// A named group's id.
    Group,
    /// A named profile's id.
    PermProfile,
    /// The action.
    Action,
    /// The name of the resource.
    Irn,
    /// The project.
    Project,
}

impl RequestField {
    /// The field's name in a JSON request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Subject => "user",
            Self::Group => "groups",
            Self::PermProfile => "permprofiles",
            Self::Action => "action",
            Self::Irn => "irn",
            Self::Project => "project",
        }
    }
}

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} [{} {}]", self.field.as_str(), self.error, self.error.code().number(), self.error.code())
    }
}

impl std::error::Error for InvalidRequest {}
