//! A world made change by change, while its file is still being read: nothing but the world is kept of it.

use std::collections::HashMap;

use ahash::RandomState;

use super::ahead::AHEAD;
use super::apply::Executed;
use super::execute::{Executing, Step};
use super::{Change, Effected, validate};
use crate::error::{Problem, Refused};
use crate::limits::Limits;
use crate::model::{PermissionId, PrincipalKind, Subscriber};
use crate::world::{Lookup, World};

/// Changes being made as they come, on a copy that nobody else sees yet.
pub(crate) struct Loading<'a> {
    executing: Executing<'a>,
    waiting: Vec<Step>,
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
        self.waiting.push(Step { change, fresh });
        if self.waiting.len() >= AHEAD {
            self.make_waiting();
        }
    }

    fn make_waiting(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        self.executing.world.look_ahead(waiting.iter());
        waiting.iter().for_each(|step| self.make(step));
        match &mut self.steps {
            Some(steps) if steps.len() < super::apply::CATCH_UP => steps.append(&mut waiting),
            steps => {
                *steps = None;
                waiting.clear();
            }
        }
        self.waiting = waiting;
    }

    /// Makes one change. After a problem the rest is made all the same, for the sake of further problems.
    fn make(&mut self, step: &Step) {
        let item = self.count;
        self.count = self.count.saturating_add(1);
        let mut problems = validate::problems_of(item, &step.change, self.executing.limits);
        if problems.is_empty() {
            match self.executing.step(step) {
                Ok(()) => self.list(item, &step.change),
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
    fn list(&mut self, item: usize, change: &Change) {
        let world = &*self.executing.world;
        let listed = match change {
            Change::PutUser(user) => world.find_principal(PrincipalKind::User, &user.user_id).map(Listed::Principal),
            Change::PutGroup(group) => {
                world.find_principal(PrincipalKind::UserGroup, &group.group_id).map(Listed::Principal)
            }
            Change::SetSubscription { project, subscriber, .. } => world.projects.find(0, project).map(|project| {
                let whose = match subscriber {
                    Subscriber::Project => None,
                    Subscriber::Group(id) => world.find_principal(PrincipalKind::UserGroup, id),
                    Subscriber::User(id) => world.find_principal(PrincipalKind::User, id),
                };
                Listed::Row(project, whose)
            }),
            Change::SetGate { service, .. } => Some(Listed::Gate(service.as_str().into())),
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
