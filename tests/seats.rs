//! Prepared subjects keep answering what their names would be answered, whatever changes between their checks: beyond what the
//! differential run does, with crowds on one group, grants past the bounds of what is compiled, and names that come and go.

use grantrie::{
    Actions, Attributes, Change, ChangeSet, Effect, Engine, Irn, Membership, Permission, PermissionDraft,
    PermissionQuery, PreparedSubject, Principal, Question, Request, Subject, Timestamp,
};
use grantrie_testkit::workload::Numbers;

const NAMES: [&str; 5] = ["a:b:c", "a:b:x-1", "a:z:c", "q:b:c-y", "a:b:c:d"];
const PATTERNS: [&str; 9] = ["a:b:c", "a:b:*", "a:*:*", "a:**", "**", "*:b:*", "a:b:x-*", "*:*:*-y", "a:b:?-1"];

struct Held {
    namespace: String,
    id: String,
    groups: Option<Vec<String>>,
    subject: PreparedSubject,
}

fn draft(namespace: &str, principal: Principal, pattern: &str, deny: bool) -> PermissionDraft {
    let draft = PermissionDraft::allow(namespace, principal, pattern.parse().unwrap(), Actions::All);
    PermissionDraft { effect: if deny { Effect::Deny } else { Effect::Allow }, ..draft }
}

/// What is known of a resource: its stage, and a text that is too long to be compiled with a grant.
fn attributes(stage: &str) -> Attributes {
    Attributes::from([("stage".to_owned(), stage.into()), ("note".to_owned(), "x".repeat(300).as_str().into())])
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_seconds(second).unwrap()
}

/// The same with criteria and times, or some of them, or none.
fn under_conditions(numbers: &mut Numbers, mut draft: PermissionDraft) -> PermissionDraft {
    for (name, value) in attributes(["draft", "live"][numbers.below(2)]) {
        if numbers.percent(20) {
            draft.criteria.insert(name, value);
        }
    }
    draft.not_before = numbers.percent(20).then(|| second(10));
    draft.expires_at = numbers.percent(20).then(|| second(20));
    draft
}

/// Every held subject answers on the engine and on a snapshot what its names are answered there.
fn assert_same(engine: &Engine, held: &[Held]) {
    let snapshot = engine.snapshot();
    for Held { namespace, id, groups, subject } in held {
        let groups: Option<Vec<&str>> = groups.as_ref().map(|groups| groups.iter().map(String::as_str).collect());
        let named = match &groups {
            Some(groups) => Subject::user_with(id, groups, &[]),
            None => Subject::user(id),
        };
        let known = attributes("live");
        let asked = [(None, 5), (Some(&known), 15), (Some(&known), 25)];
        for (irn, (attributes, at)) in NAMES.iter().flat_map(|irn| asked.map(|asked| (irn, asked))) {
            let request = Request::new(namespace, named, "READ", irn);
            let request = Request { attributes, at: Some(second(at)), ..request };
            let question = Question { attributes, ..Question::new("READ", irn).at(second(at)) };
            let expected = engine.check(&request);
            assert_eq!(engine.check_for(subject, &question), expected, "{id} in {namespace} on {irn}");
            assert_eq!(engine.is_allowed_for(subject, &question), expected.allowed);
            assert_eq!(engine.is_allowed(&request), expected.allowed);
            assert_eq!(snapshot.check_for(subject, &question), expected);
        }
    }
}

