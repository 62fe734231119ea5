//! The life of one world on both sides, step by step.

use std::collections::VecDeque;

use grantrie::{ChangeSet, Decision, Engine, Limits, PreparedSubject, Request, Snapshot, Timestamp};

use super::compare::Sides;
use super::{Disagreement, Pair, Report};
use crate::generate::{self, Dice, Shape};
use crate::history;
use crate::model::Model;
use crate::{Choices, OwnedRequest};

/// Prepared subjects that are kept, to be asked again when the world has changed.
const KEPT_SUBJECTS: usize = 8;

/// A world that lives: see the [module](super).
#[derive(Debug)]
pub struct History<'a> {
    choices: Choices<'a>,
    maker: Maker,
    pair: Pair,
    /// Subjects prepared on earlier versions, each with a request that has the same subject.
    subjects: Vec<(PreparedSubject, OwnedRequest)>,
    /// An earlier version, with what the model was then.
    earlier: Option<(Snapshot, Model, Timestamp)>,
    doing: String,
}

/// Who makes change sets and requests.
#[derive(Debug)]
enum Maker {
    /// A small vocabulary under tight bounds, from an empty world on.
    Small,
    /// The generators of whole worlds: what such a world begins with, then what they change.
    Worlds { begin: VecDeque<ChangeSet>, dice: Dice },
}

impl<'a> History<'a> {
    /// An empty world, about which the small vocabulary says everything.
    #[must_use]
    pub fn small(mut choices: Choices<'a>) -> Self {
        let enabled_wins = choices.percent(30);
        Self::new(choices, Maker::Small, &history::limits(), enabled_wins)
    }

    /// An empty world, which in its first steps becomes a generated one.
    #[must_use]
    pub fn of_worlds(mut choices: Choices<'a>) -> Self {
        let mut dice = Dice::new(choices.below(usize::MAX) as u64);
        let shape = *choices.pick(&Shape::ALL);
        let begin = generate::world(&mut dice, shape).into();
        let enabled_wins = choices.percent(30);
        Self::new(choices, Maker::Worlds { begin, dice }, &Limits::default(), enabled_wins)
    }

    fn new(choices: Choices<'a>, maker: Maker, limits: &Limits, enabled_wins: bool) -> Self {
        let pair = Pair::new(limits, enabled_wins);
        Self { choices, maker, pair, subjects: Vec::new(), earlier: None, doing: "begin".to_owned() }
    }

