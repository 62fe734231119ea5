//! Signed requests: from a [`Claim`] to the caller whose key it was signed with.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::BodyExt;
use secrecy::ExposeSecret;

use super::Caller;
use crate::app::Shared;
use crate::query::Parameters;
use crate::signature::{Claim, Fault, Presented, Repeats};

/// A request as it came: what is signed is all of it.
pub(crate) struct Raw {
    parts: Parts,
    body: Bytes,
}

impl<S: Sync> FromRequest<S> for Raw {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        // `http::guard` has read it whole. Were it to fail here, nothing signed has an empty body but what is signed so.
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok(Self { parts, body })
    }
}

impl Raw {
    pub(crate) fn presented(&self) -> Presented<'_> {
        let uri = &self.parts.uri;
        Presented {
            method: self.parts.method.as_str(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            headers: &self.parts.headers,
            body: &self.body,
        }
    }
}

/// Believes a claim, or not: by the key that it names, the system's clock, and what was seen before.
pub(crate) fn believe(app: &Shared, claim: Claim, repeats: Repeats) -> Result<(Arc<Caller>, Parameters), Fault> {
    let key = app.credentials.access_key(claim.access_key());
    let secret = key.map(|key| key.secret.expose_secret().as_bytes());
    let unknown = Fault::UnknownKey(claim.access_key().to_owned());
    let signed = claim.verify(secret, &app.freshness, repeats, system_seconds())?;
    let caller = key.map(|key| Arc::clone(&key.caller)).ok_or(unknown)?;
    Ok((caller, signed.parameters))
}

/// Seconds since 1970. Not the clock of permissions, which development may set: signatures are dated by real clients.
pub(crate) fn system_seconds() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
