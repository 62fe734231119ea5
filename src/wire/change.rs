//! The change file: a [`ChangeSet`] as JSON, read with the world file's strictness.
//!
//! Beside [`world`](super::world), whose records it shares; [`change_json`](super::change_json) writes what is read here.
//! Only the form is judged: whatever a change set can say is read, and `apply` judges it, so that all that is wrong with
//! what the changes say is reported at once and by the same rules as anywhere else.

use std::io::Read;

use super::document::{Document, Path, Shape};
use super::lexer::Stop;
use super::permission::{self, PERMISSION};
use super::places::Places;
use super::world;
use crate::error::{Code, Refused};
use crate::limits::Limits;
use crate::model::{Permission, Subscriber};
use crate::{Change, ChangeSet, Membership};

const FILE: Shape = Shape { what: "a change file", required: &["changes"], optional: &["actor"], refused: &[] };

const CHANGE: Shape = Shape {
    what: "a change",
    required: &[],
    optional: &[
        "upsert_permission",
        "update_permission",
        "restore_permission",
        "remove_permission",
        "put_user",
        "put_group",
        "add_membership",
        "remove_membership",
        "remove_principal",
        "subscriptions",
        "set_subscription",
        "clear_subscription",
        "set_gate",
    ],
    refused: &[],
};

/// A permission that has no id yet.
const NEW: Shape = Shape {
    optional: &["_effect", "_notBefore", "_expiresAt", "_status"],
    refused: &[("_id", "an upsert finds its permission by its key; `update_permission` goes by the id")],
    ..PERMISSION
};

/// A permission by its id.
const KNOWN: Shape = Shape {
    required: &["_namespace", "_resourceDesc", "_user", "_actions", "_id"],
    optional: &["_effect", "_notBefore", "_expiresAt", "_status"],
    ..PERMISSION
};

const PRINCIPAL: Shape = Shape { what: "a principal", required: &["_type", "_id"], optional: &[], refused: &[] };

const MEMBERSHIP: Shape = Shape { what: "a membership", required: &["member", "of"], optional: &[], refused: &[] };

const SUBSCRIPTIONS: Shape =
    Shape { what: "subscriptions", required: &["project_id"], optional: &["add", "delete"], refused: &[] };

const SUBSCRIBERS: Shape =
    Shape { what: "a list of subscribers", required: &[], optional: &["project", "usergroups", "users"], refused: &[] };

const CLEARED: Shape = Shape {
    what: "a cleared subscription row",
    required: &["project_id"],
    optional: &["group_id", "user_id"],
    refused: &[("ai_func", "`clear_subscription` removes a row; `set_subscription` writes one")],
};

const GATE: Shape = Shape { what: "a gate", required: &["service", "gated"], optional: &[], refused: &[] };

