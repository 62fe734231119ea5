//! The Permissions API: writing and removing.

use serde_json::{Value, json};

use super::{Running, permission, serve};

/// The seed's own example of a body.
const EXAMPLE: &str = r#"[ { "_actions": [ "READ" ], "_namespace": "r_TmBKvZTI", "_resourceDesc": { "_irn": "aisvc:agent:e46fe1ea-0b64-45e5-aa0c-48ff51ac20d1" }, "_user": { "_type": "user", "_id": "1f159053-657b-40f4-9897-434f9e2df8be" } }]"#;

const USER: &str = "1f159053-657b-40f4-9897-434f9e2df8be";
const AGENT: &str = "aisvc:agent:e46fe1ea-0b64-45e5-aa0c-48ff51ac20d1";

fn example() -> Value {
    serde_json::from_str(EXAMPLE).unwrap()
}

fn one<'a>(answer: &'a Value, list: &str) -> &'a Value {
    let (success, failures) = (answer["_success"].as_array().unwrap(), answer["_failures"].as_array().unwrap());
    assert_eq!(success.len() + failures.len(), 1, "{answer}");
    answer[list].get(0).unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn the_documents_own_example_is_written_looked_up_checked_and_removed() {
    let mut running = serve(&json!({}), "");
    let context = json!({"namespace": "r_TmBKvZTI"});
    assert!(!running.decide(USER, "READ", AGENT, &context));
    let mut clients = running.clients();
    let put = clients.call("permissions", "put", json!({"permissions": example()}));
    let written = one(&put, "_success").clone();
    let sent = &example()[0];
    for key in ["_actions", "_namespace", "_resourceDesc", "_user"] {
        assert_eq!(written[key], sent[key], "{put}");
    }
    assert_eq!((&written["_status"], put["_failures"].as_array().unwrap().len()), (&json!(200), 0));
    let id = written["_id"].as_str().unwrap().to_owned();
    assert!(running.decide(USER, "READ", AGENT, &context) && !running.decide(USER, "EDIT", AGENT, &context));

    running.restart();
    assert!(running.decide(USER, "READ", AGENT, &context), "it is in the store");
    let mut clients = running.clients();
    let asked =
        json!({"namespace": "r_TmBKvZTI", "irn": AGENT, "user_type": "user", "user_id": USER, "actions": "READ"});
    let got = clients.call("permissions", "get", asked.clone());
    assert_eq!(got, json!({"_list": [written], "_offset": 0, "_pageSize": 1, "_total": 1, "_includeTotal": true}));

    clients.call("permissions", "delete", json!({"permission": id}));
    assert!(!running.decide(USER, "READ", AGENT, &context));
    assert_eq!(clients.call("permissions", "get", asked)["_total"], 0);
    let again = clients.fails("permissions", "delete", json!({"permission": id}));
    assert_eq!((&again["status"], &again["body"]["_error"]["code"]), (&json!(404), &json!("unknown_permission")));
    running.restart();
    assert!(!running.decide(USER, "READ", AGENT, &context));
    let changes: Vec<_> = running.audit("permissions").iter().map(|record| record["actor"].clone()).collect();
    assert_eq!(changes, ["user:portal", "user:portal"], "one entry for each");
}

#[test]
fn the_documents_example_of_an_answer_can_be_written() {
    // What GET answers there: criteria on `aisvc`, an empty status, an id.
    let world = json!({"permissions": [{
        "_resourceDesc": {"_criteria": {"_userType": "iput_cde_admin"}, "_irn": "aisvc:agent:*"}, "_actions": ["READ"],
        "_namespace": "r_TmBKvZTI", "_user": {"_type": "user", "_id": USER}, "_id": "d12dd717-6678-46e9-941d-f936d3debada"}]});
    let running = serve(&world, "");
    let got = running.clients().call("permissions", "get", json!({"namespace": "r_TmBKvZTI", "irn": "aisvc:agent:*"}));
    let mut listed = world["permissions"][0].clone();
    listed["_status"] = json!(200);
    assert_eq!(got, json!({"_pageSize": 1, "_list": [listed], "_offset": 0, "_total": 1, "_includeTotal": true}));
}

