//! A panic inside a call ends in the call: a deny, a status, and an engine that goes on.
//!
//! The panics are real ones, of a host's clock and audit, which run in the middle of what the engine does.

use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use grantrie::{Actions, Change, Code, PermissionDraft, Principal, Timestamp};
use grantrie_capi::Text;
use grantrie_capi::ask::{
    grantrie_engine_check, grantrie_engine_check_many, grantrie_engine_explain, grantrie_engine_is_allowed,
};
use grantrie_capi::changes::{Changes, grantrie_changes_free, grantrie_changes_read};
use grantrie_capi::engine::{
    Engine, grantrie_engine_apply, grantrie_engine_free, grantrie_engine_load, grantrie_engine_prepare,
};
use grantrie_capi::error::{Error, grantrie_error_code, grantrie_error_free};
use grantrie_capi::output::OwnedText;
use grantrie_capi::status::Status;
use grantrie_capi::subject::{
    Subject, grantrie_subject_are_allowed, grantrie_subject_check, grantrie_subject_check_many, grantrie_subject_free,
    grantrie_subject_is_allowed,
};
use grantrie_capi::types::{Caller, Decision, GRANTRIE_GRANTED, GRANTRIE_INVALID, GRANTRIE_USER, Question, Request};

const PANICKED: Status = Code::Internal as Status;
const GATE: &str = r#"{"changes":[{"set_gate":{"service":"z","gated":true}}]}"#;
const GATES: &str = r#"{"gates":["y"]}"#;

fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).expect("a small struct")
}

fn caller() -> Caller {
    Caller {
        size: size::<Caller>(),
        kind: GRANTRIE_USER,
        name_space: Text::of("ns"),
        id: Text::of("u"),
        groups: null(),
        group_count: 0,
        permprofiles: null(),
        permprofile_count: 0,
        project: Text::ABSENT,
    }
}

fn question() -> Question {
    let (action, irn) = (Text::of("READ"), Text::of("a:b:c"));
    Question { size: size::<Question>(), has_at: false, at: 0, action, irn, attributes: null() }
}

/// A decision that nobody has written: allowed, to see that it is taken back.
fn unwritten() -> Decision {
    // SAFETY: all bytes of a decision are numbers, and a bool is 0 or 1.
    let mut decision: Decision = unsafe { std::mem::zeroed() };
    decision.size = size::<Decision>();
    (decision.allowed, decision.reason) = (true, GRANTRIE_GRANTED);
    decision
}

/// Every way of asking. All must say the same: this status, and whether it is allowed.
fn ask_all(engine: *const Engine, subject: *const Subject, status: Status, allowed: bool) {
    let (caller, question) = (caller(), question());
    let request = Request { caller: &raw const caller, question: &raw const question };
    let decided = |said: Status, decision: &Decision| {
        assert_eq!((said, decision.allowed), (status, allowed));
        assert_eq!(decision.reason, if allowed { GRANTRIE_GRANTED } else { GRANTRIE_INVALID });
    };
    let flag = |ask: &dyn Fn(*mut bool) -> Status| {
        let mut answer = true;
        assert_eq!((ask(&raw mut answer), answer), (status, allowed));
    };
    let decision = |ask: &dyn Fn(*mut Decision) -> Status| {
        let mut answer = unwritten();
        let said = ask(&raw mut answer);
        decided(said, &answer);
    };
    let bytes = size_of::<Decision>();
    // SAFETY: the handles live, and what is pointed at is on this stack.
    unsafe {
        flag(&|out| grantrie_engine_is_allowed(engine, &raw const caller, &raw const question, out));
        flag(&|out| grantrie_subject_is_allowed(subject, question.action, question.irn, out));
        flag(&|out| grantrie_subject_are_allowed(subject, question.action, &raw const question.irn, 1, out));
        decision(&|out| grantrie_engine_check(engine, &raw const caller, &raw const question, out));
        decision(&|out| grantrie_engine_check_many(engine, &raw const request, 1, out, bytes));
        decision(&|out| grantrie_subject_check(subject, &raw const question, out));
        decision(&|out| {
            grantrie_subject_check_many(subject, &raw const question, size_of::<Question>(), 1, out, bytes)
        });
        let (mut json, mut error): (*mut OwnedText, *mut Error) = (null_mut(), null_mut());
        let said =
            grantrie_engine_explain(engine, &raw const caller, &raw const question, &raw mut json, &raw mut error);
        assert_eq!(said, status);
        assert_eq!((json.is_null(), error.is_null()), (status != 0, status == 0));
        if !error.is_null() {
            assert_eq!(grantrie_error_code(error), status);
        }
        grantrie_error_free(error);
        grantrie_capi::output::grantrie_text_free(json);
    }
}

