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

/// The short road reads of a name no more than it needs: whatever it leaves unread, it answers as the long one does.
#[test]
fn what_is_left_unread_changes_no_answer() {
    let engine = Engine::new();
    let long = "x".repeat(256);
    let patterns = [
        "s:t:exact",
        "s:t:",
        "**",
        "s:**",
        "s:t:*",
        "s:*:*",
        "*:t:*",
        "s:t:a-*",
        "s:t:*:deep",
        "s:t:naïve",
        "日本:型:*",
        "日本:型:识別子",
        &format!("{long}:t:*"),
        &format!("s:{long}:{long}"),
        "s2:t2:0123456789",
        "s2:t2:0123456789abcdef-01",
    ];
    let actions = ["READ", "EDIT", "DELETE", "RUN"];
    for (n, pattern) in patterns.iter().enumerate() {
        let Ok(pattern) = pattern.parse::<Pattern>() else { continue };
        let user = Principal::user(format!("u{n}"));
        let draft = PermissionDraft::allow("n", user, pattern, Actions::All);
        engine.apply(Change::UpsertPermission(draft)).unwrap();
    }
    let mut names: Vec<String> = [
        "",
        ":",
        "::",
        ":::",
        "a",
        "s:t",
        "s:t:",
        ":t:exact",
        "s::exact",
        "s:t:exact",
        "s:t:exact ",
        "s:t:exact:",
        "s:t:exact\n",
        "s:t:ex*act",
        "s:t:a-?",
        "s:t:*",
        "s:t:a-b",
        "s:t:a-\u{7f}",
        "s:t:naïve",
        "s:t:nai\u{308}ve",
        "日本:型:识別子",
        "日本:型:\u{3000}",
        "a:b:c:d:e:f:g:h",
        "a:b:c:d:e:f:g:h:i",
        "s:t:x:deep",
        "s:t::deep",
        "s2:t2:0123456789",
        "s2:t2:0123456789abcdef-01",
        "s:t:\0",
        "\0:\0:\0",
    ]
    .map(str::to_owned)
    .to_vec();
    for length in 9..70 {
        names.extend([
            format!("s:t:{}", "e".repeat(length)),
            format!("s:t:{}*", "e".repeat(length)),
            format!("{}:t:e", "s".repeat(length)),
        ]);
    }
    names.extend([
        format!("{long}:t:e"),
        format!("{long}x:t:e"),
        format!("s:{long}:{long}"),
        format!("s:{long}:{long}x"),
        "s:t:e".repeat(300),
    ]);
    let mut allowed = 0;
    for user in (0..patterns.len()).map(|n| format!("u{n}")) {
        let subject = Subject::user(&user);
        let prepared = engine.prepare("n", &subject, None).unwrap();
        for (name, action) in names.iter().flat_map(|name| actions.map(|action| (name, action))) {
            let request = grantrie::Request::new("n", subject, action, name);
            let question = Question::new(action, name);
            let answer = engine.check(&request);
            assert_eq!(engine.check_for(&prepared, &question), answer, "{name:?}");
            assert_eq!(engine.is_allowed(&request), answer.allowed, "{name:?}");
            assert_eq!(engine.is_allowed_for(&prepared, &question), answer.allowed, "{name:?}");
            assert!(!answer.allowed || grantrie::Irn::parse(name).is_ok(), "{name:?}");
            allowed += usize::from(answer.allowed);
        }
    }
    assert!(allowed > 100, "{allowed}");
}
