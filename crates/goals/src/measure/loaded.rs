//! A world that answers, and requests of it.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use grantrie::{Change, ChangeSet, Engine, PreparedSubject, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Edit, Reference, Shape, Workload};

/// For how long answers are compared with the reference.
const COMPARED: Duration = Duration::from_millis(700);

/// An engine with requests that fit it, their texts side by side in the order in which they are asked.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    pub(crate) edits: Vec<Edit>,
    asks: Vec<Ask>,
    text: String,
    places: Vec<[Range<usize>; 3]>,
    subjects: Vec<PreparedSubject>,
    /// For each request, which of the subjects asks.
    who: Vec<usize>,
    /// For as many of the first requests as there was time for, whether they must be allowed.
    expected: Vec<bool>,
}

impl Loaded {
    /// The ordinary workload, of so many permissions; users drawn by Zipf's law.
    pub(crate) fn ordinary(seed: u64, permissions: usize, asks: usize) -> Self {
        let mut workload = Workload::new(seed, permissions);
        let (asks, edits) = (workload.requests(asks, true), workload.edits(2_000));
        Self::new(workload.changes(), asks, edits)
    }

    /// A shape of so many permissions.
    pub(crate) fn shape(seed: u64, shape: Shape, permissions: usize, asks: usize) -> Self {
        let shaped = shape.world(seed, permissions, asks);
        Self::new(shaped.changes, shaped.asks, shaped.edits)
    }

    fn new(changes: Vec<Change>, asks: Vec<Ask>, edits: Vec<Edit>) -> Self {
        let expected = {
            let reference = Reference::of(&changes);
            let begun = Instant::now();
            asks.iter()
                .take_while(|_| begun.elapsed() < COMPARED)
                .map(|ask| reference.is_allowed(ask))
                .collect::<Vec<_>>()
        };
        let engine = Engine::new();
        engine.apply(ChangeSet::new(changes)).expect("workloads are valid");
        let mut text = String::new();
        let mut place = |part: &str| {
            let from = text.len();
            text.push_str(part);
            from..text.len()
        };
        let places = asks.iter().map(|ask| [&ask.namespace, &ask.user, &ask.irn].map(|part| place(part))).collect();
        let mut known: HashMap<(&str, &str), usize> = HashMap::new();
        let mut subjects = Vec::new();
        let who = asks
            .iter()
            .map(|ask| {
                *known.entry((&ask.namespace, &ask.user)).or_insert_with(|| {
                    let subject = engine.prepare(&ask.namespace, &Subject::user(&ask.user), None);
                    subjects.push(subject.expect("workloads have valid names"));
                    subjects.len() - 1
                })
            })
            .collect();
        Self { engine, edits, text, places, subjects, who, expected, asks }
    }

    /// How many requests there are.
    pub(crate) fn len(&self) -> usize {
        self.asks.len()
    }

    /// The requests with all names as text.
    pub(crate) fn requests(&self) -> Vec<Request<'_>> {
        let mut requests = Vec::with_capacity(self.asks.len());
        for (ask, [namespace, user, irn]) in self.asks.iter().zip(&self.places) {
            let subject = Subject::user(&self.text[user.clone()]);
            let request = Request::new(&self.text[namespace.clone()], subject, ask.action, &self.text[irn.clone()]);
            requests.push(Request { attributes: ask.attributes.as_ref(), at: ask.at, ..request });
        }
        requests
    }

    /// The requests of prepared subjects.
    pub(crate) fn questions(&self) -> Vec<(&PreparedSubject, Question<'_>)> {
        let mut questions = Vec::with_capacity(self.asks.len());
        for ((ask, [_, _, irn]), who) in self.asks.iter().zip(&self.places).zip(&self.who) {
            let question = Question::new(ask.action, &self.text[irn.clone()]);
            let question = Question { attributes: ask.attributes.as_ref(), at: ask.at, ..question };
            questions.push((&self.subjects[*who], question));
        }
        questions
    }

    /// Compares answers in both forms with the reference, and answers how many are wrong of how many.
    pub(crate) fn wrong(&self) -> (usize, usize) {
        let (requests, questions) = (self.requests(), self.questions());
        let mut wrong = 0;
        for ((request, (subject, question)), expected) in requests.iter().zip(&questions).zip(&self.expected) {
            wrong += usize::from(self.engine.is_allowed(request) != *expected);
            wrong += usize::from(self.engine.is_allowed_for(subject, question) != *expected);
        }
        (wrong, 2 * self.expected.len())
    }
}