    /// The engine, as it is now.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.pair.engine
    }

    /// Whether the choices are over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.choices.is_over()
    }

    /// What is being done, for the report of a panic.
    #[must_use]
    pub fn doing(&self) -> &str {
        &self.doing
    }

    /// One change set, then requests and other questions.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn step(&mut self, report: &mut Report) -> Result<(), Disagreement> {
        "make a change set".clone_into(&mut self.doing);
        let (now, set) = self.maker.change_set(&mut self.choices, &self.pair.model);
        self.pair.set_clock(now);
        self.doing = format!("apply {set:?}");
        let applied = if self.pair.apply(&set)? { &mut report.applied } else { &mut report.refused };
        *applied += 1;
        "read back".clone_into(&mut self.doing);
        self.pair.compare_state(&mut self.choices)?;
        let count = *self.choices.pick(&[1, 4, 12, 30]);
        let requests = self.requests(count);
        self.ask(&requests, report)?;
        self.ask_kept_subjects(report)?;
        self.ask_earlier_version(report)
    }

    /// Everything once more at the end, also of an engine that was built in one go.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn end(&mut self) -> Result<(), Disagreement> {
        "end".clone_into(&mut self.doing);
        self.pair.compare_whole_state(&mut self.choices)?;
        let rebuilt = self.pair.rebuilt(&mut self.choices)?;
        rebuilt.compare_whole_state(&mut self.choices)?;
        let requests = self.requests(20);
        let living = std::mem::replace(&mut self.pair, rebuilt);
        let asked = self.ask(&requests, &mut Report::default());
        self.pair = living;
        asked
    }

    /// Requests about the world as it is.
    pub fn requests(&mut self, count: usize) -> Vec<OwnedRequest> {
        let mut requests: Vec<OwnedRequest> = Vec::new();
        while requests.len() < count {
            let fresh = match requests.last().filter(|_| matches!(self.maker, Maker::Small)) {
                Some(last) if self.choices.percent(30) => history::near_miss(&mut self.choices, last),
                _ => self.maker.request(&mut self.choices, &self.pair.model),
            };
            requests.push(fresh);
        }
        requests
    }

    /// Asks each request by itself and all of them as a batch.
    fn ask(&mut self, requests: &[OwnedRequest], report: &mut Report) -> Result<(), Disagreement> {
        let snapshot = self.pair.engine.snapshot();
        let sides =
            Sides { engine: &self.pair.engine, snapshot: &snapshot, model: &self.pair.model, now: self.pair.now() };
        let mut singles: Vec<Decision> = Vec::new();
        for owned in requests {
            self.doing = format!("check {owned:?}");
            let decision = sides.compare(owned, report)?;
            let revision = decision.revision;
            Disagreement::unless_equal(&revision, &self.pair.model.revision, || format!("the revision of {owned:?}"))?;
            singles.push(decision);
        }
        "check_many".clone_into(&mut self.doing);
        let borrowed: Vec<Request<'_>> = requests.iter().map(OwnedRequest::as_request).collect();
        let mut answers = Vec::new();
        let done = self.pair.engine.check_many(&borrowed, &mut answers);
        Disagreement::unless_equal(&(done, answers), &(Ok(()), singles), || format!("check_many {requests:?}"))?;
        if let Some(owned) = requests.last() {
            self.keep_subject(owned);
        }
        Ok(())
    }

    fn keep_subject(&mut self, owned: &OwnedRequest) {
        let request = owned.as_request();
        let Ok(subject) = self.pair.engine.prepare(request.namespace, &request.subject, request.project) else {
            return;
        };
        if self.subjects.len() >= KEPT_SUBJECTS {
            let gone = self.choices.below(KEPT_SUBJECTS);
            self.subjects.swap_remove(gone);
        }
        self.subjects.push((subject, owned.clone()));
    }

    /// Asks subjects that were prepared on earlier versions: they must answer from this one.
    fn ask_kept_subjects(&mut self, report: &mut Report) -> Result<(), Disagreement> {
        let snapshot = self.pair.engine.snapshot();
        let sides =
            Sides { engine: &self.pair.engine, snapshot: &snapshot, model: &self.pair.model, now: self.pair.now() };
        for (subject, asked) in &self.subjects {
            let fresh = self.maker.request(&mut self.choices, &self.pair.model);
            // What was asked of the subject, or something else.
            let owned = OwnedRequest {
                namespace: asked.namespace.clone(),
                subject: asked.subject.clone(),
                project: asked.project.clone(),
                ..if self.choices.percent(50) { asked.clone() } else { fresh }
            };
            self.doing = format!("check for a subject prepared before: {owned:?}");
            let decision = sides.compare(&owned, report)?;
            sides.prepared(subject, &owned, &decision)?;
        }
        Ok(())
    }

    /// Asks an earlier version, which must answer as it did, and keeps another now and then.
    fn ask_earlier_version(&mut self, report: &mut Report) -> Result<(), Disagreement> {
        if let Some((snapshot, model, now)) = &self.earlier {
            let now = *now;
            self.doing = format!("ask revision {} at {}", snapshot.revision(), model.revision);
            self.pair.set_clock(now);
            let sides = Sides { engine: &self.pair.engine, snapshot, model, now };
            for _ in 0..2 {
                let owned = self.maker.request(&mut self.choices, model);
                let decision = sides.compare(&owned, report)?;
                Disagreement::unless_equal(&decision.revision, &model.revision, || "the revision".to_owned())?;
            }
        }
        match self.choices.below(8) {
            0 => self.earlier = Some((self.pair.engine.snapshot(), self.pair.model.clone(), self.pair.now())),
            1 => self.earlier = None,
            _ => {}
        }
        Ok(())
    }
}

impl Maker {
    fn change_set(&mut self, choices: &mut Choices<'_>, world: &Model) -> (Timestamp, ChangeSet) {
        match self {
            Self::Small => (history::instant(choices), history::change_set(choices, world)),
            Self::Worlds { begin, dice } => {
                let set = begin.pop_front().unwrap_or_else(|| generate::change_set(dice, world));
                let edge = generate::EDGES[dice.below(generate::EDGES.len())];
                (Timestamp::from_micros(generate::NOON.as_micros() + edge).unwrap_or(generate::NOON), set)
            }
        }
    }

    fn request(&mut self, choices: &mut Choices<'_>, world: &Model) -> OwnedRequest {
        match self {
            Self::Small => history::request(choices, world),
            Self::Worlds { dice, .. } => {
                if dice.one_in(40) {
                    generate::invalid_request(dice, world)
                } else {
                    generate::request(dice, world)
                }
            }
        }
    }
}
