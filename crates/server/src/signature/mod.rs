//! Signed requests: three schemes of two vendors, read and verified.
//!
//! ```text
//! Presented ──> sdk_hmac | acs3 | rpc ──> Claim ──> verify ──> Signed
//! bytes, none    one reading of the       who, when,   time, key, MAC,   what was signed,
//! believed yet   path, query and headers  once-only    not seen before   decoded once
//! ```
//!
//! What must hold:
//! - A face decides on what [`Signed`] holds and on nothing else of the request: what was signed and what is acted upon
//!   are one reading of the same bytes.
//! - Whatever can be read in two ways is a [`Fault`]: a header or parameter given twice, an escape that is none, `//`,
//!   `.`, `..`, an encoded slash, a header that counts but is not signed.
//! - Signatures are compared in constant time; a signature is remembered for as long as its date would be accepted.
//!
//! Not here: which key may do what, and how a vendor words an error. Nothing here does I/O or reads a clock.

mod acs3;
mod fault;
mod freshness;
mod mac;
mod moment;
mod path;
mod presented;
mod rpc;
mod sdk_hmac;
#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use freshness::{Freshness, Repeats};
use mac::Mac;
pub use presented::Presented;

use crate::query::Parameters;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Huawei Cloud: `Authorization: SDK-HMAC-SHA256 …`.
    SdkHmacSha256,
    /// Alibaba Cloud, since 2021: `Authorization: ACS3-HMAC-SHA256 …`.
    Acs3HmacSha256,
    /// Alibaba Cloud, before: `Signature=…` among the parameters.
    Rpc,
}

/// What a request says of itself, and what is needed to find out whether that is true. Nothing of it is believed yet.
pub struct Claim {
    scheme: Scheme,
    access_key: String,
    /// Seconds since 1970.
    signed_at: i64,
    /// What a second request with the same would be a replay of.
    once: String,
    mac: Mac,
    parameters: Parameters,
}

/// A request that was signed with a known key, recently, and was not seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// How.
    pub scheme: Scheme,
    /// The id of the key.
    pub access_key: String,
    /// The parameters of the query (and of a form, where the scheme signs one), decoded.
    pub parameters: Parameters,
}

impl Claim {
    /// Reads `Authorization: SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`.
    ///
    /// # Errors
    /// Whatever is absent, malformed, given twice or not signed though it counts.
    pub fn sdk_hmac(request: &Presented<'_>) -> Result<Self, Fault> {
        sdk_hmac::read(request)
    }

    /// Reads either of Alibaba Cloud's signatures, whichever the request has.
    ///
    /// # Errors
    /// Whatever is absent, malformed, given twice or not signed though it counts; a request that has both.
    pub fn alibaba(request: &Presented<'_>) -> Result<Self, Fault> {
        let form = request.form()?;
        let parameters = Parameters::read([request.query, form])?;
        match (request.header("authorization")?, parameters.get("Signature")) {
            (Some(_), Some(_)) => Err(Fault::Repeated("Signature".to_owned())),
            (Some(_), None) => acs3::read(request, parameters),
            (None, Some(_)) => rpc::read(request, parameters),
            (None, None) => Err(Fault::Absent),
        }
    }

    /// The id of the key that the request says it is signed with.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// What the signature should be made over, for the message of an error; it holds no secret.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        self.mac.string_to_sign()
    }

    /// Believes the claim if it is dated within the allowed skew, is signed with `secret` (`None`: the key is not
    /// known), and was not seen before. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Fault::Stale`], [`Fault::UnknownKey`], [`Fault::Mismatch`], [`Fault::Replayed`], [`Fault::Full`]. Only what was
    /// signed with a known key is remembered, so nobody else can fill the memory.
    pub fn verify(
        self,
        secret: Option<&[u8]>,
        freshness: &Freshness,
        repeats: Repeats,
        now: i64,
    ) -> Result<Signed, Fault> {
        freshness.check_date(self.signed_at, now)?;
        let Some(secret) = secret else { return Err(Fault::UnknownKey(self.access_key)) };
        if !self.mac.is_made_with(secret) {
            return Err(Fault::Mismatch { string_to_sign: self.mac.string_to_sign() });
        }
        freshness.admit(&self, repeats, now)?;
        Ok(Signed { scheme: self.scheme, access_key: self.access_key, parameters: self.parameters })
    }
}
