//! Names, patterns and actions: whether a text is one, and how patterns relate.

use grantrie::{Action, Code, Irn, ParseError, Pattern, Problem, Refused};

use crate::border::{HandleOut, Out, Text, entry_with_error};
use crate::error::Error;
use crate::status::Status;
use crate::types::{GRANTRIE_FIELD_NONE, Wrong};

/// What is said of an argument that is not what the call takes.
pub(crate) fn bad(argument: &'static str) -> impl Fn(Code) -> Refused {
    move |code| {
        let message = match code {
            Code::InvalidUtf8 => "is not UTF-8",
            Code::InvalidTime => "no instant that can be written: years 0000 to 9999",
            Code::InvalidSubject => "groups or profiles, but the kind is not GRANTRIE_USER_NAMED",
            _ => "a null or misaligned pointer, a length that cannot be, an unknown kind, or a size that was not set",
        };
        Problem::new(code, argument, message).into()
    }
}

/// What is said of names that the engine finds wrong.
pub(crate) fn invalid(invalid: grantrie::InvalidRequest) -> Refused {
    let mut problem = Problem::new(invalid.error.code(), invalid.field.as_str(), invalid.error.to_string());
    problem.offset = Some(invalid.error.offset());
    problem.into()
}

/// What is said of a request that could not be read.
pub(crate) fn refused(wrong: &Wrong) -> Refused {
    let fields = ["", "namespace", "id", "groups", "permprofiles", "action", "irn", "project"];
    let known = fields.get(wrong.field as usize).copied().unwrap_or_default();
    bad(if wrong.field == GRANTRIE_FIELD_NONE { "caller or question" } else { known })(wrong.code)
}

fn parsed<T>(argument: &'static str, text: &str, parsed: Result<T, ParseError>) -> Result<T, Refused> {
    parsed.map_err(|error| Problem::parse(error, argument, text).into())
}

/// Whether a text is a name (`service:type:id`).
///
/// # Safety
/// `text` is a text of the caller's; `error` is null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_name_check(text: Text, error: *mut *mut Error) -> Status {
    // SAFETY: what this function demands of its caller.
    let (text, error) = unsafe { (text.read(), HandleOut::new(error)) };
    entry_with_error(error, || {
        let text = text.map_err(bad("text"))?;
        parsed("text", text, Irn::parse(text)).map(drop)
    })
}

/// Whether a text is a pattern.
///
/// # Safety
/// As `grantrie_name_check`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_pattern_check(text: Text, error: *mut *mut Error) -> Status {
    // SAFETY: what this function demands of its caller.
    let (text, error) = unsafe { (text.read(), HandleOut::new(error)) };
    entry_with_error(error, || {
        let text = text.map_err(bad("text"))?;
        parsed("text", text, Pattern::parse(text)).map(drop)
    })
}

/// Whether a text is an action's name.
///
/// # Safety
/// As `grantrie_name_check`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_action_check(text: Text, error: *mut *mut Error) -> Status {
    // SAFETY: what this function demands of its caller.
    let (text, error) = unsafe { (text.read(), HandleOut::new(error)) };
    entry_with_error(error, || {
        let text = text.map_err(bad("text"))?;
        parsed("text", text, Action::check(text))
    })
}

/// Whether a pattern matches a name. A text that is no name is matched by nothing.
///
/// # Safety
/// The texts are the caller's; `matches` is room for a bool, `error` null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_pattern_matches(
    pattern: Text,
    irn: Text,
    matches: *mut bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (texts, out, error) = unsafe { ((pattern.read(), irn.read()), Out::new(matches), HandleOut::new(error)) };
    let cleared = out.write(false);
    entry_with_error(error, || {
        cleared.map_err(bad("matches"))?;
        let (pattern, irn) = (texts.0.map_err(bad("pattern"))?, texts.1.map_err(bad("irn"))?);
        let pattern = parsed("pattern", pattern, Pattern::parse(pattern))?;
        out.write(Irn::parse(irn).is_ok_and(|irn| pattern.matches(&irn))).map_err(bad("matches"))
    })
}

/// Whether pattern `a` matches every name that pattern `b` matches.
///
/// # Safety
/// The texts are the caller's; `covers` is room for a bool, `error` null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_pattern_covers(
    a: Text,
    b: Text,
    covers: *mut bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (a, b, out, error) = unsafe { (a.read(), b.read(), Out::new(covers), HandleOut::new(error)) };
    relation((a, b), out, error, Pattern::covers)
}

/// Whether some name is matched by both patterns.
///
/// # Safety
/// The texts are the caller's; `overlap` is room for a bool, `error` null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_pattern_overlaps(
    a: Text,
    b: Text,
    overlap: *mut bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (a, b, out, error) = unsafe { (a.read(), b.read(), Out::new(overlap), HandleOut::new(error)) };
    relation((a, b), out, error, Pattern::overlaps)
}

type Read<'a> = Result<&'a str, Code>;

fn relation(
    (a, b): (Read<'_>, Read<'_>),
    out: Out<'_, bool>,
    error: HandleOut<'_, Error>,
    holds: fn(&Pattern, &Pattern) -> bool,
) -> Status {
    let cleared = out.write(false);
    entry_with_error(error, || {
        cleared.map_err(bad("answer"))?;
        let (a, b) = (a.map_err(bad("a"))?, b.map_err(bad("b"))?);
        let (a, b) = (parsed("a", a, Pattern::parse(a))?, parsed("b", b, Pattern::parse(b))?);
        out.write(holds(&a, &b)).map_err(bad("answer"))
    })
}
