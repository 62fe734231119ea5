//! Deciding: one road from a request to an answer, for a single check, a batch and an explanation alike.
//!
//! ```text
//! Request ─ caller (names become numbers) ─ walk (the subject's grants) ─ judge (does it apply?) ─ tally ─ Decision
//! ```
//!
//! The road reads one snapshot and only goes down: names are looked up, never created; nothing is allocated, locked or
//! formatted; the clock is read at most once, and only where a matching permission has times. What cannot be found
//! grants nothing.

mod caller;
mod explain;
mod judge;
mod known;
mod prepared;
mod share;
mod tally;

use std::collections::BTreeMap;

pub(crate) use caller::Caller;
use caller::{Members, known};
pub(crate) use explain::explain;
pub use explain::{Considered, Explanation};
pub use judge::Outcome;
pub(crate) use judge::{Clock, Now};
pub use prepared::{PreparedSubject, Question};
pub use share::NotShareable;
pub(crate) use share::may_share;

use crate::index::{Flagged, Line, NameKeys, Wanted};
use crate::irn::{Glance, LazyIrn};
use crate::limits::Limits;
use crate::model::{
    AttributeValue, Attributes, Decision, InvalidRequest, Memberships, Reason, RequestField, Subject,
    SubscriptionLevel, check_id,
};
use crate::world::{Holding, Lookup, World};
use crate::{Action, Irn, Request, Timestamp};
use judge::{applies, judge};
use tally::{Brief, Tally};

/// What an engine was set up with and its checks need.
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) clock: Box<Clock>,
}

/// A version of the world, with what the engine was set up with. Two words: handed on in registers.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) settings: &'a Settings,
}

impl<'a> View<'a> {
    /// The instant to judge, if it is not given.
    #[inline]
    pub(crate) fn now(self, at: Option<Timestamp>) -> Now<'a> {
        Now::new(at, &*self.settings.clock)
    }
}

/// What is asked of a caller's grants, found valid.
pub(crate) struct Ask<'a> {
    pub(crate) irn: LazyIrn<'a>,
    /// The action's bit; none if nobody registered it: then only `*` holds it.
    pub(crate) action: Option<usize>,
    pub(crate) attributes: Option<&'a BTreeMap<String, AttributeValue>>,
}

impl<'a> Ask<'a> {
    #[inline(always)]
    pub(crate) fn new(
        world: &World,
        action: &str,
        irn: &'a str,
        attributes: Option<&'a BTreeMap<String, AttributeValue>>,
    ) -> Result<Self, InvalidRequest> {
        let bit = world.action_bit(action);
        if bit.is_none() {
            Action::check(action).map_err(|error| InvalidRequest { field: RequestField::Action, error })?;
        }
        let irn = Irn::parse(irn).map_err(|error| InvalidRequest { field: RequestField::Irn, error })?;
        Ok(Self { irn: LazyIrn::of(irn), action: bit, attributes })
    }
}

/// The request's caller and question as numbers, or what is wrong with them.
#[inline]
fn read<'a>(view: View<'_>, request: &Request<'a>) -> Result<(Caller<'a>, Ask<'a>), InvalidRequest> {
    let caller = Caller::find(view, request.namespace, &request.subject, request.project)?;
    let ask = Ask::new(view.world, request.action, request.irn, request.attributes)?;
    if let Some(project) = request.project {
        check_id(project).map_err(|error| InvalidRequest { field: RequestField::Project, error })?;
    }
    Ok((caller, ask))
}

/// Decides a request, with the reason.
pub(crate) fn check(view: View<'_>, request: &Request<'_>, now: &mut Now<'_>) -> Decision {
    match read(view, request) {
        Ok((caller, ask)) => answer(view, &caller, &ask, now),
        Err(invalid) => invalid_answer(view, invalid),
    }
}

