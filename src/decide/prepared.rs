//! A subject whose names were looked up once.

use std::cell::LazyCell;
use std::fmt;
use std::sync::Arc;

use super::judge::judge_flagged;
use super::tally::{Brief, Tally};
use super::{
    Ask, Caller, Now, View, answer, applies_at, conclude, invalid_answer, is_gated, is_of, packed_conditions_hold,
};
use crate::index::{ActionMask, Compiled, Flagged, NameKeys, Place, Proposal, Seeking, Texts, Wanted};
use crate::irn::{Glance, LazyIrn};
use crate::model::{
    Attributes, Decision, InvalidRequest, Memberships, PrincipalKind, Reason, RequestField, Subject, SubscriptionLevel,
    Timestamp, check_id,
};
use crate::seats::{Desk, Members as SeatMembers, SeatNames, Ticket};
use crate::world::{World, principal_room};

use super::caller::Members;
use super::known::Known;

/// A subject in a namespace, prepared for many checks: its names are validated and looked up once.
///
/// Every check reads the newest snapshot (or the one it is asked on): grants and memberships that changed since are
/// never missed. Another engine answers it too, from what it knows itself. Made by
/// [`Engine::prepare`](crate::Engine::prepare), where the example is.
#[derive(Clone)]
pub struct PreparedSubject {
    /// The number of its seat, and the serial number under which its grants are compiled there.
    seat: u32,
    serial: u64,
    shared: Arc<SharedSubject>,
}

/// What a check needs only where nothing is compiled for the subject.
#[derive(Debug)]
struct SharedSubject {
    namespace: Known,
    principal: Known,
    members: PreparedMembers,
    project: Option<Known>,
    /// Gives the seat back when the last clone goes.
    _ticket: Option<Ticket>,
}

impl fmt::Debug for PreparedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SharedSubject { namespace, principal, members, project, .. } = &*self.shared;
        let mut debug = f.debug_struct("PreparedSubject");
        debug.field("namespace", namespace).field("principal", principal);
        debug.field("members", members).field("project", project).finish()
    }
}

#[derive(Debug, Clone)]
enum PreparedMembers {
    Alone,
    Directory,
    Named { groups: Box<[Known]>, permprofiles: Box<[Known]> },
}

/// What a prepared subject asks. Borrowed throughout: making one allocates nothing.
///
/// ```
/// use grantrie::{Attributes, Question};
/// let attributes = Attributes::from([("stage".to_owned(), "draft".into()), ("pages".to_owned(), 7_i64.into())]);
/// let at = "2026-11-22T09:30:00Z".parse()?;
/// let question = Question::new("EDIT", "aisvc:agent:7").with_attributes(&attributes).at(at);
/// assert_eq!(question.at, Some(at));
/// # Ok::<(), grantrie::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question<'a> {
    /// What for: an action's name.
    pub action: &'a str,
    /// On what: a concrete name.
    pub irn: &'a str,
    /// The resource's attributes: none known, or known (and perhaps empty).
    pub attributes: Option<&'a Attributes>,
    /// The instant to judge; the engine's clock if absent.
    pub at: Option<Timestamp>,
}

impl<'a> Question<'a> {
    /// A question without attributes, judged now.
    #[must_use]
    pub const fn new(action: &'a str, irn: &'a str) -> Self {
        Self { action, irn, attributes: None, at: None }
    }

    /// The same question for a resource with these attributes.
    #[must_use]
    pub const fn with_attributes(mut self, attributes: &'a Attributes) -> Self {
        self.attributes = Some(attributes);
        self
    }

