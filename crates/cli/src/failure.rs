//! What ends the command without an answer: exit status 2, and a message that says what to do.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use grantrie_store::StoreError;
use serde::Serialize;

/// The exit status of an error.
pub(crate) const ERROR: u8 = 2;

pub(crate) struct Failure {
    /// A line of JSON for standard output, in place of the message.
    json: Option<Vec<u8>>,
    message: String,
    hint: Option<String>,
    status: u8,
}

impl Failure {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self { json: None, message: message.to_string(), hint: None, status: ERROR }
    }

    /// A failure that whoever asked for JSON is told in JSON.
    pub(crate) fn json(report: &impl Serialize) -> Self {
        let mut line = Vec::new();
        match crate::output::json(&mut line, report) {
            Ok(()) => Self { json: Some(line), ..Self::new("") },
            Err(error) => error.into(),
        }
    }

    /// The same failure, with what could be done about it.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    pub(crate) fn report(&self) -> ExitCode {
        if let Some(line) = &self.json {
            // A reader that has gone away learns from the status.
            let _ = io::stdout().lock().write_all(line);
        }
        let style = crate::output::ERROR;
        let mut stderr = anstream::stderr().lock();
        // Nobody is left to tell if this fails.
        if !self.message.is_empty() {
            let _ = writeln!(stderr, "{style}error:{style:#} {}", self.message);
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "  {hint}");
        }
        ExitCode::from(self.status)
    }
}

impl From<io::Error> for Failure {
    /// Answers that cannot be written. A reader that has gone away (`| head`) wants no more: nothing is wrong then.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { json: None, message: String::new(), hint: None, status: 0 };
        }
        Self::new(format_args!("the answer cannot be written: {error}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        let failure = match &error {
            // Its problems carry their own codes.
            StoreError::Refused(refused) => return Self::new(format_args!("nothing was changed: {refused}")),
            _ => Self::new(format_args!("{error} [{} {code}]", code.number())),
        };
        match error {
            StoreError::Damaged(_) => failure.hint(
                "look at it with `grantrie store verify --store FILE`; take a backup, or what is good with \
                 `grantrie store restore FILE --last-good --store NEW`",
            ),
            StoreError::ReadOnly { .. } => {
                failure.hint("make the file and its directory writable for the user that runs this")
            }
            StoreError::Full { .. } => failure.hint("make room and run it again: nothing was changed"),
            _ => failure,
        }
    }
}
