//! A world made change by change, while its file is still being read: nothing but the world is kept of it.

use std::collections::HashMap;
use std::ops::Range;

use ahash::RandomState;

use super::ahead::{AHEAD, Sight};
use super::apply::Executed;
use super::execute::{Executing, Seen, Step};
use super::{Change, Effected, validate};
use crate::error::{Problem, Refused};
use crate::limits::Limits;
use crate::model::{PermissionId, PrincipalKind, Span, Spelled, SpelledUser, Subscriber, UserRef};
use crate::world::{Lookup, World};

/// Changes being made as they come, on a copy that nobody else sees yet.
pub(crate) struct Loading<'a> {
    executing: Executing<'a>,
    waiting: Vec<Waiting>,
    texts: Texts,
    /// Changes made so far.
    count: usize,
    /// As many as are reported.
    problems: Vec<Problem>,
    /// How many there were beyond those.
    unlisted: usize,
    /// What was listed, and by which change.
    listed: HashMap<Listed, usize, RandomState>,
    repeated: Vec<(usize, usize)>,
    /// What another copy must catch up with, as long as it is little.
    steps: Option<Vec<Step>>,
}

/// A change that is made with the next few.
enum Waiting {
    Step(Step),
    /// A permission that stands in the texts from a place on, and the id that it gets if it is new.
    Permission {
        from: usize,
        spelled: Spelled,
        fresh: PermissionId,
    },
    /// A user that stands there, and its groups and profiles at these of the places.
    User {
        from: usize,
        spelled: SpelledUser,
        ids: Range<usize>,
        fresh: PermissionId,
    },
}

/// What changes that wait stand in.
#[derive(Default)]
struct Texts {
    /// One after the other.
    all: String,
    /// Places in each.
    ids: Vec<Span>,
}

impl Texts {
    fn from(&self, start: usize) -> &str {
        self.all.get(start..).unwrap_or_default()
    }

    fn user(&self, from: usize, spelled: &SpelledUser, ids: &Range<usize>) -> UserRef<'_> {
        spelled.user(self.from(from), self.ids.get(ids.clone()).unwrap_or_default())
    }
}

impl Waiting {
    fn see<'t>(&'t self, texts: &'t Texts, world: &World) -> Seen<'t> {
        match self {
            Self::Step(step) => world.see(step),
            Self::Permission { from, spelled, fresh } => {
                let hashed = world.hashed(spelled.draft(texts.from(*from)));
                spelled.id.map_or(Seen::Upsert(hashed, *fresh), |id| Seen::Restore(hashed, id))
            }
            Self::User { from, spelled, ids, .. } => Seen::User(texts.user(*from, spelled, ids)),
        }
    }

    fn into_step(self, texts: &Texts) -> Step {
        match self {
            Self::Step(step) => step,
            Self::Permission { from, spelled, fresh } => {
                Step { change: Change::put(spelled.id, spelled.draft(texts.from(from)).to_draft()), fresh }
            }
            Self::User { from, spelled, ids, fresh } => {
                Step { change: Change::PutUser(texts.user(from, &spelled, &ids).to_record()), fresh }
            }
        }
    }
}

/// What a world file may list once.
#[derive(PartialEq, Eq, Hash)]
enum Listed {
    Principal(u32),
    /// Of a project, or of a principal in it.
    Row(u32, Option<u32>),
    Gate(Box<str>),
}

impl<'a> Loading<'a> {
    pub(crate) fn new(world: &'a mut World, limits: &'a Limits, record: Option<&'a mut Vec<Effected>>) -> Self {
        Self {
            executing: Executing::new(world, limits, record),
            waiting: Vec::with_capacity(AHEAD),
            texts: Texts::default(),
            count: 0,
            problems: Vec::new(),
            unlisted: 0,
            listed: HashMap::default(),
            repeated: Vec::new(),
            steps: Some(Vec::new()),
        }
    }

    /// Takes one change, `fresh` being the id that a new permission gets. It is made with the next few.
    pub(crate) fn take(&mut self, change: Change, fresh: PermissionId) {
        self.wait(Waiting::Step(Step { change, fresh }));
    }

    /// The same of a permission that stands in this text.
    pub(crate) fn take_permission(&mut self, text: &str, spelled: Spelled, fresh: PermissionId) {
        let from = self.keep(text);
        self.wait(Waiting::Permission { from, spelled, fresh });
    }

