//! What the fuzz targets do with their bytes: each a plain function, so that kept finds are replayed by plain tests.
//!
//! A target panics on what must not be; it says nothing of input that is merely refused.

use std::sync::LazyLock;

use grantrie::{
    Decision, Engine, Irn, Limits, ParseError, Pattern, PatternSet, Reason, Request, RequestDocument, Subject,
    Timestamp, read_world_with_places,
};

use crate::differential::{Disagreement, History, Report};
use crate::{Choices, grammar, matcher, relation};

/// A target.
pub type Target = fn(&[u8]);

/// All targets by their names.
pub const TARGETS: [(&str, Target); 4] =
    [("pattern", pattern), ("world_file", world_file), ("request", request), ("history", history)];

/// Wildcards of two patterns together, up to which the naive relations are asked: they walk sets of places.
const MOST_WILDCARDS: usize = 10;

/// Bytes of two patterns together, likewise.
const MOST_BYTES: usize = 48;

/// Lines of text: each is read as a name and as a pattern, and pairs of them are compared in every relation.
///
/// # Panics
/// If the engine differs from the naive grammar, matcher or relations.
pub fn pattern(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let texts: Vec<&str> = text.split('\n').take(4).collect();
    let mut patterns = Vec::new();
    let mut names = Vec::new();
    for text in texts {
        let name = Irn::parse(text);
        judged_alike(text, name.as_ref().err(), grammar::fault_in_name(text));
        if let Ok(name) = name {
            assert_eq!(name.as_str(), text);
            assert!(Pattern::parse(text).is_ok_and(|pattern| pattern.matches(&name)), "{text:?} matches itself");
            names.push(name);
        }
        let pattern = Pattern::parse(text);
        judged_alike(text, pattern.as_ref().err(), grammar::fault_in_pattern(text));
        if let Ok(pattern) = pattern {
            assert_eq!(pattern.to_string(), text);
            assert!(pattern.covers(&pattern) && pattern.overlaps(&pattern), "{text:?} covers itself");
            patterns.push(pattern);
        }
    }
    let mut set = PatternSet::new();
    set.extend(&patterns);
    for name in &names {
        for pattern in &patterns {
            let expected = matcher::matches(pattern.as_str(), name.as_str());
            assert_eq!(pattern.matches(name), expected, "{pattern} on {name}");
            assert_eq!(set.matching(name).contains(&pattern), expected, "{pattern} of a set on {name}");
        }
    }
    for a in &patterns {
        for b in &patterns {
            related(a, b, &names);
            assert_eq!(set.covering(b).contains(&a), a.covers(b), "{a} of a set covers {b}");
            assert_eq!(set.covered_by(a).contains(&b), a.covers(b), "{a} covers {b} of a set");
        }
    }
}

/// Both refuse a text, or neither. Of several faults each may name another; the place is one in the text.
fn judged_alike(text: &str, error: Option<&ParseError>, fault: Option<grammar::Fault>) {
    assert_eq!(error.is_some(), fault.is_some(), "{text:?}: {error:?}, naively {fault:?}");
    if let Some(error) = error {
        assert!(text.is_char_boundary(error.offset()), "{text:?}: {error:?}");
        assert_eq!(text[error.offset()..].chars().next(), error.found(), "{text:?}: {error:?}");
    }
}

