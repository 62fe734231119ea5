//! ACS3-HMAC-SHA256, Alibaba Cloud's: <https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature>.
//!
//! Canonical: method, path, query, signed headers with their values, their names, hash of the body, each on a line. What is
//! signed: the scheme's name and the hash of the canonical form. The action is a header, so every `x-acs-` header must
//! be signed. The nonce may come only once.

use super::mac::{from_hex, sha256_hex};
use super::{Claim, Fault, Mac, Parameters, Presented, Scheme, moment};

const SCHEME: &str = "ACS3-HMAC-SHA256";

pub(super) fn read(request: &Presented<'_>, parameters: Parameters) -> Result<Claim, Fault> {
    const FORM: &str = "`ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=<64 hexadecimal digits>`";
    let [access_key, signed, signature] =
        request.authorization(SCHEME, ["Credential", "SignedHeaders", "Signature"], FORM)?;
    let claimed = from_hex(signature).ok_or(Fault::Malformed { part: "Authorization", expected: FORM })?;

    for name in ["host", "x-acs-action", "x-acs-version"] {
        request.required(name)?;
    }
    let date = request.required("x-acs-date")?;
    let signed_at = moment::read(date, "%Y-%m-%dT%H:%M:%SZ", "x-acs-date", "`2026-11-22T09:30:00Z`")?;
    let nonce = request.required("x-acs-signature-nonce")?;
    let hash = sha256_hex(request.body);
    if request.required("x-acs-content-sha256")? != hash {
        return Err(Fault::BodyDiffers);
    }
    let count = request.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-acs-"));
    let count = count.chain(["host", "content-type"]);
    let headers = request.signed_headers(signed, count, "SignedHeaders")?;

    // Only the query: a form is signed through its hash.
    let query = Parameters::read([request.query])?.canonical(None);
    let mut canonical = format!("{}\n{}\n{query}\n", request.method, request.path).into_bytes();
    canonical.extend_from_slice(&headers);
    canonical.extend_from_slice(format!("\n{signed}\n{hash}").as_bytes());
    let text = format!("{SCHEME}\n{}", sha256_hex(&canonical)).into_bytes();
    Ok(Claim {
        scheme: Scheme::Acs3HmacSha256,
        access_key: access_key.to_owned(),
        signed_at,
        once: nonce.to_owned(),
        mac: Mac::Sha256 { text, claimed },
        parameters,
    })
}