#[test]
fn a_permission_that_is_read_changed_and_written_back_keeps_its_id() {
    let mut running = serve(&json!({}), "");
    let mut clients = running.clients();
    let put =
        clients.call("permissions", "put", json!({"permissions": [permission("ann", "aisvc:agent:7", &["READ"])]}));
    let mut read = one(&put, "_success").clone();
    let id = read["_id"].clone();
    // What holds now, and what it takes the place of; the same after a restart, in what is answered and what is listed.
    let holds = |running: &mut Running, [user, action, irn]: [&str; 3], [no_user, no_action, no_irn]: [&str; 3]| {
        for _ in 0..2 {
            assert!(
                running.may(user, action, irn) && !running.may(no_user, no_action, no_irn),
                "{user} {action} {irn}"
            );
            let every = json!({"namespace": "acme", "irn": "*:*:*", "patternmatch": "true"});
            let listed = running.clients().call("permissions", "get", every);
            let one = &listed["_list"][0];
            assert_eq!(
                (&listed["_total"], &one["_id"], &one["_actions"]),
                (&json!(1), &id, &json!([action])),
                "{listed}"
            );
            running.restart();
        }
        running.clients()
    };
    // With its id and status, as clients send it back.
    read["_actions"] = json!(["EDIT"]);
    let put = clients.call("permissions", "put", json!({"permissions": [read]}));
    assert_eq!((&one(&put, "_success")["_id"], &one(&put, "_success")["_actions"]), (&id, &json!(["EDIT"])));
    let mut clients = holds(&mut running, ["ann", "EDIT", "aisvc:agent:7"], ["ann", "READ", "aisvc:agent:7"]);
    // Without id, the one with the same namespace, user, resource and effect; its actions are replaced.
    let put =
        clients.call("permissions", "put", json!({"permissions": [permission("ann", "aisvc:agent:7", &["RUN"])]}));
    assert_eq!(one(&put, "_success")["_id"], id);
    let mut clients = holds(&mut running, ["ann", "RUN", "aisvc:agent:7"], ["ann", "EDIT", "aisvc:agent:7"]);
    // With an id, everything may change.
    let mut other = permission("bob", "aisvc:tool:8", &["RUN"]);
    other["_id"] = id.clone();
    one(&clients.call("permissions", "put", json!({"permissions": [other]})), "_success");
    let mut clients = holds(&mut running, ["bob", "RUN", "aisvc:tool:8"], ["ann", "RUN", "aisvc:agent:7"]);
    // From an allow to a deny, which is another permission with the same name: each counts.
    let mut deny = permission("bob", "aisvc:tool:8", &["RUN"]);
    deny["_effect"] = json!("DENY");
    let put = clients.call("permissions", "put", json!({"permissions": [deny]}));
    assert_ne!(one(&put, "_success")["_id"], id);
    for _ in 0..2 {
        assert!(!running.may("bob", "RUN", "aisvc:tool:8"));
        running.restart();
    }
}

