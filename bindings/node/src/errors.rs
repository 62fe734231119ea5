//! Faults as errors, for the layer above.

use grantrie_host::{Fault, fault_json, guarded};
use napi::{Error, Result, Status};

/// Does what JavaScript asked for; a fault, a panic among them, becomes an error.
pub(super) fn throwing<T>(work: impl FnOnce() -> std::result::Result<T, Fault>) -> Result<T> {
    guarded(work).map_err(|fault| thrown(&fault))
}

/// The error of a fault.
#[cold]
pub(super) fn thrown(fault: &Fault) -> Error {
    Error::new(Status::GenericFailure, fault_json(fault))
}
