//! What the matching permissions come to.
//!
//! Counting only ever adds: a deny, once counted, is never taken back, and the order of counting does not matter.

use super::Outcome;
use super::judge::Term;
use crate::Timestamp;
use crate::model::{PermissionId, Reason};

/// Whether anything grants or denies.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Brief {
    denied: bool,
    allowed: bool,
}

impl Brief {
    /// Counts a permission if it applies, which nobody needs to know after a deny.
    #[inline(always)]
    pub(crate) fn count_if(&mut self, deny: bool, applies: impl FnOnce() -> bool) {
        if !self.denied && applies() {
            self.denied |= deny;
            self.allowed |= !deny;
        }
    }

    /// Whether something denies.
    pub(crate) const fn denies(&self) -> bool {
        self.denied
    }

    pub(crate) const fn granted(&self) -> bool {
        self.allowed && !self.denied
    }
}

/// What grants and denies, for how long, and what is still to come.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    deny: Option<Applying>,
    allow: Option<Applying>,
    next_deny: Option<Timestamp>,
    next_allow: Option<Timestamp>,
}

/// The one of several applying permissions that is named: it applies longest, then has the lowest id.
#[derive(Debug, Clone, Copy)]
struct Applying {
    until: Option<Timestamp>,
    id: PermissionId,
}

impl Tally {
    pub(crate) fn count(&mut self, deny: bool, outcome: Outcome, term: Option<Term>) {
        let start = term.and_then(|term| term.not_before);
        match outcome {
            Outcome::Applies => {
                let more = Applying {
                    until: term.and_then(|term| term.expires_at),
                    id: term.map_or(PermissionId::from_u128(0), |term| term.id),
                };
                let known = if deny { &mut self.deny } else { &mut self.allow };
                *known = Some(known.map_or(more, |known| known.longer(more)));
            }
            Outcome::NotYet => {
                let next = if deny { &mut self.next_deny } else { &mut self.next_allow };
                *next = earliest(*next, start);
            }
            _ => {}
        }
    }

    /// The reason, and until when time alone cannot change it.
    pub(crate) fn verdict(&self) -> (Reason, Option<Timestamp>) {
        match (self.deny, self.allow) {
            (Some(deny), _) => (Reason::Denied(deny.id), deny.until),
            (None, Some(allow)) => (Reason::Granted(allow.id), earliest(allow.until, self.next_deny)),
            (None, None) => (Reason::NoGrant, earliest(self.next_allow, self.next_deny)),
        }
    }
}

impl Applying {
    fn longer(self, other: Self) -> Self {
        // No end is later than any end.
        let key = |x: &Self| (x.until.is_none(), x.until, std::cmp::Reverse(x.id));
        if key(&other) > key(&self) { other } else { self }
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
