//! A check allocates nothing and frees nothing: not for any subject, permission, answer or form of asking.

use grantrie::{Actions, Change, ChangeSet, PermissionDraft, Principal, Subject};
use grantrie::{Decision, Engine, Pattern, PatternSet, PreparedSubject, Question, Request};
use grantrie_counting::{Counting, Counts, count};
use grantrie_testkit::differential::{History, Report};
use grantrie_testkit::{Choices, OwnedRequest, Verdict, Why};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NOTHING: Counts = Counts { allocations: 0, frees: 0 };

#[test]
fn the_counter_counts() {
    let (counts, text) = count(|| "on the heap".to_owned());
    assert_eq!(counts, Counts { allocations: 1, frees: 0 });
    assert_eq!(count(|| drop(text)).0, Counts { allocations: 0, frees: 1 });
    // What is said to allocate is seen to do so: these would find an allocation on the road of a check, too.
    let engine = Engine::new();
    let request = Request::new("n", Subject::user("u"), "READ", "a:b:c");
    assert_ne!(count(|| engine.apply(allow("u", "a:b:*"))).0, NOTHING);
    assert_ne!(count(|| engine.explain(&request)).0, NOTHING);
    assert_ne!(count(|| engine.check_many(&[request], &mut Vec::new())).0, NOTHING);
}

/// Worlds with gates, criteria, times, globs, nested groups, profiles, big principals, and requests of every kind, the
/// invalid ones included.
#[test]
fn nothing_in_generated_worlds() {
    let (mut checks, mut granted, mut denied, mut gated, mut invalid) = (0, 0, 0, 0, 0);
    for seed in 0..40 {
        let choices = Choices::seeded(seed);
        let mut history = if seed % 2 == 0 { History::small(choices) } else { History::of_worlds(choices) };
        for _ in 0..30 {
            history.step(&mut Report::default()).unwrap_or_else(|found| panic!("{found:?}"));
        }
        let requests = history.requests(150);
        for decision in measured(history.engine(), &requests) {
            checks += 1;
            match Verdict::of(&decision).reason {
                Why::Granted(_) => granted += 1,
                Why::Denied(_) => denied += 1,
                Why::NotSubscribed(_) => gated += 1,
                Why::Invalid(_) => invalid += 1,
                Why::NoGrant => {}
            }
        }
    }
    println!("{checks} checks: {granted} granted, {denied} denied, {gated} held by a gate, {invalid} invalid");
    assert!([granted, denied, gated, invalid].iter().all(|kind| *kind > 50), "every kind of answer was measured");
}

/// A user in deep nested groups, with thousands of permissions of every shape at every level.
#[test]
fn nothing_for_a_large_subject() {
    let engine = Engine::new();
    let mut changes = Vec::new();
    for level in 0..20 {
        let group = format!("g{level}");
        let above = Principal::group(format!("g{}", level + 1));
        changes.push(Change::AddMembership(grantrie::Membership { member: Principal::group(&*group), of: above }));
        for n in 0..200 {
            let patterns = [
                format!("s:t:{level}-{n}"),
                format!("s:t{n}:*"),
                format!("s:*:x{n}-*"),
                format!("s:*:*-{n}"),
                format!("s:*:*{n}y*"),
                format!("s:t{n}:**"),
            ];
            let upsert = |pattern: &String| Change::UpsertPermission(draft(Principal::group(&*group), pattern));
            changes.extend(patterns.iter().map(upsert));
        }
    }
    let member = Principal::user("u");
    changes.push(Change::AddMembership(grantrie::Membership { member, of: Principal::group("g0") }));
    engine.apply(ChangeSet::new(changes)).expect("a valid world");
    let names = ["s:t:19-199", "s:t3:any", "s:t:x7-", "s:t:a-5", "s:t:a9yb", "s:none:none", "s:t7:a:b:c:d:e:f", "s:*"];
    let requests = names.map(|irn| OwnedRequest {
        namespace: "n".to_owned(),
        subject: grantrie_testkit::OwnedSubject::User("u".to_owned()),
        action: "READ".to_owned(),
        irn: irn.to_owned(),
        project: None,
        attributes: None,
        at: None,
    });
    let allowed: Vec<bool> = measured(&engine, &requests).iter().map(|decision| decision.allowed).collect();
    assert_eq!(allowed, [true, true, true, true, true, false, true, false]);
}

