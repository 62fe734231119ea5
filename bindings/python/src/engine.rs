//! The engine, as Python sees it.

use std::path::PathBuf;
use std::sync::Arc;

use grantrie::{
    Code, Pattern, PermissionQuery, Problem, RequestDocument, explanation_json, permissions_json, subscriptions_json,
};
use grantrie_host::{Fault, Kind, Settings, Shared, counts_json};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::decision::Decision;
use crate::errors::{exception, raising};
use crate::gate::detached;
use crate::subject::Subject;
use crate::values::{Asker, attributes, change_file, document, from_json, instant, request, texts, wrong};

/// Permissions, memberships and subscriptions in memory.
#[pyclass(frozen, weakref, module = "grantrie")]
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    audit: Option<Py<PyAny>>,
}

impl Engine {
    /// An engine that was made in Rust.
    #[must_use]
    pub fn of(engine: grantrie::Engine) -> Self {
        Self { shared: Arc::new(Shared::of(engine)), audit: None }
    }

    /// Hands waiting audit entries over. What its function raises is reported as Python reports it of callbacks: the
    /// change is made, and `apply` must not look as if it were not.
    fn tell(&self, py: Python<'_>) {
        if let (Some(queue), Some(audit)) = (self.shared.audit(), &self.audit) {
            queue.hand_over(|json| {
                let told = from_json(py, &json).and_then(|entries| audit.call1(py, (entries,)));
                if let Err(error) = told {
                    error.write_unraisable(py, Some(audit.bind(py)));
                }
            });
        }
    }

