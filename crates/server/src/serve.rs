//! Serving a configuration until the process is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::app::Shared;
use crate::authority::OpenError;
use crate::config::{Config, Log};
use crate::http::{listen, tls};
use crate::router;

/// Why a server ended other than by being told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The engine could not be made ready.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Certificate and key cannot be used.
    #[error("tls: {0}")]
    Tls(String),
    /// The address cannot be listened on.
    #[error("`{listen}` cannot be listened on: {error}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The system did not give threads or signals.
    #[error("the system: {0}")]
    System(#[from] io::Error),
}

/// Serves a configuration until SIGTERM or SIGINT, and then until the requests under way are answered. `announce` is told the
/// address as soon as requests are taken.
///
/// # Errors
/// The server could not begin. Once it has, nothing ends it but a signal.
pub fn serve(config: Config, announce: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    start_log(&config.log);
    say_what_is_special(&config);
    let acceptor = config.tls.as_ref().map(tls::acceptor).transpose().map_err(ServeError::Tls)?;
    let (address, limits) = (config.listen, config.limits.clone());
    let app = Arc::new(Shared::of(config)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let failed = |error| ServeError::Listen { listen: address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        announce(listener.local_addr().map_err(failed)?);
        let stop = async {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            tracing::info!("told to stop");
        };
        listen::listen(listener, acceptor, router::router(app), limits, stop).await;
        Ok(())
    });
    // What still waits for the store may finish; nobody is left to be told.
    runtime.shutdown_timeout(Duration::from_secs(5));
    served
}

/// Logs go to standard error. Where the host has set up its own, that is used. A line that cannot be written is lost: the disk of
/// the log may be full, or who read it gone, and that is no reason to answer nobody.
fn start_log(log: &Log) {
    let filter = log.filter.clone().or_else(|| std::env::var(EnvFilter::DEFAULT_ENV).ok());
    let filter = filter.and_then(|filter| EnvFilter::try_new(filter).ok()).unwrap_or_else(|| EnvFilter::new("info"));
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    // Set up already: then that stays.
    drop(if log.json { subscriber.json().try_init() } else { subscriber.with_ansi(false).try_init() });
}

fn say_what_is_special(config: &Config) {
    if config.store.is_none() {
        tracing::warn!("no store: everything is kept in memory only, and gone when the server stops");
    }
    if config.credentials.is_empty() {
        tracing::warn!("no credentials: whoever reaches the loopback address may ask and change everything");
    }
    if !config.listen.ip().is_loopback() && config.tls.is_none() {
        tracing::warn!(
            "no [tls]: tokens and decisions are readable on the way, unless something in front encrypts them"
        );
    }
    if let Some(clock) = &config.clock_file {
        tracing::warn!(clock = %clock.display(), "the time comes from a file, for development: permissions begin and end by it");
    }
}
