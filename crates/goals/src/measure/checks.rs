//! A check: how much longer it takes in a large world, in a batch, and what it allocates.

use std::collections::HashMap;
use std::hint::black_box;

use grantrie::{Decision, PreparedSubject, Question, Subject};
use grantrie_counting::count;
use grantrie_testkit::workload::{Ask, Workload};

use super::loaded::Loaded;
use super::timing::{Pass, interleaved};
use crate::figures::Figures;

const SMALL: usize = 1_000;
const LARGE: usize = 1_000_000;
const ASKS: usize = 40_000;
/// Questions of one subject.
const BATCH: usize = 256;
/// Subjects with a batch each.
const BATCHES: usize = 200;
const TURNS: usize = 15;

pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    let (small, large) = (Loaded::ordinary(seed, SMALL, ASKS), Loaded::ordinary(seed, LARGE, ASKS));
    growth(&small, &large, &mut figures);
    allocations(&large, &mut figures);
    drop(small);
    batches(seed, &large, &mut figures);
    figures
}

pub(super) fn prepared(loaded: &Loaded) -> Pass<'_> {
    let questions = loaded.questions();
    Pass::new(loaded.len(), move |range| {
        let allowed = |(subject, question): &&(&_, Question<'_>)| loaded.engine.is_allowed_for(subject, question);
        questions[range].iter().filter(allowed).count()
    })
}

fn string(loaded: &Loaded) -> Pass<'_> {
    let requests = loaded.requests();
    Pass::new(loaded.len(), move |range| {
        requests[range].iter().filter(|request| loaded.engine.is_allowed(request)).count()
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn growth(small: &Loaded, large: &Loaded, figures: &mut Figures) {
    let passes = [prepared(small), prepared(large), string(small), string(large)];
    let [prepared_small, prepared_large, string_small, string_large] = interleaved(passes, TURNS);
    figures.put("check.prepared.1k.ns", prepared_small);
    figures.put("check.prepared.1m.ns", prepared_large);
    figures.put("check.string.1k.ns", string_small);
    figures.put("check.string.1m.ns", string_large);
    figures.put("growth.prepared", prepared_large / prepared_small);
    figures.put("growth.string", string_large / string_small);
    let ((wrong_small, some), (wrong_large, more)) = (small.wrong(), large.wrong());
    figures.put("answers.wrong", (wrong_small + wrong_large) as f64);
    figures.put("answers.compared", (some + more) as f64);
}

/// Blocks that all forms of asking allocate.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn allocations(loaded: &Loaded, figures: &mut Figures) {
    let (requests, questions) = (loaded.requests(), loaded.questions());
    let mut answers: Vec<Decision> = Vec::with_capacity(ASKS);
    let _ = loaded.engine.revision();
    let (counts, _) = count(|| {
        let strings = requests.iter().filter(|request| loaded.engine.is_allowed(request)).count();
        let prepared = questions.iter().filter(|(subject, question)| loaded.engine.is_allowed_for(subject, question));
        let reasons = requests.iter().map(|request| loaded.engine.check(request)).filter(|answer| answer.allowed);
        let all = black_box(strings + prepared.count() + reasons.count());
        let batch = loaded.engine.check_many(&requests, &mut answers);
        let few = loaded.engine.check_many_for(questions[0].0, &[questions[0].1; 4], &mut answers);
        (all, batch.is_ok() && few.is_ok())
    });
    figures.put("allocations", (counts.allocations + counts.frees) as f64);
}

/// Batches beside the ordinary single check, which has another subject and another name each time. The subjects of batches
/// are drawn as those of single checks are, and have one handle for each user, too.
fn batches(seed: u64, large: &Loaded, figures: &mut Figures) {
    let mut workload = Workload::new(seed, LARGE);
    let asks: Vec<Vec<Ask>> = workload.requests_of_one(BATCHES, BATCH, true);
    let engine = &large.engine;
    let mut handles = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    let of_batch: Vec<usize> = asks
        .iter()
        .map(|asks| {
            let Ask { namespace, user, .. } = &asks[0];
            *known.entry((namespace, user)).or_insert_with(|| {
                let handle = engine.prepare(namespace, &Subject::user(user), None);
                handles.push(handle.expect("workloads have valid names"));
                handles.len() - 1
            })
        })
        .collect();
    let subjects: Vec<&PreparedSubject> = of_batch.iter().map(|handle| &handles[*handle]).collect();
    let questions: Vec<Vec<Question<'_>>> = asks.iter().map(|asks| asks.iter().map(Ask::question).collect()).collect();
    let mut answers: Vec<Decision> = Vec::with_capacity(BATCH);
    let single = each(|n| questions[n].iter().filter(|one| engine.is_allowed_for(subjects[n], one)).count());
    let reason = each(|n| questions[n].iter().filter(|one| engine.check_for(subjects[n], one).allowed).count());
    let batch = each(|n| {
        engine.check_many_for(subjects[n], &questions[n], &mut answers).expect("a batch within the bounds");
        answers.iter().filter(|answer| answer.allowed).count()
    });
    #[expect(clippy::cast_precision_loss, reason = "items of a batch")]
    let items = |time: f64| time / BATCH as f64;
    let [ordinary, single, reason, batch] = interleaved([prepared(large), single, reason, batch], TURNS);
    let [single, reason, batch] = [single, reason, batch].map(items);
    figures.put("batch.ns", batch);
    figures.put("batch.ordinary.ns", ordinary);
    figures.put("batch", batch / ordinary);
    // The same questions one by one, which have the subject in the processor's cache as a batch has.
    figures.put("batch.same_subject.ns", single);
    figures.put("batch.same_subject.check_for.ns", reason);
}

/// A piece is one subject, so that its first touch is in the time.
fn each<'a>(mut one: impl FnMut(usize) -> usize + 'a) -> Pass<'a> {
    Pass::by(BATCHES, 1, move |range| range.map(&mut one).sum())
}
