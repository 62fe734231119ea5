//! What is wrong, as JSON: the shape in which the command tells it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use grantrie::{Problem, Refused};
use grantrie_store::StoreError;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::fault::Fault;

/// Everything that is wrong with a request; nothing of it was done
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problems {
    problems: Vec<Entry>,
    /// Problems beyond those that are listed
    unlisted: usize,
}

/// One problem
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// The stable number, where it is a problem of a document, a change or the store
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// The stable name
    name: &'static str,
    /// Line of the body, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// Column in the line, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The field as a path
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    /// The index of the item in its list, from 0
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
    /// The byte in the field's text, from 0
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    /// What was found and what was expected
    message: String,
}

impl From<&Problem> for Entry {
    fn from(problem: &Problem) -> Self {
        Self {
            code: Some(problem.code.number()),
            name: problem.code.name(),
            line: problem.place.map(|(line, _)| line),
            column: problem.place.map(|(_, column)| column),
            field: problem.field.clone(),
            item: problem.item,
            offset: problem.offset,
            message: problem.message.clone(),
        }
    }
}

fn one(status: StatusCode, code: Option<u16>, name: &'static str, message: String) -> Response {
    let entry = Entry { code, name, line: None, column: None, field: String::new(), item: None, offset: None, message };
    (status, Json(Problems { problems: vec![entry], unlisted: 0 })).into_response()
}

/// Each problem with its place; 400.
pub(super) fn of_refused(refused: &Refused) -> Response {
    let problems = refused.problems().iter().map(Entry::from).collect();
    (StatusCode::BAD_REQUEST, Json(Problems { problems, unlisted: refused.unlisted() })).into_response()
}

/// A store that does not work is no fault of the request: 503, without paths and the system's words, which are in the log.
pub(super) fn of_store(error: &StoreError) -> Response {
    let code = error.code();
    let message = "the store does not take this now; the server's log says why".to_owned();
    one(StatusCode::SERVICE_UNAVAILABLE, Some(code.number()), code.name(), message)
}

pub(super) fn of_fault(fault: &Fault) -> Response {
    one(fault.status, None, fault.code, fault.message.clone().into_owned())
}
