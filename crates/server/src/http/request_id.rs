//! `X-Request-ID`: the client's, if it can be one, or made here; echoed, logged, and written into the audit.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a client's id, at most: it is kept in the audit.
const MAX_BYTES: usize = 128;

/// The id of a request: visible ASCII, at most 128 bytes. `http::guard` makes sure that every request has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The one that the client sent, once and in form; else a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all(X_REQUEST_ID).iter();
        let one = sent.next().filter(|_| sent.next().is_none());
        let good = |id: &&str| (1..=MAX_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        let id = one.and_then(|id| id.to_str().ok()).filter(good);
        Self(id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::of(&parts.headers)))
    }
}
