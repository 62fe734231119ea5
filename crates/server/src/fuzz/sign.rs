//! Signing what is to get past the signature, with the signature's own account of what should be signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Request, Uri};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::signature::{Claim, Presented};

const ACCESS_KEY: &str = "AKTEST";
const SECRET: &str = "the-secret-key-of-AKTEST";

/// A signature's place, until it is known.
const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The request with a token or signature; nothing, if it has what cannot be signed.
pub(super) fn signed(how: u8, mut request: Request<Vec<u8>>) -> Option<Request<Vec<u8>>> {
    match how {
        b't' => put(&mut request, "authorization", "Bearer the-token-of-a-trusted-service"),
        b'u' => put(&mut request, "authorization", "Bearer the-token-of-the-user-ann"),
        b's' => return sdk_hmac(request),
        b'a' => return acs3(request),
        b'r' => return rpc(request),
        b'n' => Some(()),
        _ => None,
    }?;
    Some(request)
}

fn put(request: &mut Request<Vec<u8>>, name: &'static str, value: &str) -> Option<()> {
    request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
    Some(())
}

fn put_absent(request: &mut Request<Vec<u8>>, name: &'static str, value: &str) -> Option<()> {
    if request.headers().contains_key(name) { Some(()) } else { put(request, name, value) }
}

fn now(form: &str) -> String {
    Timestamp::now().strftime(form).to_string()
}

fn sdk_hmac(mut request: Request<Vec<u8>>) -> Option<Request<Vec<u8>>> {
    put_absent(&mut request, "host", "localhost")?;
    put_absent(&mut request, "x-project-id", "atlas")?;
    put(&mut request, "x-sdk-date", &now("%Y%m%dT%H%M%SZ"))?;
    let signed = "host;x-project-id;x-sdk-date";
    let header =
        |signature: &str| format!("SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={signed}, Signature={signature}");
    put(&mut request, "authorization", &header(ZERO))?;
    let text = presented(&request, |request| Claim::sdk_hmac(request).ok().map(|claim| claim.string_to_sign()));
    // What cannot be read is sent as it stands.
    let Some(text) = text else { return Some(request) };
    put(&mut request, "authorization", &header(&sha256(&text)?))?;
    Some(request)
}

fn acs3(mut request: Request<Vec<u8>>) -> Option<Request<Vec<u8>>> {
    put_absent(&mut request, "host", "localhost")?;
    put_absent(&mut request, "x-acs-version", "2022-01-01")?;
    put_absent(&mut request, "x-acs-action", "SmartqAuthorize")?;
    put(&mut request, "x-acs-date", &now("%Y-%m-%dT%H:%M:%SZ"))?;
    put(&mut request, "x-acs-signature-nonce", "once")?;
    let hash = hex(&Sha256::digest(request.body()));
    put(&mut request, "x-acs-content-sha256", &hash)?;
    let mut names: Vec<&str> = request
        .headers()
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| name.starts_with("x-acs-") || matches!(*name, "host" | "content-type"))
        .collect();
    names.sort_unstable();
    let signed = names.join(";");
    let header = |signature: &str| {
        format!("ACS3-HMAC-SHA256 Credential={ACCESS_KEY},SignedHeaders={signed},Signature={signature}")
    };
    put(&mut request, "authorization", &header(ZERO))?;
    let text = presented(&request, |request| Claim::alibaba(request).ok().map(|claim| claim.string_to_sign()));
    let Some(text) = text else { return Some(request) };
    put(&mut request, "authorization", &header(&sha256(&text)?))?;
    Some(request)
}

fn rpc(mut request: Request<Vec<u8>>) -> Option<Request<Vec<u8>>> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let date = encoded(&now("%Y-%m-%dT%H:%M:%SZ"));
    let target = |signature: &str| {
        let path = request.uri().path();
        format!(
            "{path}?{query}&Version=2022-01-01&Timestamp={date}&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=once\
             &AccessKeyId={ACCESS_KEY}&Signature={}",
            encoded(signature)
        )
    };
    let (unsigned, of) = (target("AAAA").parse::<Uri>().ok()?, |signature: &str| target(signature).parse::<Uri>().ok());
    let mut trial = request.clone();
    *trial.uri_mut() = unsigned;
    let text = presented(&trial, |request| Claim::alibaba(request).ok().map(|claim| claim.string_to_sign()));
    let Some(text) = text else { return Some(trial) };
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{SECRET}&").as_bytes()).ok()?;
    mac.update(text.as_bytes());
    let uri = of(&BASE64.encode(mac.finalize().into_bytes()))?;
    *request.uri_mut() = uri;
    Some(request)
}

fn presented<T>(request: &Request<Vec<u8>>, read: impl FnOnce(&Presented<'_>) -> T) -> T {
    let (uri, headers, body) = (request.uri(), request.headers(), request.body());
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    read(&Presented { method: request.method().as_str(), path, query, headers, body })
}

fn sha256(text: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
