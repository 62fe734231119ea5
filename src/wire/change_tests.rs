//! The change file: what each operation means, and each refusal with its place.

use super::*;
use crate::error::{Code, Refused};
use crate::model::{PermissionId, Principal, Subscriber};
use crate::{Change, ChangeSet, Engine, Limits, Membership};

fn changes(text: &str) -> Result<ChangeSet, Refused> {
    read_changes(text.as_bytes(), &Limits::default())
}

/// A file with one change.
fn file(change: &str) -> String {
    format!("{{\"changes\":[{change}]}}")
}

#[track_caller]
fn one(change: &str) -> Change {
    changes(&file(change)).unwrap().changes.pop().unwrap()
}

const PERMISSION: &str =
    r#""_namespace":"n","_resourceDesc":{"_irn":"a:b:*"},"_user":{"_type":"user","_id":"u"},"_actions":["READ"]"#;
const ID: &str = "01890000-0000-7000-8000-000000000001";

#[test]
fn each_operation_is_its_change() {
    let id = PermissionId::from_u128(0x01890000_0000_7000_8000_000000000001);
    let Change::UpsertPermission(draft) = one(&format!(r#"{{"upsert_permission":{{{PERMISSION}}}}}"#)) else {
        panic!()
    };
    assert_eq!((draft.namespace.as_str(), draft.pattern.as_str()), ("n", "a:b:*"));
    let with_id = |operation: &str| one(&format!(r#"{{"{operation}":{{"_id":"{ID}",{PERMISSION},"_status":1}}}}"#));
    let permission = crate::Permission { id, draft };
    assert_eq!(with_id("update_permission"), Change::UpdatePermission(permission.clone()));
    assert_eq!(with_id("restore_permission"), Change::RestorePermission(permission));
    assert_eq!(one(&format!(r#"{{"remove_permission":"{ID}"}}"#)), Change::RemovePermission(id));
    assert!(matches!(one(r#"{"put_user":{"user_id":"u"}}"#), Change::PutUser(user) if user.user_id == "u"));
    assert!(matches!(one(r#"{"put_group":{"group_id":"g"}}"#), Change::PutGroup(group) if group.group_id == "g"));

    let edge = r#"{"of":{"_type":"permprofile","_id":"p"},"member":{"_type":"usergroup","_id":"g"}}"#;
    let membership = Membership { member: Principal::group("g"), of: Principal::profile("p") };
    assert_eq!(one(&format!(r#"{{"add_membership":{edge}}}"#)), Change::AddMembership(membership.clone()));
    assert_eq!(one(&format!(r#"{{"remove_membership":{edge}}}"#)), Change::RemoveMembership(membership));
    let principal = one(r#"{"remove_principal":{"_type":"user","_id":"u"}}"#);
    assert_eq!(principal, Change::RemovePrincipal(Principal::user("u")));

    let (project, group, user) = (Subscriber::Project, Subscriber::Group("g".into()), Subscriber::User("u".into()));
    let both = r#"{"subscriptions":{"delete":{"users":["u"]},"add":{"users":["u"],"usergroups":["g"],"project":true},"project_id":"p"}}"#;
    let add = vec![project.clone(), group.clone(), user.clone()];
    assert_eq!(one(both), Change::Subscriptions { project: "p".into(), add, delete: vec![user.clone()] });
    for (key, subscriber) in [("", project), (r#","group_id":"g""#, group), (r#","user_id":"u""#, user)] {
        let project = "p".to_owned();
        let set = one(&format!(r#"{{"set_subscription":{{"project_id":"p"{key},"ai_func":false}}}}"#));
        let clear = one(&format!(r#"{{"clear_subscription":{{"project_id":"p"{key}}}}}"#));
        assert_eq!(clear, Change::ClearSubscription { project: project.clone(), subscriber: subscriber.clone() });
        assert_eq!(set, Change::SetSubscription { project, subscriber, enabled: false });
    }
    let gate = one(r#"{"set_gate":{"service":"s","gated":false}}"#);
    assert_eq!(gate, Change::SetGate { service: "s".into(), gated: false });
}

#[test]
fn an_actor_is_optional_and_changes_are_not() {
    assert_eq!(changes(r#"{"changes":[]}"#).unwrap(), ChangeSet::default());
    assert_eq!(changes(r#"{"changes":[],"actor":"ops"}"#).unwrap(), ChangeSet::default().by("ops"));
    assert_eq!(changes("{}").unwrap_err().problems()[0].code, Code::MissingKey);
}

/// Code, field and column of every problem of a file that is one line.
fn refusals(text: &str) -> Vec<(Code, String, usize)> {
    let refused = changes(text).unwrap_err();
    refused.problems().iter().map(|p| (p.code, p.field.clone(), p.place.unwrap().1)).collect()
}

/// One problem of one change, at the mark `▲`; the field is said from the change on.
#[track_caller]
fn refused(marked: &str, code: Code, field: &str) {
    let marked = file(marked);
    let column = marked.chars().position(|c| c == '▲').unwrap() + 1;
    let found = refusals(&marked.replace('▲', ""));
    assert_eq!(found, [(code, format!("changes[0]{field}"), column)], "{marked}");
}

#[test]
fn a_change_is_one_known_operation() {
    refused("▲{}", Code::MissingKey, "");
    refused("▲[]", Code::WrongType, "");
    refused("▲null", Code::WrongType, "");
    refused(r#"{▲"upsert":{}}"#, Code::UnknownKey, ".upsert");
    let gate = r#""set_gate":{"service":"s","gated":true}"#;
    refused(&format!(r#"{{{gate},"remove_permission":▲"{ID}"}}"#), Code::ContradictoryChange, ".remove_permission");
    refused(&format!(r#"{{{gate},▲"set_gate":7}}"#), Code::DuplicateKey, ".set_gate");
    assert_eq!(refusals(r#"{"changes":{}}"#), [(Code::WrongType, "changes".into(), 12)]);
    assert_eq!(refusals(r#"{"changes":[],"x":1}"#), [(Code::UnknownKey, "x".into(), 15)]);
}

#[test]
fn values_have_their_form() {
    use Code::{ContradictoryChange, InvalidUuid, MissingKey, UnknownKey, UnknownPrincipalKind, WrongType};
    let upsert = |id: &str| format!(r#"{{"upsert_permission":{{{id}{PERMISSION}}}}}"#);
    refused(&upsert(&format!(r#"▲"_id":"{ID}","#)), UnknownKey, ".upsert_permission._id");
    for operation in ["update_permission", "restore_permission"] {
        let known = format!(r#"{{"{operation}":▲{{{PERMISSION}}}}}"#);
        refused(&known, MissingKey, &format!(".{operation}._id"));
    }
    refused(r#"{"remove_permission":▲"0189"}"#, InvalidUuid, ".remove_permission");
    refused(r#"{"remove_permission":▲7}"#, WrongType, ".remove_permission");
    let pattern = upsert("").replace(r#""a:b:*""#, r#"▲"a:b""#);
    refused(&pattern, Code::PatternMatchesNothing, ".upsert_permission._resourceDesc._irn");
    refused(r#"{"remove_principal":{"_type":▲"group","_id":"g"}}"#, UnknownPrincipalKind, ".remove_principal._type");
    refused(r#"{"add_membership":▲{"of":{"_type":"user","_id":"g"}}}"#, MissingKey, ".add_membership.member");
    let both = r#"{"set_subscription":▲{"project_id":"p","user_id":"u","group_id":"g","ai_func":true}}"#;
    refused(both, ContradictoryChange, ".set_subscription");
    refused(r#"{"set_subscription":▲{"project_id":"p"}}"#, MissingKey, ".set_subscription.ai_func");
    let clear = r#"{"clear_subscription":{"project_id":"p",▲"ai_func":true}}"#;
    refused(clear, UnknownKey, ".clear_subscription.ai_func");
    let add = r#"{"subscriptions":{"project_id":"p","add":{"project":▲false}}}"#;
    refused(add, WrongType, ".subscriptions.add.project");
    refused(r#"{"subscriptions":{"project_id":"p","delete":▲["u"]}}"#, WrongType, ".subscriptions.delete");
    refused(r#"{"subscriptions":{"project_id":"p","add":{▲"groups":[]}}}"#, UnknownKey, ".subscriptions.add.groups");
    refused(r#"{"set_gate":▲{"service":"s"}}"#, MissingKey, ".set_gate.gated");
}

#[test]
fn all_problems_of_the_form_are_reported() {
    let text = r#"{"changes":[{"put_user":{}},{"set_gate":{"service":"s","gated":true}},{"set_gate":{"service":1,"gated":0}},7]}"#;
    let fields: Vec<_> = refusals(text).into_iter().map(|(_, field, _)| field).collect();
    let gate = ["service", "gated"].map(|key| format!("changes[2].set_gate.{key}"));
    assert_eq!(fields, [&["changes[0].put_user.user_id".to_owned()][..], &gate, &["changes[3]".to_owned()]].concat());
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let text = file(&format!(r#"{{"update_permission":{{"_id":"{ID}",{PERMISSION}}}}}"#));
    for (end, _) in text.char_indices() {
        let refused = changes(&text[..end]).unwrap_err();
        assert_eq!(refused.problems().last().unwrap().code, Code::Syntax, "{end}: {refused}");
    }
}

#[test]
fn a_set_is_bounded() {
    let limits = Limits { changes_per_set: 1, ..Limits::default() };
    let gate = r#"{"set_gate":{"service":"s","gated":true}}"#;
    let refused = read_changes(file(&[gate; 3].join(",")).as_bytes(), &limits).unwrap_err();
    let codes: Vec<_> = refused.problems().iter().map(|problem| (problem.code, problem.item)).collect();
    assert_eq!(codes, [(Code::ChangeSetTooLarge, Some(1))]);
}

/// What the changes say is for the engine to judge, so that these problems come together with those of the world.
#[test]
fn what_the_engine_refuses_is_located_by_the_files_own_keys() {
    let permission = PERMISSION.replace("READ", "RUN").replace("[\"RUN\"]", "[]").replace("\"u\"", "\"\"");
    let times = r#""_notBefore":"2026-01-02T00:00:00Z","_expiresAt":"2026-01-01T00:00:00Z""#;
    let long = "x".repeat(1_025);
    let lines = [
        format!(r#"{{"upsert_permission":{{{},{times}}}}}"#, permission.replace("\"n\"", "\"\"")),
        format!(
            r#"{{"upsert_permission":{{{}}}}}"#,
            PERMISSION.replace("*\"", &format!("*\",\"_criteria\":{{\"\":1,\"k\":\"{long}\"}}"))
        ),
        format!(r#"{{"remove_permission":"{ID}"}}"#),
        r#"{"remove_principal":{"_type":"user","_id":""}}"#.to_owned(),
        r#"{"add_membership":{"member":{"_type":"user","_id":""},"of":{"_type":"user","_id":"\u0000"}}}"#.to_owned(),
        r#"{"subscriptions":{"project_id":"","add":{"users":["u"]},"delete":{"users":["u"]}}}"#.to_owned(),
        r#"{"clear_subscription":{"project_id":"p","user_id":""}}"#.to_owned(),
        r#"{"set_gate":{"service":"a:b","gated":true}}"#.to_owned(),
        r#"{"put_user":{"user_id":"","groups":[""]}}"#.to_owned(),
        r#"{"put_group":{"group_id":"g","groups":["g"]}}"#.to_owned(),
    ];
    let (set, places) = read_changes_with_places(file(&lines.join(",\n")).as_bytes(), &Limits::default()).unwrap();
    let refused = places.locate(Engine::new().apply(set).unwrap_err());
    let found: Vec<String> =
        refused.problems().iter().map(|p| format!("{} {} {}", p.place.unwrap().0, p.field, p.code)).collect();
    let expected = [
        "1 changes[0].upsert_permission._namespace invalid_id",
        "1 changes[0].upsert_permission._user._id invalid_id",
        "1 changes[0].upsert_permission._actions no_actions",
        "1 changes[0].upsert_permission._expiresAt empty_time_window",
        "2 changes[1].upsert_permission._resourceDesc._criteria invalid_attribute",
        "2 changes[1].upsert_permission._resourceDesc._criteria invalid_attribute",
        "3 changes[2].remove_permission unknown_permission",
        "4 changes[3].remove_principal._id invalid_id",
        "5 changes[4].add_membership.member._id invalid_id",
        "5 changes[4].add_membership.of._id invalid_id",
        "5 changes[4].add_membership.member invalid_membership",
        "6 changes[5].subscriptions.project_id invalid_id",
        "6 changes[5].subscriptions.delete contradictory_change",
        "7 changes[6].clear_subscription invalid_id",
        "8 changes[7].set_gate.service invalid_id",
        "9 changes[8].put_user.user_id invalid_id",
        "9 changes[8].put_user.groups invalid_id",
        "10 changes[9].put_group.groups membership_cycle",
    ];
    assert_eq!(found, expected);
    assert!(
        refused
            .problems()
            .iter()
            .all(|problem| problem.place.unwrap().1 == if problem.item == Some(0) { 13 } else { 1 })
    );
}
