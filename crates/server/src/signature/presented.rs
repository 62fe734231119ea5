//! A request as it came over the wire.

use http::HeaderMap;

use super::Fault;

/// A request as it came, nothing decoded and nothing believed.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path with its escapes.
    pub path: &'a str,
    /// The query with its escapes, without the `?`; empty if there is none.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

impl<'a> Presented<'a> {
    /// The value of a header, without surrounding blanks.
    ///
    /// # Errors
    /// [`Fault::Repeated`] if there are two.
    pub fn header(&self, name: &str) -> Result<Option<&'a [u8]>, Fault> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next().map(|value| value.as_bytes().trim_ascii());
        if values.next().is_some() { Err(Fault::Repeated(name.to_owned())) } else { Ok(first) }
    }

    /// The value of a header that is a text and must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&'a str, Fault> {
        let value = self.header(name)?.ok_or(Fault::Missing(name))?;
        str::from_utf8(value).map_err(|_| Fault::Malformed { part: name, expected: "text in UTF-8" })
    }

    /// The body, where it is a form; empty where there is none.
    ///
    /// # Errors
    /// A form that is not text, or a body of another type.
    pub(super) fn form(&self) -> Result<&'a str, Fault> {
        const EXPECTED: &str = "no body, or a form (`application/x-www-form-urlencoded`)";
        if self.body.is_empty() {
            return Ok("");
        }
        let kind = self.header("content-type")?.unwrap_or_default();
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if !kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
            return Err(Fault::Malformed { part: "body", expected: EXPECTED });
        }
        str::from_utf8(self.body).map_err(|_| Fault::Malformed { part: "body", expected: EXPECTED })
    }

    /// What `Authorization` says after the scheme's name: a list of `key=value`, each key once, in any order.
    pub(super) fn authorization<const N: usize>(
        &self,
        scheme: &str,
        keys: [&'static str; N],
        expected: &'static str,
    ) -> Result<[&'a str; N], Fault> {
        let malformed = || Fault::Malformed { part: "Authorization", expected };
        let list = self.required("authorization").map_err(|fault| match fault {
            Fault::Missing(_) => Fault::Absent,
            other => other,
        })?;
        let list = list.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(malformed)?;
        let mut values = [None; N];
        for part in list.split(',') {
            let (key, value) = part.trim_ascii().split_once('=').ok_or_else(malformed)?;
            let place = keys.iter().position(|known| *known == key).ok_or_else(malformed)?;
            let slot = values.get_mut(place).ok_or_else(malformed)?;
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(malformed());
            }
        }
        if values.contains(&None) { Err(malformed()) } else { Ok(values.map(Option::unwrap_or_default)) }
    }

    /// The canonical form of the signed headers, and whether each name of `must` is among them.
    ///
    /// # Errors
    /// A list that is not lower case, ascending and without repetition; a header that is absent or there twice; one of
    /// `must` that is in the request and not in the list.
    pub(super) fn signed_headers(
        &self,
        list: &str,
        must: impl IntoIterator<Item = &'a str>,
        part: &'static str,
    ) -> Result<Vec<u8>, Fault> {
        const EXPECTED: &str = "names of headers in lower case, ascending, each once, joined by `;`";
        let names: Vec<&str> = list.split(';').collect();
        let plain = |name: &&str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !names.iter().all(plain) || !names.is_sorted_by(|a, b| a < b) || names.contains(&"authorization") {
            return Err(Fault::Malformed { part, expected: EXPECTED });
        }
        let mut canonical = Vec::new();
        for name in &names {
            let value = self.header(name)?.ok_or(Fault::Malformed { part, expected: "headers that are there" })?;
            canonical.extend_from_slice(name.as_bytes());
            canonical.push(b':');
            canonical.extend_from_slice(value);
            canonical.push(b'\n');
        }
        for name in must {
            if self.header(name)?.is_some() && !names.contains(&name) {
                return Err(Fault::NotSigned(name.to_owned()));
            }
        }
        Ok(canonical)
    }
}
