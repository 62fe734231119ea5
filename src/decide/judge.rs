//! Does a permission whose pattern matches apply?

use std::fmt;

use super::Ask;
use crate::Timestamp;
use crate::index::Line;
use crate::model::Attributes;
use crate::world::{Grant, World};

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

    fn get(&mut self) -> Timestamp {
        *self.at.get_or_insert_with(|| (self.clock)())
    }
}

/// The outcome of one matching permission, and the grant where the line alone did not tell.
#[inline]
pub(crate) fn judge<'w>(
    world: &'w World,
    line: Line,
    ask: &Ask<'_>,
    now: &mut Now<'_>,
) -> (Outcome, Option<&'w Grant>) {
    if !line.holds(ask.action) {
        return (Outcome::WrongAction, None);
    }
    let grant = world.grant(line.grant());
    match grant {
        // Not reached: every line has its grant. Nothing applies that cannot be read, and a deny does.
        None => (if line.is_deny() { Outcome::Applies } else { Outcome::WrongAction }, None),
        Some(grant) if line.is_conditional() => (conditions(grant, ask, now), Some(grant)),
        Some(_) => (Outcome::Applies, grant),
    }
}

/// Whether criteria and times hold.
fn conditions(grant: &Grant, ask: &Ask<'_>, now: &mut Now<'_>) -> Outcome {
    if let Some(criteria) = grant.criteria.as_deref() {
        match ask.attributes {
            Some(attributes) if !all_equal(criteria, attributes) => return Outcome::CriteriaDiffer,
            Some(_) => {}
            // What is unknown is judged so that less is allowed.
            None if grant.is_deny() => {}
            None => return Outcome::CriteriaUnknown,
        }
    }
    if grant.not_before.is_none() && grant.expires_at.is_none() {
        return Outcome::Applies;
    }
    let now = now.get();
    if grant.not_before.is_some_and(|start| now < start) {
        Outcome::NotYet
    } else if grant.expires_at.is_some_and(|end| end <= now) {
        Outcome::Expired
    } else {
        Outcome::Applies
    }
}

fn all_equal(criteria: &Attributes, attributes: &Attributes) -> bool {
    criteria.iter().all(|(name, value)| attributes.get(name) == Some(value))
}
