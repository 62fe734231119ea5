//! The path as SDK-HMAC-SHA256 signs it.

use super::Fault;
use crate::query::{encode, unescape};

/// A path with each segment decoded and encoded anew, `/` at its end.
///
/// # Errors
/// A path that can be read in two ways: an empty segment, `.`, `..`, a slash or backslash within a segment, a control
/// character, an escape that is none.
pub(super) fn canonical(path: &str) -> Result<String, Fault> {
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
