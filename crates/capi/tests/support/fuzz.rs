//! What the fuzz target `capi` does with its bytes: calls through the C interface, each beside the same call in Rust.
//!
//! The bytes make choices: which call, and texts that are cut out of the rest, UTF-8 or not. Documents are applied to two
//! engines, one behind a handle; what one refuses, the other must, and for the same reason. Then both are asked the same.

use std::ptr::{null, null_mut};

use grantrie::{
    Code, Engine as Plain, Memberships, PreparedSubject, Question as Asked, Request as Full, Subject as Who, Timestamp,
};
use grantrie_capi::Text;
use grantrie_capi::ask::{
    grantrie_engine_check, grantrie_engine_check_many, grantrie_engine_explain, grantrie_engine_is_allowed,
};
use grantrie_capi::attributes::{Attributes, grantrie_attributes_free, grantrie_attributes_read};
use grantrie_capi::changes::{Changes, grantrie_changes_free, grantrie_changes_read};
use grantrie_capi::engine::{
    Engine, grantrie_engine_apply, grantrie_engine_free, grantrie_engine_load, grantrie_engine_prepare,
};
use grantrie_capi::error::{Error, grantrie_error_code, grantrie_error_free};
use grantrie_capi::names::{
    grantrie_name_check, grantrie_pattern_check, grantrie_pattern_covers, grantrie_pattern_matches,
};
use grantrie_capi::output::{OwnedText, grantrie_text_free};
use grantrie_capi::status::Status;
use grantrie_capi::subject::{
    Subject, grantrie_subject_are_allowed, grantrie_subject_check, grantrie_subject_check_many, grantrie_subject_free,
    grantrie_subject_is_allowed,
};
use grantrie_capi::types::{
    Caller, Decision, GRANTRIE_GRANTED, GRANTRIE_INVALID, GRANTRIE_PERMPROFILE, GRANTRIE_USER, GRANTRIE_USER_NAMED,
    Question, Request,
};

const WORLD: &str = include_str!("../../../../examples/tenant.json");

/// Bytes, and what was taken of them so far.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Up to the next line break.
    fn text(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        text
    }
}

const fn c(bytes: &[u8]) -> Text {
    Text { data: bytes.as_ptr().cast(), length: bytes.len() }
}

fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).expect("a small struct")
}

/// Calls through C, each beside the same call in Rust.
///
/// # Panics
/// If the two differ.
pub(crate) fn capi(data: &[u8]) {
    let mut bytes = Bytes(data);
    let plain = Plain::new();
    plain.load(WORLD.as_bytes()).expect("the shipped world");
    let engine = Engine::of(plain.clone());
    for _ in 0..64 {
        if bytes.0.is_empty() {
            break;
        }
        match bytes.number() % 8 {
            0 => load(bytes.text()),
            1 => apply(bytes.text(), engine, &plain),
            2 => patterns(bytes.text(), bytes.text()),
            _ => ask(&mut bytes, engine, &plain),
        }
    }
    // SAFETY: the handle is freed once.
    unsafe { grantrie_engine_free(engine) };
}

/// The status of a call that may hand out an error, which is freed.
fn told(call: impl FnOnce(*mut *mut Error) -> Status) -> Status {
    let mut error: *mut Error = null_mut();
    let status = call(&raw mut error);
    assert_eq!(status == 0, error.is_null());
    if !error.is_null() {
        // SAFETY: the error was just given out.
        assert_eq!(unsafe { grantrie_error_code(error) }, status);
    }
    // SAFETY: as above; it is freed once.
    unsafe { grantrie_error_free(error) };
    status
}

fn first(refused: &grantrie::Refused) -> Status {
    Status::from(refused.problems()[0].code.number())
}

fn load(json: &[u8]) {
    let (plain, other) = (Plain::new(), Plain::new());
    let handle = Engine::of(other);
    // SAFETY: the handle lives, and the bytes do.
    let status = told(|error| unsafe { grantrie_engine_load(handle, c(json), null_mut(), error) });
    assert_eq!(status, plain.load(json).map_or_else(|refused| first(&refused), |_| 0), "load");
    // SAFETY: the handle is freed once.
    unsafe { grantrie_engine_free(handle) };
}

fn apply(json: &[u8], engine: *const Engine, plain: &Plain) {
    let mut changes: *mut Changes = null_mut();
    // SAFETY: the bytes live, and there is room for the pointer.
    let status = told(|error| unsafe { grantrie_changes_read(c(json), &raw mut changes, error) });
    let read = grantrie::read_changes(json, &grantrie::Limits::default());
    assert_eq!(status, read.map_or_else(|refused| first(&refused), |_| 0), "read changes");
    let before = plain.revision();
    // SAFETY: the handles live or are null.
    let status = told(|error| unsafe { grantrie_engine_apply(engine, changes, null_mut(), error) });
    assert!(status == 0 || plain.revision() == before, "what was refused changed nothing");
    assert_eq!(changes.is_null(), status == Status::from(Code::InvalidArgument.number()));
    // SAFETY: the handle is freed once, or null.
    unsafe { grantrie_changes_free(changes) };
}

