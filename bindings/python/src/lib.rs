//! The engine as the Python module `grantrie._grantrie`; the package around it is in `python/grantrie`.
//!
//! Before it comes the interpreter, after it `grantrie-host` and the engine. Texts are read where Python keeps their UTF-8;
//! nothing is copied on a check of a prepared subject. What must hold: a fault is an exception, never an answer; what takes
//! long releases the GIL, and through `gate` only, so that no fork finds a writer at work. Deliberately not here: any
//! decision, and `unsafe`.

mod decision;
mod engine;
mod errors;
mod gate;
mod names;
mod subject;
mod values;

pub use engine::Engine;
use pyo3::prelude::*;

/// The module's contents.
#[pymodule]
#[pyo3(name = "_grantrie")]
pub mod module {
    #[pymodule_export]
    use super::{
        decision::Decision,
        engine::Engine,
        errors::codes,
        gate::{after_fork_in_child, after_fork_in_parent, before_fork},
        names::{check_action, check_name, check_pattern, covers, matches, overlaps},
        subject::Subject,
    };
}