#[test]
fn every_item_is_done_or_fails_by_itself_in_order() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut item = permission("ann", "aisvc:agent:7", &["READ"]);
        change(&mut item);
        item
    };
    let unknown_id = "00000000-0000-7000-8000-000000000000";
    let failing: Vec<(Value, &str, u64)> = vec![
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc:robot:7")), "unknown_resource", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("filesvc:file:7")), "unknown_resource", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc:agent")), "pattern_matches_nothing", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc:agent:eu:7")), "too_many_segments", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc:**")), "too_many_segments", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc:agent:a b")), "forbidden_character", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!("aisvc::7")), "empty_segment", 400),
        (with(&|item| item["_resourceDesc"]["_irn"] = json!(7)), "wrong_type", 400),
        (with(&|item| item["_resourceDesc"] = json!({})), "missing_key", 400),
        (with(&|item| item["_resourceDesc"]["_subresourceDesc"] = json!({"_type": "relateditem"})), "unknown_key", 400),
        (with(&|item| item["_resourceDesc"]["_criteria"] = json!({"a": ["b"]})), "wrong_type", 400),
        (with(&|item| item["_actions"] = json!(["read"])), "lower_case_action", 400),
        (with(&|item| item["_actions"] = json!([])), "no_actions", 400),
        (with(&|item| item["_actions"] = json!(["READ", null])), "wrong_type", 400),
        (with(&|item| item["_actions"] = json!("READ")), "wrong_type", 400),
        (with(&|item| item["_user"]["_type"] = json!("robot")), "unknown_principal_kind", 400),
        (with(&|item| item["_user"]["_id"] = json!("")), "invalid_id", 400),
        (with(&|item| item["_namespace"] = json!("a\nb")), "invalid_id", 400),
        (with(&|item| item["_namespace"] = Value::Null), "wrong_type", 400),
        (with(&|item| item["_effect"] = json!("MAYBE")), "unknown_effect", 400),
        (with(&|item| item["_expiresAt"] = json!("2099-12-31")), "invalid_time", 400),
        (with(&|item| item["_more"] = json!(1)), "unknown_key", 400),
        (with(&|item| item["_id"] = json!("seven")), "invalid_uuid", 400),
        (with(&|item| item["_id"] = json!(unknown_id)), "unknown_permission", 404),
        (json!({}), "missing_key", 400),
    ];
    let good = [permission("ann", "aisvc:agent:first", &["READ"]), permission("ann", "aisvc:agent:last", &["READ"])];
    let mut items = vec![good[0].clone()];
    items.extend(failing.iter().map(|(item, ..)| item.clone()));
    items.push(good[1].clone());
    let answer = clients.call("permissions", "put", json!({"permissions": items}));
    let success: Vec<_> =
        answer["_success"].as_array().unwrap().iter().map(|item| item["_resourceDesc"]["_irn"].clone()).collect();
    assert_eq!(success, ["aisvc:agent:first", "aisvc:agent:last"], "{answer}");
    let failures = answer["_failures"].as_array().unwrap();
    assert_eq!(failures.len(), failing.len());
    for (failure, (sent, code, status)) in failures.iter().zip(&failing) {
        assert_eq!((&failure["_error"]["code"], &failure["_status"]), (&json!(code), &json!(status)), "{failure}");
        assert!(failure["_error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{failure}");
        for (key, value) in sent.as_object().unwrap() {
            assert_eq!(&failure[key], value, "as it was sent");
        }
    }
    assert!(running.may("ann", "READ", "aisvc:agent:first") && running.may("ann", "READ", "aisvc:agent:last"));
    assert!(!running.may("ann", "READ", "aisvc:agent:7"));
    assert_eq!(running.revision(), 1, "all that is good is one change");
}

