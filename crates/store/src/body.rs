//! The body of an entry: the changes as lines of a change file, and a line of JSON for what was before each.

use grantrie::{
    Change, ChangeSet, Effected, GroupRecord, Limits, Membership, Permission, Principal, Staged, UserRecord,
    changes_json, permission_json, read_changes,
};
use serde_json::{Value, json};

/// Effects in one chunk of a body. A small body is one chunk and stands in the log itself.
const CHUNK: usize = 1_000;

/// Some of the effects of an entry: as many lines of changes as of what was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) changes: String,
    pub(crate) befores: String,
}

/// The chunks of what was staged.
pub(crate) fn chunks(staged: &Staged) -> Vec<Chunk> {
    staged.effected.chunks(CHUNK).map(chunk).collect()
}

fn chunk(effected: &[Effected]) -> Chunk {
    let lines = |line: fn(&Effected) -> String| effected.iter().map(line).collect::<Vec<_>>().join("\n");
    Chunk { changes: lines(change), befores: lines(before) }
}

/// The change that comes to an effect, as a line of a change file.
fn change(effected: &Effected) -> String {
    // Of these there are most: they are written as they are.
    if let Effected::Permission { before, after: Some(after) } = effected {
        let operation = if before.is_some() { "{\"update_permission\":" } else { "{\"restore_permission\":" };
        return [operation, &permission_json(after), "}"].concat();
    }
    let file = changes_json(&effected.to_change().into());
    // Between the file's beginning and its end.
    file.lines().nth(1).unwrap_or_default().to_owned()
}

/// The changes of a chunk, to be made again.
pub(crate) fn read(changes: &str) -> Option<Vec<Change>> {
    let mut limits = Limits::default();
    limits.changes_per_set = usize::MAX;
    limits.criteria_per_permission = usize::MAX;
    limits.attribute_bytes = usize::MAX;
    limits.memberships_per_principal = usize::MAX;
    limits.json_string_bytes = usize::MAX;
    let file = format!("{{\"changes\":[{}]}}", changes.replace('\n', ",\n"));
    read_changes(file.as_bytes(), &limits).ok().map(|ChangeSet { changes, .. }| changes)
}

fn before(effected: &Effected) -> String {
    match effected {
        Effected::Permission { before: Some(before), .. } => permission_json(before),
        Effected::User { before: Some(before), .. } => user(before).to_string(),
        Effected::Group { before: Some(before), .. } => group(before).to_string(),
        Effected::PrincipalRemoved { permissions, memberships, subscriptions, .. } => {
            removed(permissions, memberships, subscriptions).to_string()
        }
        Effected::Subscription { before: Some(before), .. } => json!({ "ai_func": before }).to_string(),
        Effected::Membership { present, .. } => json!({ "present": !present }).to_string(),
        Effected::Gate { gated, .. } => json!({ "gated": !gated }).to_string(),
        _ => "null".to_owned(),
    }
}

fn user(user: &UserRecord) -> Value {
    let mut value = json!({ "user_id": user.user_id, "groups": user.groups, "permprofiles": user.permprofiles });
    for (key, text) in [("user_name", &user.user_name), ("user_phone", &user.user_phone)] {
        if let (Some(object), Some(text)) = (value.as_object_mut(), text) {
            object.insert(key.to_owned(), text.as_str().into());
        }
    }
    value
}

fn group(group: &GroupRecord) -> Value {
    let mut value = json!({ "group_id": group.group_id, "groups": group.groups, "permprofiles": group.permprofiles });
    if let (Some(object), Some(name)) = (value.as_object_mut(), &group.group_name) {
        object.insert("group_name".to_owned(), name.as_str().into());
    }
    value
}

fn removed(permissions: &[Permission], memberships: &[Membership], subscriptions: &[(String, bool)]) -> Value {
    let principal = |principal: &Principal| json!({ "_type": principal.kind.as_str(), "_id": principal.id });
    let permissions: Vec<Value> = permissions
        .iter()
        .map(|permission| serde_json::from_str(&permission_json(permission)).unwrap_or_default())
        .collect();
    let memberships: Vec<Value> = memberships
        .iter()
        .map(|edge| json!({ "member": principal(&edge.member), "of": principal(&edge.of) }))
        .collect();
    let subscriptions: Vec<Value> =
        subscriptions.iter().map(|(project, enabled)| json!({ "project_id": project, "ai_func": enabled })).collect();
    json!({ "permissions": permissions, "memberships": memberships, "subscriptions": subscriptions })
}

#[cfg(test)]
mod tests {
    use grantrie::{Actions, PermissionDraft, PermissionId};

    use super::*;

    #[test]
    fn effects_are_written_as_a_change_file_has_them() {
        let permission = |id, user: &str| Permission {
            id: PermissionId::from_u128(id),
            draft: PermissionDraft::allow("n", Principal::user(user), "a:b:*".parse().unwrap(), Actions::All),
        };
        let (ann, bob) = (permission(1, "a\"\nnn"), permission(1, "bob"));
        let effects = [
            Effected::Permission { before: None, after: Some(ann.clone()) },
            Effected::Permission { before: Some(ann), after: Some(bob.clone()) },
            Effected::Gate { service: "s".to_owned(), gated: true },
            Effected::Permission { before: Some(bob), after: None },
        ];
        let changes: Vec<Change> = effects.iter().map(Effected::to_change).collect();
        let Chunk { changes: lines, befores } = chunk(&effects);
        let file = changes_json(&ChangeSet::new(changes.clone()));
        assert_eq!(format!("{{\"changes\":[\n{}\n]}}\n", lines.replace('\n', ",\n")), file);
        assert_eq!(read(&lines), Some(changes));
        assert_eq!((lines.lines().count(), befores.lines().count()), (4, 4));
    }
}
