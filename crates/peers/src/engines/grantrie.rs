//! Grantrie: a subject that is kept prepared, all names as text, and batches of what one prepared subject asks.

use std::collections::HashMap;

use grantrie::{Change, ChangeSet, Decision, Engine, PreparedSubject, PrincipalKind, Question, Subject, UserRecord};

use super::{Loaded, Peer, said};
use crate::world::{Request, World};

/// Permissions in one change set.
const SET: usize = 20_000;
/// Questions in one batch.
const BATCH: usize = 256;

/// One prepared subject for each user and namespace that is asked about, kept for the whole run.
pub(super) fn prepared(world: &World) -> Loaded {
    let engine = load(world)?;
    let (subjects, of_request) = prepare(&engine, world)?;
    Ok(Box::new(Prepared { engine, holds: world.size(), subjects, of_request, requests: Vec::new() }))
}

/// All names as text.
pub(super) fn string(world: &World) -> Loaded {
    let engine = load(world)?;
    Ok(Box::new(Text { engine, holds: world.size(), namespaces: Vec::new(), requests: Vec::new() }))
}

/// The same requests, those of one subject together.
pub(super) fn batch(world: &World) -> Loaded {
    let engine = load(world)?;
    let (subjects, of_request) = prepare(&engine, world)?;
    let mut of_subject = vec![Vec::new(); subjects.len()];
    for (request, subject) in of_request.iter().enumerate() {
        of_subject[*subject].push(request);
    }
    let batches = of_subject.iter().enumerate().flat_map(|(subject, requests)| {
        requests.chunks(BATCH).map(move |requests| Batch {
            subject,
            requests: requests.to_vec(),
            questions: Vec::new(),
        })
    });
    let batches = batches.collect();
    Ok(Box::new(Batches { engine, holds: world.size(), subjects, batches, answers: Vec::with_capacity(BATCH) }))
}

fn load(world: &World) -> Result<Engine, String> {
    let engine = Engine::new();
    let users = world.users().map(|user| Change::PutUser(record(world, user)));
    let mut changes = users.chain(world.grants().map(|grant| Change::UpsertPermission(grant.draft()))).peekable();
    while changes.peek().is_some() {
        engine.apply(ChangeSet::new(changes.by_ref().take(SET).collect())).map_err(said)?;
    }
    Ok(engine)
}

fn record(world: &World, user: u32) -> UserRecord {
    let above = |wanted: PrincipalKind| {
        let all = world.memberships(user).iter().map(|number| world.principal(*number));
        all.filter(|(kind, _)| *kind == wanted).map(|(_, id)| id.to_owned()).collect()
    };
    UserRecord {
        user_id: world.principal(user).1.to_owned(),
        groups: above(PrincipalKind::UserGroup),
        permprofiles: above(PrincipalKind::PermProfile),
        ..UserRecord::default()
    }
}

fn prepare(engine: &Engine, world: &World) -> Result<(Vec<PreparedSubject>, Vec<usize>), String> {
    let (mut subjects, mut known) = (Vec::new(), HashMap::new());
    let mut of_request = Vec::with_capacity(world.requests.len());
    for Request { namespace, user, user_id, .. } in &world.requests {
        let next = subjects.len();
        let at = *known.entry((*namespace, *user)).or_insert(next);
        if at == next {
            let subject = engine.prepare(&world.namespaces[*namespace], &Subject::user(user_id), None);
            subjects.push(subject.map_err(|invalid| format!("{invalid:?}"))?);
        }
        of_request.push(at);
    }
    Ok((subjects, of_request))
}

struct Prepared {
    engine: Engine,
    holds: usize,
    subjects: Vec<PreparedSubject>,
    of_request: Vec<usize>,
    requests: Vec<(usize, String, String)>,
}

impl Peer for Prepared {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        let asked = |(request, subject): (&Request, &usize)| (*subject, request.action.clone(), request.irn.clone());
        self.requests = world.requests.iter().zip(&self.of_request).map(asked).collect();
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let (subject, action, irn) = &self.requests[call];
        u64::from(self.engine.is_allowed_for(&self.subjects[*subject], &Question::new(action, irn)))
    }
}

struct Text {
    engine: Engine,
    holds: usize,
    namespaces: Vec<String>,
    requests: Vec<Request>,
}

impl Peer for Text {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        self.namespaces.clone_from(&world.namespaces);
        self.requests.clone_from(&world.requests);
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let Request { namespace, user_id, action, irn, .. } = &self.requests[call];
        let asked = grantrie::Request::new(&self.namespaces[*namespace], Subject::user(user_id), action, irn);
        u64::from(self.engine.is_allowed(&asked))
    }
}

struct Batches {
    engine: Engine,
    holds: usize,
    subjects: Vec<PreparedSubject>,
    batches: Vec<Batch>,
    answers: Vec<Decision>,
}

struct Batch {
    subject: usize,
    requests: Vec<usize>,
    questions: Vec<Question<'static>>,
}

impl Peer for Batches {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        for batch in &mut self.batches {
            let question = |request: &usize| {
                let Request { action, irn, .. } = &world.requests[*request];
                // The process ends with the run.
                Question::new(action.clone().leak(), irn.clone().leak())
            };
            batch.questions = batch.requests.iter().map(question).collect();
        }
    }

    fn calls(&self) -> usize {
        self.batches.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let Batch { subject, questions, .. } = &self.batches[call];
        let done = self.engine.check_many_for(&self.subjects[*subject], questions, &mut self.answers);
        done.expect("a batch within the limit");
        self.answers.iter().map(|answer| u64::from(answer.allowed)).sum()
    }

    fn answers(&mut self, call: usize) -> Vec<(usize, u64)> {
        self.call(call);
        let requests = self.batches[call].requests.iter().copied();
        requests.zip(self.answers.iter().map(|answer| u64::from(answer.allowed))).collect()
    }
}