#[test]
fn what_the_engine_refuses_of_good_items_fails_alone() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let put = clients.call(
        "permissions",
        "put",
        json!({"permissions": [
        permission("ann", "aisvc:agent:1", &["READ"]), permission("ann", "aisvc:agent:2", &["READ"])]}),
    );
    let (first, second) = (&put["_success"][0], &put["_success"][1]);
    // The first with the key of the second: taken.
    let mut taken = first.clone();
    taken["_resourceDesc"] = second["_resourceDesc"].clone();
    let answer = clients.call(
        "permissions",
        "put",
        json!({"permissions": [taken, permission("ann", "aisvc:agent:3", &["READ"])]}),
    );
    assert_eq!(
        (&answer["_failures"][0]["_error"]["code"], &answer["_failures"][0]["_status"]),
        (&json!("permission_key_taken"), &json!(409))
    );
    assert_eq!(answer["_success"][0]["_resourceDesc"]["_irn"], "aisvc:agent:3");
    assert!(running.may("ann", "READ", "aisvc:agent:1") && running.may("ann", "READ", "aisvc:agent:3"));
    // More actions than an engine knows.
    let actions: Vec<String> = (0..60).map(|n| format!("ACTION_{n}")).collect();
    let many = json!({"_namespace": "acme", "_user": {"_type": "user", "_id": "ann"}, "_resourceDesc": {"_irn": "aisvc:tool:1"}, "_actions": actions});
    let answer = clients.call(
        "permissions",
        "put",
        json!({"permissions": [many, permission("ann", "aisvc:agent:4", &["READ"])]}),
    );
    assert_eq!(answer["_failures"][0]["_error"]["code"], "too_many_actions");
    assert!(running.may("ann", "READ", "aisvc:agent:4"));
}

#[test]
fn effects_times_criteria_and_every_kind_of_user_are_written() {
    let running = serve(&json!({"directory": {"users": [{"user_id": "ann", "groups": ["staff"]}]}}), "");
    let mut clients = running.clients();
    let mut group = permission("staff", "aisvc:*:*", &["*"]);
    group["_user"]["_type"] = json!("usergroup");
    let mut deny = permission("ann", "aisvc:team:*", &["*"]);
    deny["_effect"] = json!("DENY");
    let mut over = permission("bob", "aisvc:tool:*", &["RUN"]);
    over["_expiresAt"] = json!("2020-01-01T00:00:00Z");
    let mut profile = permission("job", "aisvc:knowledgebase:*", &["READ"]);
    profile["_user"]["_type"] = json!("permprofile");
    let mut criteria = permission("carl", "aisvc:conversation:*", &["READ"]);
    criteria["_resourceDesc"]["_criteria"] = json!({"stage": "draft", "level": 3, "open": true});
    let put = clients.call("permissions", "put", json!({"permissions": [group, deny, over, profile, criteria]}));
    assert_eq!(put["_success"].as_array().unwrap().len(), 5, "{put}");
    assert!(running.may("ann", "ASSIGN", "aisvc:agent:1") && !running.may("ann", "READ", "aisvc:team:1"));
    assert!(!running.may("bob", "RUN", "aisvc:tool:1") && !running.may("carl", "READ", "aisvc:conversation:1"));
    let asked = json!({"subject": {"type": "permprofile", "id": "job"}, "action": {"name": "READ"},
        "resource": {"type": "aisvc:knowledgebase", "id": "1"}, "context": {"namespace": "acme"}});
    assert_eq!(running.trusted().post("/access/v1/evaluation", &asked).json()["decision"], true);
    let asked = json!({"subject": {"type": "user", "id": "carl"}, "action": {"name": "READ"}, "context": {"namespace": "acme"},
        "resource": {"type": "aisvc:conversation", "id": "1", "properties": {"stage": "draft", "level": 3, "open": true}}});
    assert_eq!(running.trusted().post("/access/v1/evaluation", &asked).json()["decision"], true);
    // Many that differ in nothing but their criteria, as the vendor's samples write them.
    let by_type = |n: usize| {
        let mut item = permission("dora", "aisvc:agent:*", &["READ"]);
        item["_resourceDesc"]["_criteria"] = json!({"_userType": format!("type-{n}")});
        item
    };
    let put = clients.call("permissions", "put", json!({"permissions": (0..8).map(by_type).collect::<Vec<_>>()}));
    let ids: std::collections::BTreeSet<_> =
        put["_success"].as_array().unwrap().iter().map(|item| item["_id"].to_string()).collect();
    assert_eq!(ids.len(), 8);
}