/// Decides a request; the same as [`check`], without the trouble of naming the reason.
#[inline(always)]
pub(crate) fn is_allowed(view: View<'_>, request: &Request<'_>) -> bool {
    let world = view.world;
    // The common road: a user whose memberships the directory knows, and all names known, so that none need be looked at
    // more closely. All else takes the long one, which answers the same.
    if let Subject::User { id, memberships: Memberships::Directory } = request.subject
        && let spot = world.seek_user(id)
        && let Some(action) = world.action_bit(request.action)
        && let Some(namespace) = known(request.namespace, |id| world.namespaces.find(0, id))
        && let Some(user) = known(id, |id| world.find_user(spot, id))
        && request.project.is_none()
        && let Some(glance) = Glance::of(request.irn)
    {
        let name = LazyIrn::of_glance(glance);
        let keys = NameKeys::new(&name, namespace, &world.seeds);
        let mut counting = Counting { view, request, action, at: None, brief: Brief::default() };
        world.visit_closure(user, keys.sought(), |_, holding| counting.count_all(&keys, holding));
        let granted = counting.brief.granted();
        // Where nothing is gated there is no branch on whether something is granted: nobody could guess it.
        let passes = world.gates.is_empty() || granted && !is_held_up(view, user.0, &name);
        // A gate may have asked for the whole name too.
        if !name.is_in_doubt() {
            return granted & passes;
        }
    }
    is_allowed_otherwise(view, request)
}

/// What the grants of one request come to.
struct Counting<'a> {
    view: View<'a>,
    request: &'a Request<'a>,
    action: usize,
    /// The instant to judge, once it is known.
    at: Option<Timestamp>,
    brief: Brief,
}

impl Counting<'_> {
    /// Counts those grants of one principal that are for the action and the name, and apply.
    #[inline(always)]
    fn count_all(&mut self, keys: &NameKeys<'_, '_>, holding: Holding<'_>) {
        match holding.row() {
            Some(row) => row.proposed(keys).for_each(|line| self.count(keys, line)),
            None => self.count_in_table(keys, holding),
        }
    }

    #[inline(never)]
    fn count_in_table(&mut self, keys: &NameKeys<'_, '_>, holding: Holding<'_>) {
        holding.grants().visit(keys, Wanted::For(Some(self.action)), |line| {
            // Once something allows, that something else does is no news.
            if line.is_deny() || !self.brief.granted() {
                self.count(keys, line);
            }
        });
    }

    #[inline(always)]
    fn count(&mut self, keys: &NameKeys<'_, '_>, line: Line) {
        let Self { view, request, action, at, brief } = self;
        // The keys only proposed this pattern.
        if line.holds(Some(*action)) && is_of(view.world, line, keys.name()) {
            brief.count_if(line.is_deny(), || applies_at(*view, line.flagged(), request.attributes, &request.at, at));
        }
    }
}

/// Whether the line's pattern matches the name.
#[inline(always)]
fn is_of(world: &World, line: Line, name: &LazyIrn<'_>) -> bool {
    world.patterns.get(line.pattern).is_some_and(|pattern| pattern.matches_lazily(name))
}

/// Whether a gate holds up a user without a project.
#[inline(never)]
fn is_held_up(view: View<'_>, user: u32, name: &LazyIrn<'_>) -> bool {
    let caller = Caller { namespace: None, project: None, principal: Some(user), members: Members::Directory };
    caller.gate(view.world, name).is_some()
}

/// Whether a grant that is for the action applies: at the instant that is given, or else at what the clock says when it is first
/// asked, which is `known` from then on.
#[inline(always)]
fn applies_at(
    view: View<'_>,
    line: Flagged,
    attributes: Option<&Attributes>,
    given: &Option<Timestamp>,
    known: &mut Option<Timestamp>,
) -> bool {
    !line.is_conditional() || conditions_hold(view, line, attributes, given, known)
}

/// With as few arguments as go into registers.
#[inline(never)]
fn conditions_hold(
    view: View<'_>,
    line: Flagged,
    attributes: Option<&Attributes>,
    given: &Option<Timestamp>,
    known: &mut Option<Timestamp>,
) -> bool {
    packed_conditions_hold(view, line, &[], attributes, given, known)
}

