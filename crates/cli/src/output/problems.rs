//! What is wrong with a document or a request, as JSON and as lines.

use std::io::{self, Write};
use std::path::Path;

use grantrie::{Problem, Refused};
use serde::Serialize;

use super::plural;
use super::{BAD, DIM};

/// All problems, in JSON.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// The file that has them, where it is a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    valid: bool,
    problems: Vec<Entry<'a>>,
    /// Problems beyond those that are listed.
    unlisted: usize,
    /// What the changes did, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<usize>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: u16,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    message: &'a str,
}

impl<'a> Report<'a> {
    /// Nothing is wrong.
    pub(crate) fn good(effects: Option<usize>) -> Self {
        Self { file: None, valid: true, problems: Vec::new(), unlisted: 0, effects }
    }

    /// This is wrong with something that was given on the command line.
    pub(crate) fn of_problem(problem: &'a Problem) -> Self {
        Self { file: None, valid: false, problems: vec![Entry::from(problem)], unlisted: 0, effects: None }
    }

    /// This is wrong with a file.
    pub(crate) fn of_file(file: &Path, refused: &'a Refused) -> Self {
        Self {
            file: Some(file.display().to_string()),
            valid: false,
            problems: refused.problems().iter().map(Entry::from).collect(),
            unlisted: refused.unlisted(),
            effects: None,
        }
    }
}

impl<'a> From<&'a Problem> for Entry<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            code: problem.code.number(),
            name: problem.code.name(),
            line: problem.place.map(|(line, _)| line),
            column: problem.place.map(|(_, column)| column),
            field: &problem.field,
            item: problem.item,
            offset: problem.offset,
            message: &problem.message,
        }
    }
}

/// A line for each problem, as compilers write them, and their number.
pub(crate) fn lines(out: &mut impl Write, file: &Path, refused: &Refused) -> io::Result<()> {
    let path = file.display();
    for problem in refused.problems() {
        match problem.place {
            Some((line, column)) => write!(out, "{path}:{line}:{column}: ")?,
            None => write!(out, "{path}: ")?,
        }
        if !problem.field.is_empty() {
            write!(out, "{}: ", problem.field)?;
        }
        writeln!(out, "{} {DIM}[{} {}]{DIM:#}", problem.message, problem.code.number(), problem.code)?;
    }
    let count = refused.problems().len().saturating_add(refused.unlisted());
    write!(out, "{BAD}bad:{BAD:#} {path}: {}", plural(count, "problem"))?;
    if refused.unlisted() > 0 {
        write!(out, ", {} of them not listed (--max-problems lists more)", refused.unlisted())?;
    }
    writeln!(out)
}

/// What is wrong with one text, for programs: which, why as a stable number and name, and at which byte.
#[derive(Serialize)]
pub(crate) struct Fault {
    field: String,
    code: u16,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
}

impl From<&Problem> for Fault {
    fn from(problem: &Problem) -> Self {
        let Problem { field, code, offset, .. } = problem;
        Self { field: field.clone(), code: code.number(), name: code.name(), offset: *offset }
    }
}
