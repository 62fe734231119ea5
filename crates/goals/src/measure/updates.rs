//! One permission changed, until the next check sees it.
//!
//! A deny is put on what a user may do, then it is changed, then removed: after each, the answer of a subject that was
//! prepared long before must have turned. Some denies are the user's, some its group's; their patterns are names, whole
//! types and globs.

use std::time::Instant;

use grantrie::{Actions, Change, Pattern, PermissionDraft, PermissionId, PreparedSubject, Principal, Question, Reason};

use super::loaded::Loaded;
use crate::figures::{Figures, Times};

const PERMISSIONS: usize = 1_000_000;
const ASKS: usize = 20_000;
/// Checks of other subjects between two changes.
const BETWEEN: usize = 50;
const CHANGES: usize = 9_000;

/// What a user may do, and a principal of it.
struct Target<'a> {
    subject: &'a PreparedSubject,
    question: Question<'a>,
    namespace: &'a str,
    holder: Principal,
}

pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    let loaded = Loaded::ordinary(seed, PERMISSIONS, ASKS);
    let (alone, missed) = changes(&loaded, CHANGES);
    figures.put("update.p50.ns", alone.permille(500));
    figures.put("update.p99.ns", alone.permille(990));
    figures.put("update.p999.ns", alone.permille(999));
    figures.put("update.max.ns", alone.permille(1_000));
    figures.histogram = alone.histogram();
    // A reader that sleeps on what is now an old version.
    let asleep = loaded.engine.snapshot();
    let (beside, missed_beside) = changes(&loaded, CHANGES / 3);
    drop(asleep);
    figures.put("sleeper.p50.ns", beside.permille(500));
    figures.put("sleeper.p99.ns", beside.permille(990));
    figures.put("sleeper.max.ns", beside.permille(1_000));
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    figures.put("update.unseen", (missed + missed_beside) as f64);
    figures
}

/// How long each change took, and how many the next check did not see.
fn changes(loaded: &Loaded, count: usize) -> (Times, usize) {
    let engine = &loaded.engine;
    let (requests, questions) = (loaded.requests(), loaded.questions());
    let (mut times, mut missed) = (Times::default(), 0);
    let mut between = questions.iter().cycle();
    let allowed = requests.iter().zip(&questions).filter(|(request, _)| engine.is_allowed(request));
    let targets: Vec<Target<'_>> = allowed
        .enumerate()
        .filter_map(|(n, (request, (subject, question)))| {
            let grantrie::Subject::User { id, .. } = request.subject else { return None };
            // Every other time one of its groups or profiles.
            let above = if n % 2 == 0 { Vec::new() } else { engine.memberships(&Principal::user(id)) };
            let holder = above.get(n / 2 % above.len().max(1)).cloned().unwrap_or_else(|| Principal::user(id));
            Some(Target { subject, question: *question, namespace: request.namespace, holder })
        })
        .take(count / 3)
        .collect();
    for (n, Target { subject, question, namespace, holder }) in targets.iter().enumerate() {
        let pattern = pattern(n, question.irn);
        let action = |name| Actions::parse([name]).expect("an action");
        let deny = PermissionDraft::deny(namespace, holder.clone(), pattern, action(question.action));
        let other = PermissionDraft { actions: action("SHARE"), ..deny.clone() };
        let mut timed = |change: Change, seen: &dyn Fn() -> bool| {
            for (subject, question) in between.by_ref().take(BETWEEN) {
                std::hint::black_box(engine.is_allowed_for(subject, question));
            }
            let begun = Instant::now();
            let applied = engine.apply(change);
            let turned = seen();
            times.add(begun.elapsed());
            missed += usize::from(applied.is_err() || !turned);
        };
        timed(Change::UpsertPermission(deny), &|| !engine.is_allowed_for(subject, question));
        let id = match engine.check_for(subject, question).reason {
            Reason::Denied(id) => id,
            _ => PermissionId::from_u128(0),
        };
        timed(Change::UpsertPermission(other), &|| engine.is_allowed_for(subject, question));
        timed(Change::RemovePermission(id), &|| engine.is_allowed_for(subject, question));
    }
    (times, missed)
}

/// A name, all of its type, or all that begins as it does.
fn pattern(n: usize, irn: &str) -> Pattern {
    let (kind, id) = irn.rsplit_once(':').unwrap_or(("", irn));
    let text = match n % 3 {
        0 => irn.to_owned(),
        1 => format!("{kind}:*"),
        _ => format!("{kind}:{}*", id.get(..id.len() / 2).unwrap_or("")),
    };
    Pattern::parse(&text).or_else(|_| Pattern::parse(irn)).expect("a name is a pattern")
}
