//! A decision, as Python sees it.

use grantrie::{InvalidRequest, Reason};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The answer to a check, true only if it is allowed.
#[pyclass(frozen, eq, module = "grantrie")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decision(pub(crate) grantrie::Decision);

impl Decision {
    fn invalid(&self) -> Option<&InvalidRequest> {
        match &self.0.reason {
            Reason::Invalid(invalid) => Some(invalid),
            _ => None,
        }
    }
}

#[pymethods]
impl Decision {
    /// Whether it is allowed.
    #[getter]
    fn allowed(&self) -> bool {
        self.0.allowed
    }

    /// `granted`, `denied`, `no_grant`, `not_subscribed` or `invalid`.
    #[getter]
    fn reason(&self) -> &'static str {
        self.0.reason.as_str()
    }

    /// The id of the permission that granted or denied.
    #[getter]
    fn permission(&self) -> Option<String> {
        self.0.reason.permission().map(|id| id.to_string())
    }

    /// The level at which a subscription was decided.
    #[getter]
    fn decided_by(&self) -> Option<&'static str> {
        match &self.0.reason {
            Reason::NotSubscribed(level) => Some(level.as_str()),
            _ => None,
        }
    }

    /// The field that makes the request invalid.
    #[getter]
    fn field(&self) -> Option<&'static str> {
        self.invalid().map(|invalid| invalid.field.as_str())
    }

    /// The stable code of what makes the request invalid.
    #[getter]
    fn code(&self) -> Option<u16> {
        self.invalid().map(|invalid| invalid.error.code().number())
    }

    /// The decision in words.
    #[getter]
    fn message(&self) -> String {
        self.0.reason.to_string()
    }

    /// The revision of the state that was asked.
    #[getter]
    fn revision(&self) -> u64 {
        self.0.revision.0
    }

    /// The first instant at which time alone could change the answer.
    #[getter]
    fn valid_until<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(micros) = self.valid_until_micros() else { return Ok(None) };
        let datetime = py.import("datetime")?;
        let since = PyDict::new(py);
        since.set_item("microseconds", micros)?;
        let zone = datetime.getattr("timezone")?.getattr("utc")?;
        let epoch = datetime.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, zone))?;
        epoch.add(datetime.getattr("timedelta")?.call((), Some(&since))?).map(Some)
    }

    /// The same in microseconds since 1970-01-01T00:00:00Z.
    #[getter]
    fn valid_until_micros(&self) -> Option<i64> {
        self.0.valid_until.map(grantrie::Timestamp::as_micros)
    }

    fn __bool__(&self) -> bool {
        self.0.allowed
    }

    fn __repr__(&self) -> String {
        format!("<Decision {}>", self.0)
    }
}