    /// The same question at this instant.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

impl PreparedSubject {
    pub(crate) fn look_up(
        view: View<'_>,
        desk: &Arc<Desk>,
        namespace: &str,
        subject: &Subject<'_>,
        project: Option<&str>,
    ) -> Result<Self, InvalidRequest> {
        // The same road as a request's, for the same errors.
        Caller::find(view, namespace, subject, project)?;
        if let Some(project) = project {
            check_id(project).map_err(|error| InvalidRequest { field: RequestField::Project, error })?;
        }
        let world = view.world;
        let known = |kind, id: &str| Known::look_up(&world.principals, principal_room(kind), id);
        let all = |kind, ids: &[&str]| ids.iter().map(|id| known(kind, id)).collect();
        let (principal, members) = match *subject {
            Subject::PermProfile { id } => (known(PrincipalKind::PermProfile, id), PreparedMembers::Alone),
            Subject::User { id, memberships } => {
                let members = match memberships {
                    Memberships::Directory => PreparedMembers::Directory,
                    Memberships::Named { groups, permprofiles } => PreparedMembers::Named {
                        groups: all(PrincipalKind::UserGroup, groups),
                        permprofiles: all(PrincipalKind::PermProfile, permprofiles),
                    },
                };
                (known(PrincipalKind::User, id), members)
            }
        };
        let ticket = desk.sit(seat_names(namespace, subject));
        // No seat has the serial number 0: the subject is asked by its names.
        let (seat, serial) = ticket.as_ref().map_or((0, 0), |ticket| (ticket.seat, ticket.serial));
        let shared = SharedSubject {
            namespace: Known::look_up(&world.namespaces, 0, namespace),
            principal,
            members,
            project: project.map(|project| Known::look_up(&world.projects, 0, project)),
            _ticket: ticket,
        };
        Ok(Self { seat, serial, shared: Arc::new(shared) })
    }

    fn caller(&self, world: &World) -> Caller<'_> {
        let SharedSubject { namespace, principal, members, project, .. } = &*self.shared;
        Caller {
            namespace: namespace.find(&world.namespaces),
            project: project.as_ref().map(|project| project.find(&world.projects)),
            principal: principal.find(&world.principals),
            members: match members {
                PreparedMembers::Alone => Members::Alone,
                PreparedMembers::Directory => Members::Directory,
                PreparedMembers::Named { groups, permprofiles } => Members::Known { groups, permprofiles },
            },
        }
    }

    pub(crate) fn check(&self, view: View<'_>, question: &Question<'_>) -> Decision {
        self.answer(view, question, &mut view.now(question.at))
    }

    /// Part of its callers, so that what is answered is put where it is to stay.
    #[inline(always)]
    fn answer(&self, view: View<'_>, question: &Question<'_>, now: &mut Now<'_>) -> Decision {
        let world = view.world;
        // As in `is_allowed_by`; but what matches nothing must be known to be a name.
        if let Some(action) = world.action_bit(question.action)
            && let Some(compiled) = self.compiled(world)
            && let Some(glance) = Glance::of(question.irn)
        {
            let name = LazyIrn::of_glance(glance);
            let mut tally = None;
            walk_compiled(world, compiled, &name, Some(action), |grant, _| {
                let (outcome, term) = judge_flagged(world, grant, question.attributes, now);
                tally.get_or_insert_with(Tally::default).count(grant.is_deny(), outcome, term);
            });
            if let Some(tally) = tally {
                let decision = conclude(view, &tally, || self.gate(world, &name));
                if !name.is_in_doubt() {
                    return decision;
                }
            } else if name.is_plain() || name.irn().is_some() {
                return Decision {
                    allowed: false,
                    reason: Reason::NoGrant,
                    revision: world.revision,
                    valid_until: None,
                };
            }
        }
        self.answer_otherwise(view, question, now)
    }

    #[cold]
    #[inline(never)]
    fn answer_otherwise(&self, view: View<'_>, question: &Question<'_>, now: &mut Now<'_>) -> Decision {
        let world = view.world;
        let ask = match Ask::new(world, question.action, question.irn, question.attributes) {
            Ok(ask) => ask,
            Err(invalid) => return invalid_answer(view, invalid),
        };
        let Some(compiled) = self.compiled(world) else {
            return answer(view, &self.caller(world), &ask, now);
        };
        let mut tally = Tally::default();
        walk_compiled(world, compiled, &ask.irn, ask.action, |grant, _| {
            let (outcome, term) = judge_flagged(world, grant, ask.attributes, now);
            tally.count(grant.is_deny(), outcome, term);
        });
        conclude(view, &tally, || self.gate(world, &ask.irn))
    }

    #[inline(always)]
    pub(crate) fn is_allowed(&self, view: View<'_>, question: &Question<'_>, glance: Option<Glance<'_>>) -> bool {
        self.is_allowed_by(view, question, glance, &mut None)
    }

