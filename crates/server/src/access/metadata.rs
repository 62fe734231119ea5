//! `/.well-known/authzen-configuration`: where what is.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// Where this decision point answers. Searches are not offered, so they are not named
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Configuration {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
}

/// Where decisions are answered
#[utoipa::path(get, path = "/.well-known/authzen-configuration", tag = "decisions", responses(
    (status = 200, description = "Endpoints", body = Configuration),
))]
pub(super) async fn configuration(State(app): State<App>, headers: HeaderMap) -> Json<Configuration> {
    let base = app.public_url.clone().unwrap_or_else(|| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if app.encrypted { "https" } else { "http" })
    });
    Json(Configuration {
        access_evaluation_endpoint: format!("{base}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{base}/access/v1/evaluations"),
        policy_decision_point: base,
    })
}