/// Compares the relations of two patterns with each other, with the names at hand, and with the naive ones.
fn related(a: &Pattern, b: &Pattern, names: &[Irn<'_>]) {
    let (covers, overlaps) = (a.covers(b), a.overlaps(b));
    assert_eq!(overlaps, b.overlaps(a), "{a} overlaps {b}, and the other way round");
    assert!(overlaps || !covers, "{a} covers {b}, but does not overlap it");
    for name in names {
        let (in_a, in_b) = (a.matches(name), b.matches(name));
        assert!(in_a || !in_b || !covers, "{a} covers {b}, but not {name}");
        assert!(overlaps || !(in_a && in_b), "{a} and {b} do not overlap, but at {name}");
    }
    let (a, b) = (a.as_str(), b.as_str());
    let wildcards = a.matches(['*', '?']).count() + b.matches(['*', '?']).count();
    if wildcards <= MOST_WILDCARDS && a.len() + b.len() <= MOST_BYTES {
        assert_eq!(covers, relation::covers(a, b), "{a} covers {b}");
        assert_eq!(overlaps, relation::overlaps(a, b), "{a} overlaps {b}");
    }
}

/// A world file: whatever it holds is refused or applied; never a panic, and never half of it.
///
/// # Panics
/// If reading or applying does, or if what is accepted does not hold what it brought.
pub fn world_file(data: &[u8]) {
    let limits = Limits::default();
    let read = read_world_with_places(data, &limits);
    // Applied while it is read, it comes to the same: the same problems, or none.
    let applied = read.clone().map(|(set, places)| {
        let engine = Engine::builder().clock(|| Timestamp::MIN).build();
        engine.apply(set).map_err(|refused| places.locate(refused))
    });
    assert_eq!(Engine::new().load(data), applied.and_then(|applied| applied), "loaded");
    let Ok((set, _)) = read else { return };
    let engine = Engine::builder().clock(|| Timestamp::MIN).build();
    let before = engine.counts();
    let changes = set.changes.len();
    match engine.apply(set.clone()) {
        Err(refused) => {
            assert!(!refused.problems().is_empty());
            assert_eq!(engine.counts(), before, "nothing of a refused world is there");
        }
        Ok(_) => {
            assert!(engine.counts().permissions <= changes);
            // Every permission that came is there; asked about what its pattern says literally, it is considered.
            for permission in engine.permissions(&grantrie::PermissionQuery::default()).items {
                assert!(Pattern::parse(permission.pattern.as_str()).is_ok());
                let (user, namespace) = (&permission.principal.id, &permission.namespace);
                ask(&engine, &Request::new(namespace, Subject::user(user), "READ", permission.pattern.as_str()));
            }
        }
    }
}

/// A JSON line, or texts separated by line breaks: one request, asked in every form of one fixed world.
///
/// # Panics
/// If two forms differ in their answers.
pub fn request(data: &[u8]) {
    static ENGINE: LazyLock<Engine> = LazyLock::new(fixed_world);
    let document = RequestDocument::read(data, &Limits::default());
    if let Ok(document) = document {
        document.with_request(|request| ask(&ENGINE, request));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut texts = text.split('\n');
    let mut next = || texts.next().unwrap_or_default();
    let (namespace, user, action, irn, project) = (next(), next(), next(), next(), next());
    let groups: Vec<&str> = texts.collect();
    for subject in [Subject::user(user), Subject::user_with(user, &groups, &[]), Subject::permprofile(user)] {
        let request = Request::new(namespace, subject, action, irn);
        ask(&ENGINE, &request);
        ask(&ENGINE, &request.in_project(project));
    }
}

/// Asks in every form; all must agree.
fn ask(engine: &Engine, request: &Request<'_>) -> Decision {
    let decision = engine.check(request);
    assert_eq!(decision.allowed, matches!(decision.reason, Reason::Granted(_)), "{request:?}: {decision:?}");
    assert_eq!(engine.is_allowed(request), decision.allowed, "{request:?}");
    assert_eq!(engine.explain(request).decision, decision, "{request:?}");
    let mut answers = Vec::new();
    assert_eq!(engine.check_many(&[*request; 2], &mut answers), Ok(()));
    assert_eq!(answers, [decision; 2], "{request:?}");
    if let Ok(subject) = engine.prepare(request.namespace, &request.subject, request.project) {
        let Request { action, irn, attributes, at, .. } = *request;
        let question = grantrie::Question { action, irn, attributes, at };
        assert_eq!(engine.check_for(&subject, &question), decision, "prepared: {request:?}");
        assert_eq!(engine.is_allowed_for(&subject, &question), decision.allowed, "prepared: {request:?}");
    } else {
        assert!(matches!(decision.reason, Reason::Invalid(_)), "{request:?}: {decision:?}");
    }
    decision
}

/// A world that a seeded history has made.
fn fixed_world() -> Engine {
    let mut history = History::small(Choices::seeded(7));
    let mut report = Report::default();
    for _ in 0..60 {
        history.step(&mut report).unwrap_or_else(|found| panic!("{found:?}"));
    }
    history.engine().clone()
}

/// A history of changes and requests, on the engine and the model.
///
/// # Panics
/// Where they differ.
pub fn history(data: &[u8]) {
    let mut history = History::small(Choices::of_bytes(data));
    let mut report = Report::default();
    let differ = |Disagreement { what, engine, model }: Disagreement| -> ! {
        panic!("engine and model differ\n  {what}\n  engine: {engine}\n  model:  {model}")
    };
    // Bounds the time that one input takes; a longer one says no more.
    for _ in 0..200 {
        if history.is_over() {
            break;
        }
        history.step(&mut report).unwrap_or_else(|found| differ(found));
    }
    history.end().unwrap_or_else(|found| differ(found));
}
