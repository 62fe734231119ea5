//! Permissions: who may (or must not) do what, where, under which criteria and when.

use std::fmt;
use std::str::FromStr;

use super::action::ActionsRef;
use super::{Action, Actions, Attributes, Principal, PrincipalKind, Timestamp};
use crate::Pattern;
use crate::irn::PatternRef;

/// A permission's id: a UUID, made by the engine (version 7, so later ones are greater) or brought along by
/// [`Change::RestorePermission`](crate::Change).
///
/// ```
/// use grantrie::PermissionId;
/// let id: PermissionId = "0190a000-0000-7000-8000-000000000014".parse()?;
/// assert_eq!(id.to_string(), "0190a000-0000-7000-8000-000000000014");
/// # Ok::<(), grantrie::NotAUuid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionId(u128);

impl PermissionId {
    /// The id with these 128 bits, most significant first.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits, most significant first.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

impl fmt::Display for PermissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_u128(self.0).hyphenated().fmt(f)
    }
}

impl fmt::Debug for PermissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID (expected 8-4-4-4-12 hexadecimal digits)")]
pub struct NotAUuid;

impl FromStr for PermissionId {
    type Err = NotAUuid;

    /// Reads the hyphenated form, in either case; no other.
    fn from_str(text: &str) -> Result<Self, NotAUuid> {
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(NotAUuid);
        }
        uuid::Uuid::try_parse(text).map(|id| Self(id.as_u128())).map_err(|_| NotAUuid)
    }
}

/// Whether a permission grants or forbids. A deny that applies wins over every allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Effect {
    /// The permission grants.
    #[default]
    Allow,
    /// The permission forbids.
    Deny,
}

impl Effect {
    /// `ALLOW` or `DENY`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "ALLOW",
            Self::Deny => "DENY",
        }
    }
}

/// A permission as it is written, before the engine knows it.
///
/// Two drafts with equal namespace, principal, pattern, criteria and effect are the same permission: the later replaces
/// actions and times of the earlier and keeps its id.
///
/// ```
/// use grantrie::{Actions, Effect, PermissionDraft, Principal, Timestamp};
/// let read = Actions::from_iter(["READ".parse()?]);
/// let mut draft = PermissionDraft::deny("acme", Principal::group("staff"), "aisvc:**".parse()?, read);
/// draft.expires_at = Timestamp::from_seconds(2_000);
/// assert_eq!(draft.effect, Effect::Deny);
/// assert!(draft.applies_at(Timestamp::from_seconds(1_999).unwrap()));
/// assert!(!draft.applies_at(Timestamp::from_seconds(2_000).unwrap()));
/// # Ok::<(), grantrie::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionDraft {
    /// Where it holds; 1 to 256 bytes.
    pub namespace: String,
    /// For whom.
    pub principal: Principal,
    /// On what.
    pub pattern: Pattern,
    /// Attributes of the resource that must all be equal; empty is none.
    pub criteria: Attributes,
    /// For which actions; not empty.
    pub actions: Actions,
    /// Grant or forbid.
    pub effect: Effect,
    /// Applies from this instant on.
    pub not_before: Option<Timestamp>,
    /// Applies no longer at this instant.
    pub expires_at: Option<Timestamp>,
}

impl PermissionDraft {
    /// An unconditional ALLOW; change its fields for more.
    #[must_use]
    pub fn allow(namespace: &str, principal: Principal, pattern: Pattern, actions: Actions) -> Self {
        Self {
            namespace: namespace.to_owned(),
            principal,
            pattern,
            criteria: Attributes::new(),
            actions,
            effect: Effect::Allow,
            not_before: None,
            expires_at: None,
        }
    }

    /// An unconditional DENY.
    #[must_use]
    pub fn deny(namespace: &str, principal: Principal, pattern: Pattern, actions: Actions) -> Self {
        Self { effect: Effect::Deny, ..Self::allow(namespace, principal, pattern, actions) }
    }

    /// Whether it applies at this instant: `not_before <= at < expires_at`.
    #[must_use]
    pub fn applies_at(&self, at: Timestamp) -> bool {
        self.not_before.is_none_or(|start| start <= at) && self.expires_at.is_none_or(|end| at < end)
    }

    /// Whether it is for this action.
    #[must_use]
    pub fn has_action(&self, action: &Action) -> bool {
        self.actions.contains(action.as_str())
    }

    /// What is written, without a copy of it.
    pub(crate) fn view(&self) -> DraftRef<'_> {
        DraftRef {
            namespace: &self.namespace,
            kind: self.principal.kind,
            id: &self.principal.id,
            pattern: self.pattern.view(),
            criteria: &self.criteria,
            actions: self.actions.view(),
            effect: self.effect,
            not_before: self.not_before,
            expires_at: self.expires_at,
        }
    }
}

/// A [`PermissionDraft`] whose texts stand somewhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftRef<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) kind: PrincipalKind,
    pub(crate) id: &'a str,
    pub(crate) pattern: PatternRef<'a>,
    pub(crate) criteria: &'a Attributes,
    pub(crate) actions: ActionsRef<'a>,
    pub(crate) effect: Effect,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl DraftRef<'_> {
    /// The same with texts of its own.
    pub(crate) fn to_draft(self) -> PermissionDraft {
        PermissionDraft {
            namespace: self.namespace.to_owned(),
            principal: Principal { kind: self.kind, id: self.id.to_owned() },
            pattern: self.pattern.to_pattern(),
            criteria: self.criteria.clone(),
            actions: self.actions.to_actions(),
            effect: self.effect,
            not_before: self.not_before,
            expires_at: self.expires_at,
        }
    }
}

/// A permission as the engine holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Made by the engine when the permission was first put.
    pub id: PermissionId,
    /// All that was written.
    pub draft: PermissionDraft,
}

impl std::ops::Deref for Permission {
    type Target = PermissionDraft;

    fn deref(&self) -> &PermissionDraft {
        &self.draft
    }
}
