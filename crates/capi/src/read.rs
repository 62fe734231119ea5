//! Reading an engine: what subscriptions come to, their rows, and the permissions. In JSON.

use grantrie::{
    Code, Pattern, PermissionQuery, PrincipalKind, Problem, Refused, permissions_json, resolution_json,
    subscriptions_json,
};

use crate::border::{Handle, HandleOut, In, Out, Text, entry_with_error};
use crate::engine::Engine;
use crate::error::Error;
use crate::names::{bad, invalid, refused};
use crate::output::OwnedText;
use crate::status::Status;
use crate::types::{Caller, Names, Query};

/// Whether a user has the AI function in a project: of the caller, `id`, `project` and what its kind says count, the namespace
/// does not. `json` may be null; else it says which rows decided, with the keys of `grantrie subscription --user --json`.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `caller` null or begins with its size, with texts of the caller's, `enabled`
/// is null or room for a bool, `json` and `error` are null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_resolve_subscription(
    engine: *const Engine,
    caller: *const Caller,
    enabled: *mut bool,
    json: *mut *mut OwnedText,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, caller, enabled) = unsafe { (Handle::new(engine), In::new(caller), Out::new(enabled)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (HandleOut::new(json), HandleOut::new(error)) };
    out.clear();
    let cleared = enabled.write(false);
    entry_with_error(error, || {
        cleared.map_err(bad("enabled"))?;
        let engine = engine.get().map_err(bad("engine"))?;
        let mut names = Names::default();
        // SAFETY: what this function demands of its caller.
        let asker =
            unsafe { caller.read().map_err(bad("caller"))?.read(&mut names) }.map_err(|wrong| refused(&wrong))?;
        let project = asker.project.unwrap_or_default();
        let Some((user, memberships)) = asker.user() else { return Err(bad("kind")(Code::InvalidArgument)) };
        let resolution = engine.engine.resolve_subscription(project, user, memberships).map_err(invalid)?;
        if out.check().is_ok() {
            out.give(OwnedText::new(resolution_json(project, user, &resolution)));
        }
        enabled.write(resolution.enabled).map_err(bad("enabled"))
    })
}

/// The subscription rows of a project in JSON: its own, all groups', and the users' from `offset` on, `limit` of them at most
/// (SIZE_MAX for all). The keys are those of `grantrie subscription --json`.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `project` a text of the caller's, `json` null or room for a pointer,
/// `error` null or room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_subscriptions(
    engine: *const Engine,
    project: Text,
    offset: usize,
    limit: usize,
    json: *mut *mut OwnedText,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, project) = unsafe { (Handle::new(engine), project.read()) };
    // SAFETY: as above.
    let (out, error) = unsafe { (HandleOut::new(json), HandleOut::new(error)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("json"))?;
        let project = project.map_err(bad("project"))?;
        let list = engine.get().map_err(bad("engine"))?.engine.subscriptions(project, offset, Some(limit));
        out.give(OwnedText::new(subscriptions_json(project, &list)));
        Ok(())
    })
}

/// Permissions in JSON, by ascending id; `query` may be null for all. The keys are those of `grantrie lookup --json`.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `query` null or begins with its size, with texts of the caller's, `json` is
/// null or room for a pointer, `error` null or room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_permissions(
    engine: *const Engine,
    query: *const Query,
    json: *mut *mut OwnedText,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, query) = unsafe { (Handle::new(engine), In::new(query)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (HandleOut::new(json), HandleOut::new(error)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("json"))?;
        let engine = &engine.get().map_err(bad("engine"))?.engine;
        let Some(query) = query.read_if_given().map_err(bad("query"))? else {
            out.give(OwnedText::new(permissions_json(&engine.permissions(&PermissionQuery::default()), 0)));
            return Ok(());
        };
        // SAFETY: what this function demands of its caller.
        let texts = unsafe { query.read() }.map_err(bad("query"))?;
        let kind = texts.kind.map(principal_kind).transpose()?;
        let covering = texts.covering.map(|text| pattern("covering", text)).transpose()?;
        let covered_by = texts.covered_by.map(|text| pattern("covered_by", text)).transpose()?;
        let narrow = query.narrow(&texts, kind);
        let full = PermissionQuery { covering: covering.as_ref(), covered_by: covered_by.as_ref(), ..narrow };
        out.give(OwnedText::new(permissions_json(&engine.permissions(&full), query.offset)));
        Ok(())
    })
}

fn pattern(field: &str, text: &str) -> Result<Pattern, Refused> {
    Pattern::parse(text).map_err(|error| Problem::parse(error, field, text).into())
}

fn principal_kind(text: &str) -> Result<PrincipalKind, Refused> {
    let unknown = |error| Problem::new(Code::UnknownPrincipalKind, "principal_kind", format!("`{text}`: {error}"));
    text.parse().map_err(|error: grantrie::UnknownPrincipalKind| unknown(error.to_string()).into())
}
