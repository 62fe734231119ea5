//! Prepared subjects beyond what the differential run compares.

use grantrie::{Actions, Change, Effect, Engine, Pattern, PermissionDraft, Principal, Question, Subject};

/// A prepared subject keeps numbers of its engine; another engine must not take them for its own.
#[test]
fn a_prepared_subject_asks_another_engine_for_what_that_one_knows() {
    let question = Question::new("READ", "a:b:c");
    let all: Pattern = "a:**".parse().unwrap();
    let allow = |principal| PermissionDraft::allow("n", principal, all.clone(), Actions::All);
    let (ann, staff) = (Principal::user("ann"), Principal::group("staff"));
    let (one, other) = (Engine::new(), Engine::new());
    one.apply([Change::UpsertPermission(allow(ann.clone())), Change::UpsertPermission(allow(staff.clone()))]).unwrap();
    // The same numbers stand for other names, and the group that is named forbids.
    other
        .apply([
            Change::UpsertPermission(allow(ann)),
            Change::UpsertPermission(allow(Principal::group("others"))),
            Change::UpsertPermission(PermissionDraft { effect: Effect::Deny, ..allow(staff) }),
        ])
        .unwrap();
    let subject = one.prepare("n", &Subject::user_with("ann", &["staff"], &[]), None).unwrap();
    assert!(one.is_allowed_for(&subject, &question));
    assert!(!other.is_allowed_for(&subject, &question));
    assert!(!Engine::new().is_allowed_for(&subject, &question));
}
