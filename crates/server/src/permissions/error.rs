//! What is said of an item, or a request, that was not done. The vendor's shape is not public; this one is ours.

use std::borrow::Cow;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use grantrie::{NotShareable, Problem, Refused};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::authority::Failure;
use crate::credential::Unauthenticated;
use crate::http::fault::Fault;

/// Why something was not done
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Detail {
    #[serde(skip)]
    status: StatusCode,
    /// A name that does not change
    #[schema(example = "lower_case_action")]
    code: Cow<'static, str>,
    /// The engine's number for it, where it has one
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u16>,
    /// The offending field
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(example = "_actions[0]")]
    field: String,
    /// What was found, and what was expected
    message: String,
}

impl Detail {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), number: None, field: String::new(), message: message.into() }
    }

    /// Something is wrong with a field.
    pub(super) fn of_field(code: &'static str, field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), ..Self::new(StatusCode::BAD_REQUEST, code, message) }
    }

    pub(super) fn of_problem(problem: &Problem) -> Self {
        use grantrie::Code;
        let status = match problem.code {
            Code::UnknownPermission => StatusCode::NOT_FOUND,
            Code::PermissionKeyTaken => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            code: problem.code.name().into(),
            number: Some(problem.code.number()),
            field: problem.field.clone(),
            message: problem.message.clone(),
        }
    }

    /// Code and field of the first problem, and what is to be said of all.
    pub(super) fn of_refused(refused: &Refused) -> Self {
        let first = refused.problems().first().map(Self::of_problem);
        let mut detail = first.unwrap_or_else(|| Self::new(StatusCode::BAD_REQUEST, "refused", "refused"));
        for problem in refused.problems().iter().skip(1) {
            detail.message.push_str("; ");
            detail.message.push_str(if problem.field.is_empty() { "item" } else { &problem.field });
            detail.message.push_str(": ");
            detail.message.push_str(&problem.message);
        }
        detail
    }

    pub(super) fn not_shareable(error: &NotShareable) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: error.code().name().into(),
            number: Some(error.code().number()),
            field: String::new(),
            message: format!("this caller may grant, change and take back only what it holds and may share: {error}"),
        }
    }

    pub(super) fn unknown_permission() -> Self {
        Self::of_problem(&Problem::new(grantrie::Code::UnknownPermission, "_id", "no permission has this id"))
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }
}

/// A request that was not done
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Refusal {
    /// The status code
    #[serde(rename = "_status")]
    #[schema(example = 400)]
    status: u16,
    #[serde(rename = "_error")]
    error: Detail,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn of_fault(fault: &Fault) -> Self {
        let detail = Detail::new(fault.status, fault.code, fault.message.clone());
        Self { headers: fault.headers.clone(), ..Self::from(detail) }
    }
}

impl From<Detail> for Refusal {
    fn from(error: Detail) -> Self {
        Self { status: error.status.as_u16(), error, headers: Vec::new() }
    }
}

impl From<Unauthenticated> for Refusal {
    fn from(error: Unauthenticated) -> Self {
        Self::of_fault(&error.into_fault())
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Detail::new(StatusCode::BAD_REQUEST, "bad_request", rejection.body_text()).into()
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => Detail::of_refused(&refused).into(),
            Failure::Busy => Self::of_fault(&Fault::busy("too many changes wait to be written")),
            Failure::Store(error) => {
                tracing::error!(%error, "a change was not written");
                Self::of_fault(&Fault::busy("the store does not answer as it should; nothing was changed"))
            }
            Failure::NoStore | Failure::Lost => Self::of_fault(&Fault::internal()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, headers) = (self.error.status, self.headers.clone());
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().extend(headers);
        response
    }
}
