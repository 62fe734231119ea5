//! Paths and parameters: decoded once, and written again as the vendors' canonical forms want them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Fault;

/// Parameters of one request, at most. The longest call has 17, signature included.
const MOST_PARAMETERS: usize = 64;

/// What RFC 3986 does not call unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Decoded parameters, each name once, ascending by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `name=value&…` from each text; `+` and `%20` are a space, a name without `=` has an empty value.
    ///
    /// # Errors
    /// An escape that is none, bytes that are not UTF-8, a name given twice, more than 64 parameters.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, Fault> {
        let mut pairs = Vec::new();
        for pair in texts.into_iter().flat_map(|text| text.split('&')).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, decode(value)?));
            if pairs.len() > MOST_PARAMETERS {
                return Err(Fault::Malformed { part: "parameters", expected: "at most 64 of them" });
            }
        }
        pairs.sort();
        let twice = pairs.iter().zip(pairs.iter().skip(1)).find(|((a, _), (b, _))| a == b);
        match twice {
            Some(((name, _), _)) => Err(Fault::Repeated(name.clone())),
            None => Ok(Self(pairs)),
        }
    }

    /// The value of a parameter, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.0.get(place).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that a signature needs.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Fault> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(Fault::Missing(name))
    }

    /// Name and value of each, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `name=value&…`, ascending, everything encoded that RFC 3986 does not call unreserved; without one of them.
    pub(super) fn canonical(&self, without: Option<&str>) -> String {
        let pairs = self.iter().filter(|(name, _)| Some(*name) != without);
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Encodes everything that RFC 3986 does not call unreserved.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A path with each segment decoded and encoded anew, `/` at its end.
///
/// # Errors
/// A path that can be read in two ways: an empty segment, `.`, `..`, a slash or backslash within a segment, a control
/// character, an escape that is none.
pub(super) fn canonical_path(path: &str) -> Result<String, Fault> {
    const PLAIN: &str = "no empty segment, `.`, `..`, encoded slash or control character";
    let ambiguous = || Fault::Malformed { part: "path", expected: PLAIN };
    let mut canonical = String::new();
    for segment in path.strip_prefix('/').ok_or_else(ambiguous)?.split('/') {
        let segment = unescape(segment)?;
        if matches!(segment.as_str(), "" | "." | "..")
            || segment.contains(|c: char| "/\\".contains(c) || c.is_control())
        {
            return Err(ambiguous());
        }
        canonical.push('/');
        canonical.push_str(&encode(&segment));
    }
    canonical.push('/');
    Ok(canonical)
}

fn decode(text: &str) -> Result<String, Fault> {
    if text.contains('+') { unescape(&text.replace('+', " ")) } else { unescape(text) }
}

fn unescape(text: &str) -> Result<String, Fault> {
    let malformed =
        || Fault::Malformed { part: "URL", expected: "`%` with two hexadecimal digits, UTF-8 when decoded" };
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut is_digit = || rest.next().is_some_and(|b| b.is_ascii_hexdigit());
        if byte == b'%' && !(is_digit() && is_digit()) {
            return Err(malformed());
        }
    }
    percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| malformed())
}
