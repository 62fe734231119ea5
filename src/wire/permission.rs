//! A permission in wire form: the vendor's `_`-prefixed keys, with `_effect`, `_notBefore` and `_expiresAt` as additions.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::document::{Document, Path, Rejection, Shape, Shown};
use super::lexer::Stop;
use crate::error::{Code, Problem, Refused};
use crate::limits::{Limits, MAX_ACTIONS};
use crate::model::{
    Action, Actions, AttributeValue, Attributes, Effect, Permission, PermissionDraft, PermissionId, Principal,
    PrincipalKind,
};
use crate::{Change, Pattern};

pub(super) const PERMISSION: Shape = Shape {
    what: "a permission",
    required: &["_namespace", "_resourceDesc", "_user", "_actions"],
    // Clients send back objects as they read them, so with the status of the answer that they came in.
    optional: &["_id", "_effect", "_notBefore", "_expiresAt", "_status"],
    refused: &[],
};

const RESOURCE: Shape = Shape {
    what: "_resourceDesc",
    required: &["_irn"],
    optional: &["_criteria"],
    refused: &[(
        "_subresourceDesc",
        "it narrows a permission in a way that is not supported, and to ignore it would widen the grant",
    )],
};

const USER: Shape = Shape { what: "_user", required: &["_type", "_id"], optional: &[], refused: &[] };

/// Reads one permission in wire form: the id that it brings, if it does, and all else. As strict as a world file; only
/// `_status` is read past, with which clients send back what they were answered.
///
/// ```
/// use grantrie::{Limits, read_permission};
/// let json = br#"{ "_namespace": "n", "_user": { "_type": "user", "_id": "ann" },
///                  "_resourceDesc": { "_irn": "aisvc:agent:*" }, "_actions": [ "READ" ], "_status": 200 }"#;
/// let (id, draft) = read_permission(json, &Limits::default())?;
/// assert_eq!((id, draft.pattern.as_str()), (None, "aisvc:agent:*"));
/// # Ok::<(), grantrie::Refused>(())
/// ```
///
/// # Errors
/// Every problem, with field, line and column.
pub fn read_permission(json: &[u8], limits: &Limits) -> Result<(Option<PermissionId>, PermissionDraft), Refused> {
    let mut json = json;
    let mut document = Document::new(&mut json, limits);
    let read = read_shape(&mut document, &Path::Top, &PERMISSION);
    let read = document.finish(read)?;
    // Not reached: nothing is left out without a problem. Closed all the same.
    read.ok_or_else(|| Problem::new(Code::MissingKey, "", "incomplete").into())
}

/// Reads the permission that comes next, as a change; nothing if it has problems (which are reported then).
pub(super) fn read(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    Ok(read_shape(document, path, &PERMISSION)?.map(|(id, draft)| Change::put(id, draft)))
}

/// Reads the permission that comes next, of which this shape says what becomes of its `_id`.
pub(super) fn read_shape(
    document: &mut Document<'_>,
    path: &Path<'_>,
    shape: &Shape,
) -> Result<Option<(Option<PermissionId>, PermissionDraft)>, Stop> {
    let before = document.found();
    let place = document.place()?;
    let (mut id, mut namespace, mut resource, mut principal, mut actions) = (None, None, None, None, None);
    let (mut effect, mut not_before, mut expires_at) = (None, None, None);
    document.object(path, shape, |document, key, path| {
        match key {
            "_id" => id = read_id(document, path)?,
            "_namespace" => namespace = document.id(path)?,
            "_resourceDesc" => resource = read_resource(document, path)?,
            "_user" => principal = read_principal(document, path, &USER)?,
            "_actions" => actions = read_actions(document, path)?,
            "_effect" => effect = document.text(path, read_effect)?,
            "_notBefore" => not_before = document.time(path)?,
            "_expiresAt" => expires_at = document.time(path)?,
            _ => document.any_number(path)?,
        }
        Ok(())
    })?;
    if let (Some(start), Some(end)) = (not_before, expires_at)
        && start >= end
        && document.judges
    {
        let message = format_args!("never applies: `_notBefore` {start} is not earlier than `_expiresAt` {end}");
        document.report(&path.key("_expiresAt"), place, Code::EmptyTimeWindow, message);
    }
    if document.found() != before {
        return Ok(None);
    }
    let (Some(namespace), Some((pattern, criteria)), Some(principal), Some(actions)) =
        (namespace, resource, principal, actions)
    else {
        // Not reached: what is missing was reported. Closed all the same.
        document.report(path, place, Code::MissingKey, format_args!("incomplete"));
        return Ok(None);
    };
    let effect = effect.unwrap_or_default();
    let draft = PermissionDraft { namespace, principal, pattern, criteria, actions, effect, not_before, expires_at };
    Ok(Some((id, draft)))
}

