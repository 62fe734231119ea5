//! Sharing: whether a subject itself holds all that a permission would give, and may pass it on.
//!
//! Patterns are compared with patterns here, so this is no check and takes no part in one: a host asks it before it lets
//! somebody write a permission.

use super::{Caller, Now, View};
use crate::error::Code;
use crate::index::Sought;
use crate::model::{Actions, Effect, InvalidRequest, Permission, PermissionDraft, Subject};

/// The action that lets its holder pass on what it holds.
const SHARE: &str = "SHARE";

/// Why a subject may not pass a permission on. See [`Snapshot::may_share`](crate::Snapshot::may_share).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotShareable {
    /// A DENY takes from others what the subject may not take.
    #[error("a DENY cannot be shared")]
    Deny,
    /// The subject does not hold this action (`SHARE`, one of the permission's, or `*`) on all that the pattern
    /// describes, under no further criteria, for at least as long.
    #[error("`{0}` is not held on all of the pattern, without further criteria, for as long")]
    NotHeld(String),
    /// The subject or the namespace is none.
    #[error("{}: {}", .0.field.as_str(), .0.error)]
    Invalid(InvalidRequest),
}

impl NotShareable {
    /// [`Code::NotShareable`], or what is wrong with the subject.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Deny | Self::NotHeld(_) => Code::NotShareable,
            Self::Invalid(invalid) => invalid.error.code(),
        }
    }
}

/// What a subject holds that matters for a draft.
#[derive(Default)]
struct Held {
    /// Grants that give all of the draft's pattern, now and for as long.
    allows: Vec<Permission>,
    /// Denies that take some of it, now or later.
    denies: Vec<Permission>,
}

pub(crate) fn may_share(
    view: View<'_>,
    subject: &Subject<'_>,
    draft: &PermissionDraft,
    now: &mut Now<'_>,
) -> Result<(), NotShareable> {
    let caller = Caller::find(view, &draft.namespace, subject, None).map_err(NotShareable::Invalid)?;
    if draft.effect == Effect::Deny {
        return Err(NotShareable::Deny);
    }
    let held = Held::by(view, &caller, draft, now);
    let missing = std::iter::once(SHARE).chain(draft.actions.names()).find(|action| !held.has(action));
    missing.map_or(Ok(()), |action| Err(NotShareable::NotHeld(action.to_owned())))
}

impl Held {
    fn by(view: View<'_>, caller: &Caller<'_>, draft: &PermissionDraft, now: &mut Now<'_>) -> Self {
        let mut held = Self::default();
        let (world, now) = (view.world, now.get());
        caller.visit_principals(world, Sought::ANY, |_, holding| {
            for line in holding.grants().iter().filter(|line| Some(line.namespace) == caller.namespace) {
                let Some(pattern) = world.patterns.get(line.pattern) else { continue };
                if line.is_deny() && pattern.overlaps(draft.pattern.view()) {
                    let deny = world.permission(line.grant());
                    // Criteria that may hold do; a deny that is still to come would be outlived.
                    held.denies.extend(deny.filter(|deny| deny.expires_at.is_none_or(|end| now < end)));
                } else if !line.is_deny() && pattern.covers(draft.pattern.view()) {
                    let allow = world.permission(line.grant());
                    held.allows.extend(allow.filter(|allow| allow.applies_at(now) && is_wider(allow, draft)));
                }
            }
        });
        held
    }

    /// Whether an action, or `*` for all, is given and not taken.
    fn has(&self, action: &str) -> bool {
        let concerns = |actions: &Actions| action == "*" || actions.contains(action);
        let gives = |actions: &Actions| *actions == Actions::All || (action != "*" && actions.contains(action));
        self.allows.iter().any(|allow| gives(&allow.actions)) && !self.denies.iter().any(|deny| concerns(&deny.actions))
    }
}

/// Whether a grant holds under no more criteria than the draft, and ends no earlier.
fn is_wider(allow: &PermissionDraft, draft: &PermissionDraft) -> bool {
    let ends_no_earlier = match (allow.expires_at, draft.expires_at) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(given)) => given <= own,
    };
    ends_no_earlier && allow.criteria.iter().all(|(name, value)| draft.criteria.get(name) == Some(value))
}
