//! Names, patterns and actions by themselves.

use grantrie::{Irn, Pattern};
use grantrie_host::{Fault, codes, validate};
use napi::{JsString, Result};
use napi_derive::napi;

use super::errors::throwing;
use super::texts::Text;

fn pattern(field: &str, text: &str) -> std::result::Result<Pattern, Fault> {
    Pattern::parse(text).map_err(|error| Fault::parse(error, field, text))
}

/// Whether a pattern matches a name.
#[napi]
pub fn matches(pattern: JsString<'_>, irn: JsString<'_>) -> Result<bool> {
    let (pattern, irn) = (Text::read("pattern", pattern)?, Text::read("irn", irn)?);
    let (pattern, irn) = (pattern.as_str()?, irn.as_str()?);
    throwing(|| {
        let name = Irn::parse(irn).map_err(|error| Fault::parse(error, "irn", irn))?;
        Ok(self::pattern("pattern", pattern)?.matches(&name))
    })
}

/// Whether every name that `b` matches is matched by `a`.
#[napi]
pub fn covers(a: JsString<'_>, b: JsString<'_>) -> Result<bool> {
    let (a, b) = (Text::read("a", a)?, Text::read("b", b)?);
    let (a, b) = (a.as_str()?, b.as_str()?);
    throwing(|| Ok(pattern("a", a)?.covers(&pattern("b", b)?)))
}

/// Whether some name is matched by both patterns.
#[napi]
pub fn overlaps(a: JsString<'_>, b: JsString<'_>) -> Result<bool> {
    let (a, b) = (Text::read("a", a)?, Text::read("b", b)?);
    let (a, b) = (a.as_str()?, b.as_str()?);
    throwing(|| Ok(pattern("a", a)?.overlaps(&pattern("b", b)?)))
}

/// Throws unless the text is a concrete name.
#[napi]
pub fn check_name(text: JsString<'_>) -> Result<()> {
    let text = Text::read("name", text)?;
    let text = text.as_str()?;
    throwing(|| validate("name", text))
}

/// Throws unless the text is a pattern.
#[napi]
pub fn check_pattern(text: JsString<'_>) -> Result<()> {
    let text = Text::read("pattern", text)?;
    let text = text.as_str()?;
    throwing(|| validate("pattern", text))
}

/// Throws unless the text is an action's name.
#[napi]
pub fn check_action(text: JsString<'_>) -> Result<()> {
    let text = Text::read("action", text)?;
    let text = text.as_str()?;
    throwing(|| validate("action", text))
}

/// A code's name and number.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct NativeCode {
    /// The stable name.
    pub name: String,
    /// The stable number.
    pub code: u32,
}

/// Every code.
#[napi]
#[must_use]
pub fn all_codes() -> Vec<NativeCode> {
    codes().map(|(name, code)| NativeCode { name: name.to_owned(), code: code.into() }).collect()
}