/// The same of a grant whose packed conditions are at hand; empty if they are not.
#[inline]
fn packed_conditions_hold(
    view: View<'_>,
    line: Flagged,
    packed: &[u8],
    attributes: Option<&Attributes>,
    given: &Option<Timestamp>,
    known: &mut Option<Timestamp>,
) -> bool {
    let mut now = view.now(given.or(*known));
    let hold = applies(view.world, line, packed, attributes, &mut now);
    if given.is_none() {
        *known = now.known();
    }
    hold
}

#[inline(never)]
fn is_allowed_otherwise(view: View<'_>, request: &Request<'_>) -> bool {
    let Ok((caller, ask)) = read(view, request) else { return false };
    let mut at = None;
    let mut brief = Brief::default();
    walk(view.world, &caller, &ask, Wanted::For(ask.action), |line, _| {
        brief.count_if(line.is_deny(), || applies_at(view, line.flagged(), ask.attributes, &request.at, &mut at));
    });
    brief.granted() && caller.gate(view.world, &ask.irn).is_none()
}

pub(crate) fn invalid_answer(view: View<'_>, invalid: InvalidRequest) -> Decision {
    let reason = Reason::Invalid(invalid);
    Decision { allowed: false, reason, revision: view.world.revision, valid_until: None }
}

pub(crate) fn answer(view: View<'_>, caller: &Caller<'_>, ask: &Ask<'_>, now: &mut Now<'_>) -> Decision {
    let mut tally = Tally::default();
    walk(view.world, caller, ask, Wanted::For(ask.action), |line, _| {
        let (outcome, grant) = judge(view.world, line, ask, now);
        tally.count(line.is_deny(), outcome, grant);
    });
    conclude(view, &tally, || caller.gate(view.world, &ask.irn))
}

/// The decision that a tally of all matching permissions comes to; `gate` says at which level a gate holds the caller up.
fn conclude(view: View<'_>, tally: &Tally, gate: impl FnOnce() -> Option<SubscriptionLevel>) -> Decision {
    let (mut reason, valid_until) = tally.verdict();
    if matches!(reason, Reason::Granted(_))
        && let Some(level) = gate()
    {
        reason = Reason::NotSubscribed(level);
    }
    let allowed = matches!(reason, Reason::Granted(_));
    Decision { allowed, reason, revision: view.world.revision, valid_until }
}

/// Whether a gate stands before the name's service.
#[inline]
fn is_gated(world: &World, name: &LazyIrn<'_>) -> bool {
    // What can't be read is held up.
    !world.gates.is_empty() && name.irn().is_none_or(|irn| world.gates.contains(irn.service()))
}

/// Visits every permission of the caller in the namespace that is `wanted` and whose pattern matches the name, with the
/// principal that holds it; one may be visited more than once.
#[inline]
fn walk(world: &World, caller: &Caller<'_>, ask: &Ask<'_>, wanted: Wanted, mut visit: impl FnMut(Line, u32)) {
    let Some(namespace) = caller.namespace else { return };
    let keys = NameKeys::new(&ask.irn, namespace, &world.seeds);
    caller.visit_principals(world, keys.sought(), |principal, holding| {
        visit_grants(world, &keys, holding, wanted, |line| visit(line, principal));
    });
}

/// Visits the grants of one principal that are wanted and whose patterns match the name.
#[inline]
fn visit_grants(
    world: &World,
    keys: &NameKeys<'_, '_>,
    holding: Holding<'_>,
    wanted: Wanted,
    mut visit: impl FnMut(Line),
) {
    holding.grants().visit(keys, wanted, |line| {
        // The keys only proposed this pattern.
        if is_of(world, line, keys.name()) {
            visit(line);
        }
    });
}

impl Caller<'_> {
    /// The level at which a gate on the name's service holds the caller up; `None` if it may pass.
    fn gate(&self, world: &World, name: &LazyIrn<'_>) -> Option<SubscriptionLevel> {
        if !is_gated(world, name) {
            return None;
        }
        let (subscribed, level) = self.subscription(world);
        if subscribed { None } else { Some(level) }
    }
}