/// Reads a change file: `{"actor"?, "changes": [ … ]}`, where each change is an object of exactly one key, the operation.
///
/// | operation | value |
/// |---|---|
/// | `upsert_permission` | a permission in wire form, as in a world file, without `_id` |
/// | `update_permission`, `restore_permission` | the same with `_id` |
/// | `remove_permission` | the permission's id |
/// | `put_user`, `put_group` | a user or group, as a world file's directory lists it |
/// | `add_membership`, `remove_membership` | `{"member": principal, "of": principal}`, a principal being `{"_type", "_id"}` |
/// | `remove_principal` | a principal |
/// | `subscriptions` | `{"project_id", "add"?: entities, "delete"?: entities}`, entities being `{"project"?: true, "usergroups"?: [ids], "users"?: [ids]}` |
/// | `set_subscription` | `{"project_id", "group_id" or "user_id"?, "ai_func": true or false}`; without either id, the project's own row |
/// | `clear_subscription` | the same without `ai_func` |
/// | `set_gate` | `{"service", "gated": true or false}` |
///
/// Read as strictly as a world file. Whether the changes are sound in themselves and fit the engine (an id that is empty,
/// a permission that is not there) is judged when they are applied; see [`read_changes_with_places`].
///
/// ```
/// use grantrie::{Engine, Limits, read_changes};
/// let file = r#"{ "actor": "ops", "changes": [
///   { "upsert_permission": { "_namespace": "n", "_user": { "_type": "user", "_id": "ann" },
///                            "_resourceDesc": { "_irn": "aisvc:agent:*" }, "_actions": [ "READ" ] } },
///   { "restore_permission": { "_id": "01890000-0000-7000-8000-000000000001", "_namespace": "n", "_user": { "_type": "user", "_id": "bob" },
///                             "_resourceDesc": { "_irn": "aisvc:tool:*" }, "_actions": [ "RUN" ] } },
///   { "update_permission": { "_id": "01890000-0000-7000-8000-000000000001", "_namespace": "n", "_user": { "_type": "user", "_id": "bob" },
///                            "_resourceDesc": { "_irn": "aisvc:tool:x" }, "_actions": [ "*" ], "_effect": "DENY" } },
///   { "remove_permission": "01890000-0000-7000-8000-000000000001" },
///   { "put_group": { "group_id": "staff", "group_name": "Staff" } },
///   { "put_user": { "user_id": "ann", "groups": [ "staff" ] } },
///   { "add_membership": { "member": { "_type": "user", "_id": "bob" }, "of": { "_type": "usergroup", "_id": "staff" } } },
///   { "remove_membership": { "member": { "_type": "user", "_id": "ann" }, "of": { "_type": "usergroup", "_id": "staff" } } },
///   { "remove_principal": { "_type": "permprofile", "_id": "auditor" } },
///   { "subscriptions": { "project_id": "p", "add": { "project": true }, "delete": { "usergroups": [ "staff" ], "users": [ "eve" ] } } },
///   { "set_subscription": { "project_id": "p", "user_id": "ann", "ai_func": true } },
///   { "clear_subscription": { "project_id": "p", "user_id": "ann" } },
///   { "set_gate": { "service": "aisvc", "gated": true } }
/// ] }"#;
/// let changes = read_changes(file.as_bytes(), &Limits::default())?;
/// assert_eq!((changes.actor.as_deref(), changes.changes.len()), (Some("ops"), 13));
/// Engine::new().apply(changes)?;
/// # Ok::<(), grantrie::Refused>(())
/// ```
///
/// # Errors
/// Every problem of the form, with field, line and column; reading goes on after each, except where the text is not JSON.
pub fn read_changes(reader: impl Read, limits: &Limits) -> Result<ChangeSet, Refused> {
    read_changes_with_places(reader, limits).map(|(changes, _)| changes)
}

/// Like [`read_changes`], and keeps where each change stands in the file, so that what
/// [`Engine::apply`](crate::Engine::apply) refuses can be located in it with [`Places::locate`].
///
/// # Errors
/// As [`read_changes`].
pub fn read_changes_with_places(mut reader: impl Read, limits: &Limits) -> Result<(ChangeSet, Places), Refused> {
    let mut document = Document::of_form(&mut reader, limits);
    let mut file = File::default();
    let read = file.read(&mut document);
    document.finish(read).map(|()| (file.set, file.places))
}

/// What was read so far.
#[derive(Default)]
struct File {
    set: ChangeSet,
    places: Places,
    excess: bool,
}

impl File {
    fn read(&mut self, document: &mut Document<'_>) -> Result<(), Stop> {
        document.object(&Path::Top, &FILE, |document, key, path| {
            if key == "actor" {
                self.set.actor = document.any_text(path)?;
                return Ok(());
            }
            self.places.begin("changes", 0);
            document.list(path, |document, path| self.change(document, path)).map(|_| ())
        })?;
        Ok(())
    }

    fn change(&mut self, document: &mut Document<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let place = document.place()?;
        let Some((operation, change)) = read_change(document, path)? else { return Ok(()) };
        let limit = document.limits.changes_per_set;
        if self.set.changes.len() < limit {
            self.set.changes.push(change);
            self.places.push(place, Some(operation));
        } else if !self.excess {
            self.excess = true;
            let message = format_args!("more than {limit} changes in one set (limit `changes_per_set`)");
            document.report(path, place, Code::ChangeSetTooLarge, message);
        }
        Ok(())
    }
}

