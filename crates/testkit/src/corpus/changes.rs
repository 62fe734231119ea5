//! Change sets as JSON, for faces behind a process or another language. Written apart from the engine's own writer, so
//! that what the two have in common is the format.

use grantrie::{Change, ChangeSet, Membership, Permission, PermissionDraft, PermissionId, Principal, Subscriber};
use serde_json::{Value, json};

use super::json::{group, list, object, permission, principal, row, user};

/// A change file.
#[must_use]
pub fn changes_json(set: &ChangeSet) -> String {
    format!("{:#}", changes_value(set))
}

/// A change file, as a value.
///
/// # Panics
/// On a change that this testkit does not know.
#[must_use]
pub fn changes_value(set: &ChangeSet) -> Value {
    object([
        ("actor", set.actor.as_ref().map(|actor| json!(actor))),
        ("changes", Some(set.changes.iter().map(change).collect())),
    ])
}

fn change(change: &Change) -> Value {
    let (operation, value) = match change {
        Change::UpsertPermission(draft) => ("upsert_permission", unnumbered(draft)),
        Change::UpdatePermission(known) => ("update_permission", permission(known)),
        Change::RestorePermission(known) => ("restore_permission", permission(known)),
        Change::RemovePermission(id) => ("remove_permission", json!(id.to_string())),
        Change::PutUser(record) => ("put_user", user(record)),
        Change::PutGroup(record) => ("put_group", group(record)),
        Change::AddMembership(edge) => ("add_membership", membership(edge)),
        Change::RemoveMembership(edge) => ("remove_membership", membership(edge)),
        Change::RemovePrincipal(gone) => ("remove_principal", principal(gone)),
        Change::Subscriptions { project, add, delete } => {
            let parts = [("project_id", Some(json!(project))), ("add", entities(add)), ("delete", entities(delete))];
            ("subscriptions", object(parts))
        }
        Change::SetSubscription { project, subscriber, enabled } => {
            ("set_subscription", row(project, subscriber, Some(*enabled)))
        }
        Change::ClearSubscription { project, subscriber } => ("clear_subscription", row(project, subscriber, None)),
        Change::SetGate { service, gated } => ("set_gate", json!({ "service": service, "gated": gated })),
        other => panic!("a change that the testkit does not know: {other:?}"),
    };
    object([(operation, Some(value))])
}

fn unnumbered(draft: &PermissionDraft) -> Value {
    let mut value = permission(&Permission { id: PermissionId::from_u128(0), draft: draft.clone() });
    if let Some(keys) = value.as_object_mut() {
        keys.remove("_id");
    }
    value
}

fn membership(Membership { member, of }: &Membership) -> Value {
    let side = |of: &Principal| Some(principal(of));
    object([("member", side(member)), ("of", side(of))])
}

fn entities(subscribers: &[Subscriber]) -> Option<Value> {
    let (mut project, mut groups, mut users) = (None, Vec::new(), Vec::new());
    for subscriber in subscribers {
        match subscriber {
            Subscriber::Project => project = Some(json!(true)),
            Subscriber::Group(id) => groups.push(id.clone()),
            Subscriber::User(id) => users.push(id.clone()),
        }
    }
    let parts = [("project", project), ("usergroups", list(&groups)), ("users", list(&users))];
    (!subscribers.is_empty()).then(|| object(parts))
}
