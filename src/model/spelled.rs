//! A permission or a user as it stands in a text: nothing of it is copied until somebody keeps it.

use super::action::ActionsRef;
use super::permission::DraftRef;
use super::{Attributes, Effect, PermissionId, PrincipalKind, TextsRef, Timestamp, UserRef};
use crate::irn::{Form, PatternRef};

/// Where a part of a text stands in it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Where the parts of a permission without criteria stand in a text, and what has none. It was judged when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelled {
    pub(crate) id: Option<PermissionId>,
    pub(crate) namespace: Span,
    pub(crate) kind: PrincipalKind,
    pub(crate) principal: Span,
    pub(crate) pattern: Span,
    pub(crate) form: Form,
    /// A bit for each of [`Action::KNOWN`](super::Action::KNOWN); `None` for all actions.
    pub(crate) actions: Option<u8>,
    pub(crate) effect: Effect,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Where the parts of a user stand in a text. It was judged when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpelledUser {
    pub(crate) id: Span,
    pub(crate) name: Option<Span>,
    pub(crate) phone: Option<Span>,
    /// How many of the ids that it is spelled with are groups; all others are profiles.
    pub(crate) groups: usize,
}

static NO_CRITERIA: Attributes = Attributes::new();

impl Spelled {
    /// The permission that stands in this text.
    pub(crate) fn draft<'a>(&self, text: &'a str) -> DraftRef<'a> {
        DraftRef {
            namespace: self.namespace.of(text),
            kind: self.kind,
            id: self.principal.of(text),
            pattern: PatternRef::new(self.form, self.pattern.of(text).as_bytes()),
            criteria: &NO_CRITERIA,
            actions: self.actions.map_or(ActionsRef::All, ActionsRef::Known),
            effect: self.effect,
            not_before: self.not_before,
            expires_at: self.expires_at,
        }
    }
}

impl SpelledUser {
    /// The user that stands in this text, and its groups and profiles at these places.
    pub(crate) fn user<'a>(&self, text: &'a str, ids: &'a [Span]) -> UserRef<'a> {
        let (groups, permprofiles) = ids.split_at_checked(self.groups).unwrap_or_default();
        UserRef {
            id: self.id.of(text),
            name: self.name.map(|name| name.of(text)),
            phone: self.phone.map(|phone| phone.of(text)),
            groups: TextsRef::Spelled(text, groups),
            permprofiles: TextsRef::Spelled(text, permprofiles),
        }
    }
}
