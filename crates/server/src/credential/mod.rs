//! Who calls: the configured credentials, and the [`Caller`] that a good one shows.
//!
//! Interfaces with bearer tokens take a [`Bearer`] in their handlers; those with signed requests take a [`Raw`]
//! one, read the claim that its signature makes (`crate::signature`), and [`believe`] it or not.

mod bearer;
mod signed;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use grantrie::{Principal, PrincipalKind};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub(crate) use bearer::{Bearer, Unauthenticated};
pub(crate) use signed::{Raw, believe, system_seconds};

/// Whom a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whom the credential stands for: of an access key, the user with the key's name if nothing else is configured.
    pub principal: Principal,
    /// A service, which may ask and grant for everybody.
    pub trusted: bool,
    /// The project that an access key may manage.
    pub project: Option<String>,
    /// The namespace that an access key may manage.
    pub namespace: Option<String>,
}

impl Caller {
    /// Whoever calls where no credentials are configured: everybody who reaches the loopback address.
    pub(crate) fn anybody() -> Self {
        let principal = Principal { kind: PrincipalKind::User, id: "anonymous".to_owned() };
        Self { principal, trusted: true, project: None, namespace: None }
    }

    /// What the audit writes as the actor.
    pub(crate) fn actor(&self) -> String {
        self.principal.to_string()
    }
}

/// An access key that requests may be signed with.
pub(crate) struct AccessKey {
    pub(crate) secret: SecretString,
    pub(crate) caller: Arc<Caller>,
}

/// All credentials of a server.
#[derive(Default)]
pub struct Credentials {
    /// Digests of the tokens, so that a comparison takes as long for each and says nothing of a token's length.
    bearers: Vec<([u8; 32], Arc<Caller>)>,
    access_keys: HashMap<String, AccessKey>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bearers, access_keys) = (self.bearers.len(), self.access_keys.len());
        write!(f, "Credentials({bearers} tokens, {access_keys} access keys)")
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl Credentials {
    /// Adds a token; false if it is there already.
    pub(crate) fn add_bearer(&mut self, token: &SecretString, caller: Caller) -> bool {
        let digest = digest(token.expose_secret());
        if self.bearers.iter().any(|(other, _)| *other == digest) {
            return false;
        }
        self.bearers.push((digest, Arc::new(caller)));
        true
    }

    /// Whether an access key has this secret.
    pub(crate) fn has_secret(&self, secret: &SecretString) -> bool {
        self.access_keys.values().any(|key| key.secret.expose_secret() == secret.expose_secret())
    }

    /// Adds an access key; false if it is there already.
    pub(crate) fn add_access_key(&mut self, access_key: &str, secret: SecretString, caller: Caller) -> bool {
        if self.access_keys.contains_key(access_key) {
            return false;
        }
        self.access_keys.insert(access_key.to_owned(), AccessKey { secret, caller: Arc::new(caller) });
        true
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bearers.is_empty() && self.access_keys.is_empty()
    }

    /// Whose token this is. All tokens are compared, whichever is found.
    pub(crate) fn bearer(&self, token: &str) -> Option<Arc<Caller>> {
        let digest = digest(token);
        let mut found = None;
        for (other, caller) in &self.bearers {
            if bool::from(other.ct_eq(&digest)) {
                found = Some(Arc::clone(caller));
            }
        }
        found
    }

    /// The access key with this name. Names are no secret.
    pub(crate) fn access_key(&self, access_key: &str) -> Option<&AccessKey> {
        self.access_keys.get(access_key)
    }
}
