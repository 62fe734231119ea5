//! Errors in the vendor's form. Of its codes only those of other calls are published; `WKS.0001` is one that fits, the others are ours
//! and end in the status code.

use axum::Json;
use axum::response::{IntoResponse, Response};
use grantrie_store::StoreError;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::authority::Failure;
use crate::http::fault::Fault;
use crate::signature;

/// A request that was not done
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WorkspaceError)]
pub(super) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    /// A code that does not change
    #[schema(example = "WKS.00990403")]
    error_code: &'static str,
    /// What it means, with the detail: the vendor's client shows nothing else
    error_msg: String,
    /// What was found, and what was expected
    #[serde(skip_serializing_if = "String::is_empty")]
    error_detail: String,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, error_code: &'static str, means: &str, detail: impl Into<String>) -> Self {
        let error_detail = detail.into();
        let error_msg = format!("{means} {error_detail}").trim_end().to_owned();
        Self { status, error_code, error_msg, error_detail, headers: Vec::new() }
    }

    /// The vendor's published code for a request that says nothing.
    pub(super) fn empty(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "WKS.0001", "The request message input by the interface is empty.", detail)
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "WKS.00990400", "The request cannot be understood.", detail)
    }

    fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "WKS.00990401", "Authorization failed.", detail)
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "WKS.00990403", "No permissions.", detail)
    }

    fn internal() -> Self {
        let detail = "the server failed; its log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "WKS.00990500", "An internal service error occurred.", detail)
    }

    fn unavailable(detail: impl Into<String>) -> Self {
        let mut refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "WKS.00990503", "Service unavailable.", detail);
        refusal.headers.push((http::header::RETRY_AFTER, HeaderValue::from_static("1")));
        refusal
    }

    pub(super) fn of_fault(fault: &Fault) -> Self {
        let detail = fault.message.clone();
        let mut refusal = match fault.status {
            StatusCode::UNAUTHORIZED => Self::unauthenticated(detail),
            StatusCode::FORBIDDEN => Self::forbidden(detail),
            StatusCode::NOT_FOUND => Self::new(StatusCode::NOT_FOUND, "WKS.00990404", "Resources not found.", detail),
            StatusCode::METHOD_NOT_ALLOWED => {
                let message = "The method specified in the request is not allowed.";
                Self::new(StatusCode::METHOD_NOT_ALLOWED, "WKS.00990405", message, detail)
            }
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(detail),
            status if status.is_server_error() => Self::internal(),
            // The vendor has no codes for 408, 413 or 414; the status stays what it is.
            status => Self { status, ..Self::bad(detail) },
        };
        refusal.headers.clone_from(&fault.headers);
        refusal
    }
}

impl From<signature::Fault> for Refusal {
    fn from(fault: signature::Fault) -> Self {
        match fault {
            signature::Fault::Full => Self::unavailable(fault.to_string()),
            // What should have been signed is told, so that a client's author finds the difference.
            signature::Fault::Mismatch { ref string_to_sign } => {
                Self::unauthenticated(format!("{fault}; string to sign: {string_to_sign}"))
            }
            _ => Self::unauthenticated(fault.to_string()),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => Self::bad(refused.to_string()),
            Failure::Busy => Self::unavailable("too many changes wait to be written"),
            Failure::Store(error @ (StoreError::Damaged(_) | StoreError::Io { .. })) => {
                tracing::error!(%error, "a change was not written");
                Self::internal()
            }
            Failure::Store(error) => {
                tracing::error!(%error, "a change was not written");
                Self::unavailable("the store does not answer; nothing was changed")
            }
            Failure::NoStore | Failure::Lost => Self::internal(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, headers) = (self.status, self.headers.clone());
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_fails_is_500_or_503() {
        let answer = |error| {
            let refusal = Refusal::from(Failure::Store(error));
            (refusal.status.as_u16(), refusal.error_code)
        };
        let (doing, reason) = ("writing".to_owned(), "the disk is gone".to_owned());
        assert_eq!(answer(StoreError::Io { doing, reason }), (500, "WKS.00990500"));
        assert_eq!(answer(StoreError::Full { doing: "writing".to_owned() }), (503, "WKS.00990503"));
        assert_eq!(Refusal::from(Failure::Lost).status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(Refusal::from(Failure::Busy).error_code, "WKS.00990503");
    }
}