#[test]
fn random_changes() {
    for seed in 0..12 {
        let mut numbers = Numbers::new(seed ^ u64::from(std::process::id()));
        let engine = Engine::new();
        let mut held: Vec<Held> = Vec::new();
        let mut snapshots = Vec::new();
        for _ in 0..250 {
            let mut name = |kind: &str, count| format!("{kind}{}", numbers.below(count));
            let (namespace, user, group, above) = (name("n", 2), name("u", 6), name("g", 5), name("g", 5));
            let pattern = PATTERNS[numbers.below(PATTERNS.len())];
            let principal = match numbers.below(3) {
                0 => Principal::user(&user),
                1 => Principal::group(&group),
                _ => Principal::profile(&above),
            };
            let member = |member, of| Membership { member, of };
            let known = engine.permissions(&PermissionQuery::default()).items;
            let changes = match numbers.below(16) {
                0..=3 => {
                    let draft = draft(&namespace, principal, pattern, numbers.percent(30));
                    vec![Change::UpsertPermission(under_conditions(&mut numbers, draft))]
                }
                4 => vec![Change::AddMembership(member(Principal::user(&user), Principal::group(&group)))],
                5 => vec![Change::AddMembership(member(Principal::group(&group), Principal::group(&above)))],
                6 => vec![Change::AddMembership(member(Principal::group(&group), Principal::profile(&above)))],
                7 => vec![Change::RemoveMembership(member(Principal::user(&user), Principal::group(&group)))],
                8 => vec![Change::RemoveMembership(member(Principal::group(&group), Principal::group(&above)))],
                9 => vec![Change::RemovePrincipal(principal)],
                12..=15 if known.is_empty() => Vec::new(),
                12 | 13 => vec![Change::RemovePermission(known[numbers.below(known.len())].id)],
                14 | 15 => {
                    // Other actions or conditions under the same key, or another pattern under the same id.
                    let mut permission = known[numbers.below(known.len())].clone();
                    match numbers.below(3) {
                        0 => permission.draft.actions = Actions::parse(["EDIT"]).unwrap(),
                        1 => permission.draft = under_conditions(&mut numbers, permission.draft),
                        _ => permission.draft.pattern = pattern.parse().unwrap(),
                    }
                    vec![Change::UpdatePermission(permission)]
                }
                10 => (0..numbers.below(200))
                    .map(|n| {
                        let pattern = format!("a:b:many-{n}");
                        Change::UpsertPermission(draft(&namespace, principal.clone(), &pattern, false))
                    })
                    .collect(),
                _ => {
                    let named = numbers.percent(40);
                    let groups = named.then(|| vec![group.clone(), above.clone()]);
                    let texts = [group.as_str(), above.as_str()];
                    let subject = if named { Subject::user_with(&user, &texts, &[]) } else { Subject::user(&user) };
                    let subject = engine.prepare(&namespace, &subject, None).unwrap();
                    held.push(Held { namespace, id: user, groups, subject });
                    Vec::new()
                }
            };
            // A cycle is refused, and nothing changes.
            let _ = engine.apply(ChangeSet::new(changes));
            if held.len() > 12 {
                held.swap_remove(numbers.below(held.len()));
            }
            if numbers.percent(10) {
                snapshots.push(engine.snapshot());
                snapshots.truncate(3);
            }
            assert_same(&engine, &held);
        }
    }
}

/// More subjects than a group is compiled into: the others walk it.
/// One user and one group with many patterns of one type, of every kind that is filed apart, and few enough to be compiled at first.
#[test]
fn many_patterns_of_one_type() {
    for seed in 0..6 {
        let mut numbers = Numbers::new(seed ^ u64::from(std::process::id()));
        let engine = Engine::new();
        let (user, group) = (Principal::user("u"), Principal::group("g"));
        engine.apply(Change::AddMembership(Membership { member: user.clone(), of: group.clone() })).unwrap();
        let subject = engine.prepare("n", &Subject::user("u"), None).unwrap();
        let mut known: Vec<PermissionDraft> = Vec::new();
        for turn in 0..300 {
            let (n, word) = (numbers.below(40), ["edge", "ab", "long-beginning"][numbers.below(3)]);
            let pattern = match numbers.below(12) {
                // One byte less than is looked at of an edge.
                8 => format!("a:b:*-{n:02}"),
                9 => format!("a:b:{n:02}x*"),
                10 => format!("*:b:*-{n:02}"),
                0 => format!("a:b:{word}-{n}"),
                1 => format!("a:b:{word}-{n}*"),
                2 => format!("a:b:*-{word}-{n}"),
                3 => format!("a:b:*-{word}-{n}-*"),
                4 => format!("a:b:{word}-{n}:**"),
                5 => format!("*:b:{word}-{n}*"),
                6 => format!("*:*:*{word}-{n}"),
                7 => format!("a:b:{word}*{n}?"),
                _ => format!("a:*:*-{word}?{n}*"),
            };
            let removes = turn > 150 && numbers.percent(60) && !known.is_empty();
            let change = if removes {
                let gone = known.swap_remove(numbers.below(known.len()));
                let all = engine.permissions(&PermissionQuery::default()).items;
                let same = |it: &&Permission| it.draft == gone;
                Change::RemovePermission(all.iter().find(same).unwrap().id)
            } else {
                let principal = if numbers.percent(50) { user.clone() } else { group.clone() };
                let draft = draft("n", principal, &pattern, numbers.percent(10));
                known.retain(|other| *other != draft);
                known.push(draft.clone());
                Change::UpsertPermission(draft)
            };
            engine.apply(change).unwrap();
            let other = known.get(numbers.below(known.len().max(1))).map_or(&*pattern, |draft| draft.pattern.as_str());
            for name in [pattern.clone(), other.to_owned()] {
                let name = name.strip_prefix("*:").map_or(name.clone(), |rest| format!("a:{rest}"));
                let filled = name.replace(":**", ":more").replacen("a:*:", "a:b:", 1);
                for filling in ["", "z", "-edge-7-", "日"] {
                    let name = filled.replace('*', filling).replace('?', "x");
                    let Ok(irn) = Irn::parse(&name) else { continue };
                    let mut matching = known.iter().filter(|draft| draft.pattern.matches(&irn)).peekable();
                    let expected = matching.peek().is_some() && matching.all(|draft| draft.effect == Effect::Allow);
                    let question = Question::new("READ", &name);
                    assert_eq!(engine.is_allowed_for(&subject, &question), expected, "{name} after {pattern}");
                    assert_eq!(engine.check_for(&subject, &question).allowed, expected, "{name}");
                    assert_eq!(engine.is_allowed(&Request::new("n", Subject::user("u"), "READ", &name)), expected);
                }
            }
        }
    }
}

