//! Callers that want more than is theirs: all refused, and nothing changes.

use grantrie_testkit::serve::{Answer, Client};
use serde_json::{Value, json};

use super::{Running, permission, serve};

/// Ann may share agents that she reads, holds tools that she may not share, and something under criteria and for a time.
fn world() -> Value {
    let with = |mut item: Value, key: &str, value: Value| {
        item[key] = value;
        item
    };
    let mut criteria = permission("ann", "aisvc:conversation:*", &["READ", "SHARE"]);
    criteria["_resourceDesc"]["_criteria"] = json!({"stage": "draft"});
    json!({
        "permissions": [
            permission("ann", "aisvc:agent:*", &["READ", "SHARE"]),
            permission("ann", "aisvc:tool:*", &["READ", "EDIT"]),
            with(permission("ann", "aisvc:team:*", &["READ", "SHARE"]), "_expiresAt", json!("2090-01-01T00:00:00Z")),
            criteria,
            with(permission("ann", "aisvc:agent:secret", &["READ"]), "_effect", json!("DENY")),
            permission("bob", "aisvc:agent:9", &["READ", "EDIT"]),
            with(permission("bob", "aisvc:agent:8", &["READ"]), "_effect", json!("DENY")),
            permission("bob", "aisvc:agent:7", &["READ"]),
            permission("carl", "*:*:*", &["*"]),
            {"_namespace": "acme", "_user": {"_type": "usergroup", "_id": "staff"}, "_resourceDesc": {"_irn": "aisvc:knowledgebase:*"}, "_actions": ["READ", "SHARE"]},
            {"_namespace": "acme", "_user": {"_type": "permprofile", "_id": "job"}, "_resourceDesc": {"_irn": "aisvc:agent:*"}, "_actions": ["RUN", "SHARE"]},
        ],
        "directory": {"users": [{"user_id": "ann", "groups": ["staff"]}], "usergroups": [{"group_id": "staff"}]},
    })
}