#[test]
fn a_body_that_is_no_list_of_objects_is_400_and_nothing_is_done() {
    let running = serve(&json!({}), "");
    let mut client = running.trusted();
    let put = |client: &mut grantrie_testkit::serve::Client, body: &[u8]| {
        client.send("PUT", "/aisvc/api/v1/permissions", &[], body)
    };
    let good = EXAMPLE.as_bytes();
    for body in [
        &b""[..],
        b"{}",
        b"null",
        b"7",
        b"[7]",
        b"[null]",
        b"[[]]",
        b"[{}",
        b"[{}] x",
        b"[{\"a\":\"\xff\"}]",
        b"[{\"_id\":1,\"_id\":2}]",
        "[".repeat(200_000).as_bytes(),
        format!("[{}{}]", "{\"a\":".repeat(5_000), "}".repeat(5_000)).as_bytes(),
        &[good, good].concat(),
    ] {
        let answer = put(&mut client, body);
        assert_eq!(answer.status, 400, "{}: {}", String::from_utf8_lossy(&body[..body.len().min(80)]), answer.text());
        let said = answer.json();
        assert_eq!((&said["_status"], &said["_error"]["code"]), (&json!(400), &json!("bad_request")), "{said}");
    }
    assert_eq!(put(&mut client, b"[]").json(), json!({"_success": [], "_failures": []}));
    let large = put(&mut client, format!("[{}]", " ".repeat(2 << 20)).as_bytes());
    assert_eq!((large.status, large.json()["_status"].as_u64()), (413, Some(413)));
    assert_eq!(running.revision(), 0);
}

#[test]
fn services_paths_and_methods_that_there_are_not() {
    let running = serve(&json!({}), "");
    let mut client = running.trusted();
    let body = EXAMPLE.as_bytes();
    for service in ["quickbi", "AISVC", "other", "aisvc%20", "*"] {
        let path = format!("/{service}/api/v1/permissions");
        let answer = client.send("PUT", &path, &[], body);
        assert_eq!((answer.status, answer.json()["_status"].as_u64()), (404, Some(404)), "{path}");
        assert_eq!(client.get(&format!("{path}?_namespace=n&_resourceDesc._irn=*:*:*")).status, 404, "{path}");
    }
    for (method, path, status) in [
        ("POST", "/aisvc/api/v1/permissions", 405),
        ("PATCH", "/aisvc/api/v1/permissions/x", 405),
        ("DELETE", "/aisvc/api/v1/permissions/not-an-id", 404),
        ("DELETE", "/aisvc/api/v1/permissions/", 404),
        ("PUT", "/aisvc/api/v1/permissions/x/y", 404),
        ("PUT", "/%ff/api/v1/permissions", 400),
    ] {
        let answer = client.send(method, path, &[], body);
        assert_eq!(
            (answer.status, answer.json()["_status"].as_u64()),
            (status, Some(u64::from(status))),
            "{method} {path}: {}",
            answer.text()
        );
    }
    // A permission of another service is not this one's to remove.
    let mut clients = running.clients();
    let put = clients.call("filesvc", "put", json!({"permissions": [permission("ann", "filesvc:file:7", &["READ"])]}));
    let id = one(&put, "_success")["_id"].clone();
    assert_eq!(clients.fails("permissions", "delete", json!({"permission": id}))["status"], 404);
    assert!(running.may("ann", "READ", "filesvc:file:7"));
    // Nor to make into one of its own.
    let mut taken = permission("eve", "aisvc:agent:7", &["READ"]);
    taken["_id"] = id.clone();
    let answer = clients.call("permissions", "put", json!({"permissions": [taken]}));
    assert_eq!(one(&answer, "_failures")["_error"]["code"], "unknown_permission", "{answer}");
    assert!(running.may("ann", "READ", "filesvc:file:7"));
    clients.call("passportsvc", "delete", json!({"permission": id}));
    assert!(!running.may("ann", "READ", "filesvc:file:7"));
}