fn patterns(a: &[u8], b: &[u8]) {
    let texts = [a, b].map(|bytes| std::str::from_utf8(bytes).ok().filter(|text| text.len() <= 65_536));
    let expected = |text: Option<&str>, parse: fn(&str) -> Option<Status>| {
        text.map_or(Status::from(Code::InvalidUtf8.number()), |text| parse(text).unwrap_or(0))
    };
    if a.len() > 65_536 || b.len() > 65_536 {
        return;
    }
    let (mut matches, mut covers) = (true, true);
    // SAFETY: the bytes live, and there is room for the answers.
    unsafe {
        let of_name = |text: &str| grantrie::Irn::parse(text).err().map(|error| Status::from(error.code().number()));
        let of_pattern =
            |text: &str| grantrie::Pattern::parse(text).err().map(|error| Status::from(error.code().number()));
        assert_eq!(told(|error| grantrie_name_check(c(a), error)), expected(texts[0], of_name));
        assert_eq!(told(|error| grantrie_pattern_check(c(a), error)), expected(texts[0], of_pattern));
        let matched = told(|error| grantrie_pattern_matches(c(a), c(b), &raw mut matches, error)) == 0;
        let covered = told(|error| grantrie_pattern_covers(c(a), c(b), &raw mut covers, error)) == 0;
        assert!((matched || !matches) && (covered || !covers), "no answer is no");
    }
    if let [Some(a), Some(b)] = texts
        && let Ok(pattern) = grantrie::Pattern::parse(a)
    {
        assert_eq!(matches, grantrie::Irn::parse(b).is_ok_and(|irn| pattern.matches(&irn)));
        assert_eq!(covers, grantrie::Pattern::parse(b).is_ok_and(|b| pattern.covers(&b)));
    }
}

fn ask(bytes: &mut Bytes<'_>, engine: *const Engine, plain: &Plain) {
    let kind =
        [GRANTRIE_USER, GRANTRIE_USER, GRANTRIE_USER_NAMED, GRANTRIE_PERMPROFILE, 77][usize::from(bytes.number() % 5)];
    let flags = bytes.number();
    let [namespace, id, project, action, irn, known] = std::array::from_fn(|_| bytes.text());
    // The shipped world's names come up often.
    let namespace = if flags & 1 == 0 { b"r_TmBKvZTI" } else { namespace };
    let groups: Vec<&[u8]> = (0..flags >> 6).map(|_| bytes.text()).collect();
    let group_texts: Vec<Text> = groups.iter().map(|group| c(group)).collect();
    let with_project = flags & 2 != 0;
    let at = Timestamp::from_seconds(1_780_000_000 + i64::from(flags) * 1_000_000).expect("an instant");
    let mut attributes: *mut Attributes = null_mut();
    if flags & 4 != 0 {
        // SAFETY: the bytes live, and there is room for the pointer.
        told(|error| unsafe { grantrie_attributes_read(c(known), &raw mut attributes, error) });
    }
    let known =
        if attributes.is_null() { None } else { grantrie::read_attributes(known, &grantrie::Limits::default()).ok() };
    assert_eq!(attributes.is_null(), known.is_none());
    let caller = Caller {
        size: size::<Caller>(),
        kind,
        name_space: c(namespace),
        id: c(id),
        groups: group_texts.as_ptr(),
        group_count: group_texts.len(),
        permprofiles: null(),
        permprofile_count: 0,
        project: if with_project { c(project) } else { Text::ABSENT },
    };
    let question = Question {
        size: size::<Question>(),
        has_at: true,
        at: at.as_micros(),
        action: c(action),
        irn: c(irn),
        attributes,
    };
    let texts = [namespace, id, project, action, irn].map(std::str::from_utf8);
    let group_names: Result<Vec<&str>, _> = groups.iter().map(|group| std::str::from_utf8(group)).collect();
    let full = (|| {
        let [namespace, id, project, action, irn] = texts.map(Result::ok);
        let group_names = group_names.as_ref().ok()?;
        let subject = match kind {
            GRANTRIE_USER_NAMED => {
                Who::User { id: id?, memberships: Memberships::Named { groups: group_names, permprofiles: &[] } }
            }
            // Groups that are named but not meant are refused.
            _ if !group_names.is_empty() => return None,
            GRANTRIE_USER => Who::user(id?),
            GRANTRIE_PERMPROFILE => Who::permprofile(id?),
            _ => return None,
        };
        let project = if with_project { Some(project?) } else { None };
        let all = [namespace?, id?, project.unwrap_or_default(), action?, irn?];
        let fits = all.iter().chain(group_names).all(|text| text.len() <= 65_536);
        let request =
            Full { project, attributes: known.as_ref(), at: Some(at), ..Full::new(all[0], subject, all[3], all[4]) };
        fits.then_some(request)
    })();
    same(engine, plain, &caller, &question, full.as_ref());
    // SAFETY: the handle is freed once, or null.
    unsafe { grantrie_attributes_free(attributes) };
}

