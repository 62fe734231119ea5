//! What the command does, over HTTP. That the answers are right is the corpus's to show; here is who may ask, and how it is refused.

use serde_json::{Value, json};

use super::{Running, serve};

const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

const GETS: [&str; 4] = [
    "/admin/v1/permissions",
    "/admin/v1/subscriptions?project=p",
    "/admin/v1/pattern?pattern=a:b:*",
    "/admin/v1/audit",
];

const POSTS: [&str; 3] = ["/admin/v1/check", "/admin/v1/explain", "/admin/v1/changes"];

fn put_user(id: &str) -> Value {
    json!({"changes": [{"put_user": {"user_id": id, "groups": ["staff"]}}]})
}

fn problems(answer: &grantrie_testkit::serve::Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.text());
    answer.json()["problems"].as_array().unwrap().clone()
}

#[test]
fn only_trusted_callers_are_answered() {
    let running = serve("");
    let body = put_user("eve");
    for (client, status) in
        [(running.server.client(), 401), (running.ann(), 403), (running.server.client().with_token("x"), 401)]
    {
        let mut client = client;
        for path in GETS {
            let answer = client.get(path);
            assert_eq!((answer.status, problems(&answer).len()), (status, 1), "{path}");
        }
        for path in POSTS {
            assert_eq!(client.post(path, &body).status, status, "{path}");
        }
    }
    assert_eq!(running.server.client().get("/readyz").json()["revision"], 1, "nothing was changed");
}

#[test]
fn a_change_shows_at_once_and_is_audited() {
    let running = serve("store = \"grantrie.db\"");
    let mut client = running.trusted();
    let may = |running: &Running| {
        let evaluation = json!({"subject": {"type": "user", "id": "eve"}, "action": {"name": "EDIT"},
            "resource": {"type": "filesvc:file", "id": "1", "properties": {"stage": "draft"}}, "context": {"namespace": "acme"}});
        running.trusted().post("/access/v1/evaluation", &evaluation).json()["decision"] == true
    };
    assert!(!may(&running));
    let id = [("X-Request-ID", "change-7"), ("Content-Type", "application/json")];
    let answer = client.send("POST", "/admin/v1/changes", &id, put_user("eve").to_string().as_bytes());
    assert_eq!((answer.status, answer.json()), (200, json!({"revision": 2})), "{}", answer.text());
    assert!(may(&running));
    let audit = client.get("/admin/v1/audit?principal=user:eve").json();
    assert_eq!(audit["records"].as_array().unwrap().len(), 1, "{audit}");
    let record = &audit["records"][0];
    assert_eq!(
        (&record["actor"], &record["origin"], &record["request_id"]),
        (&json!("user:portal"), &json!("administration"), &json!("change-7"))
    );
    assert_eq!((&record["cause"], &record["before"]), (&json!("change"), &Value::Null));

    // In pages.
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/admin/v1/audit?limit=3{after}")).json();
        seen.extend(
            page["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|record| (record["revision"].clone(), record["index"].clone())),
        );
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let all = client.get("/admin/v1/audit").json()["records"].as_array().unwrap().len();
    assert!(seen.len() == all && all > 5, "{seen:?}");
    assert_eq!(client.get("/admin/v1/audit?actor=nobody").json(), json!({"records": []}));
}

#[test]
fn what_is_refused_is_told_with_every_place_and_nothing_is_done() {
    let running = serve("");
    let mut client = running.trusted();
    let body = b"{\"changes\": [{\"put_user\": {\"user_id\": \"good\"}},\n  {\"put_user\": {\"user_id\": \"\"}}, {\"remove_permission\": \"00000000-0000-0000-0000-000000000007\"}]}";
    let answer = client.send("POST", "/admin/v1/changes", &JSON, body);
    assert_eq!(answer.status, 400);
    let told: Vec<_> =
        problems(&answer).iter().map(|problem| (problem["code"].clone(), problem["line"].clone())).collect();
    assert_eq!(told, [(json!(206), json!(2)), (json!(301), json!(2))], "{}", answer.text());
    assert_eq!(client.get("/readyz").json()["revision"], 1);
    for body in
        [&b""[..], b"{", b"[]", b"{\"changes\": [{\"put_user\": {\"user_id\": \"a\", \"user_id\": \"b\"}}]}", b"\xff"]
    {
        let answer = client.send("POST", "/admin/v1/changes", &JSON, body);
        assert!(answer.status == 400 && !problems(&answer).is_empty(), "{}", answer.text());
    }
    // Pages of other hosts can send this much without asking.
    let answer = client.send(
        "POST",
        "/admin/v1/changes",
        &[("Content-Type", "text/plain")],
        put_user("eve").to_string().as_bytes(),
    );
    assert_eq!((answer.status, &problems(&answer)[0]["name"]), (415, &json!("not_json")));
    let answer = client.get("/admin/v1/audit");
    assert_eq!((answer.status, &problems(&answer)[0]["name"]), (404, &json!("no_store")));
}

#[test]
fn parameters_are_strict() {
    let running = serve("store = \"grantrie.db\"");
    let mut client = running.trusted();
    for target in [
        "/admin/v1/permissions?irn=a:b",
        "/admin/v1/permissions?irn=a:b:c&irn=*:*:*",
        "/admin/v1/permissions?pattern_match=yes",
        "/admin/v1/permissions?limit=10001",
        "/admin/v1/permissions?offset=-1",
        "/admin/v1/permissions?irn=%ff",
        "/admin/v1/permissions?namespaces=acme",
        "/admin/v1/subscriptions",
        "/admin/v1/subscriptions?project=p&user=",
        "/admin/v1/subscriptions?project=p&user=u&group=g&no_group=true",
        "/admin/v1/pattern",
        "/admin/v1/audit?limit=0",
        "/admin/v1/audit?after=7",
        "/admin/v1/audit?after=18446744073709551615.0",
        "/admin/v1/audit?principal=ann",
        "/admin/v1/audit?since=yesterday",
    ] {
        let answer = client.get(target);
        assert!(answer.status == 400 && problems(&answer).len() == 1, "{target}: {} {}", answer.status, answer.text());
    }
    assert_eq!(client.get("/admin/v1/nothing").status, 404);
    assert_eq!(client.send("DELETE", "/admin/v1/changes", &[], b"").status, 405);
}
