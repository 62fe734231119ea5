//! `/metrics`, in the text format of Prometheus (OpenMetrics 1.0).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use grantrie::MemoryUse;
use http::{StatusCode, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::app::{App, Shared};
use crate::credential::{Bearer, Unauthenticated};
use crate::http::fault::Fault;

/// What was done and how much there is, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operation", security(("bearer" = [])), responses(
    (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
    (status = 401, description = "No known token, and `open_metrics` is not set", body = String, content_type = "text/plain"),
    (status = 403, description = "The caller is not trusted", body = String, content_type = "text/plain"),
))]
pub(super) async fn metrics(State(app): State<App>, Bearer(caller): Bearer) -> Result<Response, Fault> {
    if !app.open_metrics {
        let caller = caller.map_err(Unauthenticated::into_fault)?;
        if !caller.trusted {
            return Err(Fault::new(StatusCode::FORBIDDEN, "forbidden", "metrics are for trusted callers"));
        }
    }
    let memory = app.authority.memory().await.map_err(|_| Fault::internal())?;
    let mut text = String::new();
    encode(&mut text, &registry(&app, &memory)).map_err(|_| Fault::internal())?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn registry(app: &Shared, memory: &MemoryUse) -> Registry {
    let mut registry = Registry::with_prefix("grantrie");
    app.authority.metrics.register(&mut registry);
    app.traffic.register(&mut registry);
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let revision = usize::try_from(app.authority.snapshot().revision().0).unwrap_or(usize::MAX);
    gauge("revision", "The revision that checks are answered from", revision);
    let counts = app.authority.counts();
    gauge("permissions", "Permissions", counts.permissions);
    gauge("patterns", "Different patterns", counts.patterns);
    gauge("principals", "Users, groups and profiles", counts.principals);
    gauge("namespaces", "Namespaces with permissions", counts.namespaces);
    gauge("projects", "Projects with subscription rows", counts.projects);
    gauge("memory_bytes", "What the engine takes", memory.total());
    gauge("store_ready", "Whether changes can be written", usize::from(super::health::store(app).1));
    let dropped = usize::try_from(app.authority.decisions_dropped()).unwrap_or(usize::MAX);
    gauge("decision_log_dropped", "Decisions that were not written down because too many waited", dropped);
    registry
}
