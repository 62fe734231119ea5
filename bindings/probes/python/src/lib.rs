//! The module `grantrie_probe`, for tests and benches; never part of the package.

use _grantrie::Engine;
use grantrie::Timestamp;
use pyo3::prelude::*;

/// A class with a method that does nothing: what a call costs by itself.
#[pyclass(frozen)]
#[derive(Debug)]
struct Empty;

#[pymethods]
impl Empty {
    #[new]
    fn new() -> Self {
        Self
    }

    /// Takes the two strings of a check.
    fn is_allowed(&self, action: &str, irn: &str) -> bool {
        let _ = (action, irn);
        false
    }
}

/// An engine whose clock panics: whatever reads it fails in the middle.
#[pyfunction]
fn engine_without_clock() -> Engine {
    Engine::of(grantrie::Engine::builder().clock(clock).build())
}

#[expect(clippy::panic, reason = "that is what it is for")]
fn clock() -> Timestamp {
    panic!("the clock fell off the wall")
}

/// The module's contents.
#[pymodule]
mod grantrie_probe {
    #[pymodule_export]
    use super::{Empty, engine_without_clock};
}