/// Both, asked the same in every way.
fn same(engine: *const Engine, plain: &Plain, caller: &Caller, question: &Question, full: Option<&Full<'_>>) {
    // SAFETY: all bytes of a decision are numbers, and a bool is 0 or 1.
    let mut answers: [Decision; 3] = unsafe { std::mem::zeroed() };
    for answer in &mut answers {
        (answer.size, answer.allowed, answer.reason) = (size::<Decision>(), true, GRANTRIE_GRANTED);
    }
    let request = [Request { caller, question }; 2];
    let (mut allowed, mut json): (bool, *mut OwnedText) = (true, null_mut());
    let bytes = size_of::<Decision>();
    // SAFETY: the handle lives, and what is pointed at does.
    let (yes, decided, many, explained) = unsafe {
        (
            grantrie_engine_is_allowed(engine, caller, question, &raw mut allowed),
            grantrie_engine_check(engine, caller, question, &raw mut answers[0]),
            grantrie_engine_check_many(engine, request.as_ptr(), 2, answers[1..].as_mut_ptr(), bytes),
            told(|error| grantrie_engine_explain(engine, caller, question, &raw mut json, error)),
        )
    };
    // SAFETY: the text is freed once, or null.
    unsafe { grantrie_text_free(json) };
    assert_eq!((many, json.is_null()), (0, explained != 0));
    let told_alike = |a: &Decision, b: &Decision| {
        assert_eq!((a.allowed, a.reason, a.code, a.field, a.offset), (b.allowed, b.reason, b.code, b.field, b.offset));
        assert_eq!((a.level, a.valid_until, a.permission), (b.level, b.valid_until, b.permission));
    };
    told_alike(&answers[0], &answers[1]);
    told_alike(&answers[0], &answers[2]);
    let Some(full) = full else {
        // What cannot be read is refused, and denied.
        assert!(
            yes != 0 && yes == decided && yes == explained && answers[0].code == yes,
            "{yes} {decided} {explained}"
        );
        assert!(!allowed && !answers[0].allowed && answers[0].reason == GRANTRIE_INVALID);
        return;
    };
    let decision = plain.check(full);
    assert_eq!((yes, decided, explained), (0, 0, 0));
    as_decided(&answers[0], &decision);
    assert_eq!(allowed, decision.allowed);
    let mut subject: *mut Subject = null_mut();
    // SAFETY: the handle lives, and there is room for the pointer.
    let status = told(|error| unsafe { grantrie_engine_prepare(engine, caller, &raw mut subject, error) });
    match plain.prepare(full.namespace, &full.subject, full.project) {
        Ok(prepared) => prepared_alike(subject, question, plain, &prepared, full),
        Err(invalid) => assert_eq!(status, Status::from(invalid.error.code().number())),
    }
    // SAFETY: the handle is freed once, or null.
    unsafe { grantrie_subject_free(subject) };
}

fn prepared_alike(
    subject: *const Subject,
    question: &Question,
    plain: &Plain,
    prepared: &PreparedSubject,
    full: &Full<'_>,
) {
    let asked = Asked { action: full.action, irn: full.irn, attributes: full.attributes, at: full.at };
    // SAFETY: all bytes of a decision are numbers, and a bool is 0 or 1.
    let mut answers: [Decision; 2] = unsafe { std::mem::zeroed() };
    answers[0].size = size::<Decision>();
    let (mut now, mut both) = (true, [true; 2]);
    let irns = [question.irn; 2];
    // SAFETY: the handle lives, and what is pointed at does.
    unsafe {
        assert_eq!(grantrie_subject_check(subject, question, &raw mut answers[0]), 0);
        as_decided(&answers[0], &plain.check_for(prepared, &asked));
        let [one, bytes] = [size_of::<Question>(), size_of::<Decision>()];
        assert_eq!(grantrie_subject_check_many(subject, question, one, 1, &raw mut answers[1], bytes), 0);
        as_decided(&answers[1], &plain.check_for(prepared, &asked));
        // These are judged now, and know no attributes.
        assert_eq!(grantrie_subject_is_allowed(subject, question.action, question.irn, &raw mut now), 0);
        assert_eq!(grantrie_subject_are_allowed(subject, question.action, irns.as_ptr(), 2, both.as_mut_ptr()), 0);
    }
    assert_eq!([now; 2], both);
    assert_eq!(now, plain.is_allowed_for(prepared, &Asked::new(full.action, full.irn)));
}

fn as_decided(answer: &Decision, decision: &grantrie::Decision) {
    let id = decision.reason.permission().map_or(0, grantrie::PermissionId::as_u128);
    let code = match decision.reason {
        grantrie::Reason::Invalid(invalid) => Status::from(invalid.error.code().number()),
        _ => 0,
    };
    assert_eq!((answer.allowed, answer.code, answer.permission), (decision.allowed, code, id.to_be_bytes()));
    assert_eq!((answer.reason == GRANTRIE_GRANTED, answer.revision), (decision.allowed, decision.revision.0));
}
