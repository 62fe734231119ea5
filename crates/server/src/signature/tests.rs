//! What the vendors' own clients sent (`tests/signatures`, written down by `tests/vendor/record.py`), as it was and altered.

use std::path::PathBuf;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Claim, Fault, Freshness, Presented, Repeats, Signed};

const SECRET: &[u8] = b"SKTEST";

/// A request that can be altered.
#[derive(Clone)]
struct Recorded {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Recorded {
    fn all(directory: &str) -> Vec<Self> {
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/signatures").join(directory);
        let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| Self::read(&file.display().to_string(), &std::fs::read(file).unwrap())).collect()
    }

    fn one(name: &str) -> Self {
        let (directory, file) = name.split_once('/').unwrap();
        let is_it = |recorded: &Self| recorded.name.ends_with(&format!("/{file}.http"));
        Self::all(directory).into_iter().find(is_it).unwrap()
    }

    fn read(name: &str, bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let mut lines = bytes[..end].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let first = str::from_utf8(lines.next().unwrap()).unwrap().to_owned();
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines.map(|line| {
            let colon = line.iter().position(|byte| *byte == b':').unwrap();
            let name = HeaderName::from_bytes(&line[..colon]).unwrap();
            (name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).unwrap())
        });
        Self {
            name: name.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn presented(&self) -> Presented<'_> {
        Presented {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    fn claim(&self) -> Result<Claim, Fault> {
        match self.headers.get("authorization") {
            Some(value) if value.as_bytes().starts_with(b"SDK") => Claim::sdk_hmac(&self.presented()),
            _ => Claim::alibaba(&self.presented()),
        }
    }

    /// What becomes of it a minute after it was signed, at a server that saw nothing before.
    fn verified(&self) -> Result<Signed, Fault> {
        let claim = self.claim()?;
        let (then, now) = (claim.signed_at, claim.signed_at + 60);
        claim.verify(Some(SECRET), &Freshness::new(900, 10, then), Repeats::Never, now)
    }

    fn altered(&self, alter: impl FnOnce(&mut Self)) -> Result<Signed, Fault> {
        let mut other = self.clone();
        alter(&mut other);
        other.verified()
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.headers.insert(name, value.parse().unwrap());
    }

    fn add(&mut self, name: &'static str, value: HeaderValue) {
        assert!(self.headers.append(name, value), "there was none");
    }

    /// Replaces a piece of `Authorization`.
    fn authorize(&mut self, from: &str, to: &str) {
        let value = self.headers["authorization"].to_str().unwrap();
        assert!(value.contains(from), "{value}");
        let value = value.replace(from, to);
        self.set("authorization", &value);
    }
}

fn all() -> Vec<Recorded> {
    ["sdk_hmac", "acs3", "rpc"].iter().flat_map(|directory| Recorded::all(directory)).collect()
}

#[test]
fn what_the_vendors_clients_sign_is_believed() {
    let all = all();
    assert_eq!(all.len(), 16);
    for recorded in all {
        let signed = recorded.verified().unwrap_or_else(|fault| panic!("{}: {fault}", recorded.name));
        assert_eq!(signed.access_key, "AKTEST");
    }
}

#[test]
fn parameters_are_those_that_the_client_was_given() {
    for name in ["acs3/authorize-odd-texts", "rpc/authorize-odd-texts", "rpc/modern-authorize-odd-texts"] {
        let parameters = Recorded::one(name).verified().unwrap().parameters;
        assert_eq!(parameters.get("UserIds"), Some("ü ~*/+&=%,u2"), "{name}");
        assert_eq!((parameters.get("LlmCubes"), parameters.get("LlmCubeThemes")), (Some(""), None), "{name}");
    }
    let parameters = Recorded::one("sdk_hmac/encoded-query").verified().unwrap().parameters;
    let pairs: Vec<_> = parameters.iter().collect();
    assert_eq!(pairs, [("description", "a:b,c;d"), ("limit", "3"), ("user_name", "ä b~*/+&=%")]);
}

#[test]
fn another_secret_or_an_unknown_key_is_not_believed() {
    for recorded in all() {
        let verify = |secret: Option<&[u8]>| {
            let claim = recorded.claim().unwrap();
            let now = claim.signed_at;
            claim.verify(secret, &Freshness::new(900, 10, now), Repeats::Never, now)
        };
        assert!(matches!(verify(Some(b"SKTESU")), Err(Fault::Mismatch { .. })), "{}", recorded.name);
        assert!(matches!(verify(Some(b"")), Err(Fault::Mismatch { .. })), "{}", recorded.name);
        assert_eq!(verify(None), Err(Fault::UnknownKey("AKTEST".to_owned())), "{}", recorded.name);
    }
}

#[test]
fn whatever_is_altered_does_not_match() {
    for recorded in all() {
        let name = &recorded.name;
        let method = recorded.altered(|request| request.method = "DELETE".to_owned());
        assert!(matches!(method, Err(Fault::Mismatch { .. })), "{name}: {method:?}");
        let more = recorded.altered(|request| request.query.push_str("&zzz=1"));
        assert!(matches!(more, Err(Fault::Mismatch { .. })), "{name}: {more:?}");
        let path = recorded.altered(|request| request.path.push('x'));
        assert!(matches!(path, Err(Fault::Mismatch { .. })), "{name}: {path:?}");
        let body = recorded.altered(|request| request.body.push(b' '));
        // The hash of the body is the last thing that SDK-HMAC signs; in ACS3 it is a header; the query signature takes forms only.
        let refused =
            matches!(body, Err(Fault::Mismatch { .. } | Fault::BodyDiffers | Fault::Malformed { part: "body", .. }));
        assert!(refused, "{name}: {body:?}");
    }
}

#[test]
fn each_signed_header_counts() {
    for (name, headers) in [
        ("sdk_hmac/subscribe", vec!["content-type", "host", "user-agent", "x-project-id"]),
        (
            "acs3/authorize",
            vec!["accept", "host", "user-agent", "x-acs-action", "x-acs-signature-nonce", "x-acs-version"],
        ),
    ] {
        let recorded = Recorded::one(name);
        for header in headers {
            let other = recorded.altered(|request| request.set(header, "other"));
            assert!(matches!(other, Err(Fault::Mismatch { .. })), "{name}: {header}: {other:?}");
            let gone = recorded.altered(|request| drop(request.headers.remove(header)));
            assert!(matches!(gone, Err(Fault::Missing(_) | Fault::Malformed { .. })), "{name}: {header}: {gone:?}");
            let twice = recorded.altered(|request| request.add(header, HeaderValue::from_static("x")));
            assert_eq!(twice, Err(Fault::Repeated(header.to_owned())), "{name}");
        }
    }
}

#[test]
fn a_header_that_counts_must_be_signed() {
    let subscribe = Recorded::one("sdk_hmac/subscribe");
    for header in ["host", "x-project-id", "x-sdk-date"] {
        let list = "content-type;host;user-agent;x-project-id;x-sdk-date";
        let without = list.split(';').filter(|name| *name != header).collect::<Vec<_>>().join(";");
        let fault = subscribe.altered(|request| request.authorize(list, &without));
        assert_eq!(fault, Err(Fault::NotSigned(header.to_owned())));
    }
    // A project that was not there when it was signed.
    let added = Recorded::one("acs3/transfer").altered(|request| request.set("x-acs-more", "1"));
    assert_eq!(added, Err(Fault::NotSigned("x-acs-more".to_owned())));
    let unsigned = subscribe.altered(|request| request.set("x-sdk-content-sha256", "UNSIGNED-PAYLOAD"));
    assert_eq!(unsigned, Err(Fault::NotSigned("x-sdk-content-sha256".to_owned())));
    let listed = subscribe.altered(|request| {
        request.set("x-sdk-content-sha256", "UNSIGNED-PAYLOAD");
        request.authorize("x-project-id;", "x-project-id;x-sdk-content-sha256;");
    });
    assert_eq!(listed, Err(Fault::BodyDiffers));
}

#[test]
fn headers_are_not_signed_by_the_query_signature_so_none_counts() {
    let recorded = Recorded::one("rpc/authorize");
    let action = recorded.altered(|request| request.set("x-acs-action", "SmartqAuthTransfer"));
    assert_eq!(action, Err(Fault::Differ("x-acs-action", "Action")));
    assert!(recorded.altered(|request| drop(request.headers.remove("x-acs-action"))).is_ok());
}

#[test]
fn two_signatures_are_none() {
    for name in ["sdk_hmac/list", "acs3/authorize"] {
        let recorded = Recorded::one(name);
        let value = recorded.headers["authorization"].clone();
        let twice = recorded.altered(|request| request.add("authorization", value));
        assert_eq!(twice, Err(Fault::Repeated("authorization".to_owned())));
    }
    let both = Recorded::one("rpc/authorize").altered(|request| request.set("authorization", "ACS3-HMAC-SHA256 x"));
    assert_eq!(both, Err(Fault::Repeated("Signature".to_owned())));
}

#[test]
fn duplicated_parameters_are_refused_whichever_way_they_are_written() {
    let list = Recorded::one("sdk_hmac/list");
    for more in ["&limit=20", "&lim%69t=10", "&limit"] {
        assert_eq!(list.altered(|request| request.query.push_str(more)), Err(Fault::Repeated("limit".to_owned())));
    }
    for name in ["acs3/authorize", "rpc/authorize"] {
        let twice = Recorded::one(name).altered(|request| request.query.push_str("&UserIds=u9"));
        assert_eq!(twice, Err(Fault::Repeated("UserIds".to_owned())));
        let form = Recorded::one(name).altered(|request| {
            request.set("content-type", "application/x-www-form-urlencoded");
            request.body = b"UserIds=u9".to_vec();
        });
        assert_eq!(form, Err(Fault::Repeated("UserIds".to_owned())));
    }
}

#[test]
fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let list = Recorded::one("sdk_hmac/list");
    for path in [
        "/v3//users/ai-assistant/subscribe",
        "/v3/users%2Fai-assistant/subscribe",
        "/v3/users%5cai-assistant/subscribe",
        "/v3/x/../users/ai-assistant/subscribe",
        "/v3/%2e%2E/users/ai-assistant/subscribe",
        "/v3/./users/ai-assistant/subscribe",
        "/v3/users/ai-assistant/subscribe/",
        "/v3/users/ai-assistant/subscribe%00",
        "",
    ] {
        let fault = list.altered(|request| request.path = path.to_owned());
        assert!(matches!(fault, Err(Fault::Malformed { part: "path", .. })), "{path}: {fault:?}");
    }
    for path in ["/v3/users/%zz", "/v3/users/%c3", "/v3/users/%4"] {
        let fault = list.altered(|request| request.path = path.to_owned());
        assert!(matches!(fault, Err(Fault::Malformed { part: "URL", .. })), "{path}: {fault:?}");
    }
    // Another spelling of the same path is the same path.
    assert!(list.altered(|request| request.path = "/v3/users/ai%2Dassistant/subscribe".to_owned()).is_ok());
}

#[test]
fn a_malformed_authorization_says_what_is_expected() {
    for (name, key) in [("sdk_hmac/list", "Access"), ("acs3/authorize", "Credential")] {
        let recorded = Recorded::one(name);
        let malformed =
            |fault: &Result<Signed, Fault>| matches!(fault, Err(Fault::Malformed { part: "Authorization", .. }));
        for value in ["", "Bearer x", "SDK-HMAC-SHA256", "ACS3-HMAC-SHA256", "SDK-HMAC-SHA256 ", "ACS3-HMAC-SM3 a=b"] {
            let fault = recorded.altered(|request| request.set("authorization", value));
            assert!(malformed(&fault), "{name}: {value}: {fault:?}");
        }
        for (from, to) in
            [(key, "Other"), ("Signature=", "Signature=A"), ("Signature=", "Signature=0"), ("Signature=", key)]
        {
            let fault = recorded.altered(|request| request.authorize(from, to));
            let refused = malformed(&fault) || matches!(fault, Err(Fault::Mismatch { .. }));
            assert!(refused, "{name}: {from} to {to}: {fault:?}");
        }
        let list = recorded.altered(|request| request.authorize("host;", "host;host;"));
        assert!(matches!(list, Err(Fault::Malformed { part: "SignedHeaders", .. })), "{list:?}");
    }
    let recorded = Recorded::one("sdk_hmac/list");
    assert_eq!(recorded.altered(|request| drop(request.headers.remove("authorization"))), Err(Fault::Absent));
}

#[test]
fn a_date_is_written_in_one_way() {
    let list = Recorded::one("sdk_hmac/list");
    for date in ["20261122T095738", "2026-11-22T09:57:38Z", "20261122T0957 8Z", "20261322T095738Z", "20261122T095738Z0"]
    {
        let fault = list.altered(|request| request.set("x-sdk-date", date));
        assert!(matches!(fault, Err(Fault::Malformed { part: "X-Sdk-Date", .. })), "{date}: {fault:?}");
    }
    let authorize = Recorded::one("acs3/authorize");
    for date in ["2026-11-22T09:57:38+08:00", "2026-11-22 09:57:38Z", "2026-11-22T24:00:00Z", "9999-99-99T00:00:00Z"] {
        let fault = authorize.altered(|request| request.set("x-acs-date", date));
        assert!(matches!(fault, Err(Fault::Malformed { part: "x-acs-date", .. })), "{date}: {fault:?}");
    }
}

#[test]
fn a_signature_is_believed_within_the_allowed_skew_only() {
    for recorded in all() {
        let signed_at = recorded.claim().unwrap().signed_at;
        for (now, good) in [(-901, false), (-900, true), (0, true), (900, true), (901, false)] {
            let freshness = Freshness::new(900, 10, signed_at);
            let verified = recorded.claim().unwrap().verify(Some(SECRET), &freshness, Repeats::Never, signed_at + now);
            assert_eq!(verified.err(), (!good).then_some(Fault::Stale), "{}: {now}", recorded.name);
        }
    }
}

#[test]
fn a_signature_from_before_the_start_is_not_believed_after_it() {
    let recorded = Recorded::one("acs3/authorize");
    let signed_at = recorded.claim().unwrap().signed_at;
    let restarted = Freshness::new(900, 10, signed_at + 1);
    let claim = recorded.claim().unwrap();
    assert_eq!(claim.verify(Some(SECRET), &restarted, Repeats::Never, signed_at + 1), Err(Fault::Stale));
}

#[test]
fn a_replayed_signature_is_refused_until_it_is_stale() {
    for recorded in all() {
        let signed_at = recorded.claim().unwrap().signed_at;
        let freshness = Freshness::new(900, 10, signed_at);
        let verify = |now| recorded.claim().unwrap().verify(Some(SECRET), &freshness, Repeats::Never, signed_at + now);
        assert!(verify(-900).is_ok());
        for now in [-900, 0, 900] {
            assert_eq!(verify(now), Err(Fault::Replayed), "{}", recorded.name);
        }
        assert_eq!(verify(901), Err(Fault::Stale));
        // A clock that is set back does not make what was forgotten good again.
        let other = Recorded::one("acs3/transfer").claim().unwrap();
        let later = other.signed_at.max(signed_at) + 900;
        drop(other.verify(Some(SECRET), &freshness, Repeats::Never, later));
        assert!(verify(0).is_err(), "{}", recorded.name);
    }
}

#[test]
fn what_reads_may_come_again_within_its_second() {
    let recorded = Recorded::one("sdk_hmac/list");
    let signed_at = recorded.claim().unwrap().signed_at;
    let freshness = Freshness::new(900, 10, signed_at);
    let verify =
        |now| recorded.claim().unwrap().verify(Some(SECRET), &freshness, Repeats::WithinTheSecond, signed_at + now);
    assert!(verify(0).is_ok() && verify(1).is_ok() && verify(5).is_ok());
    assert_eq!(verify(6), Err(Fault::Replayed));
}

#[test]
fn memory_is_bounded_and_only_what_is_signed_fills_it() {
    let recorded = Recorded::all("acs3");
    let signed_at = recorded.iter().map(|recorded| recorded.claim().unwrap().signed_at).max().unwrap();
    let freshness = Freshness::new(900, 2, signed_at - 60);
    let verify = |recorded: &Recorded, secret: &[u8], now| {
        recorded.claim().unwrap().verify(Some(secret), &freshness, Repeats::Never, now)
    };
    assert!(verify(&recorded[0], b"other", signed_at).is_err());
    assert_eq!(freshness.remembered(), 0);
    assert!(verify(&recorded[0], SECRET, signed_at).is_ok() && verify(&recorded[1], SECRET, signed_at).is_ok());
    assert_eq!(verify(&recorded[2], SECRET, signed_at), Err(Fault::Full));
    assert_eq!(freshness.remembered(), 2);
    // What is stale is forgotten, and there is room again.
    let later = signed_at + 901;
    let mut fresh = recorded[2].claim().unwrap();
    fresh.signed_at = later;
    assert!(fresh.verify(Some(SECRET), &freshness, Repeats::Never, later).is_ok());
    assert_eq!(freshness.remembered(), 1);
}

#[test]
fn the_message_of_a_mismatch_shows_what_to_sign_and_no_secret() {
    let recorded = Recorded::one("acs3/authorize");
    let Err(Fault::Mismatch { string_to_sign }) = recorded.altered(|request| request.set("host", "other")) else {
        panic!("it matched");
    };
    assert!(string_to_sign.starts_with("ACS3-HMAC-SHA256\n") && !string_to_sign.contains("SKTEST"));
}
