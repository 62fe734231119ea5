//! The configuration: a TOML file, validated as a whole before anything else happens.
//!
//! [`Config::read`] answers a configuration that can be served, or every problem with field and place. Keys that are not
//! known are problems. `grantrie.example.toml` beside this crate's manifest shows all of them. Paths are relative to the
//! file's directory.

mod credentials;
mod problems;
mod read;
mod section;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use grantrie::{GroupConflict, Timestamp};
use jiff::tz::TimeZone;

use crate::credential::Credentials;

pub use problems::{ConfigError, Problem};

/// A configuration that was found to be good.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen; port 0 for any free one.
    pub listen: SocketAddr,
    /// The address that clients know, for documents that name it (`https://pdp.example.com`).
    pub public_url: Option<String>,
    /// The namespace of decisions that name none.
    pub default_namespace: Option<String>,
    /// A world file that is loaded when the store is empty.
    pub data: Option<PathBuf>,
    /// The store; memory only, if absent.
    pub store: Option<PathBuf>,
    /// Services that need the AI function.
    pub gates: Vec<String>,
    /// Where days begin and end, for interfaces that speak of days.
    pub time_zone: TimeZone,
    /// Which row wins where a user's groups disagree.
    pub group_conflict: GroupConflict,
    /// What bounds a request.
    pub limits: Limits,
    /// Certificate and key, if connections are encrypted here.
    pub tls: Option<Tls>,
    /// How logs are written.
    pub log: Log,
    /// Whether some decisions are written down.
    pub decision_log: Option<DecisionLog>,
    /// Whether `/metrics` is answered without a credential.
    pub open_metrics: bool,
    /// Who may call.
    pub credentials: Credentials,
    /// A clock that is a file, for development.
    pub clock_file: Option<PathBuf>,
}

/// What bounds connections and requests. Each has its default here, and is set under `[limits]`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Open connections; further ones wait to be accepted (default 1,024).
    pub connections: usize,
    /// Requests that are worked on at once; further ones are answered 503 (default 256).
    pub requests: usize,
    /// Change sets that are applied or wait for it at once; further ones are answered 503 (default 64).
    pub writes: usize,
    /// Bytes of a request's body (default 1 MiB).
    pub body_bytes: usize,
    /// Bytes of a request's line and headers (default 32 KiB).
    pub header_bytes: usize,
    /// Headers of a request (default 100).
    pub headers: usize,
    /// How long a connection may take to bring a request's headers, and may be idle (default 10 s).
    pub header_time: Duration,
    /// How long a request's body may take to come (default 10 s).
    pub body_time: Duration,
    /// How long the answer may take to be made (default 10 s).
    pub request_time: Duration,
    /// How long requests may go on after the server was told to stop (default 10 s).
    pub shutdown_time: Duration,
    /// Decisions in one batch (default 1,000).
    pub batch_items: usize,
    /// How far a signed request's time may be from the server's, either way; what was seen in that time is remembered
    /// (default 15 min).
    pub clock_skew: Duration,
    /// Signed requests that are remembered against replay; when it is full, further ones are refused (default 100,000).
    pub replay_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            requests: 256,
            writes: 64,
            body_bytes: 1 << 20,
            header_bytes: 32 << 10,
            headers: 100,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            request_time: Duration::from_secs(10),
            shutdown_time: Duration::from_secs(10),
            batch_items: 1_000,
            clock_skew: Duration::from_secs(15 * 60),
            replay_entries: 100_000,
        }
    }
}

/// Certificate and key.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub certificate_file: PathBuf,
    /// Its private key, PEM.
    pub key_file: PathBuf,
}

/// How logs are written, to standard error.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// One JSON object a line rather than text.
    pub json: bool,
    /// What is logged, in the form of `RUST_LOG` (default `info`).
    pub filter: Option<String>,
}

/// Which decisions are written down, and where.
#[derive(Debug, Clone)]
pub struct DecisionLog {
    /// The file that lines of JSON are added to.
    pub file: PathBuf,
    /// Which part of decisions is written: 1 for all.
    pub sample: f64,
    /// How many may wait to be written before further ones are dropped and counted.
    pub waiting: usize,
}

/// What a clock file holds: one instant.
pub(crate) fn read_clock(path: &std::path::Path) -> Result<Timestamp, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    text.trim().parse().map_err(|error| format!("`{}`: {error}", path.display()))
}
