//! Worlds and requests as JSON, for faces behind a process or another language.

use grantrie::{AttributeValue, Attributes, Permission, Subscriber};
use serde_json::{Map, Value, json};

use super::World;
use crate::{OwnedRequest, OwnedSubject};

/// A world file. It has no place for the setting `enabled_wins`.
#[must_use]
pub fn world_json(world: &World) -> String {
    format!("{:#}", world_value(world))
}

/// A world file, as a value.
#[must_use]
pub fn world_value(world: &World) -> Value {
    let users = world.users.iter().map(|user| {
        object([
            ("user_id", Some(json!(user.user_id))),
            ("user_name", user.user_name.as_ref().map(|name| json!(name))),
            ("user_phone", user.user_phone.as_ref().map(|phone| json!(phone))),
            ("groups", list(&user.groups)),
            ("permprofiles", list(&user.permprofiles)),
        ])
    });
    let groups = world.groups.iter().map(|group| {
        object([
            ("group_id", Some(json!(group.group_id))),
            ("group_name", group.group_name.as_ref().map(|name| json!(name))),
            ("groups", list(&group.groups)),
            ("permprofiles", list(&group.permprofiles)),
        ])
    });
    let rows = world.subscriptions.iter().map(|(project, who, enabled)| match who {
        Subscriber::Project => json!({ "project_id": project, "ai_func": enabled }),
        Subscriber::Group(id) => json!({ "project_id": project, "group_id": id, "ai_func": enabled }),
        Subscriber::User(id) => json!({ "project_id": project, "user_id": id, "ai_func": enabled }),
    });
    json!({
        "permissions": world.permissions.iter().map(permission).collect::<Vec<_>>(),
        "directory": { "users": users.collect::<Vec<_>>(), "usergroups": groups.collect::<Vec<_>>() },
        "subscriptions": rows.collect::<Vec<_>>(),
        "gates": world.gates,
    })
}

/// A request, on one line.
#[must_use]
pub fn request_json(request: &OwnedRequest) -> String {
    request_value(request).to_string()
}

/// A request, as a value. A profile alone is the only one of `permprofiles` where there is no `user`.
#[must_use]
pub fn request_value(request: &OwnedRequest) -> Value {
    let (user, groups, permprofiles) = match &request.subject {
        OwnedSubject::User(id) => (Some(json!(id)), None, None),
        OwnedSubject::Named { id, groups, permprofiles } => {
            (Some(json!(id)), Some(json!(groups)), Some(json!(permprofiles)))
        }
        OwnedSubject::PermProfile(id) => (None, None, Some(json!([id]))),
    };
    object([
        ("namespace", Some(json!(request.namespace))),
        ("user", user),
        ("groups", groups),
        ("permprofiles", permprofiles),
        ("project", request.project.as_ref().map(|project| json!(project))),
        ("action", Some(json!(request.action))),
        ("irn", Some(json!(request.irn))),
        ("attributes", request.attributes.as_ref().map(attributes_json)),
        ("at", request.at.map(|at| json!(at.to_string()))),
    ])
}

/// Attributes, as a value.
#[must_use]
pub fn attributes_json(attributes: &Attributes) -> Value {
    let value = |value: &AttributeValue| match value {
        AttributeValue::Text(text) => json!(text),
        AttributeValue::Flag(flag) => json!(flag),
        AttributeValue::Number(number) => match number.as_whole() {
            Some(whole) => i64::try_from(whole).map_or_else(|_| json!(number.as_f64()), |whole| json!(whole)),
            None => json!(number.as_f64()),
        },
    };
    attributes.iter().map(|(name, found)| (name.clone(), value(found))).collect::<Map<_, _>>().into()
}

fn permission(permission: &Permission) -> Value {
    let criteria = (!permission.criteria.is_empty()).then(|| attributes_json(&permission.criteria));
    object([
        ("_id", Some(json!(permission.id.to_string()))),
        ("_namespace", Some(json!(permission.namespace))),
        ("_resourceDesc", Some(object([("_irn", Some(json!(permission.pattern.as_str()))), ("_criteria", criteria)]))),
        ("_user", Some(json!({ "_type": permission.principal.kind.as_str(), "_id": permission.principal.id }))),
        ("_actions", Some(json!(permission.actions.names().collect::<Vec<_>>()))),
        ("_effect", Some(json!(permission.effect.as_str()))),
        ("_notBefore", permission.not_before.map(|at| json!(at.to_string()))),
        ("_expiresAt", permission.expires_at.map(|at| json!(at.to_string()))),
    ])
}

fn list(ids: &[String]) -> Option<Value> {
    (!ids.is_empty()).then(|| json!(ids))
}

/// An object of what is there.
fn object<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>().into()
}
