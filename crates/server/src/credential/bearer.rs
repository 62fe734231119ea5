//! Bearer tokens (RFC 6750, section 2.1: in the `Authorization` header only).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use super::{Caller, Credentials};
use crate::app::App;
use crate::http::fault::Fault;

/// The caller of a request with a bearer token, or why there is none. Handlers answer the latter in their own form.
pub(crate) struct Bearer(pub(crate) Result<Arc<Caller>, Unauthenticated>);

/// Why nobody is known to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unauthenticated {
    #[error("the request has no `Authorization` header")]
    Missing,
    #[error("the request has several `Authorization` headers")]
    Several,
    #[error("the `Authorization` header is not `Bearer` and a token")]
    Malformed,
    #[error("the token is not known")]
    Unknown,
}

impl Unauthenticated {
    /// RFC 6750, section 3: no error code where no credential was tried.
    const fn challenge(self) -> &'static str {
        match self {
            Self::Missing => "Bearer realm=\"grantrie\"",
            Self::Several | Self::Malformed => "Bearer realm=\"grantrie\", error=\"invalid_request\"",
            Self::Unknown => "Bearer realm=\"grantrie\", error=\"invalid_token\"",
        }
    }

    /// The status 401 as a fault of the request, with its challenge.
    pub(crate) fn into_fault(self) -> Fault {
        let fault = Fault::new(StatusCode::UNAUTHORIZED, "unauthenticated", self.to_string());
        fault.with(header::WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge()))
    }
}

impl IntoResponse for Unauthenticated {
    fn into_response(self) -> Response {
        self.into_fault().into_response()
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(caller(parts, &app.credentials)))
    }
}

fn caller(parts: &Parts, credentials: &Credentials) -> Result<Arc<Caller>, Unauthenticated> {
    let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
    let header = match (headers.next(), headers.next()) {
        (None, _) if credentials.is_empty() => return Ok(Arc::new(Caller::anybody())),
        (None, _) => return Err(Unauthenticated::Missing),
        (Some(_), Some(_)) => return Err(Unauthenticated::Several),
        (Some(header), None) => header,
    };
    let (scheme, token) =
        header.to_str().ok().and_then(|header| header.split_once(' ')).ok_or(Unauthenticated::Malformed)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains([' ', ',']) {
        return Err(Unauthenticated::Malformed);
    }
    credentials.bearer(token).ok_or(Unauthenticated::Unknown)
}
