//! A prepared subject: where nearly all checks are asked.

use std::sync::Arc;

use grantrie::{Attributes, Code, PreparedSubject, Problem, Question, Timestamp, explanation_json};
use grantrie_host::{Fault, Kind, Shared};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::decision::Decision;
use crate::errors::{exception, raising};
use crate::gate::detached;
use crate::values::{attributes, from_json, instant, texts};

/// Batches of fewer items are decided before another thread could make use of the GIL.
const DETACHED_ITEMS: usize = 32;

/// A subject in a namespace, prepared for many checks.
#[pyclass(frozen, module = "grantrie")]
#[derive(Debug)]
pub(crate) struct Subject {
    shared: Arc<Shared>,
    prepared: PreparedSubject,
    /// The same by its names: an explanation tells how each permission reached it.
    names: grantrie::RequestDocument,
}

/// What else is known of a question.
struct Known {
    attributes: Option<Attributes>,
    at: Option<Timestamp>,
}

impl Known {
    fn new(known: Option<&Bound<'_, PyAny>>, at: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self { attributes: known.map(attributes).transpose()?, at: at.map(instant).transpose()? })
    }

    fn question<'a>(&'a self, action: &'a str, irn: &'a str) -> Question<'a> {
        Question { action, irn, attributes: self.attributes.as_ref(), at: self.at }
    }
}

impl Subject {
    pub(crate) fn new(shared: Arc<Shared>, prepared: PreparedSubject, names: grantrie::RequestDocument) -> Self {
        Self { shared, prepared, names }
    }
}

#[pymethods]
impl Subject {
    /// Whether the subject may do this.
    #[pyo3(signature = (action, irn, *, attributes = None, at = None))]
    fn is_allowed(
        &self,
        py: Python<'_>,
        action: &str,
        irn: &str,
        attributes: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let known = Known::new(attributes, at)?;
        raising(py, || Ok(self.shared.engine()?.is_allowed_for(&self.prepared, &known.question(action, irn))))
    }

    /// The decision, with its reason.
    #[pyo3(signature = (action, irn, *, attributes = None, at = None))]
    fn check(
        &self,
        py: Python<'_>,
        action: &str,
        irn: &str,
        attributes: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        let known = Known::new(attributes, at)?;
        raising(py, || Ok(Decision(self.shared.engine()?.check_for(&self.prepared, &known.question(action, irn)))))
    }

    /// The decision, with every permission that was considered.
    #[pyo3(signature = (action, irn, *, attributes = None, at = None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        action: &str,
        irn: &str,
        attributes: Option<&Bound<'py, PyAny>>,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let known = Known::new(attributes, at)?;
        let (action, irn) = (action.to_owned(), irn.to_owned());
        let asked =
            grantrie::RequestDocument { action, irn, attributes: known.attributes, at: known.at, ..self.names.clone() };
        let json = raising(py, || {
            let engine = self.shared.engine()?;
            Ok(asked.with_request(|request| explanation_json(&engine.explain(request))))
        })?;
        from_json(py, &json)
    }

    /// Decides many names on one state: for one action, or an action for each.
    #[pyo3(signature = (action, irns, *, attributes = None, at = None, answer = "bytes"))]
    fn check_many<'py>(
        &self,
        py: Python<'py>,
        action: &Bound<'py, PyAny>,
        irns: &Bound<'py, PyAny>,
        attributes: Option<&Bound<'py, PyAny>>,
        at: Option<&Bound<'py, PyAny>>,
        answer: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let known = Known::new(attributes, at)?;
        // These keep the texts alive while the GIL is released, whatever becomes of the list.
        let names = texts("irns", irns)?;
        let names = read(&names)?;
        let one = action.cast::<PyString>().ok();
        let each = if one.is_none() { texts("action", action)? } else { Vec::new() };
        let actions = read(&each)?;
        let one = one.map(|action| action.to_str()).transpose()?;
        if one.is_none() && actions.len() != names.len() {
            let message = format!("{} actions for {} names", actions.len(), names.len());
            let problem = Problem::new(Code::InvalidArgument, "action", message);
            return Err(exception(py, &Fault::one(Kind::Request, problem)));
        }
        let questions = names.iter().enumerate().map(|(index, irn)| {
            // The lengths are the same.
            known.question(one.or_else(|| actions.get(index).copied()).unwrap_or_default(), irn)
        });
        match answer {
            "bytes" | "list" => {
                let decide = || {
                    let mut answers = Vec::with_capacity(names.len());
                    self.shared.engine()?.are_allowed_for(&self.prepared, questions, &mut answers)?;
                    Ok(answers)
                };
                let answers = raising(py, || unless_few(py, names.len(), decide))?;
                if answer == "list" {
                    return Ok(PyList::new(py, answers)?.into_any());
                }
                let fill = |bytes: &mut [u8]| {
                    bytes.iter_mut().zip(&answers).for_each(|(byte, allowed)| *byte = u8::from(*allowed));
                    Ok(())
                };
                Ok(PyBytes::new_with(py, answers.len(), fill)?.into_any())
            }
            "decisions" => {
                let decide = || {
                    let questions: Vec<Question<'_>> = questions.collect();
                    let mut answers = Vec::with_capacity(questions.len());
                    self.shared.engine()?.check_many_for(&self.prepared, &questions, &mut answers)?;
                    Ok(answers)
                };
                let answers = raising(py, || unless_few(py, names.len(), decide))?;
                let made = answers.into_iter().map(|decision| Bound::new(py, Decision(decision)));
                Ok(PyList::new(py, made.collect::<PyResult<Vec<_>>>()?)?.into_any())
            }
            _ => Err(PyValueError::new_err("argument 'answer': expected 'bytes', 'list' or 'decisions'")),
        }
    }

    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err("cannot pickle a grantrie.Subject: it belongs to an engine in this process's memory"))
    }

    fn __repr__(&self) -> String {
        let names = &self.names;
        let alone = || names.permprofiles.iter().flatten().next().map(String::as_str).unwrap_or_default();
        let who = names.user.as_deref().unwrap_or_else(alone);
        format!("<Subject {who:?} in {:?}>", names.namespace)
    }
}

/// The texts of a batch, where Python keeps them.
fn read<'a>(texts: &'a [Bound<'_, PyString>]) -> PyResult<Vec<&'a str>> {
    texts.iter().map(|text| text.to_str()).collect()
}

/// Decides without the GIL, unless that would not be worth it.
fn unless_few<T: Send>(
    py: Python<'_>,
    items: usize,
    decide: impl FnOnce() -> Result<T, Fault> + Send,
) -> Result<T, Fault> {
    if items < DETACHED_ITEMS { decide() } else { detached(py, decide) }
}