    /// The same of a user, whose groups and profiles stand at these places.
    pub(crate) fn take_user(&mut self, text: &str, spelled: SpelledUser, ids: &[Span], fresh: PermissionId) {
        let (from, first) = (self.keep(text), self.texts.ids.len());
        self.texts.ids.extend_from_slice(ids);
        let ids = first..self.texts.ids.len();
        self.wait(Waiting::User { from, spelled, ids, fresh });
    }

    /// Keeps a text until the changes that wait are made, and answers where it stands.
    fn keep(&mut self, text: &str) -> usize {
        let from = self.texts.all.len();
        self.texts.all.push_str(text);
        from
    }

    fn wait(&mut self, change: Waiting) {
        self.waiting.push(change);
        if self.waiting.len() >= AHEAD {
            self.make_waiting();
        }
    }

    fn make_waiting(&mut self) {
        let (mut waiting, mut texts) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.texts));
        let sight: Sight<'_> = waiting.iter().map(|change| change.see(&texts, self.executing.world)).collect();
        self.executing.world.look_ahead(&sight);
        for (change, seen) in waiting.iter().zip(&sight) {
            self.make(change, seen);
        }
        drop(sight);
        match &mut self.steps {
            Some(steps) if steps.len() < super::apply::CATCH_UP => {
                steps.extend(waiting.drain(..).map(|change| change.into_step(&texts)));
            }
            steps => {
                *steps = None;
                waiting.clear();
            }
        }
        texts.all.clear();
        texts.ids.clear();
        (self.waiting, self.texts) = (waiting, texts);
    }

    /// Makes one change. After a problem the rest is made all the same, for the sake of further problems.
    fn make(&mut self, waiting: &Waiting, seen: &Seen<'_>) {
        let item = self.count;
        self.count = self.count.saturating_add(1);
        // What stands in a text was judged when it was read.
        let change = match waiting {
            Waiting::Step(step) => Some(&step.change),
            Waiting::Permission { .. } | Waiting::User { .. } => None,
        };
        let validate = |change| validate::problems_of(item, change, self.executing.limits);
        let mut problems = change.map(validate).unwrap_or_default();
        if problems.is_empty() {
            match self.executing.make(seen) {
                Ok(()) => self.list(item, seen),
                Err(problem) => problems.push(problem.at_item(item)),
            }
        }
        for problem in problems {
            if self.problems.len() < self.executing.limits.reported_problems.max(1) {
                self.problems.push(problem);
            } else {
                self.unlisted = self.unlisted.saturating_add(1);
            }
        }
    }

    /// Notes what a change listed, to which the world has given numbers by now.
    fn list(&mut self, item: usize, seen: &Seen<'_>) {
        let world = &*self.executing.world;
        let listed = match seen {
            Seen::User(user) => world.find_principal(PrincipalKind::User, user.id).map(Listed::Principal),
            Seen::Unseen(Step { change: Change::PutGroup(group), .. }) => {
                world.find_principal(PrincipalKind::UserGroup, &group.group_id).map(Listed::Principal)
            }
            Seen::Unseen(Step { change: Change::SetSubscription { project, subscriber, .. }, .. }) => {
                world.projects.find(0, project).map(|project| {
                    let whose = match subscriber {
                        Subscriber::Project => None,
                        Subscriber::Group(id) => world.find_principal(PrincipalKind::UserGroup, id),
                        Subscriber::User(id) => world.find_principal(PrincipalKind::User, id),
                    };
                    Listed::Row(project, whose)
                })
            }
            Seen::Unseen(Step { change: Change::SetGate { service, .. }, .. }) => {
                Some(Listed::Gate(service.as_str().into()))
            }
            _ => None,
        };
        if let Some(earlier) = listed.and_then(|listed| self.listed.insert(listed, item)) {
            self.repeated.push((item, earlier));
        }
    }

    /// Makes what was taken and not made yet. Answers what was listed again: the number of the change, and of the one before
    /// it that lists the same; ascending.
    pub(crate) fn repeated(&mut self) -> Vec<(usize, usize)> {
        self.make_waiting();
        std::mem::take(&mut self.repeated)
    }

    /// What became of it, and what another copy must catch up with unless it had better be forked.
    pub(crate) fn finish(mut self) -> (Executed, Option<Vec<Step>>) {
        self.make_waiting();
        let Executing { effects, touched, .. } = self.executing;
        let refused = (!self.problems.is_empty()).then(|| Refused::new(self.problems, usize::MAX, self.unlisted));
        (Executed { effects, touched, refused }, self.steps)
    }
}