/// Reads the change that comes next, with its operation; nothing if it has problems (which are reported then).
fn read_change(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<(&'static str, Change)>, Stop> {
    let before = document.found();
    let place = document.place()?;
    let (mut operation, mut change) = (None, None);
    document.object(path, &CHANGE, |document, key, path| {
        let place = document.place()?;
        let read = read_operation(document, key, path)?;
        if let Some(first) = operation {
            let message = format_args!("`{key}` beside `{first}`: a change is one operation, so make it two changes");
            document.report(path, place, Code::ContradictoryChange, message);
        }
        operation = operation.or(Some(key));
        change = read;
        Ok(())
    })?;
    if document.found() != before {
        return Ok(None);
    }
    let read = operation.zip(change);
    if read.is_none() {
        // With an operation this is not reached: what is missing in it was reported. Closed all the same.
        let message = format_args!("no operation: a change has one of {}", CHANGE.optional.join(", "));
        document.report(path, place, Code::MissingKey, message);
    }
    Ok(read)
}

fn read_operation(document: &mut Document<'_>, key: &str, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    Ok(match key {
        "upsert_permission" => {
            permission::read_shape(document, path, &NEW)?.map(|(_, draft)| Change::UpsertPermission(draft))
        }
        "update_permission" => read_known(document, path)?.map(Change::UpdatePermission),
        "restore_permission" => read_known(document, path)?.map(Change::RestorePermission),
        "remove_permission" => permission::read_id(document, path)?.map(Change::RemovePermission),
        "put_user" => world::read_user(document, path)?,
        "put_group" => world::read_group(document, path)?,
        "add_membership" => read_membership(document, path)?.map(Change::AddMembership),
        "remove_membership" => read_membership(document, path)?.map(Change::RemoveMembership),
        "remove_principal" => permission::read_principal(document, path, &PRINCIPAL)?.map(Change::RemovePrincipal),
        "subscriptions" => read_subscriptions(document, path)?,
        "set_subscription" => world::read_subscription(document, path)?,
        "clear_subscription" => world::read_row(document, path, &CLEARED)?
            .map(|(project, subscriber, _)| Change::ClearSubscription { project, subscriber }),
        _ => read_gate(document, path)?,
    })
}

fn read_known(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Permission>, Stop> {
    let read = permission::read_shape(document, path, &KNOWN)?;
    Ok(read.and_then(|(id, draft)| Some(Permission { id: id?, draft })))
}

fn read_membership(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Membership>, Stop> {
    let (mut member, mut of) = (None, None);
    document.object(path, &MEMBERSHIP, |document, key, path| {
        let principal = permission::read_principal(document, path, &PRINCIPAL)?;
        *(if key == "member" { &mut member } else { &mut of }) = principal;
        Ok(())
    })?;
    Ok(member.zip(of).map(|(member, of)| Membership { member, of }))
}

fn read_subscriptions(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let (mut project, mut add, mut delete) = (None, Vec::new(), Vec::new());
    document.object(path, &SUBSCRIPTIONS, |document, key, path| {
        match key {
            "project_id" => project = document.id(path)?,
            "add" => add = read_subscribers(document, path)?,
            _ => delete = read_subscribers(document, path)?,
        }
        Ok(())
    })?;
    Ok(project.map(|project| Change::Subscriptions { project, add, delete }))
}

/// Reads entities: the project first, then groups, then users, whatever the order of the keys.
fn read_subscribers(document: &mut Document<'_>, path: &Path<'_>) -> Result<Vec<Subscriber>, Stop> {
    let (mut project, mut groups, mut users) = (None, Vec::new(), Vec::new());
    document.object(path, &SUBSCRIBERS, |document, key, path| {
        match key {
            "project" => {
                let place = document.place()?;
                project = document.flag(path)?;
                if project == Some(false) {
                    let message = format_args!("found `false`, expected `true`: leave the key out if it is not meant");
                    document.report(path, place, Code::WrongType, message);
                }
            }
            "usergroups" => groups = document.ids(path)?.unwrap_or_default(),
            _ => users = document.ids(path)?.unwrap_or_default(),
        }
        Ok(())
    })?;
    let project = project.map(|_| Subscriber::Project);
    let groups = groups.into_iter().map(Subscriber::Group);
    Ok(project.into_iter().chain(groups).chain(users.into_iter().map(Subscriber::User)).collect())
}

fn read_gate(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let (mut service, mut gated) = (None, None);
    document.object(path, &GATE, |document, key, path| {
        if key == "service" {
            service = document.any_text(path)?;
        } else {
            gated = document.flag(path)?;
        }
        Ok(())
    })?;
    Ok(service.zip(gated).map(|(service, gated)| Change::SetGate { service, gated }))
}
