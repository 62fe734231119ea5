//! Errors: all problems of what was refused, with the stable codes.

use std::mem::offset_of;

use grantrie::{Code, Problem, Refused};

use crate::border::{Growable, Handle, Out, Text, entry, free};
use crate::status::{Status, status};

/// Why something was refused: one problem or several. To be freed.
pub struct Error {
    problems: Vec<Problem>,
    unlisted: usize,
    message: String,
}

/// `item`, `offset`, `line` and `column` where there is none.
pub const GRANTRIE_NOWHERE: u64 = u64::MAX;

/// One problem. Its texts belong to the error, and end with it. Begin with `GRANTRIE_PROBLEM_INIT`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ProblemView {
    /// sizeof(grantrie_problem). Set by the caller, never written.
    pub size: u32,
    /// What went wrong: a number of `enum grantrie_code`.
    pub code: Status,
    /// The offending field, as a path; empty where the whole item is meant.
    pub field: Text,
    /// What was found and what was expected.
    pub message: Text,
    /// The index of the offending item in its list, from 0; or `GRANTRIE_NOWHERE`.
    pub item: u64,
    /// The byte in the field's text; or `GRANTRIE_NOWHERE`.
    pub offset: u64,
    /// The line of the document, from 1; or `GRANTRIE_NOWHERE`.
    pub line: u64,
    /// The column, from 1; or `GRANTRIE_NOWHERE`.
    pub column: u64,
}

// SAFETY: the size comes first, zero is a value of every field, `repr(C)`. A version that adds fields keeps this
// field, the last of the first version.
unsafe impl Growable for ProblemView {
    const FIRST_SIZE: usize = offset_of!(Self, column) + size_of::<u64>();
}

impl Error {
    pub(crate) fn new(refused: &Refused) -> Self {
        let message = refused.to_string();
        Self { problems: refused.problems().to_vec(), unlisted: refused.unlisted(), message }
    }

    fn view(&self, index: usize) -> Option<ProblemView> {
        let problem = self.problems.get(index)?;
        let number = |number: Option<usize>| number.map_or(GRANTRIE_NOWHERE, |number| number as u64);
        Some(ProblemView {
            size: 0,
            code: status(problem.code),
            field: Text::of(&problem.field),
            message: Text::of(&problem.message),
            item: number(problem.item),
            offset: number(problem.offset),
            line: number(problem.place.map(|(line, _)| line)),
            column: number(problem.place.map(|(_, column)| column)),
        })
    }
}

/// The code of the first problem; that of `internal` for null.
///
/// # Safety
/// `error` is null or an error that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_error_code(error: *const Error) -> Status {
    // SAFETY: what this function demands of its caller.
    let error = unsafe { Handle::new(error) };
    let first = error.get().ok().and_then(|error| error.problems.first());
    status(first.map_or(Code::Internal, |problem| problem.code))
}

/// All problems in words, a line for each. Ends with the error.
///
/// # Safety
/// `error` is null or an error that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_error_message(error: *const Error) -> Text {
    // SAFETY: what this function demands of its caller.
    let error = unsafe { Handle::new(error) };
    error.get().map_or(Text::ABSENT, |error| Text::of(&error.message))
}

/// How many problems the error lists; `unlisted`, where it is wanted, is how many there are besides.
///
/// # Safety
/// `error` is null or an error that was not freed; `unlisted` is null or room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_error_problem_count(error: *const Error, unlisted: *mut usize) -> usize {
    // SAFETY: what this function demands of its caller.
    let (error, unlisted) = unsafe { (Handle::new(error), Out::new(unlisted)) };
    let known = error.get().ok();
    let _ = unlisted.write_if_wanted(known.map_or(0, |error| error.unlisted));
    known.map_or(0, |error| error.problems.len())
}

/// One of the problems, from 0.
///
/// # Safety
/// `error` is null or an error that was not freed; `problem` is null or room for a problem that begins with its size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_error_problem(
    error: *const Error,
    index: usize,
    problem: *mut ProblemView,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (error, problem) = unsafe { (Handle::new(error), Out::new(problem)) };
    entry(|| problem.fill(&error.get()?.view(index).ok_or(Code::InvalidArgument)?))
}

/// Frees an error; null is left alone.
///
/// # Safety
/// `error` is null or an error that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_error_free(error: *mut Error) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(error) };
}
