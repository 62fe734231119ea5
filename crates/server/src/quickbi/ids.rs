//! Lists of ids in a parameter, with commas between them.

use super::error::Refusal;
use super::resource::shown;
use crate::query::Parameters;

/// The ids of a list, each once, in their order; none if the parameter is absent or empty. Empty places (`u1,,u2`) are left out.
///
/// # Errors
/// Blanks around an id: whether they belong to it is not for this server to guess.
pub(super) fn list<'p>(parameters: &'p Parameters, name: &str) -> Result<Vec<&'p str>, Refusal> {
    let mut ids: Vec<&str> = Vec::new();
    for id in parameters.get(name).unwrap_or_default().split(',').filter(|id| !id.is_empty()) {
        if id.trim() != id {
            return Err(Refusal::parameter(name, format_args!("blanks around `{}`", shown(id))));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > MOST_IDS {
            return Err(Refusal::parameter(name, format_args!("more than {MOST_IDS} ids")));
        }
    }
    Ok(ids)
}

/// Ids in one list, at most: with one more no call could be done.
pub(super) const MOST_IDS: usize = 100;

/// A list with at least one id.
pub(super) fn some<'p>(parameters: &'p Parameters, name: &str) -> Result<Vec<&'p str>, Refusal> {
    let ids = list(parameters, name)?;
    if ids.is_empty() { Err(Refusal::parameter(name, "is missing")) } else { Ok(ids) }
}

/// A parameter that must be there.
pub(super) fn required<'p>(parameters: &'p Parameters, name: &str) -> Result<&'p str, Refusal> {
    parameters.get(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::parameter(name, "is missing"))
}
