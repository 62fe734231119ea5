//! AI assistant subscriptions of Huawei Cloud Workspace: `/v3/users/ai-assistant/subscribe`, and its older spelling
//! `/v2/{project_id}/users/ai-function/subscribe`.
//!
//! Source: the API reference (2026-05-21), and what the client `huaweicloudsdkworkspace` 3.1.219 sends. Requests are signed with
//! SDK-HMAC-SHA256, by a key that manages one project. Deliberately not here: `statistics/usage-frequency`, because this server does not
//! run the assistant and so does not know how often anybody used it.

mod caller;
mod change;
mod document;
mod error;
mod list;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change::subscribe, list::list))
        .routes(routes!(change::subscribe_before, list::list_before))
}

/// The vendor's interface has many more calls: all of them are answered in its form, as not being here.
pub(crate) fn has(path: &str) -> bool {
    path.starts_with("/v3/") || path.starts_with("/v2/")
}

pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    error::Refusal::of_fault(fault).into_response()
}
