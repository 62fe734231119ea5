//! SDK-HMAC-SHA256, Huawei Cloud's: <https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html>.
//!
//! Canonical: method, path with `/` at its end, query, signed headers with their values, their names, hash of the body,
//! each on a line. What is signed: the scheme's name, the date, the hash of the canonical form. There is no nonce, and the
//! date has whole seconds: the signature itself is what may come only once.

use super::mac::{from_hex, sha256_hex};
use super::{Claim, Fault, Mac, Parameters, Presented, Scheme, moment, path};

const SCHEME: &str = "SDK-HMAC-SHA256";

/// Headers that count: who is meant, when, and for which project.
const COUNT: [&str; 4] = ["host", "x-project-id", "x-sdk-content-sha256", "x-sdk-date"];

pub(super) fn read(request: &Presented<'_>) -> Result<Claim, Fault> {
    const FORM: &str = "`SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=<64 hexadecimal digits>`";
    let [access_key, signed, signature] =
        request.authorization(SCHEME, ["Access", "SignedHeaders", "Signature"], FORM)?;
    let claimed = from_hex(signature).ok_or(Fault::Malformed { part: "Authorization", expected: FORM })?;

    request.required("host")?;
    let date = request.required("x-sdk-date")?;
    let signed_at = moment::read(date, "%Y%m%dT%H%M%SZ", "X-Sdk-Date", "`20261122T093000Z`")?;
    let headers = request.signed_headers(signed, COUNT, "SignedHeaders")?;
    let hash = sha256_hex(request.body);
    // A hash that is sent along must be that of the body. Bodies of other types go unsigned elsewhere; here none does.
    if request.header("x-sdk-content-sha256")?.is_some_and(|sent| sent != hash.as_bytes()) {
        return Err(Fault::BodyDiffers);
    }

    let parameters = Parameters::read([request.query])?;
    let path = path::canonical(request.path)?;
    let mut canonical = format!("{}\n{path}\n{}\n", request.method, parameters.canonical(None)).into_bytes();
    canonical.extend_from_slice(&headers);
    canonical.extend_from_slice(format!("\n{signed}\n{hash}").as_bytes());
    let text = format!("{SCHEME}\n{date}\n{}", sha256_hex(&canonical)).into_bytes();
    Ok(Claim {
        scheme: Scheme::SdkHmacSha256,
        access_key: access_key.to_owned(),
        signed_at,
        once: signature.to_owned(),
        mac: Mac::Sha256 { text, claimed },
        parameters,
    })
}