    /// The same with what the clock said, once it was asked.
    #[inline(always)]
    fn is_allowed_by(
        &self,
        view: View<'_>,
        question: &Question<'_>,
        glance: Option<Glance<'_>>,
        clock: &mut Option<Timestamp>,
    ) -> bool {
        let world = view.world;
        // The common road asks for nothing that is not at hand; all else takes the long one, which answers the same.
        if let Some(action) = world.action_bit(question.action)
            && let Some(compiled) = self.compiled(world)
            && let Some(glance) = glance
        {
            let mut proposal = compiled.propose(glance, &world.seeds, Some(action));
            if proposal.is_empty() {
                // Denied, whether it is a name or not.
                return false;
            }
            let (name, mask) = (LazyIrn::of_glance(glance), ActionMask::of(Some(action)));
            let mut brief = Brief::default();
            while let Some(place) = compiled.take(&mut proposal) {
                if let Some(grant) = compiled.confirm(place, &name, mask) {
                    brief.count_if(grant.is_deny(), || {
                        !grant.is_conditional()
                            || conditions_hold_at(view, compiled, place, question, clock).unwrap_or(grant.is_deny())
                    });
                }
            }
            if proposal.has_more() && !brief.denies() {
                brief = more((view, compiled), (proposal, brief), question, &name, action, clock);
            }
            let allowed = brief.granted() && (world.gates.is_empty() || !self.is_held_up(world, &name));
            // A gate may have been the first to need the whole name.
            if !name.is_in_doubt() {
                return allowed;
            }
        }
        self.is_allowed_otherwise(view, question, clock)
    }

    #[cold]
    #[inline(never)]
    fn is_allowed_otherwise(&self, view: View<'_>, question: &Question<'_>, clock: &mut Option<Timestamp>) -> bool {
        let mut now = view.now(question.at.or(*clock));
        let answer = self.answer_otherwise(view, question, &mut now);
        if question.at.is_none() {
            *clock = now.known();
        }
        answer.allowed
    }

    /// Whether a gate holds the subject up.
    #[inline(never)]
    fn is_held_up(&self, world: &World, irn: &LazyIrn<'_>) -> bool {
        self.gate(world, irn).is_some()
    }

    /// The level at which a gate on the name's service holds the subject up.
    fn gate(&self, world: &World, irn: &LazyIrn<'_>) -> Option<SubscriptionLevel> {
        if is_gated(world, irn) { self.caller(world).gate(world, irn) } else { None }
    }

    /// Fills `answers` with one decision for each question, in order, at one reading of the clock.
    pub(crate) fn check_many(&self, view: View<'_>, questions: &[Question<'_>], answers: &mut Vec<Decision>) {
        let mut clock = view.now(None);
        answers.extend(questions.iter().map(|question| match question.at {
            Some(_) => self.check(view, question),
            None => self.answer(view, question, &mut clock),
        }));
    }

    /// The same, yes or no. The clock is read at once, if there is a question that needs it.
    pub(crate) fn are_allowed<'q>(
        &self,
        view: View<'_>,
        questions: impl Iterator<Item = Question<'q>>,
        answers: &mut Vec<bool>,
    ) {
        let mut clock = None;
        answers.extend(
            questions.map(|question| self.is_allowed_by(view, &question, Glance::of(question.irn), &mut clock)),
        );
    }

    /// The subject's grants, if it has a seat.
    #[inline(always)]
    fn compiled<'w>(&self, world: &'w World) -> Option<&'w Compiled> {
        world.seat(self.seat, self.serial)
    }
}

/// What the subject's seat is for.
fn seat_names(namespace: &str, subject: &Subject<'_>) -> SeatNames {
    let boxed = |ids: &[&str]| ids.iter().map(|id| Box::from(*id)).collect();
    let (kind, id, members) = match *subject {
        Subject::PermProfile { id } => (PrincipalKind::PermProfile, id, SeatMembers::Alone),
        Subject::User { id, memberships: Memberships::Directory } => (PrincipalKind::User, id, SeatMembers::Directory),
        Subject::User { id, memberships: Memberships::Named { groups, permprofiles } } => {
            let members = SeatMembers::Named { groups: boxed(groups), permprofiles: boxed(permprofiles) };
            (PrincipalKind::User, id, members)
        }
    };
    SeatNames { namespace: namespace.into(), kind, id: id.into(), members }
}