#[test]
fn a_group_of_many_prepared_members() {
    let engine = Engine::new();
    let staff = Principal::group("staff");
    let ids: Vec<String> = (0..200).map(|n| format!("u{n}")).collect();
    let joins = ids
        .iter()
        .map(|id| Change::AddMembership(Membership { member: Principal::user(id), of: staff.clone() }))
        .chain([Change::UpsertPermission(draft("n", staff.clone(), "a:b:c", false))]);
    engine.apply(joins.collect::<ChangeSet>()).unwrap();
    let mut held: Vec<Held> = ids
        .iter()
        .map(|id| {
            let subject = engine.prepare("n", &Subject::user(id), None).unwrap();
            Held { namespace: "n".to_owned(), id: id.clone(), groups: None, subject }
        })
        .collect();
    assert_same(&engine, &held);
    let allowed = |held: &[Held]| {
        let question = Question::new("READ", "a:b:c");
        held.iter().filter(|held| engine.is_allowed_for(&held.subject, &question)).count()
    };
    assert_eq!(allowed(&held), 200);
    engine.apply(Change::UpsertPermission(draft("n", staff.clone(), "a:**", true))).unwrap();
    assert_eq!(allowed(&held), 0);
    // What is above a group that is walked counts too.
    let all = Principal::group("all");
    engine.apply(Change::RemovePrincipal(staff.clone())).unwrap();
    engine
        .apply([
            Change::AddMembership(Membership { member: staff.clone(), of: all.clone() }),
            Change::UpsertPermission(draft("n", all, "a:b:*", false)),
        ])
        .unwrap();
    assert_eq!(allowed(&held), 0, "nobody is in it any more");
    let joins =
        ids.iter().map(|id| Change::AddMembership(Membership { member: Principal::user(id), of: staff.clone() }));
    engine.apply(joins.collect::<ChangeSet>()).unwrap();
    assert_eq!(allowed(&held), 200);
    held.truncate(20);
    assert_same(&engine, &held);
}

/// Many of each kind that is filed in a way of its own: names of a type that end alike, patterns of one type, without a type,
/// and with a wild first segment. Made one by one and at once, and taken away again.
#[test]
fn crowds_of_every_kind() {
    let kinds: [fn(usize) -> String; 6] = [
        |n| format!("a:b:{n:02}-that-end-alike"),
        |n| format!("a:b:{n:02}-*"),
        |n| format!("a:*:{n:02}"),
        |n| format!("*:b:{n:02}"),
        |n| format!("*:*:{n:02}-*"),
        |n| format!("a:b{n}:*"),
    ];
    for kind in kinds {
        let (one_by_one, at_once) = (Engine::new(), Engine::new());
        let change = |n| Change::UpsertPermission(draft("n", Principal::user("ann"), &kind(n), n % 3 == 0));
        let ann = || Subject::user("ann");
        let subjects = [&one_by_one, &at_once].map(|engine| engine.prepare("n", &ann(), None).unwrap());
        at_once.apply((0..40).map(change).collect::<ChangeSet>()).unwrap();
        for n in 0..40 {
            one_by_one.apply(change(n)).unwrap();
        }
        let agree = |left: usize| {
            let mut allowed = 0;
            for n in 0..45 {
                let names = [kind(n).replace('*', "a"), kind(n).replace('*', "a:b"), kind(n).replace('*', "\u{e9}")];
                for (irn, is_whole) in names.iter().zip([true, false, true]) {
                    let question = Question::new("READ", irn);
                    for (engine, subject) in [&one_by_one, &at_once].into_iter().zip(&subjects) {
                        let expected = engine.check(&Request::new("n", ann(), "READ", irn));
                        assert_eq!(engine.check_for(subject, &question), expected, "{irn}");
                        assert_eq!(engine.is_allowed_for(subject, &question), expected.allowed, "{irn}");
                        assert!(!is_whole || expected.allowed == (n < left && n % 3 != 0), "{irn}");
                        allowed += usize::from(expected.allowed);
                    }
                }
            }
            allowed
        };
        assert!(agree(40) > 0);
        for engine in [&one_by_one, &at_once] {
            let mut all = engine.permissions(&PermissionQuery::default()).items;
            all.sort_by_key(|permission| permission.draft.pattern.to_string());
            // Of `a:b9:*` the last are not those with the highest numbers.
            all.retain(|permission| (20..40).any(|n| permission.draft.pattern.as_str() == kind(n)));
            assert_eq!(all.len(), 20);
            for permission in all {
                engine.apply(Change::RemovePermission(permission.id)).unwrap();
            }
        }
        assert!(agree(20) > 0);
    }
}

