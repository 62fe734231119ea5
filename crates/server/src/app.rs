//! What every handler can reach.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::authority::{Authority, OpenError};
use crate::config::{Config, Limits};
use crate::credential::{Credentials, system_seconds};
use crate::http::traffic::Traffic;
use crate::signature::Freshness;

/// The state of the router: cheap to clone, the same for all interfaces.
pub(crate) type App = Arc<Shared>;

pub(crate) struct Shared {
    /// The one road into the engine.
    pub(crate) authority: Authority,
    pub(crate) credentials: Credentials,
    /// Places of requests that are worked on.
    pub(crate) requests: Semaphore,
    pub(crate) limits: Limits,
    /// Signatures that were seen.
    pub(crate) freshness: Freshness,
    pub(crate) traffic: Traffic,
    /// The address that clients know, if it is configured.
    pub(crate) public_url: Option<String>,
    /// The namespace of decisions that name none.
    pub(crate) default_namespace: Option<String>,
    /// Whether `/metrics` is answered to anybody.
    pub(crate) open_metrics: bool,
    /// Whether connections are encrypted here.
    pub(crate) encrypted: bool,
}

impl Shared {
    /// Opens the engine that a configuration describes, and takes from it what requests need.
    pub(crate) fn of(config: Config) -> Result<Self, OpenError> {
        let authority = Authority::open(&config)?;
        let Config { limits, credentials, public_url, default_namespace, open_metrics, tls, .. } = config;
        let skew = u32::try_from(limits.clock_skew.as_secs()).unwrap_or(u32::MAX);
        Ok(Self {
            authority,
            credentials,
            requests: Semaphore::new(limits.requests),
            freshness: Freshness::new(skew, limits.replay_entries, system_seconds()),
            limits,
            traffic: Traffic::default(),
            public_url,
            default_namespace,
            open_metrics,
            encrypted: tls.is_some(),
        })
    }
}
