//! `[[credentials]]`: who may call, and the secrets that show it.

use std::fmt;
use std::path::Path;

use grantrie::{Principal, PrincipalKind};
use secrecy::{ExposeSecret, SecretString};

use super::section::Section;
use crate::credential::{Caller, Credentials};

/// Bytes of a secret, at least: what is shorter can be guessed.
const MIN_SECRET_BYTES: usize = 16;

/// Bytes of a secret or access key, at most: it comes in a header.
const MAX_SECRET_BYTES: usize = 1_024;

/// The secrets of `grantrie.example.toml`. Beyond loopback they would be as good as none.
const EXAMPLES: [&str; 3] =
    ["replace-me-with-a-long-random-text", "another-long-random-text-for-ann", "yet-another-long-random-text"];

/// Where secrets are looked for, and who can try them.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) directory: &'p Path,
    pub(super) beyond_loopback: bool,
}

pub(super) fn read(top: &Section<'_>, place: Place<'_>) -> Credentials {
    let mut credentials = Credentials::default();
    for section in top.sections("credentials") {
        match section.required("kind").map(|kind| kind.value) {
            Some("bearer") => bearer(&section, place, &mut credentials),
            Some("access_key") => access_key(&section, place, &mut credentials),
            Some(_) => section.report("kind", "expected `bearer` or `access_key`"),
            None => continue,
        }
        if section.text("kind").is_some_and(|kind| matches!(kind.value, "bearer" | "access_key")) {
            section.end();
        }
    }
    credentials
}

fn bearer(section: &Section<'_>, place: Place<'_>, credentials: &mut Credentials) {
    let token = secret(section, ["token", "token_env", "token_file"], place);
    let principal = principal(section);
    let trusted = section.flag("trusted").unwrap_or(false);
    if principal.is_none() && !section.has("principal") {
        section.report("principal", "is missing: { type = \"user\", id = \"…\" }, whom this credential stands for");
    }
    let (Some(token), Some(principal)) = (token, principal) else { return };
    let caller = Caller { principal, trusted, project: None, namespace: None };
    if !credentials.add_bearer(&token, caller) {
        section.report("token", "another credential has the same token");
    }
}

fn access_key(section: &Section<'_>, place: Place<'_>, credentials: &mut Credentials) {
    let access_key = section.required("access_key");
    if let Some(placed) = &access_key {
        let good = !placed.value.is_empty()
            && placed.value.len() <= MAX_SECRET_BYTES
            && placed.value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if !good {
            section.report_at(placed, "expected letters, digits, `-`, `_` and `.`");
        }
    }
    let secret_key = secret(section, ["secret_key", "secret_key_env", "secret_key_file"], place);
    let [project, namespace] = ["project", "namespace"].map(|key| {
        let placed = section.text(key)?;
        if let Err(message) = id(placed.value) {
            section.report_at(&placed, message);
        }
        Some(placed.value.to_owned())
    });
    if project.is_none() && namespace.is_none() {
        section.report("project", "neither `project` nor `namespace` is there: this key could manage nothing");
    }
    let named = principal(section);
    let (Some(access_key), Some(secret_key)) = (access_key, secret_key) else { return };
    let principal = named.unwrap_or_else(|| Principal::user(access_key.value));
    let caller = Caller { principal, trusted: false, project, namespace };
    // A signature does not cover the key's name: with one secret, each could pose as the other.
    if credentials.has_secret(&secret_key) {
        section.report("secret_key", "another access key has the same secret");
    } else if !credentials.add_access_key(access_key.value, secret_key, caller) {
        section.report_at(&access_key, "another credential has the same access key");
    }
}

fn principal(section: &Section<'_>) -> Option<Principal> {
    let principal = section.section("principal")?;
    principal.required("type");
    principal.required("id");
    let kind = principal.parsed("type", str::parse::<PrincipalKind>);
    let id = principal.parsed("id", |text| id(text).map(|()| text.to_owned()));
    principal.end();
    Some(Principal { kind: kind?, id: id? })
}

/// What the engine takes as an id.
pub(super) fn id(text: &str) -> Result<(), String> {
    let most = grantrie::limits::MAX_ID_BYTES;
    let good = !text.is_empty() && text.len() <= most && !text.chars().any(char::is_control);
    if good { Ok(()) } else { Err(format!("expected an id of 1 to {most} bytes without control characters")) }
}

/// A secret that stands here, in the environment or in a file: exactly one of the three. No message holds any of it.
fn secret(section: &Section<'_>, keys: [&'static str; 3], place: Place<'_>) -> Option<SecretString> {
    let [here, variable, file] = keys.map(|key| section.text(key));
    let [key, ..] = keys;
    let given = keys.iter().filter(|key| section.has(key)).count();
    if given != 1 {
        let all = keys.map(|key| format!("`{key}`")).join(", ");
        section.report(key, format_args!("expected exactly one of {all}; {given} are there"));
        return None;
    }
    let (placed, text) = if let Some(placed) = here {
        let text = placed.value.to_owned();
        (placed, Ok(text))
    } else if let Some(placed) = variable {
        let read = std::env::var(placed.value);
        let text = read.map_err(|_| format!("the environment variable `{}` is not set to a text", placed.value));
        (placed, text)
    } else {
        let placed = file?;
        let path = place.directory.join(placed.value);
        let read = std::fs::read_to_string(&path);
        let text = read.map_err(|error| format!("`{}` cannot be read: {error}", path.display()));
        (placed, text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()))
    };
    let judged = text.and_then(|text| judge(SecretString::from(text), place).map_err(|why| why.to_string()));
    judged.map_err(|message| section.report_at(&placed, message)).ok()
}

fn judge(secret: SecretString, place: Place<'_>) -> Result<SecretString, impl fmt::Display> {
    let text = secret.expose_secret();
    if !(MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!(
            "a secret has {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} visible ASCII characters, and no space"
        ));
    }
    if place.beyond_loopback && EXAMPLES.contains(&text) {
        return Err("is the example's, which everybody can read: beyond loopback it takes one of your own".to_owned());
    }
    Ok(secret)
}
