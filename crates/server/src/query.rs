//! The query of a URL, or a form: decoded once, strictly, and for everybody who reads it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Parameters of one request, at most. The longest call has 17, signature included; the rest is for lists and filters.
const MOST_PARAMETERS: usize = 256;

/// What RFC 3986 does not call unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Why a text is no list of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDecoded {
    /// An escape that is none, or bytes that are not UTF-8.
    #[error("expected `%` with two hexadecimal digits, and UTF-8 when decoded")]
    Escape,
    /// A name that may be there once is there twice.
    #[error("`{0}` is given more than once")]
    Repeated(String),
    /// More parameters than any call has.
    #[error("more than {MOST_PARAMETERS} parameters")]
    TooMany,
}

/// Names and values in their order, decoded: `name=value&…`; `+` and `%20` are a space, a name without `=` has an empty value.
///
/// # Errors
/// [`NotDecoded::Escape`], [`NotDecoded::TooMany`].
pub fn pairs<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<(String, String)>, NotDecoded> {
    let mut pairs = Vec::new();
    for pair in texts.into_iter().flat_map(|text| text.split('&')).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?, decode(value)?));
        if pairs.len() > MOST_PARAMETERS {
            return Err(NotDecoded::TooMany);
        }
    }
    Ok(pairs)
}

/// Decoded parameters, each name once, ascending by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads each text as [`pairs`].
    ///
    /// # Errors
    /// As `pairs`, and a name given twice.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NotDecoded> {
        let mut pairs = pairs(texts)?;
        pairs.sort();
        let twice = pairs.iter().zip(pairs.iter().skip(1)).find(|((a, _), (b, _))| a == b);
        match twice {
            Some(((name, _), _)) => Err(NotDecoded::Repeated(name.clone())),
            None => Ok(Self(pairs)),
        }
    }

    /// The value of a parameter, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.0.get(place).map(|(_, value)| value.as_str())
    }

    /// Name and value of each, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `name=value&…`, ascending, everything encoded that RFC 3986 does not call unreserved; without one of them.
    pub(crate) fn canonical(&self, without: Option<&str>) -> String {
        let pairs = self.iter().filter(|(name, _)| Some(*name) != without);
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// Encodes everything that RFC 3986 does not call unreserved.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn decode(text: &str) -> Result<String, NotDecoded> {
    if text.contains('+') { unescape(&text.replace('+', " ")) } else { unescape(text) }
}

/// Decodes `%XX`, and nothing else.
pub(crate) fn unescape(text: &str) -> Result<String, NotDecoded> {
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut is_digit = || rest.next().is_some_and(|b| b.is_ascii_hexdigit());
        if byte == b'%' && !(is_digit() && is_digit()) {
            return Err(NotDecoded::Escape);
        }
    }
    percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| NotDecoded::Escape)
}
