//! Entering a call: panics end here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use grantrie::{Code, Problem, Refused};

use super::HandleOut;
use crate::error::Error;
use crate::status::{OK, Status, status};

/// Runs the body of a call that can only say which code went wrong.
///
/// State that a panic could leave half changed: none. Answers are written last, and the engine takes no harm from a panic
/// in a call of the host's that it makes (the audit).
#[inline]
pub(crate) fn entry(body: impl FnOnce() -> Result<(), Code>) -> Status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => OK,
        Ok(Err(code)) => status(code),
        Err(panic) => caught(panic),
    }
}

/// Runs the body of a call that hands out an error with all problems.
pub(crate) fn entry_with_error(error: HandleOut<'_, Error>, body: impl FnOnce() -> Result<(), Refused>) -> Status {
    error.clear();
    let refused = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return OK,
        Ok(Err(refused)) => refused,
        Err(panic) => {
            caught(panic);
            Refused::from(Problem::new(Code::Internal, "", "a fault of the library: a panic, which was caught"))
        }
    };
    // Making the error is past what could be caught: a fault there must not leave either.
    catch_unwind(AssertUnwindSafe(|| {
        let code = refused.problems().first().map_or(Code::Internal, |problem| problem.code);
        error.give(Error::new(&refused));
        status(code)
    }))
    .unwrap_or_else(caught)
}

/// What a panic is answered with.
#[cold]
fn caught(panic: Box<dyn std::any::Any + Send>) -> Status {
    // What was thrown may panic when it is dropped, and so may what that throws: then it is left where it is.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(again);
    }
    status(Code::Internal)
}
