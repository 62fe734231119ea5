//! Smart Q&A grants of Alibaba Cloud Quick BI, version 2022-01-01, in RPC style: everything is a parameter of `/`.
//!
//! Sources: the API reference of `SmartqAuthorize` and its siblings, and what the clients `alibabacloud_quickbi_public20220101` 1.19.0 and
//! `aliyun-python-sdk-quickbi-public` 2.1.20 send. A grant is a permission of a user like any other: QUERY on
//! `quickbi:llmcube:<id>`, `quickbi:llmcubetheme:<id>` or `quickbi:cube:<id>`, in the namespace of the key. Every answer is JSON, as the
//! clients need it.
//!
//! ```text
//! rpc       signature -> version -> action -> one of
//! authorize   users x resources -> permissions written or removed, failures listed
//! transfer    the grants of one user, for others
//! read_back   decisions, and what a user may query
//! ```

mod authorize;
mod day;
mod document;
mod error;
mod ids;
mod namespace;
mod read_back;
mod resource;
mod rpc;
mod transfer;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rpc::post, rpc::get))
}

pub(crate) fn has(path: &str) -> bool {
    path == "/"
}

pub(crate) fn fault(fault: &Fault, id: &RequestId) -> Response {
    error::Refusal::of_fault(fault).answer(id, None).into_response()
}
