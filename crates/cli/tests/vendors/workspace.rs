//! AI assistant subscriptions, with `huaweicloudsdkworkspace`.

use serde_json::{Value, json};

use super::tap::Tap;
use super::{Running, permission, serve};

/// Everybody may read agents; whether they may depends on the AI function.
fn gated() -> Running {
    let users: Vec<Value> = ["u1", "u2", "u3"].iter().map(|id| json!({"user_id": id, "groups": ["g1"]})).collect();
    let permissions = ["u1", "u2", "u3"].map(|id| permission(id, "aisvc:agent:*", &["READ"]));
    let world = json!({
        "permissions": permissions,
        "directory": {
            "users": [{"user_id": "named", "user_name": "Nadia", "user_phone": "+86 10 0000"}, users[0], users[1], users[2]],
            "usergroups": [{"group_id": "g1", "group_name": "Group one"}],
        },
    });
    serve(&world, "gates = [\"aisvc\"]")
}

fn may(running: &Running, user: &str) -> bool {
    running.decide(user, "READ", "aisvc:agent:7", &json!({"namespace": "acme", "project": "atlas"}))
}

#[test]
fn every_level_is_subscribed_and_unsubscribed_and_lasts() {
    let mut running = gated();
    assert!(!may(&running, "u1"));
    let mut clients = running.clients();
    let add = clients.call("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}));
    assert_eq!(add, json!({"status": 200, "body": {}}));
    assert!(may(&running, "u1") && !may(&running, "u2"));
    clients.call("workspace", "subscribe", json!({"add": {"usergroups": [{"group_id": "g1"}]}}));
    assert!(may(&running, "u2"));
    running.restart();
    assert!(may(&running, "u1") && may(&running, "u2"));
    let mut clients = running.clients();
    // Unsubscribed below what is subscribed: a row that says so.
    clients.call("workspace", "subscribe", json!({"delete": {"users": [{"user_id": "u2"}]}}));
    assert!(!may(&running, "u2") && may(&running, "u3"));
    clients.call(
        "workspace",
        "subscribe",
        json!({"add": {"project": {"project_id": "atlas"}}, "delete": {"usergroups": [{"group_id": "g1"}]}}),
    );
    assert!(!may(&running, "u3"), "the group is off, though the project is on");
    running.restart();
    assert!(may(&running, "u1") && !may(&running, "u2") && !may(&running, "u3"));
    assert_eq!(
        running.clients().call("workspace", "list", json!({})),
        json!({
            "total_count": 2,
            "users": [{"user_id": "u1", "user_name": null, "user_phone": null, "ai_func": true},
                      {"user_id": "u2", "user_name": null, "user_phone": null, "ai_func": false}],
            "usergroups": [{"group_id": "g1", "group_name": "Group one", "ai_func": false}],
            "project": {"project_id": "atlas", "ai_func": true},
        })
    );
    assert_eq!(running.audit("workspace").len(), 5, "one entry for each effect");
}

#[test]
fn the_seeds_example_of_an_answer_comes_about() {
    let running = gated();
    let mut clients = running.clients();
    let (user, group) = ("1c873056-9f4d-11ec-b909-0242ac120002", "8885bcc45da1f762015da20130a1000");
    // A project and a user that are on, and a group that is off.
    clients.call(
        "workspace",
        "subscribe",
        json!({
        "add": {"project": {}, "users": [{"user_id": user}]}, "delete": {"usergroups": [{"group_id": group}]}}),
    );
    let answer = clients.call("workspace", "list", json!({"limit": 10}));
    assert_eq!((&answer["users"][0]["user_id"], &answer["users"][0]["ai_func"]), (&json!(user), &json!(true)));
    assert_eq!(
        (&answer["usergroups"][0]["group_id"], &answer["usergroups"][0]["ai_func"]),
        (&json!(group), &json!(false))
    );
    assert_eq!(answer["project"], json!({"project_id": "atlas", "ai_func": true}));
}

#[test]
fn the_seeds_example_of_a_request_is_answered_as_given() {
    let running = gated();
    let mut clients = running.clients();
    let project = "0bec5db98280d2d02fd6c00c2de791ce";
    clients.connect("signed", json!({"kind": "signed_workspace", "root": running.root(), "access_key": "AKEXAMPLE", "secret_key": "the-secret-key-of-AKEXAMPLE", "project": project}));
    let path = "/v2/0bec5db98280d2d02fd6c00c2de791ce/users/ai-function/subscribe";
    let answer =
        clients.call("signed", "send", json!({"method": "GET", "path": path, "query": {"limit": "10"}, "body": null}));
    let rows =
        json!({"total_count": 0, "users": [], "usergroups": [], "project": {"project_id": project, "ai_func": false}});
    assert_eq!(answer, json!({"status": 200, "body": rows}));
    let subscribe = json!({"method": "POST", "path": "/v3/users/ai-assistant/subscribe", "query": {}, "body": "null"});
    let answer = clients.call("signed", "send", subscribe);
    assert_eq!(
        (&answer["status"], &answer["body"]["error_code"]),
        (&json!(400), &json!("WKS.0001")),
        "it says nothing"
    );
}

#[test]
fn pages_are_of_users_only() {
    let running = gated();
    let mut clients = running.clients();
    assert_eq!(
        clients.call("workspace", "list", json!({})),
        json!({"total_count": 0, "users": [], "usergroups": [], "project": {"project_id": "atlas", "ai_func": false}})
    );
    let users: Vec<Value> =
        (0..5).map(|n| json!({"user_id": format!("n{n}")})).chain([json!({"user_id": "named"})]).collect();
    clients.call("workspace", "subscribe", json!({"add": {"users": users, "usergroups": [{"group_id": "g1"}]}}));
    let mut page = |arguments: Value| {
        let answer = clients.call("workspace", "list", arguments);
        assert_eq!((&answer["total_count"], answer["usergroups"].as_array().unwrap().len()), (&json!(6), 1));
        answer["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["user_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(page(json!({})).len(), 6, "all, if nothing is said");
    assert_eq!(page(json!({"limit": 2})), ["n0", "n1"]);
    assert_eq!(page(json!({"limit": 2, "offset": 1})), ["n1", "n2"]);
    assert_eq!(page(json!({"offset": 5})), ["named"]);
    assert!(page(json!({"limit": 0})).is_empty() && page(json!({"offset": 9})).is_empty());
    let named = clients.call("workspace", "list", json!({"offset": 5}))["users"][0].clone();
    assert_eq!(named, json!({"user_id": "named", "user_name": "Nadia", "user_phone": "+86 10 0000", "ai_func": true}));
}

#[test]
fn one_call_is_all_or_nothing() {
    let running = gated();
    let mut clients = running.clients();
    let before = running.revision();
    // In both, in one call.
    let error = clients.fails(
        "workspace",
        "subscribe",
        json!({
        "add": {"users": [{"user_id": "u1"}, {"user_id": "u2"}]}, "delete": {"users": [{"user_id": "u2"}]}}),
    );
    assert_eq!((&error["status"], &error["code"]), (&json!(400), &json!("WKS.00990400")), "{error}");
    let error =
        clients.fails("workspace", "subscribe", json!({"add": {"users": [{"user_id": "u1"}, {"user_id": ""}]}}));
    assert_eq!(error["status"], 400, "{error}");
    assert!(!may(&running, "u1"));
    // What is so already is no change.
    clients.call("workspace", "subscribe", json!({"delete": {"users": [{"user_id": "u3"}]}}));
    assert_eq!((running.revision(), running.audit("workspace").len()), (before, 0));
}

#[test]
fn what_cannot_be_understood_is_400_with_a_code() {
    let running = gated();
    let mut clients = running.clients();
    for (n, nothing) in [
        json!({"body": "none"}),
        json!({}),
        json!({"add": {}}),
        json!({"add": {"users": [], "usergroups": []}}),
        json!({"add": {}, "delete": {}}),
    ]
    .into_iter()
    .enumerate()
    {
        let error = clients.fails("workspace", "subscribe", nothing.clone());
        assert_eq!((&error["status"], &error["code"]), (&json!(400), &json!("WKS.0001")), "{n} {nothing}: {error}");
        assert!(error["request_id"].is_string());
    }
    for bad in [json!({"add": {"users": [{}]}}), json!({"add": {"usergroups": [{}]}})] {
        let error = clients.fails("workspace", "subscribe", bad);
        assert_eq!((&error["status"], &error["code"]), (&json!(400), &json!("WKS.00990400")));
        assert!(error["message"].as_str().unwrap().contains("missing field"), "{error}");
    }
    for page in [json!({"limit": -1}), json!({"offset": -1}), json!({"limit": "ten"}), json!({"offset": 1.5})] {
        let error = clients.fails("workspace", "list", page);
        assert_eq!((&error["status"], &error["code"]), (&json!(400), &json!("WKS.00990400")), "{error}");
    }
}

#[test]
fn other_projects_and_calls_are_403_404_and_405() {
    let running = gated();
    let mut clients = running.clients();
    let key = |project: &str, access_key: &str| json!({"kind": "workspace", "root": running.root(), "access_key": access_key, "secret_key": format!("the-secret-key-of-{access_key}"), "project": project});
    let forbidden = |error: &Value| {
        assert_eq!((&error["status"], &error["code"]), (&json!(403), &json!("WKS.00990403")), "{error}")
    };
    forbidden(&clients.fails("workspace", "subscribe", json!({"add": {"project": {"project_id": "zeus"}}})));
    forbidden(&clients.fails("workspace", "subscribe", json!({"delete": {"project": {"project_id": "zeus"}}})));
    clients.connect("elsewhere", key("zeus", "AKTEST"));
    forbidden(&clients.fails("elsewhere", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}})));
    forbidden(&clients.fails("elsewhere", "list", json!({})));
    clients.connect("no project", key("atlas", "AKQUICKBI"));
    forbidden(&clients.fails("no project", "list", json!({})));
    clients.connect("zeus", key("zeus", "AKWORKSPACE"));
    clients.call("zeus", "subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}));
    assert!(!may(&running, "u1"), "in another project");
    let absent = clients.fails("workspace", "statistics", json!({"count": 10}));
    assert_eq!((&absent["status"], &absent["code"]), (&json!(404), &json!("WKS.00990404")), "{absent}");
    // No call of the client's has another method: its signer signs them.
    clients.connect("signed", json!({"kind": "signed_workspace", "root": running.root(), "access_key": "AKTEST", "secret_key": super::SECRET, "project": "atlas"}));
    for method in ["PUT", "DELETE", "PATCH"] {
        let call = json!({"method": method, "path": "/v3/users/ai-assistant/subscribe", "query": {}, "body": null});
        let answer = clients.call("signed", "send", call);
        assert_eq!(
            (&answer["status"], &answer["body"]["error_code"]),
            (&json!(405), &json!("WKS.00990405")),
            "{answer}"
        );
    }
    for path in ["/v3/users/ai-assistant/subscribe/", "/v3/users/ai-assistant", "/v2/atlas/users", "/v3/"] {
        let answer = running.client().get(path);
        assert_eq!((answer.status, &answer.json()["error_code"]), (404, &json!("WKS.00990404")), "{path}");
    }
}

#[test]
fn an_unknown_key_or_a_bad_signature_is_401() {
    let running = gated();
    let mut clients = running.clients();
    for (access_key, secret_key) in [("AKOTHER", super::SECRET), ("AKTEST", "another-secret-of-16-bytes")] {
        clients.connect("other", json!({"kind": "workspace", "root": running.root(), "access_key": access_key, "secret_key": secret_key, "project": "atlas"}));
        for (call, arguments) in [("list", json!({})), ("subscribe", json!({"add": {"users": [{"user_id": "u1"}]}}))] {
            let error = clients.fails("other", call, arguments);
            assert_eq!((&error["status"], &error["code"]), (&json!(401), &json!("WKS.00990401")), "{error}");
        }
    }
    assert!(!may(&running, "u1"));
    let unsigned = running.client().get("/v3/users/ai-assistant/subscribe");
    assert_eq!((unsigned.status, &unsigned.json()["error_code"]), (401, &json!("WKS.00990401")));
    let bearer = running.trusted().get("/v3/users/ai-assistant/subscribe");
    assert_eq!(bearer.status, 401, "a token is no signature");
}

#[test]
fn the_older_spelling_answers_alike() {
    let running = gated();
    let tap = Tap::new(running.server().address());
    let mut clients = running.clients();
    // The vendor's client knows only the newer one: its signer signs the older path.
    let mut call = |method: &str, path: &str, project: &str, query: Value, body: Value| {
        clients.connect("signed", json!({"kind": "signed_workspace", "root": tap.root(), "access_key": "AKTEST", "secret_key": super::SECRET, "project": project}));
        clients.call("signed", "send", json!({"method": method, "path": path, "query": query, "body": body}))
    };
    let path = "/v2/atlas/users/ai-function/subscribe";
    let added = call("POST", path, "atlas", json!({}), json!({"add": {"users": [{"user_id": "u1"}]}}));
    assert_eq!(added["status"], 200, "{added}");
    assert!(may(&running, "u1"));
    let listed = call("GET", path, "atlas", json!({"limit": 10}), Value::Null);
    assert_eq!((&listed["status"], &listed["body"]["users"][0]["user_id"]), (&json!(200), &json!("u1")), "{listed}");
    // The project of the path, that of the header and that of the key are one.
    for (path, project) in [
        ("/v2/zeus/users/ai-function/subscribe", "atlas"),
        (path, "zeus"),
        ("/v2/zeus/users/ai-function/subscribe", "zeus"),
    ] {
        let other = call("GET", path, project, json!({}), Value::Null);
        assert_eq!(
            (&other["status"], &other["body"]["error_code"]),
            (&json!(403), &json!("WKS.00990403")),
            "{path} {project}: {other}"
        );
    }
    // The vendor's own example: `null` for a body.
    let null = call("POST", "/v3/users/ai-assistant/subscribe", "atlas", json!({}), json!("null"));
    assert_eq!((&null["status"], &null["body"]["error_code"]), (&json!(400), &json!("WKS.0001")), "{null}");
    for body in
        ["[]", "7", "{\"add\":", "{\"add\":{},\"add\":{}}", "{\"remove\":{}}", "{\"add\":{\"users\":{}}}", "{} {}"]
    {
        let bad = call("POST", "/v3/users/ai-assistant/subscribe", "atlas", json!({}), json!(body));
        assert_eq!(
            (&bad["status"], &bad["body"]["error_code"]),
            (&json!(400), &json!("WKS.00990400")),
            "{body}: {bad}"
        );
    }
    for query in [json!({"limit": "1", "more": "1"}), json!({"limit": ""}), json!({"offset": "+1"})] {
        let bad = call("GET", "/v3/users/ai-assistant/subscribe", "atlas", query, Value::Null);
        assert_eq!((&bad["status"], &bad["body"]["error_code"]), (&json!(400), &json!("WKS.00990400")), "{bad}");
    }
    let missing = call("GET", "/v3/users/ai-assistant/subscribe", "", json!({}), Value::Null);
    assert_eq!(missing["status"], 400, "no X-Project-Id: {missing}");
}
