//! Faults as exceptions. The classes are written in Python, `grantrie/_errors.py`.

use grantrie_host::{Fault, Kind, guarded};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Every code's name and number.
#[pyfunction]
#[pyo3(name = "_codes")]
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let codes = PyDict::new(py);
    grantrie_host::codes().try_for_each(|(name, number)| codes.set_item(name, number))?;
    Ok(codes)
}

/// Does what Python asked for; a fault, a panic among them, becomes an exception.
pub(crate) fn raising<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Fault>) -> PyResult<T> {
    guarded(work).map_err(|fault| exception(py, &fault))
}

/// The exception of a fault.
#[cold]
pub(crate) fn exception(py: Python<'_>, fault: &Fault) -> PyErr {
    made(py, fault).map_or_else(|error| error, PyErr::from_value)
}

fn made<'py>(py: Python<'py>, fault: &Fault) -> PyResult<Bound<'py, PyAny>> {
    let class = match fault.kind {
        Kind::Parse => "ParseError",
        Kind::Request => "RequestError",
        Kind::Refused => "RefusedError",
        Kind::Batch => "BatchError",
        Kind::Closed => "ClosedError",
        Kind::Internal => "InternalError",
    };
    let module = py.import("grantrie._errors")?;
    let problem_class = module.getattr("Problem")?;
    let problems = PyList::empty(py);
    for problem in &fault.problems {
        let (line, column) = problem.place.unzip();
        let place = (problem.item, problem.offset, line, column);
        let said = (problem.code.number(), problem.code.name(), &problem.field, &problem.message);
        problems.append(problem_class.call1((said.0, said.1, said.2, said.3, place.0, place.1, place.2, place.3))?)?;
    }
    module.getattr(class)?.call1((fault.message(), problems, fault.unlisted))
}
