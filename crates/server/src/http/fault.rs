//! A request that no interface answered, or that one gave up: an error that the interface of its path can put in its form.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

/// What went wrong with a request, before it is put into the form of an interface.
///
/// As a response it is a line of text. It stays in the response's extensions, where `crate::router` finds it and asks the
/// interface that the path belongs to for its own form.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    /// A name that does not change, in `snake_case`.
    pub(crate) code: &'static str,
    /// What was found and what was expected.
    pub(crate) message: Cow<'static, str>,
    /// Headers that the answer must have in any form.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    /// The same, with a header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
    }

    /// Too much at once; the client may come again.
    pub(crate) fn busy(message: &'static str) -> Self {
        let fault = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
        fault.with(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed; its log says more")
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let text = format!("{}\n", self.message);
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
        let mut response = (self.status, kind, text).into_response();
        response.headers_mut().extend(self.headers.clone());
        response.extensions_mut().insert(self);
        response
    }
}
