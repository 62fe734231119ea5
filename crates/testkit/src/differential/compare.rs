//! One request, asked in every form: each answer must be what the model says.

use grantrie::{
    Decision, Engine, Explanation, Outcome, PreparedSubject, Question, Reason, RequestField, Snapshot, Timestamp,
};

use super::{Disagreement, Report};
use crate::model::{self, Model};
use crate::{OwnedRequest, OwnedSubject, Verdict, Why};

/// A version of the engine's world beside the model's, at one reading of the clock.
pub(super) struct Sides<'a> {
    pub(super) engine: &'a Engine,
    pub(super) snapshot: &'a Snapshot,
    pub(super) model: &'a Model,
    pub(super) now: Timestamp,
}

impl Sides<'_> {
    /// Compares the answers to one request.
    pub(super) fn compare(&self, owned: &OwnedRequest, report: &mut Report) -> Result<Decision, Disagreement> {
        let request = owned.as_request();
        let Self { snapshot, model, now, .. } = *self;
        let expected = model.decide(&request, now);
        let decision = snapshot.check(&request);
        let describe = |what: &str| format!("{what} {owned:?} at {now}; {}", self.considered(owned));

        let same = Disagreement::unless_equal::<Verdict>;
        same(&Verdict::of(&decision), &expected, || describe("check"))?;
        let allowed = snapshot.is_allowed(&request);
        Disagreement::unless_equal(&allowed, &expected.allowed, || describe("is_allowed"))?;

        let explanation = snapshot.explain(&request);
        Disagreement::unless_equal(&explanation.decision, &decision, || describe("the explanation's decision of"))?;
        let outcomes: Vec<_> =
            explanation.considered.iter().map(|found| (found.permission.id, of_outcome(found.outcome))).collect();
        let matching = model.matching(&request, now);
        Disagreement::unless_equal(&outcomes, &matching, || describe("explain"))?;
        self.paths(owned, &explanation).map_err(|engine| Disagreement {
            what: describe("the paths of"),
            engine,
            model: "a way along memberships".to_owned(),
        })?;
        self.prepared_now(owned, &decision)?;
        if let Some(until) = expected.valid_until {
            let before = Timestamp::from_micros(until.as_micros() - 1).unwrap_or(until);
            let later = grantrie::Request { at: Some(before), ..request };
            let holds = |found: bool| (until > request.at.unwrap_or(now), found);
            let found = holds(snapshot.is_allowed(&later));
            Disagreement::unless_equal(&found, &(true, expected.allowed), || describe("just before valid_until:"))?;
        }
        report.count(&expected, matching.len());
        Ok(decision)
    }

    /// Compares the answers of a subject that was prepared at any time before.
    pub(super) fn prepared(
        &self,
        subject: &PreparedSubject,
        owned: &OwnedRequest,
        decision: &Decision,
    ) -> Result<(), Disagreement> {
        let question =
            Question { action: &owned.action, irn: &owned.irn, attributes: owned.attributes.as_ref(), at: owned.at };
        let describe = |what: &str| format!("{what} {owned:?} at {}; {}", self.now, self.considered(owned));
        let answer = self.snapshot.check_for(subject, &question);
        Disagreement::unless_equal(&answer, decision, || describe("check_for"))?;
        let allowed = self.snapshot.is_allowed_for(subject, &question);
        Disagreement::unless_equal(&allowed, &decision.allowed, || describe("is_allowed_for"))?;
        let mut answers = Vec::new();
        let done = self.snapshot.check_many_for(subject, &[question; 2], &mut answers);
        Disagreement::unless_equal(&(done, answers), &(Ok(()), vec![*decision; 2]), || describe("check_many_for"))?;
        let mut answers = Vec::new();
        let done = self.snapshot.are_allowed_for(subject, [question; 2].into_iter(), &mut answers);
        Disagreement::unless_equal(&(done, answers), &(Ok(()), vec![decision.allowed; 2]), || {
            describe("are_allowed_for")
        })
    }

    fn prepared_now(&self, owned: &OwnedRequest, decision: &Decision) -> Result<(), Disagreement> {
        let request = owned.as_request();
        let unprepared = match self.engine.prepare(request.namespace, &request.subject, request.project) {
            Ok(subject) => return self.prepared(&subject, owned, decision),
            Err(unprepared) => unprepared,
        };
        // A project is judged last, so a check may have found something else first.
        let same = match decision.reason {
            Reason::Invalid(invalid) => invalid == unprepared || unprepared.field == RequestField::Project,
            _ => false,
        };
        Disagreement::unless_equal(&same, &true, || format!("prepare for {owned:?}: {unprepared}, but {decision:?}"))
    }

    /// Whether each path of an explanation is a way from the subject to the permission's principal.
    fn paths(&self, owned: &OwnedRequest, explanation: &Explanation) -> Result<(), String> {
        let start = match &owned.subject {
            OwnedSubject::User(id) | OwnedSubject::Named { id, .. } => grantrie::Principal::user(id),
            OwnedSubject::PermProfile(id) => grantrie::Principal::profile(id),
        };
        let of_subject = self.model.principals(&owned.subject.as_subject());
        let named = matches!(owned.subject, OwnedSubject::Named { .. });
        for found in &explanation.considered {
            let (first, last) = (found.path.first(), found.path.last());
            let ends = first == Some(&start) && last == Some(&found.permission.draft.principal);
            let step = |pair: &[grantrie::Principal]| match pair {
                [_, of] if named => of_subject.contains(of),
                [member, of] => self.model.direct(member).any(|above| above == *of),
                _ => false,
            };
            if !ends || !found.path.windows(2).all(step) || (named && found.path.len() > 2) {
                return Err(format!("{:?} to {}", found.path, found.permission.id));
            }
        }
        Ok(())
    }

    /// The permissions that count for a request, for a report.
    fn considered(&self, owned: &OwnedRequest) -> String {
        let matching = self.model.matching(&owned.as_request(), self.now);
        let of_id = |id| self.model.permissions.iter().find(|known| known.id == id);
        let texts = matching.iter().filter_map(|(id, outcome)| {
            let found = of_id(*id)?;
            let (effect, actions) = (found.effect.as_str(), found.actions.names().collect::<Vec<_>>().join(","));
            let times = (found.not_before.map(|at| at.to_string()), found.expires_at.map(|at| at.to_string()));
            Some(format!(
                "\n      {id} {effect} {} {actions} on {} {:?} {times:?}: {outcome:?}",
                found.principal, found.pattern, found.criteria
            ))
        });
        let texts: String = texts.collect();
        format!("the model considers{}", if texts.is_empty() { " nothing" } else { &texts })
    }
}

impl Report {
    fn count(&mut self, verdict: &Verdict, considered: usize) {
        self.checks += 1;
        self.considered += considered as u64;
        match verdict.reason {
            Why::Granted(_) => self.allowed += 1,
            Why::Denied(_) => self.denied += 1,
            Why::NotSubscribed(_) => self.gated += 1,
            Why::Invalid(_) => self.invalid += 1,
            Why::NoGrant => {}
        }
    }
}

/// The engine's outcome as the model calls it.
fn of_outcome(outcome: Outcome) -> model::Outcome {
    match outcome {
        Outcome::WrongAction => model::Outcome::WrongAction,
        Outcome::CriteriaUnknown => model::Outcome::CriteriaUnknown,
        Outcome::CriteriaDiffer => model::Outcome::CriteriaDiffer,
        Outcome::NotYet => model::Outcome::NotYet,
        Outcome::Expired => model::Outcome::Expired,
        Outcome::Applies => model::Outcome::Applies,
        _ => panic!("an outcome that the testkit does not know: {outcome:?}"),
    }
}
