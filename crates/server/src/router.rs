//! All interfaces on one port: which paths are whose.

use std::any::Any;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::guard::guard;
use crate::http::request_id::RequestId;
use crate::{access, administration, operations, permissions, quickbi, subscriptions};

/// An interface: its routes, with their description, and the form of its errors.
struct Face {
    /// In metrics.
    name: &'static str,
    routes: fn() -> OpenApiRouter<App>,
    /// Whether a path is one of this interface's, also where no route has it.
    has: fn(&str) -> bool,
    /// A fault in this interface's form.
    fault: fn(&Fault, &RequestId) -> Response,
}

/// The interfaces. A path belongs to the first that has it.
const FACES: &[Face] = &[
    Face {
        name: "administration",
        routes: administration::routes,
        has: administration::has,
        fault: administration::fault,
    },
    Face { name: "access", routes: access::routes, has: access::has, fault: access::fault },
    Face { name: "permissions", routes: permissions::routes, has: permissions::has, fault: permissions::fault },
    Face { name: "subscriptions", routes: subscriptions::routes, has: subscriptions::has, fault: subscriptions::fault },
    Face { name: "quickbi", routes: quickbi::routes, has: quickbi::has, fault: quickbi::fault },
    Face { name: "operations", routes: operations::routes, has: operations::has, fault: operations::fault },
];

#[derive(OpenApi)]
#[openapi(
    info(title = "Grantrie", description = "Decisions, and the interfaces that change what they rest on."),
    modifiers(&Schemes)
)]
struct Described;

/// How callers show who they are.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let key = |value: ApiKeyValue, header: fn(ApiKeyValue) -> ApiKey| SecurityScheme::ApiKey(header(value));
        let schemes = [
            (
                "sdk_hmac_sha256",
                "Authorization",
                "SDK-HMAC-SHA256, as Huawei Cloud's clients sign",
                ApiKey::Header as fn(_) -> _,
            ),
            ("acs3_hmac_sha256", "Authorization", "ACS3-HMAC-SHA256, as Alibaba Cloud's clients sign", ApiKey::Header),
            (
                "rpc_signature",
                "Signature",
                "HMAC-SHA1 over the query, as Alibaba Cloud's older clients sign",
                ApiKey::Query,
            ),
        ];
        for (name, place, description, of) in schemes {
            components.add_security_scheme(name, key(ApiKeyValue::with_description(place, description), of));
        }
    }
}

/// All routes and their description, made once.
static ROUTES: LazyLock<(Router<App>, Document)> = LazyLock::new(|| {
    let all =
        FACES.iter().fold(OpenApiRouter::with_openapi(Described::openapi()), |all, face| all.merge((face.routes)()));
    all.split_for_parts()
});

/// What all interfaces understand.
pub(crate) fn described() -> &'static Document {
    &ROUTES.1
}

/// All routes, guarded. A request that ends in a panic is answered, and the server goes on.
pub(crate) fn router(app: App) -> Router {
    catching(routes(), app)
}

/// The same, where a panic is to be seen.
pub(crate) fn without_catching(app: App) -> Router {
    guarded(routes(), app)
}

fn routes() -> Router<App> {
    let (routes, _) = &*ROUTES;
    let routes = routes.clone();
    routes.fallback(async || Fault::not_found()).method_not_allowed_fallback(async || Fault::method_not_allowed())
}

/// Within the guard, which puts what is said of a panic into the form of the path's interface; and around it.
fn catching(routes: Router<App>, app: App) -> Router {
    fn caught(_: Box<dyn Any + Send>) -> Response {
        tracing::error!("a request ended in a panic");
        Fault::internal().into_response()
    }
    guarded(routes.layer(CatchPanicLayer::custom(caught)), app).layer(CatchPanicLayer::custom(caught))
}

fn guarded(routes: Router<App>, app: App) -> Router {
    routes
        // The guard has bounded every body already.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// The name of the interface that a path belongs to.
pub(crate) fn name(path: &str) -> &'static str {
    FACES.iter().find(|face| (face.has)(path)).map_or("none", |face| face.name)
}

/// A fault as the interface that its path belongs to puts it; `plain` where none has the path.
pub(crate) fn in_form(path: &str, fault: &Fault, id: &RequestId, plain: Response) -> Response {
    match FACES.iter().find(|face| (face.has)(path)) {
        Some(face) => {
            let mut response = (face.fault)(fault, id);
            // Such as a challenge, or when to come again.
            response.headers_mut().extend(fault.headers.clone());
            response
        }
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use axum::body::Body;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;
    use crate::app::Shared;
    use crate::config::Config;

    #[test]
    fn a_panic_is_answered_in_the_form_of_the_interface() {
        let panicking = || Router::new().fallback(async || -> Response { panic!("on purpose") });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for (path, key, said) in [
            ("/v3/users/ai-assistant/subscribe", "error_code", Value::from("WKS.00990500")),
            ("/", "Code", Value::from("Internal.System.Error")),
            ("/aisvc/api/v1/permissions", "_status", Value::from(500)),
            ("/access/v1/evaluation", "", Value::Null),
        ] {
            let config = Config::parse("listen = \"127.0.0.1:0\"", Path::new("grantrie.toml"), false).unwrap();
            let router = catching(panicking(), Arc::new(Shared::of(config).unwrap()));
            let request =
                Request::get(path).header("Host", "localhost").header("X-Request-ID", "seen").body(Body::empty());
            let answer = runtime.block_on(router.oneshot(request.unwrap())).unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert_eq!(answer.headers()["x-request-id"], "seen", "{path}");
            let body = runtime.block_on(answer.into_body().collect()).unwrap().to_bytes();
            match serde_json::from_slice::<Value>(&body) {
                Ok(document) => assert_eq!(document[key], said, "{path}: {document}"),
                Err(_) => assert_eq!(body, &b"the server failed; its log says more\n"[..], "{path}"),
            }
        }
    }
}
