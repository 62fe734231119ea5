//! An answer in the form in which two implementations can be compared.

use grantrie::{Decision, PermissionId, Reason, RequestField, SubscriptionLevel, Timestamp};

/// What a request is answered, without the revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: Why,
    /// The first instant at which time alone could change the answer.
    pub valid_until: Option<Timestamp>,
}

/// A [`Reason`] as the model can give it: of an invalid request only the field, since the exact fault of a text with
/// several is the parser's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// This permission grants it.
    Granted(PermissionId),
    /// This permission forbids it.
    Denied(PermissionId),
    /// Nothing grants it.
    NoGrant,
    /// The gate is closed; this level decided.
    NotSubscribed(SubscriptionLevel),
    /// This field is wrong.
    Invalid(RequestField),
}

impl Verdict {
    /// The verdict for a reason. Allowed is what is granted, and nothing else.
    #[must_use]
    pub const fn new(reason: Why, valid_until: Option<Timestamp>) -> Self {
        Self { allowed: matches!(reason, Why::Granted(_)), reason, valid_until }
    }

    /// The engine's answer. `allowed` is taken as it says, so that a contradiction shows.
    ///
    /// # Panics
    /// On a reason that this testkit does not know.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        Self { allowed: decision.allowed, reason: Why::of(&decision.reason), valid_until: decision.valid_until }
    }
}

impl Why {
    /// The engine's reason.
    ///
    /// # Panics
    /// On a reason that this testkit does not know.
    #[must_use]
    pub fn of(reason: &Reason) -> Self {
        match *reason {
            Reason::Granted(id) => Self::Granted(id),
            Reason::Denied(id) => Self::Denied(id),
            Reason::NoGrant => Self::NoGrant,
            Reason::NotSubscribed(level) => Self::NotSubscribed(level),
            Reason::Invalid(invalid) => Self::Invalid(invalid.field),
            _ => panic!("a reason that the testkit does not know: {reason:?}"),
        }
    }

    /// The reason as texts, the way a process or another language gives it. `None` if they name none.
    #[must_use]
    pub fn from_texts(
        reason: &str,
        permission: Option<&str>,
        level: Option<&str>,
        field: Option<&str>,
    ) -> Option<Self> {
        Some(match reason {
            "granted" => Self::Granted(permission?.parse().ok()?),
            "denied" => Self::Denied(permission?.parse().ok()?),
            "no_grant" => Self::NoGrant,
            "not_subscribed" => Self::NotSubscribed(LEVELS.into_iter().find(|known| Some(known.as_str()) == level)?),
            "invalid" => Self::Invalid(FIELDS.into_iter().find(|known| Some(known.as_str()) == field)?),
            _ => return None,
        })
    }
}

/// Every level at which a subscription can be decided.
pub(crate) const LEVELS: [SubscriptionLevel; 6] = [
    SubscriptionLevel::User,
    SubscriptionLevel::Group,
    SubscriptionLevel::Project,
    SubscriptionLevel::Default,
    SubscriptionLevel::NoProject,
    SubscriptionLevel::NoUser,
];

const FIELDS: [RequestField; 7] = [
    RequestField::Namespace,
    RequestField::Subject,
    RequestField::Group,
    RequestField::PermProfile,
    RequestField::Action,
    RequestField::Irn,
    RequestField::Project,
];
