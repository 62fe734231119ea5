//! Error codes, messages and statuses: the vendor's table, and what its gateway says of requests that do not get as far.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::authority::Failure;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;
use crate::signature;

/// Why a request was not done.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// A request that was not done
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = QuickBiError)]
pub(super) struct ErrorAnswer {
    request_id: String,
    /// The `Host` that was asked
    host_id: String,
    #[schema(example = "Invalid.Parameter.Error")]
    code: &'static str,
    message: String,
    recommend: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    fn bad(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A parameter is missing, or not what it should be.
    pub(super) fn parameter(name: &str, what: impl std::fmt::Display) -> Self {
        Self::bad("Invalid.Parameter.Error", format!("The parameter is invalid:{name}: {what}."))
    }

    pub(super) fn date_format() -> Self {
        Self::bad("Date.Format.Error", "Date format conversion error: ExpireDay: expected YYYY-MM-DD.")
    }

    /// A day so long ago that it is no slip.
    pub(super) fn date_exceed() -> Self {
        Self::bad("Date.Exceed.Error", "The start date must be within 90 days from the current date.")
    }

    /// A day that is over, or that no clock reaches.
    pub(super) fn expire_day() -> Self {
        Self::bad("Share.ExpireDate.Error", "The expire date is illegal.")
    }

    /// A key that manages no namespace.
    pub(super) fn no_function(user: &str) -> Self {
        let message = format!("The user {user} does not have permission to operate.");
        Self::bad("UserRoleConfig.NotContain.Function", message)
    }

    /// Of several users one that the directory does not list.
    pub(super) fn not_in_organization() -> Self {
        Self::bad(NOT_IN_ORGANIZATION, "The specified user is not in the organizational unit.")
    }

    /// The one user that is meant is not listed by the directory.
    pub(super) fn no_user() -> Self {
        Self::bad("ApiUser.Not.Exists", "The specified user does not exist.")
    }

    pub(super) fn query_not_permitted() -> Self {
        Self::bad("Query.Auth.Error", "Query is not permitted.")
    }

    /// This server answers who may ask questions, not the questions.
    pub(super) fn no_questions() -> Self {
        Self::bad("RobotNl2sql.Moudle.NotPurchase", "Please purchase Nl2sql module first.")
    }

    pub(super) fn no_such_action() -> Self {
        let message = "The data service API operation does not exist.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "API.Not.Exist", message)
    }

    pub(super) fn version() -> Self {
        Self::bad("InvalidVersion", "Specified parameter Version is not valid: expected 2022-01-01.")
    }

    fn internal() -> Self {
        Self::bad("Internal.System.Error", "An internal system error occurred.")
    }

    fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        let mut refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message);
        refusal.headers.push((header::RETRY_AFTER, HeaderValue::from_static("1")));
        refusal
    }

    pub(super) fn of_fault(fault: &Fault) -> Self {
        let message = fault.message.clone();
        let mut refusal = match fault.status {
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(message),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(fault.status, "UnsupportedHTTPMethod", message),
            status if status.is_server_error() => Self { status, ..Self::internal() },
            status => Self::new(status, "Invalid.Parameter.Error", format!("The parameter is invalid:{message}.")),
        };
        refusal.headers.clone_from(&fault.headers);
        refusal
    }

    /// The answer to a request with this id, at this host.
    pub(super) fn answer(self, id: &RequestId, host: Option<&HeaderValue>) -> impl IntoResponse + use<> {
        let host_id = host.and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let (request_id, message) = (id.0.clone(), self.message.into_owned());
        let recommend = "See /docs of this server.";
        let answer = ErrorAnswer { request_id, host_id, code: self.code, message, recommend };
        let mut response: Response = (self.status, Json(answer)).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

/// Also the reason of a failure in an answer.
pub(super) const NOT_IN_ORGANIZATION: &str = "User.Not.In.Organization";

impl From<signature::Fault> for Refusal {
    fn from(fault: signature::Fault) -> Self {
        use signature::Fault;
        let message = fault.to_string();
        match fault {
            Fault::Absent => Self::bad("MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
            Fault::Missing(name) => {
                Self::bad("IncompleteSignature", format!("The request signature does not conform: {name} is missing."))
            }
            Fault::Malformed { part: "x-acs-date" | "Timestamp", .. } => Self::bad("InvalidTimeStamp.Format", message),
            Fault::Stale => Self::bad(
                "InvalidTimeStamp.Expired",
                format!("Specified time stamp or date value is expired: {message}."),
            ),
            Fault::UnknownKey(_) => {
                Self::new(StatusCode::NOT_FOUND, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
            }
            // As the vendor does: a client's author compares it with what was signed.
            Fault::Mismatch { string_to_sign } => Self::bad(
                "SignatureDoesNotMatch",
                format!(
                    "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
                ),
            ),
            Fault::Replayed => Self::bad("SignatureNonceUsed", "Specified signature nonce was used already."),
            Fault::Full => Self::unavailable(message),
            Fault::Repeated(_)
            | Fault::Malformed { .. }
            | Fault::NotSigned(_)
            | Fault::Differ(..)
            | Fault::BodyDiffers => {
                Self::bad("IncompleteSignature", format!("The request signature does not conform: {message}."))
            }
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => Self::parameter("request", refused),
            Failure::Busy => Self::unavailable("too many changes wait to be written"),
            Failure::Store(error) => {
                tracing::error!(%error, "a change was not written");
                Self::internal()
            }
            Failure::NoStore | Failure::Lost => Self::internal(),
        }
    }
}
