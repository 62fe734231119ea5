//! Python's values as the engine's.

use grantrie::{AttributeValue, Attributes, Code, Problem, RequestDocument, Timestamp};
use grantrie_host::{Fault, Kind};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString};

use crate::errors::exception;

/// An instant: RFC 3339, or a `datetime` with a zone.
pub(crate) fn instant(value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let written;
    let text = if let Ok(text) = value.cast::<PyString>() {
        text.to_str()?
    } else if value.hasattr("utcoffset")? {
        written = value.call_method0("isoformat")?.extract::<String>()?;
        &written
    } else {
        let found = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("argument 'at': expected a datetime or a str, not {found}")));
    };
    text.parse().map_err(|error| {
        let message = format!("`{}`: {error}", text.escape_debug());
        exception(value.py(), &Fault::one(Kind::Request, Problem::new(Code::InvalidTime, "at", message)))
    })
}

/// What is known of a resource: a mapping of names to texts, numbers and booleans.
pub(crate) fn attributes(value: &Bound<'_, PyAny>) -> PyResult<Attributes> {
    let one = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        Ok((text("attributes", &name)?, attribute(&name, &value)?))
    };
    if let Ok(known) = value.cast::<PyDict>() {
        return known.iter().map(one).collect();
    }
    let known = value.cast::<PyMapping>().map_err(|_| wrong("attributes", "a mapping", value))?;
    known.items()?.iter().map(|item| one(item.extract()?)).collect()
}

fn attribute(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<AttributeValue> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.into());
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        if let Ok(number) = value.extract::<i64>() {
            return Ok(number.into());
        }
        if let Ok(number) = value.extract::<u64>() {
            return Ok(number.into());
        }
    }
    if value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() {
        return AttributeValue::from_f64(value.extract()?).ok_or_else(|| {
            let message = format!("attribute {} is no finite number", shown(name));
            let problem = Problem::new(Code::InvalidAttribute, "attributes", message);
            exception(value.py(), &Fault::one(Kind::Request, problem))
        });
    }
    Err(wrong("attributes", "str, bool, int or float values", value))
}

fn shown(value: &Bound<'_, PyAny>) -> String {
    value.repr().map(|shown| shown.to_string()).unwrap_or_default()
}

/// The exception that an argument is of the wrong type.
pub(crate) fn wrong(argument: &str, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    let found = found.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("argument '{argument}': expected {expected}, not {found}"))
}

fn text(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.cast::<PyString>().map_err(|_| wrong(argument, "str", value))?;
    Ok(text.to_str()?.to_owned())
}

/// The texts of an iterable that is not a text itself: iterating over one's characters is never meant.
pub(crate) fn texts<'py>(argument: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyString>>> {
    let one = |item: Bound<'py, PyAny>| {
        item.cast_into::<PyString>().map_err(|error| wrong(argument, "str items", &error.into_inner()))
    };
    if let Ok(list) = value.cast::<PyList>() {
        return list.iter().map(one).collect();
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        return Err(wrong(argument, "a list of str", value));
    }
    value.try_iter().map_err(|_| wrong(argument, "a list of str", value))?.map(|item| one(item?)).collect()
}

fn owned(argument: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<String>>> {
    value.map(|value| texts(argument, value)?.iter().map(|text| Ok(text.to_str()?.to_owned())).collect()).transpose()
}

/// Who asks, as the arguments of a call say it.
pub(crate) struct Asker<'a, 'py> {
    pub(crate) user: Option<&'a str>,
    pub(crate) groups: Option<&'a Bound<'py, PyAny>>,
    pub(crate) permprofiles: Option<&'a Bound<'py, PyAny>>,
    pub(crate) project: Option<&'a str>,
}

impl Asker<'_, '_> {
    /// A request of this asker, without action and name.
    pub(crate) fn request(&self, namespace: &str) -> PyResult<RequestDocument> {
        Ok(RequestDocument {
            namespace: namespace.to_owned(),
            user: self.user.map(str::to_owned),
            groups: owned("groups", self.groups)?,
            permprofiles: owned("permprofiles", self.permprofiles)?,
            project: self.project.map(str::to_owned),
            ..RequestDocument::default()
        })
    }
}

/// A request as a dict, with the keys of a JSON request.
pub(crate) fn request(value: &Bound<'_, PyAny>) -> PyResult<RequestDocument> {
    let keys = value.cast::<PyDict>().map_err(|_| wrong("requests", "dict items", value))?;
    let mut request = RequestDocument::default();
    let mut required = 0;
    for (key, value) in keys.iter() {
        let key = text("requests", &key)?;
        match key.as_str() {
            "namespace" => (request.namespace, required) = (text(&key, &value)?, required + 1),
            "action" => (request.action, required) = (text(&key, &value)?, required + 1),
            "irn" => (request.irn, required) = (text(&key, &value)?, required + 1),
            _ if value.is_none() => {}
            "user" => request.user = Some(text(&key, &value)?),
            "groups" => request.groups = owned(&key, Some(&value))?,
            "permprofiles" => request.permprofiles = owned(&key, Some(&value))?,
            "project" => request.project = Some(text(&key, &value)?),
            "attributes" => request.attributes = Some(attributes(&value)?),
            "at" => request.at = Some(instant(&value)?),
            _ => {
                let message = format!("`{}` is no key of a request", key.escape_debug());
                let problem = Problem::new(Code::UnknownKey, "requests", message);
                return Err(exception(value.py(), &Fault::one(Kind::Request, problem)));
            }
        }
    }
    if required < 3 {
        let message = "a request has `namespace`, `action` and `irn`";
        let problem = Problem::new(Code::MissingKey, "requests", message);
        return Err(exception(value.py(), &Fault::one(Kind::Request, problem)));
    }
    Ok(request)
}

/// A change file: text as it is, anything else as JSON. One change or a list of changes stand for a file of them.
pub(crate) fn change_file(changes: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Some(document) = document(changes)? {
        return Ok(document.to_vec());
    }
    let py = changes.py();
    let file = PyDict::new(py);
    match changes.cast::<PyDict>() {
        Ok(whole) if whole.contains("changes")? => file.update(whole.as_mapping())?,
        Ok(one) => file.set_item("changes", [one])?,
        Err(_) => {
            let all =
                changes.try_iter().map_err(|_| wrong("changes", "a dict, a list of dicts, str or bytes", changes))?;
            file.set_item("changes", all.collect::<PyResult<Vec<_>>>()?)?;
        }
    }
    let options = PyDict::new(py);
    options.set_item("allow_nan", false)?;
    let json = py.import("json")?.call_method("dumps", (file,), Some(&options))?;
    Ok(json.cast::<PyString>()?.to_str()?.as_bytes().to_vec())
}

/// The bytes of a document, where Python keeps them; nothing if it is neither text nor bytes.
pub(crate) fn document<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Option<&'a [u8]>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(text.to_str()?.as_bytes()));
    }
    Ok(value.cast::<PyBytes>().ok().map(PyBytesMethods::as_bytes))
}

/// JSON as Python's dicts and lists.
pub(crate) fn from_json<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (json,))
}
