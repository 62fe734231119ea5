//! The query signature, Alibaba Cloud's older one: <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>.
//!
//! What is signed: method, the encoded path `/`, and the parameters without `Signature`, sorted, encoded, and encoded once more.
//! Headers are not signed, so none counts: the action is the parameter `Action`, and a header that says another is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{Claim, Fault, Mac, Parameters, Presented, Scheme, moment};
use crate::query::encode;

pub(super) fn read(request: &Presented<'_>, parameters: Parameters) -> Result<Claim, Fault> {
    const FORM: &str = "an HMAC-SHA1 in base 64";
    let signature = required(&parameters, "Signature")?;
    let claimed = BASE64.decode(signature).map_err(|_| Fault::Malformed { part: "Signature", expected: FORM })?;
    if required(&parameters, "SignatureMethod")? != "HMAC-SHA1" {
        return Err(Fault::Malformed { part: "SignatureMethod", expected: "`HMAC-SHA1`" });
    }
    if required(&parameters, "SignatureVersion")? != "1.0" {
        return Err(Fault::Malformed { part: "SignatureVersion", expected: "`1.0`" });
    }
    let date = required(&parameters, "Timestamp")?;
    let signed_at = moment::read(date, "%Y-%m-%dT%H:%M:%SZ", "Timestamp", "`2026-11-22T09:30:00Z`")?;
    let nonce = required(&parameters, "SignatureNonce")?;
    let access_key = required(&parameters, "AccessKeyId")?;
    for (header, parameter) in [("x-acs-action", "Action"), ("x-acs-version", "Version")] {
        let signed = required(&parameters, parameter)?;
        if request.header(header)?.is_some_and(|unsigned| unsigned != signed.as_bytes()) {
            return Err(Fault::Differ(header, parameter));
        }
    }
    let query = encode(&parameters.canonical(Some("Signature")));
    let text = format!("{}&{}&{query}", request.method, encode(request.path)).into_bytes();
    Ok(Claim {
        scheme: Scheme::Rpc,
        access_key: access_key.to_owned(),
        signed_at,
        once: nonce.to_owned(),
        mac: Mac::Sha1 { text, claimed },
        parameters,
    })
}

/// The value of a parameter that a signature needs.
fn required<'p>(parameters: &'p Parameters, name: &'static str) -> Result<&'p str, Fault> {
    parameters.get(name).filter(|value| !value.is_empty()).ok_or(Fault::Missing(name))
}
