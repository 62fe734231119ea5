//! The Permissions API: `/{service}/api/v1/permissions`.
//!
//! Source: the vendor's REST page `apis/rest/aisvc/permissions` and its siblings of the other services. What they leave open is
//! decided here and said in the README: the shape of a failed item, paging beyond what is asked, and that a caller who is not
//! trusted takes back only what it could have given.
//!
//! ```text
//! put     each item: read -> resource -> authority to share -> one change set of all that are good -> read back
//! list    query -> whose permissions -> lookup, filtered and paged
//! remove  id -> authority to share -> removed
//! ```

mod document;
mod error;
mod list;
mod lookup;
mod put;
mod remove;
mod resource;
mod sharing;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::authority::Origin;
use crate::credential::Caller;
use crate::http::fault::Fault;
use crate::http::request_id::RequestId;

use error::Refusal;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put::put, list::list)).routes(routes!(remove::remove))
}

pub(crate) fn has(path: &str) -> bool {
    let mut segments = path.split('/').skip(2);
    [segments.next(), segments.next(), segments.next()] == [Some("api"), Some("v1"), Some("permissions")]
}

pub(crate) fn fault(fault: &Fault, _: &RequestId) -> Response {
    Refusal::of_fault(fault).into_response()
}

fn origin(caller: &Caller, id: RequestId) -> Origin {
    Origin { actor: caller.actor(), face: "permissions", request_id: Some(id.0) }
}