    fn asked(&self, py: Python<'_>, request: &RequestDocument) -> PyResult<()> {
        request.check_subject().map_err(|problem| exception(py, &Fault::one(Kind::Request, problem)))
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (*, group_conflict = "disabled_wins", limits = None, audit = None))]
    fn new(
        py: Python<'_>,
        group_conflict: &str,
        limits: Option<&Bound<'_, PyDict>>,
        audit: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let mut settings = Settings::default();
        settings.group_conflict(group_conflict).map_err(|fault| exception(py, &fault))?;
        for (name, value) in limits.into_iter().flatten() {
            let (name, value): (String, usize) = (name.extract()?, value.extract()?);
            settings.limit(&name, value).map_err(|fault| exception(py, &fault))?;
        }
        if let Some(found) = audit.as_ref().map(|audit| audit.bind(py)).filter(|audit| !audit.is_callable()) {
            return Err(wrong("audit", "a callable", found));
        }
        Ok(Self { shared: Arc::new(Shared::new(settings, audit.is_some())), audit })
    }

    /// Loads a world file that is in memory.
    fn load(&self, py: Python<'_>, document: &Bound<'_, PyAny>) -> PyResult<u64> {
        let bytes = self::document(document)?.ok_or_else(|| wrong("document", "str or bytes", document))?;
        let revision = raising(py, || detached(py, || self.shared.load(bytes)))?;
        self.tell(py);
        Ok(revision.0)
    }

    /// Loads a world file.
    #[expect(clippy::needless_pass_by_value, reason = "a path is extracted as one that is owned")]
    fn load_file(&self, py: Python<'_>, path: PathBuf) -> PyResult<u64> {
        let revision = raising(py, || detached(py, || self.shared.load_file(&path)))?;
        self.tell(py);
        Ok(revision.0)
    }

    /// Applies changes: all of them, or nothing.
    #[pyo3(signature = (changes, *, actor = None))]
    fn apply(&self, py: Python<'_>, changes: &Bound<'_, PyAny>, actor: Option<String>) -> PyResult<u64> {
        let file = change_file(changes)?;
        let revision = raising(py, || detached(py, || self.shared.apply(&file, actor)))?;
        self.tell(py);
        Ok(revision.0)
    }

    /// Prepares a subject for many checks.
    #[pyo3(signature = (namespace, *, user = None, groups = None, permprofiles = None, project = None))]
    fn prepare(
        &self,
        py: Python<'_>,
        namespace: &str,
        user: Option<&str>,
        groups: Option<&Bound<'_, PyAny>>,
        permprofiles: Option<&Bound<'_, PyAny>>,
        project: Option<&str>,
    ) -> PyResult<Subject> {
        let request = Asker { user, groups, permprofiles, project }.request(namespace)?;
        let prepared = raising(py, || self.shared.prepare(&request))?;
        Ok(Subject::new(Arc::clone(&self.shared), prepared, request))
    }

    /// Whether a request is allowed.
    #[pyo3(signature = (namespace, action, irn, *, user = None, groups = None, permprofiles = None, project = None,
        attributes = None, at = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn is_allowed(
        &self,
        py: Python<'_>,
        namespace: &str,
        action: &str,
        irn: &str,
        user: Option<&str>,
        groups: Option<&Bound<'_, PyAny>>,
        permprofiles: Option<&Bound<'_, PyAny>>,
        project: Option<&str>,
        attributes: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let asker = Asker { user, groups, permprofiles, project };
        let asked = question(&asker, namespace, action, irn, attributes, at)?;
        self.asked(py, &asked)?;
        raising(py, || {
            let engine = self.shared.engine()?;
            Ok(asked.with_request(|request| engine.is_allowed(request)))
        })
    }

    /// The decision, with its reason.
    #[pyo3(signature = (namespace, action, irn, *, user = None, groups = None, permprofiles = None, project = None,
        attributes = None, at = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn check(
        &self,
        py: Python<'_>,
        namespace: &str,
        action: &str,
        irn: &str,
        user: Option<&str>,
        groups: Option<&Bound<'_, PyAny>>,
        permprofiles: Option<&Bound<'_, PyAny>>,
        project: Option<&str>,
        attributes: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Decision> {
        let asker = Asker { user, groups, permprofiles, project };
        let asked = question(&asker, namespace, action, irn, attributes, at)?;
        self.asked(py, &asked)?;
        raising(py, || {
            let engine = self.shared.engine()?;
            Ok(Decision(asked.with_request(|request| engine.check(request))))
        })
    }

    /// The decision, with every permission that was considered.
    #[pyo3(signature = (namespace, action, irn, *, user = None, groups = None, permprofiles = None, project = None,
        attributes = None, at = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        namespace: &str,
        action: &str,
        irn: &str,
        user: Option<&str>,
        groups: Option<&Bound<'py, PyAny>>,
        permprofiles: Option<&Bound<'py, PyAny>>,
        project: Option<&str>,
        attributes: Option<&Bound<'py, PyAny>>,
        at: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let asker = Asker { user, groups, permprofiles, project };
        let asked = question(&asker, namespace, action, irn, attributes, at)?;
        self.asked(py, &asked)?;
        let json = raising(py, || {
            let engine = self.shared.engine()?;
            Ok(asked.with_request(|request| explanation_json(&engine.explain(request))))
        })?;
        from_json(py, &json)
    }

    /// Decides many requests on one state.
    fn check_many<'py>(&self, py: Python<'py>, requests: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let iterable = requests.try_iter().map_err(|_| wrong("requests", "a list of dicts", requests))?;
        let asked = iterable.map(|item| request(&item?)).collect::<PyResult<Vec<_>>>()?;
        asked.iter().try_for_each(|request| self.asked(py, request))?;
        let answers = raising(py, || detached(py, || self.shared.check_many(&asked)))?;
        let made = answers.into_iter().map(|decision| Bound::new(py, Decision(decision)));
        PyList::new(py, made.collect::<PyResult<Vec<_>>>()?)
    }

    /// Permissions, by id: all, or those of namespaces, of a principal, or by a pattern's relation to theirs.
    #[pyo3(signature = (*, namespaces = None, covering = None, covered_by = None, principal_kind = None,
        principal_id = None, offset = 0, limit = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn permissions<'py>(
        &self,
        py: Python<'py>,
        namespaces: Option<&Bound<'py, PyAny>>,
        covering: Option<&str>,
        covered_by: Option<&str>,
        principal_kind: Option<&str>,
        principal_id: Option<&str>,
        offset: usize,
        limit: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pattern = |field: &str, text: Option<&str>| {
            let parsed = text.map(|text| Pattern::parse(text).map_err(|error| Fault::parse(error, field, text)));
            parsed.transpose().map_err(|fault| exception(py, &fault))
        };
        let (covering, covered_by) = (pattern("covering", covering)?, pattern("covered_by", covered_by)?);
        let principal_kind = principal_kind.map(str::parse).transpose().map_err(|error| {
            let problem = Problem::new(Code::UnknownPrincipalKind, "principal_kind", format!("{error}"));
            exception(py, &Fault::one(Kind::Request, problem))
        })?;
        let namespaces = namespaces.map(|value| texts("namespaces", value)).transpose()?.unwrap_or_default();
        let namespaces = namespaces.iter().map(|text| text.extract::<&str>()).collect::<PyResult<Vec<_>>>()?;
        let query = PermissionQuery {
            namespaces: &namespaces,
            covering: covering.as_ref(),
            covered_by: covered_by.as_ref(),
            principal_kind,
            principal_id,
            offset,
            limit,
        };
        let list = || Ok(permissions_json(&self.shared.engine()?.permissions(&query), offset));
        from_json(py, &raising(py, || detached(py, list))?)
    }

    /// The subscription rows of a project.
    #[pyo3(signature = (project, *, offset = 0, limit = None))]
    fn subscriptions<'py>(
        &self,
        py: Python<'py>,
        project: &str,
        offset: usize,
        limit: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let list = || Ok(subscriptions_json(project, &self.shared.engine()?.subscriptions(project, offset, limit)));
        from_json(py, &raising(py, || detached(py, list))?)
    }

    /// What a user's subscription rows come to in a project.
    #[pyo3(signature = (project, user, *, groups = None))]
    fn resolve_subscription<'py>(
        &self,
        py: Python<'py>,
        project: &str,
        user: &str,
        groups: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let groups = Asker { user: None, groups, permprofiles: None, project: None }.request("")?.groups;
        from_json(py, &raising(py, || self.shared.resolve(project, user, groups.as_deref()))?)
    }

    /// How many entities of each kind there are.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &raising(py, || Ok(counts_json(&self.shared.engine()?.counts())))?)
    }

    /// The revision of the newest state.
    #[getter]
    fn revision(&self, py: Python<'_>) -> PyResult<u64> {
        raising(py, || Ok(self.shared.engine()?.revision().0))
    }

    /// Refuses every further call, on subjects too.
    fn close(&self) {
        self.shared.close();
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.shared.is_closed()
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyAny>) {
        self.close();
    }

    fn __reduce_ex__(&self, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "cannot pickle a grantrie.Engine: it is memory of this process (load the world where it is needed)",
        ))
    }

    fn __repr__(&self) -> String {
        match self.shared.engine() {
            Ok(engine) => format!("<Engine at revision {}>", engine.revision().0),
            Err(_) => "<Engine, closed>".to_owned(),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.audit)
    }
}

fn question(
    asker: &Asker<'_, '_>,
    namespace: &str,
    action: &str,
    irn: &str,
    known: Option<&Bound<'_, PyAny>>,
    at: Option<&Bound<'_, PyAny>>,
) -> PyResult<RequestDocument> {
    Ok(RequestDocument {
        action: action.to_owned(),
        irn: irn.to_owned(),
        attributes: known.map(attributes).transpose()?,
        at: at.map(instant).transpose()?,
        ..asker.request(namespace)?
    })
}
