//! Does a permission whose pattern matches apply?

use std::fmt;

use super::Ask;
use crate::Timestamp;
use crate::index::{Flagged, Line};
use crate::model::{Attributes, PermissionId};
use crate::world::{Conditions, Grant, World};

/// The host's clock.
pub(crate) type Clock = dyn Fn() -> Timestamp + Send + Sync;

/// What became of a permission whose pattern matches the name: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is not for this action.
    WrongAction,
    /// It grants under criteria, and nothing is known of the resource's attributes.
    CriteriaUnknown,
    /// An attribute is absent or not equal.
    CriteriaDiffer,
    /// Its `not_before` is still to come.
    NotYet,
    /// Its `expires_at` has come.
    Expired,
    /// It applies, and grants or denies.
    Applies,
}

impl Outcome {
    /// The outcome's name in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongAction => "wrong_action",
            Self::CriteriaUnknown => "criteria_unknown",
            Self::CriteriaDiffer => "criteria_differ",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Applies => "applies",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The instant to judge: given with the request, or read from the clock when it is first needed.
pub(crate) struct Now<'a> {
    clock: &'a Clock,
    at: Option<Timestamp>,
}

impl<'a> Now<'a> {
    pub(crate) const fn new(at: Option<Timestamp>, clock: &'a Clock) -> Self {
        Self { clock, at }
    }

    /// The instant, if it was given or needed.
    pub(crate) const fn known(&self) -> Option<Timestamp> {
        self.at
    }

    pub(super) fn get(&mut self) -> Timestamp {
        *self.at.get_or_insert_with(|| (self.clock)())
    }
}

/// Which permission was judged, and when it applies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) id: PermissionId,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Term {
    fn of(grant: &Grant, conditions: Option<Conditions<'_>>) -> Self {
        Self {
            id: grant.id(),
            not_before: conditions.and_then(|conditions| conditions.not_before),
            expires_at: conditions.and_then(|conditions| conditions.expires_at),
        }
    }
}

/// The outcome of one matching permission, and which it is where the line alone did not tell.
#[inline]
pub(crate) fn judge(world: &World, line: Line, ask: &Ask<'_>, now: &mut Now<'_>) -> (Outcome, Option<Term>) {
    if line.holds(ask.action) {
        judge_flagged(world, line.flagged(), ask.attributes, now)
    } else {
        (Outcome::WrongAction, None)
    }
}

/// The same of a grant that is known to be for the action.
pub(super) fn judge_flagged(
    world: &World,
    line: Flagged,
    attributes: Option<&Attributes>,
    now: &mut Now<'_>,
) -> (Outcome, Option<Term>) {
    // Not reached: every line has its grant, and one that says so its conditions. Nothing applies that cannot be read,
    // and a deny does.
    let unreadable = if line.is_deny() { Outcome::Applies } else { Outcome::WrongAction };
    let Some(grant) = world.grant(line.grant()) else { return (unreadable, None) };
    if !line.is_conditional() {
        return (Outcome::Applies, Some(Term::of(grant, None)));
    }
    let Some(conditions) = world.conditions_of(grant) else { return (unreadable, None) };
    (conditions_hold(&conditions, line.is_deny(), attributes, now), Some(Term::of(grant, Some(conditions))))
}

/// The outcome alone, of a conditional grant that is for the action. Its packed conditions are given if they are at hand.
#[inline]
pub(crate) fn applies(
    world: &World,
    line: Flagged,
    packed: &[u8],
    attributes: Option<&Attributes>,
    now: &mut Now<'_>,
) -> bool {
    let outcome = match Conditions::unpack(packed) {
        Some(conditions) => conditions_hold(&conditions, line.is_deny(), attributes, now),
        None => judge_flagged(world, line, attributes, now).0,
    };
    outcome == Outcome::Applies
}

/// Whether criteria and times hold.
fn conditions_hold(
    conditions: &Conditions<'_>,
    is_deny: bool,
    attributes: Option<&Attributes>,
    now: &mut Now<'_>,
) -> Outcome {
    if !conditions.criteria.is_empty() {
        match attributes {
            Some(attributes) if !conditions.criteria.hold(attributes) => return Outcome::CriteriaDiffer,
            Some(_) => {}
            // What is unknown is judged so that less is allowed.
            None if is_deny => {}
            None => return Outcome::CriteriaUnknown,
        }
    }
    if conditions.not_before.is_none() && conditions.expires_at.is_none() {
        return Outcome::Applies;
    }
    let now = now.get();
    if conditions.not_before.is_some_and(|start| now < start) {
        Outcome::NotYet
    } else if conditions.expires_at.is_some_and(|end| end <= now) {
        Outcome::Expired
    } else {
        Outcome::Applies
    }
}
