//! What went wrong, as a host raises it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use grantrie::{BatchError, Code, InvalidRequest, ParseError, Problem, Refused};
use serde_json::json;

/// Which exception a fault becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text is no name, pattern or action.
    Parse,
    /// A request, or the names of a subject, are wrong.
    Request,
    /// A change set or a document was refused: nothing was applied.
    Refused,
    /// A batch is too large.
    Batch,
    /// The handle was closed.
    Closed,
    /// A fault of the library.
    Internal,
}

/// What went wrong: the kind, and at least one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which exception.
    pub kind: Kind,
    /// All problems that are listed; the first gives the code.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub unlisted: usize,
}

impl Fault {
    /// The fault of one problem.
    #[must_use]
    pub fn one(kind: Kind, problem: Problem) -> Self {
        Self { kind, problems: vec![problem], unlisted: 0 }
    }

    /// A text of `field` does not parse.
    #[must_use]
    pub fn parse(error: ParseError, field: &str, text: &str) -> Self {
        Self::one(Kind::Parse, Problem::parse(error, field, text))
    }

    /// The handle is closed.
    #[must_use]
    pub fn closed() -> Self {
        Self::one(Kind::Closed, Problem::new(Code::HandleClosed, "", "the engine was closed"))
    }

    /// What was handed over is not what the call takes.
    #[must_use]
    pub fn argument(field: &str, message: impl Into<String>) -> Self {
        Self::one(Kind::Request, Problem::new(Code::InvalidArgument, field, message))
    }

    /// A line for each problem.
    #[must_use]
    pub fn message(&self) -> String {
        let mut lines: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        if self.unlisted > 0 {
            lines.push(format!("… and {} more problems", self.unlisted));
        }
        lines.join("\n")
    }
}

impl From<InvalidRequest> for Fault {
    fn from(InvalidRequest { field, error }: InvalidRequest) -> Self {
        let mut problem = Problem::new(error.code(), field.as_str(), error.to_string());
        problem.offset = Some(error.offset());
        Self::one(Kind::Request, problem)
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Self { kind: Kind::Refused, problems: refused.problems().to_vec(), unlisted: refused.unlisted() }
    }
}

impl From<BatchError> for Fault {
    fn from(error: BatchError) -> Self {
        let BatchError { items, most } = error;
        let message = format!("{items} items in one batch, at most {most} (see the limit `batch_items`)");
        Self::one(Kind::Batch, Problem::new(error.code(), "", message))
    }
}

/// A fault as JSON, for hosts whose exceptions are made elsewhere: `{"kind", "message", "problems", "unlisted"}`.
#[must_use]
pub fn fault_json(fault: &Fault) -> String {
    let kind = match fault.kind {
        Kind::Parse => "ParseError",
        Kind::Request => "RequestError",
        Kind::Refused => "RefusedError",
        Kind::Batch => "BatchError",
        Kind::Closed => "ClosedError",
        Kind::Internal => "InternalError",
    };
    let problem = |problem: &Problem| {
        let Problem { code, item, field, offset, place, message, .. } = problem;
        let (line, column) = place.unzip();
        json!({
            "code": code.number(), "name": code.name(), "field": field, "message": message,
            "item": item, "offset": offset, "line": line, "column": column,
        })
    };
    let problems: Vec<_> = fault.problems.iter().map(problem).collect();
    json!({ "kind": kind, "message": fault.message(), "problems": problems, "unlisted": fault.unlisted }).to_string()
}

/// Every code's name and number, ascending.
pub fn codes() -> impl Iterator<Item = (&'static str, u16)> {
    Code::ALL.iter().map(|code| (code.name(), code.number()))
}

/// Does what a host asked for, and makes a fault of a panic.
///
/// The engine is sound after a panic: a check changes nothing, and a change is made on a copy that is published at its end.
///
/// # Errors
/// The fault, or that there was a panic.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(internal(&*panic)))
}

#[cold]
fn internal(panic: &(dyn Any + Send)) -> Fault {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("a fault of the library, please report it: {}", said.unwrap_or("(no message)"));
    Fault::one(Kind::Internal, Problem::new(Code::Internal, "", message))
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "tests, and what becomes of panics is their subject")]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_fault_with_its_code_and_message() {
        let fault = guarded::<bool>(|| panic!("planted {}", 7)).unwrap_err();
        assert_eq!((fault.kind, fault.problems[0].code), (Kind::Internal, Code::Internal));
        assert!(fault.message().ends_with("planted 7 [704 internal]"), "{}", fault.message());
        assert_eq!(guarded(|| Ok(true)), Ok(true));
    }
}
