//! Worlds and requests as JSON, for faces behind a process or another language.

use grantrie::{AttributeValue, Attributes, GroupRecord, Permission, Principal, Subscriber, UserRecord};
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
    let rows = world.subscriptions.iter().map(|(project, who, enabled)| row(project, who, Some(*enabled)));
    json!({
        "permissions": world.permissions.iter().map(permission).collect::<Vec<_>>(),
        "directory": { "users": world.users.iter().map(user).collect::<Vec<_>>(), "usergroups": world.groups.iter().map(group).collect::<Vec<_>>() },
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
    attributes.iter().map(|(name, found)| (name.clone(), attribute_json(found))).collect::<Map<_, _>>().into()
}

/// One attribute's value.
pub(super) fn attribute_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Text(text) => json!(text),
        AttributeValue::Flag(flag) => json!(flag),
        AttributeValue::Number(number) => {
            let whole = number.as_whole();
            let signed = whole.and_then(|whole| i64::try_from(whole).ok()).map(|whole| json!(whole));
            let unsigned = whole.and_then(|whole| u64::try_from(whole).ok()).map(|whole| json!(whole));
            signed.or(unsigned).unwrap_or_else(|| json!(number.as_f64()))
        }
    }
}

pub(super) fn user(user: &UserRecord) -> Value {
    object([
        ("user_id", Some(json!(user.user_id))),
        ("user_name", user.user_name.as_ref().map(|name| json!(name))),
        ("user_phone", user.user_phone.as_ref().map(|phone| json!(phone))),
        ("groups", list(&user.groups)),
        ("permprofiles", list(&user.permprofiles)),
    ])
}

pub(super) fn group(group: &GroupRecord) -> Value {
    object([
        ("group_id", Some(json!(group.group_id))),
        ("group_name", group.group_name.as_ref().map(|name| json!(name))),
        ("groups", list(&group.groups)),
        ("permprofiles", list(&group.permprofiles)),
    ])
}

pub(super) fn row(project: &str, subscriber: &Subscriber, enabled: Option<bool>) -> Value {
    let (group, user) = match subscriber {
        Subscriber::Project => (None, None),
        Subscriber::Group(id) => (Some(json!(id)), None),
        Subscriber::User(id) => (None, Some(json!(id))),
    };
    let enabled = enabled.map(|enabled| json!(enabled));
    object([("project_id", Some(json!(project))), ("group_id", group), ("user_id", user), ("ai_func", enabled)])
}

pub(super) fn principal(principal: &Principal) -> Value {
    json!({ "_type": principal.kind.as_str(), "_id": principal.id })
}

pub(super) fn permission(permission: &Permission) -> Value {
    let criteria = (!permission.criteria.is_empty()).then(|| attributes_json(&permission.criteria));
    object([
        ("_id", Some(json!(permission.id.to_string()))),
        ("_namespace", Some(json!(permission.namespace))),
        ("_resourceDesc", Some(object([("_irn", Some(json!(permission.pattern.as_str()))), ("_criteria", criteria)]))),
        ("_user", Some(principal(&permission.principal))),
        ("_actions", Some(json!(permission.actions.names().collect::<Vec<_>>()))),
        ("_effect", Some(json!(permission.effect.as_str()))),
        ("_notBefore", permission.not_before.map(|at| json!(at.to_string()))),
        ("_expiresAt", permission.expires_at.map(|at| json!(at.to_string()))),
    ])
}

pub(super) fn list(ids: &[String]) -> Option<Value> {
    (!ids.is_empty()).then(|| json!(ids))
}

/// An object of what is there.
pub(super) fn object<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::parse;

    #[test]
    fn a_world_and_a_request_as_json() {
        let text = r#"
            about = "a bit of everything"
            [world]
            permissions = [
              { label = "a", principal = "usergroup:g", pattern = "a:b:*", actions = ["*"], effect = "DENY", criteria = { k = 1.0, t = "x" }, not_before = "2026-01-01T00:00:00Z" },
            ]
            users.u = { name = "U", phone = "1", groups = ["g"] }
            groups.g = { groups = ["h"], permprofiles = ["p"] }
            subscriptions = [{ project = "p", who = "project", enabled = true }, { project = "p", who = "usergroup:g", enabled = false }]
            gates = ["a"]
            [cases]
        "#;
        let file = parse("json", text).unwrap_or_else(|error| panic!("{error}"));
        let expected = json!({
            "permissions": [{
                "_id": "00000000-0000-0000-0000-000000000001",
                "_namespace": "ns",
                "_resourceDesc": { "_irn": "a:b:*", "_criteria": { "k": 1, "t": "x" } },
                "_user": { "_type": "usergroup", "_id": "g" },
                "_actions": ["*"],
                "_effect": "DENY",
                "_notBefore": "2026-01-01T00:00:00Z",
            }],
            "directory": {
                "users": [{ "user_id": "u", "user_name": "U", "user_phone": "1", "groups": ["g"] }],
                "usergroups": [{ "group_id": "g", "groups": ["h"], "permprofiles": ["p"] }],
            },
            "subscriptions": [
                { "project_id": "p", "ai_func": true },
                { "project_id": "p", "group_id": "g", "ai_func": false },
            ],
            "gates": ["a"],
        });
        assert_eq!(world_value(&file.world), expected);

        let request = OwnedRequest {
            namespace: "ns".to_owned(),
            subject: OwnedSubject::PermProfile("job".to_owned()),
            action: "READ".to_owned(),
            irn: "a:b:c".to_owned(),
            project: None,
            attributes: Some(Attributes::from([("on".to_owned(), true.into())])),
            at: None,
        };
        let line =
            r#"{"action":"READ","attributes":{"on":true},"irn":"a:b:c","namespace":"ns","permprofiles":["job"]}"#;
        assert_eq!(request_json(&request), line);
    }
}