fn apply(engine: *const Engine, json: &str) -> Status {
    let (mut changes, mut error): (*mut Changes, *mut Error) = (null_mut(), null_mut());
    // SAFETY: the engine lives, and what is pointed at is on this stack.
    unsafe {
        assert_eq!(grantrie_changes_read(Text::of(json), &raw mut changes, null_mut()), 0);
        let status = grantrie_engine_apply(engine, changes, null_mut(), &raw mut error);
        assert_eq!(status != 0, !error.is_null());
        grantrie_error_free(error);
        grantrie_changes_free(changes);
        status
    }
}

#[test]
fn a_panic_is_a_deny_and_a_status_and_the_engine_goes_on() {
    std::panic::set_hook(Box::new(|_| {}));
    let (clock, audit) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (clock_panics, audit_panics) = (Arc::clone(&clock), Arc::clone(&audit));
    let engine = grantrie::Engine::builder()
        .clock(move || {
            assert!(!clock_panics.load(Ordering::Relaxed), "the clock is broken");
            Timestamp::from_seconds(1_000).expect("an instant")
        })
        .audit(move |_| assert!(!audit_panics.load(Ordering::Relaxed), "the audit is broken"))
        .build();
    let mut draft =
        PermissionDraft::allow("ns", Principal::user("u"), "a:b:*".parse().expect("a pattern"), Actions::All);
    draft.expires_at = Timestamp::from_seconds(2_000);
    engine.apply(Change::UpsertPermission(draft)).expect("a good change");

    let handle = Engine::of(engine.clone());
    let mut subject: *mut Subject = null_mut();
    let who = caller();
    // SAFETY: the engine lives, and what is pointed at is on this stack.
    let prepared = unsafe { grantrie_engine_prepare(handle, &raw const who, &raw mut subject, null_mut()) };
    assert_eq!(prepared, 0);
    ask_all(handle, subject, 0, true);

    for _ in 0..3 {
        clock.store(true, Ordering::Relaxed);
        let before = engine.revision();
        ask_all(handle, subject, PANICKED, false);
        assert_eq!(apply(handle, GATE), PANICKED);
        // SAFETY: as above.
        let loaded = unsafe { grantrie_engine_load(handle, Text::of(GATES), null_mut(), null_mut()) };
        assert_eq!(loaded, PANICKED);
        assert_eq!(engine.revision(), before, "nothing was applied by halves");
        clock.store(false, Ordering::Relaxed);
        ask_all(handle, subject, 0, true);
    }
    // A change whose audit breaks is visible: it was published before. The next one is whole again.
    audit.store(true, Ordering::Relaxed);
    assert_eq!(apply(handle, GATE), PANICKED);
    audit.store(false, Ordering::Relaxed);
    ask_all(handle, subject, 0, true);
    assert_eq!(apply(handle, &GATE.replace("true", "false")), 0);
    let revoke = r#"{"changes":[{"remove_principal":{"_type":"user","_id":"u"}}]}"#;
    assert_eq!(apply(handle, revoke), 0);
    let mut allowed = true;
    // SAFETY: as above; the handles are freed once.
    unsafe {
        let status = grantrie_subject_is_allowed(subject, Text::of("READ"), Text::of("a:b:c"), &raw mut allowed);
        assert_eq!((status, allowed), (0, false));
        grantrie_subject_free(subject);
        grantrie_engine_free(handle);
    }
}