/// A number that is given up goes to another name, and a seat that is left to another subject.
#[test]
fn numbers_and_seats_that_are_used_again() {
    let engine = Engine::new();
    let put = |id: &str, deny| Change::UpsertPermission(draft("n", Principal::group(id), "a:b:c", deny));
    engine.apply(put("one", false)).unwrap();
    let subject = Subject::user_with("ann", &["one"], &[]);
    // `ann` is unknown: the subject has no compiled grants until she is known.
    let ann = engine.prepare("n", &subject, None).unwrap();
    let question = Question::new("READ", "a:b:c");
    assert!(engine.is_allowed_for(&ann, &question));
    engine.apply(Change::UpsertPermission(draft("n", Principal::user("ann"), "a:b:d", false))).unwrap();
    assert!(engine.is_allowed_for(&ann, &question));
    engine.apply(Change::RemovePrincipal(Principal::group("one"))).unwrap();
    engine.apply(put("two", false)).unwrap();
    assert!(!engine.is_allowed_for(&ann, &question), "`two` has the number of `one`, and is not named");
    engine.apply(put("one", false)).unwrap();
    assert!(engine.is_allowed_for(&ann, &question));
    let clone = ann.clone();
    drop(ann);
    let bob = engine.prepare("n", &Subject::user("bob"), None).unwrap();
    assert!(engine.is_allowed_for(&clone, &question) && !engine.is_allowed_for(&bob, &question));
    drop(clone);
    let cem = engine.prepare("n", &Subject::user_with("cem", &["two"], &[]), None).unwrap();
    assert!(engine.is_allowed_for(&cem, &question) && !engine.is_allowed_for(&bob, &question));
}

/// The number of a grant that is given up goes, in the same change set, to one of somebody else, or in another namespace.
#[test]
fn numbers_of_grants_that_are_used_again_at_once() {
    let engine = Engine::new();
    let put = |namespace: &str, id: &str, irn: &str| draft(namespace, Principal::user(id), irn, false);
    let first = [put("n", "ann", "a:b:mine"), put("n", "bob", "a:b:his"), put("other", "ann", "a:b:there")];
    engine.apply(first.into_iter().map(Change::UpsertPermission).collect::<ChangeSet>()).unwrap();
    let ann = engine.prepare("n", &Subject::user("ann"), None).unwrap();
    let may = |irn: &str| engine.is_allowed_for(&ann, &Question::new("READ", irn));
    for (namespace, id, irn) in [("n", "bob", "a:b:c"), ("other", "ann", "a:b:d"), ("n", "ann", "a:b:e")] {
        let one = put("n", "ann", "a:b:x");
        engine.apply(Change::UpsertPermission(one)).unwrap();
        let own = engine.permissions(&PermissionQuery::default()).items;
        let own = own.iter().find(|it| it.draft.pattern.as_str() == "a:b:x").unwrap().id;
        let set = [Change::RemovePermission(own), Change::UpsertPermission(put(namespace, id, irn))];
        engine.apply(set.into_iter().collect::<ChangeSet>()).unwrap();
        assert!(may("a:b:mine") && !may("a:b:x"));
        assert_eq!(may(irn), (namespace, id) == ("n", "ann"), "{irn} of {id} in {namespace}");
    }
}

/// Subjects are prepared and dropped while a writer is at work; none waits for it, and all answer from the newest version.
#[test]
fn prepared_while_changes_are_made() {
    let engine = Engine::new();
    let writer = engine.clone();
    let writing = std::thread::spawn(move || {
        for n in 0..2_000 {
            let draft = draft("n", Principal::user(format!("u{}", n % 8)), "a:b:*", n % 3 == 0);
            writer.apply(Change::UpsertPermission(draft)).unwrap();
        }
    });
    let mut held = Vec::new();
    let mut turn = 0;
    while !writing.is_finished() {
        let id = format!("u{}", turn % 8);
        let subject = engine.prepare("n", &Subject::user(&id), None).unwrap();
        let _ = engine.is_allowed_for(&subject, &Question::new("READ", "a:b:c"));
        held.push(Held { namespace: "n".to_owned(), id, groups: None, subject });
        if held.len() > 16 {
            held.drain(..8);
        }
        turn += 1;
    }
    writing.join().unwrap();
    assert_same(&engine, &held);
}
