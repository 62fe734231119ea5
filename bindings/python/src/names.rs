//! Names, patterns and actions by themselves.

use grantrie::{Irn, Pattern};
use grantrie_host::{Fault, validate};
use pyo3::prelude::*;

use crate::errors::raising;

fn pattern(field: &str, text: &str) -> Result<Pattern, Fault> {
    Pattern::parse(text).map_err(|error| Fault::parse(error, field, text))
}

/// Whether a pattern matches a name.
#[pyfunction]
pub(crate) fn matches(py: Python<'_>, pattern: &str, irn: &str) -> PyResult<bool> {
    raising(py, || {
        let name = Irn::parse(irn).map_err(|error| Fault::parse(error, "irn", irn))?;
        Ok(self::pattern("pattern", pattern)?.matches(&name))
    })
}

/// Whether every name that `b` matches is matched by `a`.
#[pyfunction]
pub(crate) fn covers(py: Python<'_>, a: &str, b: &str) -> PyResult<bool> {
    raising(py, || Ok(pattern("a", a)?.covers(&pattern("b", b)?)))
}

/// Whether some name is matched by both patterns.
#[pyfunction]
pub(crate) fn overlaps(py: Python<'_>, a: &str, b: &str) -> PyResult<bool> {
    raising(py, || Ok(pattern("a", a)?.overlaps(&pattern("b", b)?)))
}

/// Raises unless the text is a concrete name.
#[pyfunction]
pub(crate) fn check_name(py: Python<'_>, text: &str) -> PyResult<()> {
    raising(py, || validate("name", text))
}

/// Raises unless the text is a pattern.
#[pyfunction]
pub(crate) fn check_pattern(py: Python<'_>, text: &str) -> PyResult<()> {
    raising(py, || validate("pattern", text))
}

/// Raises unless the text is an action's name.
#[pyfunction]
pub(crate) fn check_action(py: Python<'_>, text: &str) -> PyResult<()> {
    raising(py, || validate("action", text))
}