#[test]
fn nothing_for_the_patterns_that_match_a_name() {
    let mut set = PatternSet::new();
    for text in ["a:b:*", "a:**", "a:b:x*", "a:b:*x*", "b:**", "*:*:x-1"] {
        set.insert(&text.parse::<Pattern>().expect("a pattern"));
    }
    let mut found = 0;
    let (counts, ()) = count(|| {
        let irn = grantrie::Irn::parse("a:b:x-1").expect("a name");
        set.for_each_matching(&irn, |_| found += 1);
    });
    assert_eq!((counts, found), (NOTHING, 5));
}

fn draft(principal: Principal, pattern: &str) -> PermissionDraft {
    PermissionDraft::allow("n", principal, pattern.parse().expect("a pattern"), Actions::All)
}

fn allow(user: &str, pattern: &str) -> Change {
    Change::UpsertPermission(draft(Principal::user(user), pattern))
}

/// Asks each request in every form that promises not to allocate, and counts.
fn measured(engine: &Engine, requests: &[OwnedRequest]) -> Vec<Decision> {
    let borrowed: Vec<Request<'_>> = requests.iter().map(OwnedRequest::as_request).collect();
    let mut answers: Vec<Decision> = Vec::with_capacity(borrowed.len());
    let mut again: Vec<Decision> = Vec::with_capacity(borrowed.len());
    let snapshot = engine.snapshot();
    // A thread's first read sets up its place among the readers, once.
    let _ = engine.revision();
    for (owned, request) in requests.iter().zip(&borrowed) {
        let (counts, decision) = count(|| engine.check(request));
        assert_eq!(counts, NOTHING, "check {owned:?}: {decision:?}");
        let (counts, allowed) = count(|| engine.is_allowed(request) && snapshot.is_allowed(request));
        assert_eq!((counts, allowed), (NOTHING, decision.allowed), "is_allowed {owned:?}");
        let (counts, same) = count(|| snapshot.check(request) == decision);
        assert_eq!((counts, same), (NOTHING, true), "check of a snapshot {owned:?}");
        if let Ok(subject) = engine.prepare(request.namespace, &request.subject, request.project) {
            prepared(engine, &subject, request, &decision, &mut answers);
        }
    }
    let (counts, done) = count(|| engine.check_many(&borrowed, &mut answers));
    assert_eq!((counts, done), (NOTHING, Ok(())), "check_many");
    let (counts, done) = count(|| snapshot.check_many(&borrowed, &mut again));
    assert_eq!((counts, done), (NOTHING, Ok(())), "check_many of a snapshot");
    assert_eq!(answers, again);
    answers
}

fn prepared(
    engine: &Engine,
    subject: &PreparedSubject,
    request: &Request<'_>,
    decision: &Decision,
    answers: &mut Vec<Decision>,
) {
    let question =
        Question { action: request.action, irn: request.irn, attributes: request.attributes, at: request.at };
    let (counts, same) = count(|| engine.check_for(subject, &question) == *decision);
    assert_eq!((counts, same), (NOTHING, true), "check_for {request:?}");
    let (counts, allowed) = count(|| engine.is_allowed_for(subject, &question));
    assert_eq!((counts, allowed), (NOTHING, decision.allowed), "is_allowed_for {request:?}");
    let (counts, done) = count(|| engine.check_many_for(subject, &[question], answers));
    assert_eq!((counts, done), (NOTHING, Ok(())), "check_many_for {request:?}");
    let mut allowed = Vec::with_capacity(1);
    let (counts, done) = count(|| engine.are_allowed_for(subject, [question].into_iter(), &mut allowed));
    assert_eq!((counts, done, &*allowed), (NOTHING, Ok(()), &[decision.allowed][..]), "are_allowed_for {request:?}");
}
