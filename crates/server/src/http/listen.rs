//! Connections: accepted within a bound, encrypted if that is configured, and given up when they are slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use crate::config::Limits;

/// Accepts connections until `stop` is done; then waits for the requests under way, for a bounded time.
pub(crate) async fn listen(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, say: some will be closed.
                tracing::warn!(%error, "no connection could be accepted");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // A request is answered by one small segment after another: waiting to fill them only delays.
        drop(stream.set_nodelay(true));
        let (router, tls, limits, watcher) = (router.clone(), tls.clone(), limits.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => converse(stream, router, &limits, watcher, peer).await,
                Some(tls) => match timeout(limits.header_time, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, router, &limits, watcher, peer).await,
                    Ok(Err(error)) => tracing::debug!(%peer, %error, "no handshake"),
                    Err(_) => tracing::debug!(%peer, "the handshake took too long"),
                },
            }
        });
    }
    drop(listener);
    if timeout(limits.shutdown_time, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = limits.shutdown_time.as_secs(), "requests under way were given up");
    }
}

async fn converse<S>(stream: S, router: Router, limits: &Limits, watcher: Watcher, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    // Reading is bounded for headers and bodies where they are read; this is for clients that do not take their answer.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.body_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "the connection ended");
    }
}