/// Visits every permission of a compiled subject that is for the action and whose pattern matches the name; one may be
/// visited more than once.
#[inline(always)]
fn walk_compiled(
    world: &World,
    compiled: &Compiled,
    name: &LazyIrn<'_>,
    action: Option<usize>,
    mut visit: impl FnMut(Flagged, Option<Place>),
) {
    let mut proposal = compiled.propose(name.glanced(), &world.seeds, action);
    while let Some(place) = compiled.take(&mut proposal) {
        if let Some(grant) = compiled.confirm(place, name, ActionMask::of(action)) {
            visit(grant, Some(place));
        }
    }
    if proposal.has_more() {
        walk_more(world, compiled, (proposal, Seeking::All), name, action, |grant, place| {
            visit(grant, place);
            Seeking::All
        });
    }
}

/// What the permissions come to that were not proposed, together with those that were. Apart from it, because few subjects have
/// any: what is counted before can stay in registers.
#[inline(never)]
fn more(
    (view, compiled): (View<'_>, &Compiled),
    (proposal, mut brief): (Proposal, Brief),
    question: &Question<'_>,
    name: &LazyIrn<'_>,
    action: usize,
    clock: &mut Option<Timestamp>,
) -> Brief {
    let seeking = |brief: Brief| if brief.granted() { Seeking::Denies } else { Seeking::All };
    walk_more(view.world, compiled, (proposal, seeking(brief)), name, Some(action), |grant, place| {
        brief.count_if(grant.is_deny(), || match place {
            Some(place) if grant.is_conditional() => {
                conditions_hold_at(view, compiled, place, question, clock).unwrap_or(grant.is_deny())
            }
            _ => applies_at(view, grant, question.attributes, &question.at, clock),
        });
        seeking(brief)
    });
    brief
}

/// Whether the conditions of the conditional grant at a place hold; `None` is not reached, for the record was confirmed before,
/// and then nothing is to be allowed by it. With as few arguments as go into registers.
#[inline(never)]
fn conditions_hold_at(
    view: View<'_>,
    compiled: &Compiled,
    place: Place,
    question: &Question<'_>,
    clock: &mut Option<Timestamp>,
) -> Option<bool> {
    let (grant, packed) = compiled.conditional(place)?;
    Some(packed_conditions_hold(view, grant, packed, question.attributes, &question.at, clock))
}

fn walk_more(
    world: &World,
    compiled: &Compiled,
    (proposal, seeking): (Proposal, Seeking),
    name: &LazyIrn<'_>,
    action: Option<usize>,
    mut visit: impl FnMut(Flagged, Option<Place>) -> Seeking,
) {
    let mut now_seeking = seeking;
    if proposal.is_continued() {
        compiled.visit_more(name, &world.seeds, action, seeking, |grant, place| {
            now_seeking = visit(grant, Some(place));
            now_seeking
        });
    }
    if proposal.has_walked() {
        walk_others(world, compiled, name, action, now_seeking, |grant| visit(grant, None));
    }
}

/// Visits the grants of those principals that are not compiled; from when `visit` says so, only those that deny.
fn walk_others(
    world: &World,
    compiled: &Compiled,
    name: &LazyIrn<'_>,
    action: Option<usize>,
    mut seeking: Seeking,
    mut visit: impl FnMut(Flagged) -> Seeking,
) {
    // Made when the first row is met.
    let keys = LazyCell::new(|| NameKeys::new(name, compiled.namespace(), &world.seeds));
    let sought = LazyCell::new(|| keys.sought());
    let wanted = Wanted::For(action);
    let mut walk = |principal| {
        let Some(holding) = world.holding(principal) else { return };
        if let Some(table) = holding.table() {
            if let Some(irn) = name.irn() {
                table.visit(&Texts::of_irn(irn, &world.seeds), compiled.namespace(), wanted, |line| {
                    let matches = || world.patterns.get(line.pattern).is_some_and(|pattern| pattern.matches(irn));
                    if seeking.is_for(line.is_deny()) && matches() {
                        seeking = visit(line.flagged());
                    }
                });
            }
        } else if holding.summary.may_have(*sought) {
            holding.grants().visit(&keys, wanted, |line| {
                if seeking.is_for(line.is_deny()) && is_of(world, line, name) {
                    seeking = visit(line.flagged());
                }
            });
        }
    };
    for walked in compiled.walked() {
        walk(walked.principal);
        if walked.with_above {
            world.up_from(walked.principal).iter().for_each(|above| walk(*above));
        }
    }
}