/// Reads a permission's id.
pub(super) fn read_id(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<PermissionId>, Stop> {
    document.text(path, |text| {
        text.parse().map_err(|error| Rejection::Other(Code::InvalidUuid, format!("`{}`: {error}", Shown(text))))
    })
}

fn read_resource(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<(Pattern, Attributes)>, Stop> {
    let (mut pattern, mut criteria) = (None, Attributes::new());
    let limit = document.limits.criteria_per_permission;
    document.object(path, &RESOURCE, |document, key, path| {
        if key == "_irn" {
            pattern = document.text(path, |text| Ok(Pattern::parse(text)?))?;
        } else {
            criteria = document.attributes(path, limit)?.unwrap_or_default();
        }
        Ok(())
    })?;
    Ok(pattern.map(|pattern| (pattern, criteria)))
}

/// Reads a principal, `{"_type", "_id"}`.
pub(super) fn read_principal(
    document: &mut Document<'_>,
    path: &Path<'_>,
    shape: &Shape,
) -> Result<Option<Principal>, Stop> {
    let (mut kind, mut id) = (None, None);
    document.object(path, shape, |document, key, path| {
        if key == "_type" {
            kind = document.text(path, read_kind)?;
        } else {
            id = document.id(path)?;
        }
        Ok(())
    })?;
    Ok(kind.zip(id).map(|(kind, id)| Principal { kind, id }))
}

fn read_kind(text: &str) -> Result<PrincipalKind, Rejection> {
    text.parse().map_err(|error| {
        Rejection::Other(Code::UnknownPrincipalKind, format!("unknown kind of principal `{}`, {error}", Shown(text)))
    })
}

fn read_effect(text: &str) -> Result<Effect, Rejection> {
    [Effect::Allow, Effect::Deny].into_iter().find(|effect| effect.as_str() == text).ok_or_else(|| {
        let message = format!("unknown effect `{}`, expected `ALLOW` or `DENY`", Shown(text));
        Rejection::Other(Code::UnknownEffect, message)
    })
}

fn read_actions(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Actions>, Stop> {
    let place = document.place()?;
    let (mut all, mut only, mut listed, mut excess) = (false, BTreeSet::new(), false, false);
    let is_list = document.list(path, |document, path| {
        listed = true;
        let action = document.text(path, |name| {
            if name == "*" {
                return Ok(None);
            }
            Ok(Some(name.parse::<Action>()?))
        })?;
        match action {
            Some(None) => all = true,
            Some(Some(action)) if only.len() < MAX_ACTIONS => drop(only.insert(action)),
            Some(Some(action)) => excess = excess || !only.contains(&action),
            None => {}
        }
        Ok(())
    })?;
    if is_list && !listed && document.judges {
        let message = format_args!("no actions: name at least one, or `*` for all");
        document.report(path, place, Code::NoActions, message);
    }
    if excess {
        document.report(path, place, Code::TooManyActions, format_args!("more than {MAX_ACTIONS} different actions"));
    }
    Ok(is_list.then_some(if all { Actions::All } else { Actions::Only(only) }))
}

/// A permission in wire form, for any serde format: the vendor's keys, `_effect` where it is DENY, times where it has any.
///
/// What is written can be read back by [`read_world`](crate::read_world), as an item of `permissions`.
#[derive(Debug, Clone, Copy)]
pub struct PermissionDocument<'a>(pub &'a Permission);

/// A permission in wire form, as one line of JSON.
#[must_use]
pub fn permission_json(permission: &Permission) -> String {
    // Cannot fail: all keys are texts, and every number is finite.
    serde_json::to_string(&PermissionDocument(permission)).unwrap_or_default()
}

impl Serialize for PermissionDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { id: Some(self.0.id), draft: &self.0.draft }.serialize(serializer)
    }
}

/// A permission in wire form, with or without an id.
pub(super) struct Written<'a> {
    pub(super) id: Option<PermissionId>,
    pub(super) draft: &'a PermissionDraft,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let permission = self.draft;
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = self.id {
            map.serialize_entry("_id", &id.to_string())?;
        }
        map.serialize_entry("_namespace", &permission.namespace)?;
        map.serialize_entry("_resourceDesc", &Resource(permission))?;
        map.serialize_entry("_user", &PrincipalEntry(&permission.principal))?;
        map.serialize_entry("_actions", &permission.actions.names().collect::<Vec<_>>())?;
        if permission.effect == Effect::Deny {
            map.serialize_entry("_effect", permission.effect.as_str())?;
        }
        if let Some(start) = permission.not_before {
            map.serialize_entry("_notBefore", &start.to_string())?;
        }
        if let Some(end) = permission.expires_at {
            map.serialize_entry("_expiresAt", &end.to_string())?;
        }
        map.end()
    }
}

struct Resource<'a>(&'a PermissionDraft);

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_irn", self.0.pattern.as_str())?;
        if !self.0.criteria.is_empty() {
            map.serialize_entry("_criteria", &Criteria(&self.0.criteria))?;
        }
        map.end()
    }
}

/// A principal, `{"_type", "_id"}`.
pub(super) struct PrincipalEntry<'a>(pub(super) &'a Principal);

impl Serialize for PrincipalEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("_type", self.0.kind.as_str())?;
        map.serialize_entry("_id", &self.0.id)?;
        map.end()
    }
}

struct Criteria<'a>(&'a Attributes);

impl Serialize for Criteria<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Value(value))))
    }
}

struct Value<'a>(&'a AttributeValue);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::Text(text) => serializer.serialize_str(text),
            AttributeValue::Flag(flag) => serializer.serialize_bool(*flag),
            AttributeValue::Number(number) => match number.as_whole() {
                // JSON libraries that stop at 64 bits read 2^64 and its like as what it is here: an exact f64.
                Some(whole) => match (i64::try_from(whole), u64::try_from(whole)) {
                    (Ok(small), _) => serializer.serialize_i64(small),
                    (_, Ok(large)) => serializer.serialize_u64(large),
                    _ => serializer.serialize_f64(number.as_f64()),
                },
                None => serializer.serialize_f64(number.as_f64()),
            },
        }
    }
}