fn put(client: &mut Client, item: &Value) -> Value {
    let answer = client.send("PUT", "/aisvc/api/v1/permissions", &[], json!([item]).to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn refused(client: &mut Client, item: &Value) {
    let answer = put(client, item);
    let failure = &answer["_failures"][0];
    assert_eq!(
        (&failure["_status"], &failure["_error"]["code"]),
        (&json!(403), &json!("not_shareable")),
        "{item}: {answer}"
    );
    assert!(answer["_success"].as_array().unwrap().is_empty());
}

#[test]
fn sharing_gives_what_one_holds_and_no_more() {
    let running = serve(&world(), "");
    let mut ann = running.ann();
    let revision = running.revision();
    let with = |mut item: Value, key: &str, value: Value| {
        item[key] = value;
        item
    };
    for item in [
        // SHARE without the action.
        permission("eve", "aisvc:agent:7", &["EDIT"]),
        permission("eve", "aisvc:agent:7", &["READ", "DELETE"]),
        permission("eve", "aisvc:agent:7", &["*"]),
        // The action without SHARE.
        permission("eve", "aisvc:tool:7", &["READ"]),
        // A wider pattern than one's own, in either direction.
        permission("eve", "aisvc:*:7", &["READ"]),
        permission("eve", "*:agent:7", &["READ"]),
        permission("eve", "*:*:*", &["READ"]),
        permission("eve", "aisvc:agen?:7", &["READ"]),
        // A DENY, or what a DENY takes from her.
        with(permission("eve", "aisvc:agent:7", &["READ"]), "_effect", json!("DENY")),
        permission("eve", "aisvc:agent:secret", &["READ"]),
        permission("eve", "aisvc:agent:*", &["READ"]),
        // Another namespace.
        with(permission("eve", "aisvc:agent:7", &["READ"]), "_namespace", json!("other")),
        // For longer than she has it, or without the criteria.
        permission("eve", "aisvc:team:7", &["READ"]),
        with(permission("eve", "aisvc:team:7", &["READ"]), "_expiresAt", json!("2090-01-01T00:00:01Z")),
        permission("eve", "aisvc:conversation:7", &["READ"]),
        // To herself, to a group, to a profile.
        permission("ann", "aisvc:agent:7", &["EDIT"]),
        with(permission("x", "aisvc:agent:7", &["EDIT"]), "_user", json!({"_type": "usergroup", "_id": "staff"})),
        with(permission("x", "aisvc:agent:7", &["EDIT"]), "_user", json!({"_type": "permprofile", "_id": "job"})),
    ] {
        refused(&mut ann, &item);
    }
    assert_eq!(running.revision(), revision);
    assert!(!running.may("eve", "READ", "aisvc:agent:7"));

    let mut for_a_time = permission("eve", "aisvc:team:7", &["READ"]);
    for_a_time["_expiresAt"] = json!("2090-01-01T00:00:00Z");
    let mut under_criteria = permission("eve", "aisvc:conversation:7", &["READ"]);
    under_criteria["_resourceDesc"]["_criteria"] = json!({"stage": "draft", "more": 1});
    for item in [
        permission("eve", "aisvc:agent:7", &["READ"]),
        permission("eve", "aisvc:agent:x-*", &["READ"]),
        for_a_time,
        under_criteria,
        // Through her group.
        permission("eve", "aisvc:knowledgebase:*", &["READ", "SHARE"]),
    ] {
        let answer = put(&mut ann, &item);
        assert_eq!(answer["_success"].as_array().unwrap().len(), 1, "{item}: {answer}");
    }
    assert!(running.may("eve", "READ", "aisvc:agent:7") && running.may("eve", "READ", "aisvc:knowledgebase:1"));
    assert!(running.audit("permissions").iter().all(|record| record["actor"] == "user:ann"));
}

/// The id of a permission of the world.
fn id(running: &Running, user: &str, irn: &str) -> String {
    let target = format!(
        "/aisvc/api/v1/permissions?_namespace=acme&patternmatch=true&_resourceDesc._irn={irn}&_user._type=user&_user._id={user}"
    );
    let answer = running.trusted().get(&target).json();
    answer["_list"][0]["_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn one_changes_and_takes_back_only_what_one_could_have_given() {
    let running = serve(&world(), "");
    let mut ann = running.ann();
    let revision = running.revision();
    let [more, deny, all] = [("bob", "aisvc:agent:9"), ("bob", "aisvc:agent:8"), ("carl", "*:*:*")]
        .map(|(user, irn)| id(&running, user, irn));
    for id in [&more, &deny, &all] {
        let answer = ann.send("DELETE", &format!("/aisvc/api/v1/permissions/{id}"), &[], b"");
        assert_eq!((answer.status, &answer.json()["_error"]["code"]), (403, &json!("not_shareable")));
    }
    // Bob's EDIT would go; bob's DENY would become something else; carl's would become bob's.
    refused(&mut ann, &permission("bob", "aisvc:agent:9", &["READ"]));
    for id in [&more, &deny, &all] {
        let mut item = permission("bob", "aisvc:agent:7", &["READ"]);
        item["_id"] = json!(id);
        refused(&mut ann, &item);
    }
    assert_eq!(running.revision(), revision);
    assert!(running.may("bob", "EDIT", "aisvc:agent:9") && !running.may("bob", "READ", "aisvc:agent:8"));
    let given = id(&running, "bob", "aisvc:agent:7");
    assert_eq!(ann.send("DELETE", &format!("/aisvc/api/v1/permissions/{given}"), &[], b"").status, 204);
    assert!(!running.may("bob", "READ", "aisvc:agent:7"));
}

#[test]
fn a_profile_shares_its_own_and_a_group_nothing() {
    let running = serve(&world(), "");
    let mut job = running.client().with_token("the-token-of-the-profile-job");
    refused(&mut job, &permission("eve", "aisvc:agent:7", &["READ"]));
    assert_eq!(put(&mut job, &permission("eve", "aisvc:agent:7", &["RUN"]))["_success"].as_array().unwrap().len(), 1);
    let mut staff = running.client().with_token("the-token-of-the-group-staff");
    refused(&mut staff, &permission("eve", "aisvc:knowledgebase:7", &["READ"]));
    assert_eq!(staff.get("/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=*:*:*").status, 403);
}

#[test]
fn one_reads_ones_own_and_that_of_others_only_where_one_may_share() {
    let running = serve(&world(), "");
    let mut ann = running.ann();
    let mut read = |irn: &str, more: &str| -> Answer {
        ann.get(&format!("/aisvc/api/v1/permissions?_namespace=acme&patternmatch=true&_resourceDesc._irn={irn}{more}"))
    };
    let owners = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json()["_list"].as_array().unwrap().clone();
        let owners: std::collections::BTreeSet<String> =
            list.iter().map(|item| item["_user"]["_id"].as_str().unwrap().to_owned()).collect();
        owners.into_iter().collect::<Vec<_>>().join(",")
    };
    assert_eq!(owners(&read("*:*:*", "")), "ann,staff", "nothing said: one's own, one's groups' too");
    assert_eq!(owners(&read("*:*:*", "&_user._type=user")), "ann");
    assert_eq!(owners(&read("*:*:*", "&_user._type=usergroup")), "staff");
    assert_eq!(owners(&read("*:*:*", "&_user._type=user&_user._id=ann")), "ann");
    assert_eq!(owners(&read("*:*:*", "&_user._type=usergroup&_user._id=staff")), "staff");
    // By IRN, in pages, and counted by themselves.
    let by_irn =
        running.ann().get("/aisvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=aisvc:agent:secret").json();
    assert_eq!(by_irn["_total"], 2, "what she holds on all agents, and the DENY; not carl's: {by_irn}");
    assert_eq!(read("aisvc:agent:secret", "").json()["_total"], 1, "within it, the DENY");
    let page = read("*:*:*", "&_offset=1&_pageSize=2").json();
    let (all, total) = (read("*:*:*", "").json(), page["_total"].as_u64().unwrap());
    assert_eq!((total, page["_pageSize"].as_u64()), (6, Some(2)), "{page}");
    assert_eq!(page["_list"].as_array().unwrap()[..], all["_list"].as_array().unwrap()[1..3]);
    for (irn, whose) in [
        ("*:*:*", "&_user._type=user&_user._id=bob"),
        ("*:*:*", "&_user._type=user&_user._id=*"),
        ("aisvc:tool:*", "&_user._type=user&_user._id=bob"),
        ("aisvc:agent:*", "&_user._type=user&_user._id=bob&_namespace=other"),
        ("aisvc:*:*", "&_user._type=usergroup&_user._id=others"),
    ] {
        let answer = read(irn, whose);
        assert_eq!((answer.status, answer.json()["_status"].as_u64()), (403, Some(403)), "{irn} {whose}");
    }
    assert_eq!(owners(&read("aisvc:agent:*", "&_user._type=user&_user._id=bob")), "bob", "she may share there");
    assert_eq!(owners(&read("aisvc:agent:*", "&_user._type=user&_user._id=*")), "ann,bob");
}

#[test]
fn nobody_is_nobody() {
    let running = serve(&world(), "");
    let (path, revision) = ("/aisvc/api/v1/permissions", running.revision());
    let body = json!([permission("eve", "aisvc:agent:7", &["READ"])]).to_string();
    let known = id(&running, "bob", "aisvc:agent:7");
    let headers: Vec<Vec<(&str, String)>> = vec![
        vec![],
        vec![("Authorization", "Bearer".to_owned())],
        vec![("Authorization", "Bearer wrong-token-of-somebody".to_owned())],
        vec![("Authorization", format!("Basic {}", super::TRUSTED))],
        vec![("Authorization", super::TRUSTED.to_owned())],
        vec![("Authorization", format!("Bearer {},{}", super::ANN, super::TRUSTED))],
        // Two credentials are none, whichever comes first.
        vec![
            ("Authorization", format!("Bearer {}", super::ANN)),
            ("Authorization", format!("Bearer {}", super::TRUSTED)),
        ],
        vec![
            ("Authorization", format!("Bearer {}", super::TRUSTED)),
            ("Authorization", format!("Bearer {}", super::TRUSTED)),
        ],
    ];
    for headers in &headers {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (method, target) in [
            ("PUT", path.to_owned()),
            ("GET", format!("{path}?_namespace=acme&_resourceDesc._irn=*:*:*")),
            ("DELETE", format!("{path}/{known}")),
        ] {
            let answer = running.client().send(method, &target, &headers, body.as_bytes());
            assert_eq!((answer.status, answer.json()["_status"].as_u64()), (401, Some(401)), "{method} {headers:?}");
            assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
        }
    }
    // A token in the query is no credential.
    let target = format!("{path}?access_token={}&_namespace=acme&_resourceDesc._irn=*:*:*", super::TRUSTED);
    assert_eq!(running.client().get(&target).status, 401);
    assert_eq!(running.revision(), revision);
}

#[test]
fn tricks_with_paths_lead_nowhere() {
    let running = serve(&world(), "");
    let known = id(&running, "bob", "aisvc:agent:7");
    let revision = running.revision();
    let mut trusted = running.trusted();
    for path in [
        format!("//aisvc/api/v1/permissions/{known}"),
        format!("/aisvc/api/v1//permissions/{known}"),
        format!("/aisvc/api/v1/permissions//{known}"),
        format!("/aisvc/api/v1/permissions%2F{known}"),
        format!("/aisvc/api/v1/permissions/%2e%2e/permissions/{known}"),
        format!("/aisvc/api/v1/permissions/../permissions/{known}"),
        format!("/aisvc/./api/v1/permissions/{known}"),
        format!("/x/../aisvc/api/v1/permissions/{known}"),
        format!("/aisvc\\api\\v1\\permissions\\{known}"),
        format!("/aisvc/api/v1/permissions/{known}/"),
        format!("/aisvc/api/v1/permissions/{known}%00"),
        format!("/AISVC/api/v1/permissions/{known}"),
        format!("/quickbi/api/v1/permissions/{known}"),
        format!("/aisvc/api/v1/permissions;x=1/{known}"),
    ] {
        let answer = trusted.send("DELETE", &path, &[], b"");
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
    for path in ["//", "/./", "/..", "/%2e%2e/", "/x/..", "/%2F"] {
        let answer = trusted.send("POST", path, &[], b"");
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
    }
    assert_eq!(running.revision(), revision);
}

#[test]
fn ids_that_hold_more_than_an_id_are_refused() {
    let running = serve(&world(), "");
    let mut clients = running.clients();
    let revision = running.revision();
    for id in ["a:b", "*", "c*", "c?", "**", ":", "a b", "a\tb", "a\u{0}b", "\u{a0}", "x".repeat(257).as_str()] {
        for list in ["llm_cubes", "llm_cube_themes", "cube_ids"] {
            for operation in [0, 1] {
                let mut order = json!({"operation_type": operation, "user_ids": "u1"});
                order[list] = json!(format!("good,{id}"));
                let error = clients.fails("quickbi", "smartq_authorize", order);
                assert_eq!(
                    (&error["status"], &error["code"]),
                    (&json!(400), &json!("Invalid.Parameter.Error")),
                    "{id:?} {list}: {error}"
                );
            }
        }
        let error =
            clients.fails("quickbi", "query_smartq_permission_by_cube_id", json!({"cube_id": id, "user_id": "u1"}));
        assert_eq!(error["code"], "Invalid.Parameter.Error", "{id:?}: {error}");
        let error = clients.fails("quickbi", "query_dataset_smartq_status", json!({"cube_id": id}));
        assert_eq!(error["code"], "Invalid.Parameter.Error", "{id:?}: {error}");
    }
    assert_eq!(running.revision(), revision, "not even the good one");
    // A user's id is no part of a name: a wildcard in it stands for itself.
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    clients.call("quickbi", "smartq_authorize", json!({"operation_type": 0, "user_ids": "*", "llm_cubes": "c1"}));
    assert!(!running.may("u1", "QUERY", "quickbi:llmcube:c1") && running.may("*", "QUERY", "quickbi:llmcube:c1"));
    // In a key's own namespace only.
    assert!(!running.decide("*", "QUERY", "quickbi:llmcube:c1", &json!({"namespace": "other"})));
    // `_user._id=*` asks for any user; to write, it is an id like any other.
    let mut anybody = running.trusted();
    put(&mut anybody, &permission("*", "aisvc:agent:1", &["READ"]));
    assert!(!running.may("u1", "READ", "aisvc:agent:1"));
}
