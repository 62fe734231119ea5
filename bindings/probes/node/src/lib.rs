//! An addon for tests and benches; never part of the package. It has all that the package's own has, compiled here once more:
//! put in its place, it gives the package engines that fail on purpose.

#[path = "../../../node/src/lib.rs"]
pub mod addon;

use std::sync::Arc;

use grantrie::Timestamp;
use grantrie_host::{Shared, share};
use napi::JsString;
use napi_derive::napi;

/// A class with a method that does nothing: what a call costs by itself.
#[napi]
#[derive(Debug, Default)]
pub struct Empty;

#[napi]
impl Empty {
    /// One of them.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self
    }

    /// Takes the two strings of a check.
    #[napi]
    pub fn is_allowed(&self, action: JsString<'_>, irn: JsString<'_>) -> napi::Result<bool> {
        Ok(action.into_utf8()?.is_empty() && irn.into_utf8()?.is_empty())
    }
}

/// The token of an engine whose clock panics, and which stays as long as the process.
#[napi]
pub fn engine_without_clock() -> f64 {
    let engine = Arc::new(Shared::of(grantrie::Engine::builder().clock(clock).build()));
    let token = share(&engine);
    std::mem::forget(engine);
    token
}

#[expect(clippy::panic, reason = "that is what it is for")]
fn clock() -> Timestamp {
    panic!("the clock fell off the wall")
}
