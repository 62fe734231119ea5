//! AuthZEN 1.0: what the specification says of requests and answers, and how they are understood here.

use serde_json::{Value, json};

use super::serve;

const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";

fn ask(user: &str, action: &str, kind: &str, id: &str) -> Value {
    json!({
        "subject": { "type": "user", "id": user },
        "action": { "name": action },
        "resource": { "type": kind, "id": id },
        "context": { "namespace": "acme" },
    })
}

#[test]
fn a_decision_says_why() {
    let running = serve("");
    let mut client = running.trusted();
    let answer = client.post(ONE, &ask("ann", "READ", "aisvc:agent", "7"));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let answer = answer.json();
    assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&json!(true), &json!("granted")));
    assert!(answer["context"]["permission"].is_string() && answer["context"]["revision"].is_u64(), "{answer}");

    let denied = client.post(ONE, &ask("ann", "READ", "aisvc:agent", "secret"));
    assert_eq!(denied.status, 200, "a deny is an answer");
    assert_eq!((&denied.json()["decision"], &denied.json()["context"]["reason"]), (&json!(false), &json!("denied")));
    let nothing = client.post(ONE, &ask("bob", "READ", "aisvc:agent", "7")).json();
    assert_eq!(
        nothing,
        json!({"decision": false, "context": {"reason": "no_grant", "revision": answer["context"]["revision"]}})
    );
}

#[test]
fn subjects_attributes_and_circumstances_count() {
    let running = serve("");
    let mut client = running.trusted();
    let mut says = |change: &dyn Fn(&mut Value)| {
        let mut request = ask("bob", "EDIT", "filesvc:file", "7");
        request["resource"]["properties"] = json!({"stage": "draft"});
        change(&mut request);
        let answer = client.post(ONE, &request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        (answer["decision"] == true, answer["context"]["reason"].as_str().unwrap_or_default().to_owned())
    };
    let granted = (true, "granted".to_owned());
    let no_grant = (false, "no_grant".to_owned());
    assert_eq!(says(&|_| {}), granted, "by the group above bob's");
    assert_eq!(says(&|r| r["resource"]["properties"] = json!({"stage": "final"})), no_grant);
    assert_eq!(
        says(&|r| drop(r["resource"].as_object_mut().unwrap().remove("properties"))),
        no_grant,
        "nothing is known"
    );
    assert_eq!(says(&|r| r["subject"]["properties"] = json!({"groups": []})), no_grant, "exactly these groups");
    assert_eq!(says(&|r| r["subject"]["properties"] = json!({"groups": ["staff"]})), granted);
    assert_eq!(
        says(&|r| r["subject"]["properties"] = json!({"department": "sales"})),
        granted,
        "other properties do not count"
    );
    assert_eq!(says(&|r| r["subject"] = json!({"type": "usergroup", "id": "desk"})), granted);
    assert_eq!(says(&|r| r["subject"] = json!({"type": "permprofile", "id": "job"})), no_grant);
    assert_eq!(says(&|r| r["context"]["namespace"] = json!("other")), no_grant);
    // A name of more than three segments: the type is all but the last.
    assert_eq!(says(&|r| r["resource"]["type"] = json!("filesvc:file:folder")), granted);
    // A profile alone.
    let mut job = ask("", "RUN", "aisvc:tool", "hammer");
    job["subject"] = json!({"type": "permprofile", "id": "job"});
    assert_eq!(client.post(ONE, &job).json()["decision"], true);
}

#[test]
fn what_is_wrong_with_one_evaluation_denies_it_and_says_so() {
    let running = serve("");
    let mut client = running.trusted();
    let mut wrong = |field: &str, change: &dyn Fn(&mut Value)| {
        let mut request = ask("ann", "READ", "aisvc:agent", "7");
        change(&mut request);
        let answer = client.post(ONE, &request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        assert_eq!((&answer["decision"], &answer["context"]["reason"]), (&json!(false), &json!("invalid")), "{answer}");
        assert_eq!(answer["context"]["error"]["field"], field, "{answer}");
        answer["context"]["error"]["code"].as_u64().unwrap()
    };
    for id in ["*", "a*", "a?"] {
        assert_eq!(wrong("resource.id", &|r| r["resource"]["id"] = json!(id)), 107);
    }
    for id in ["secret:7", ":", "7:"] {
        assert_eq!(wrong("resource.id", &|r| r["resource"]["id"] = json!(id)), 106);
    }
    assert_eq!(wrong("resource.type", &|r| r["resource"]["type"] = json!("aisvc:*")), 107);
    assert_eq!(wrong("irn", &|r| r["resource"]["type"] = json!("aisvc")), 102);
    assert_eq!(wrong("irn", &|r| r["resource"]["type"] = json!("aisvc::x")), 101);
    assert_eq!(wrong("irn", &|r| r["resource"]["id"] = json!("a b")), 106);
    assert_eq!(wrong("irn", &|r| r["resource"]["id"] = json!("")), 101);
    assert_eq!(wrong("action", &|r| r["action"]["name"] = json!("read")), 202);
    assert_eq!(wrong("user", &|r| r["subject"]["id"] = json!("")), 206);
    assert_eq!(wrong("subject.type", &|r| r["subject"]["type"] = json!("robot")), 205);
    assert_eq!(wrong("namespace", &|r| r["context"]["namespace"] = json!("")), 206);
    assert_eq!(wrong("context.namespace", &|r| r["context"] = json!({})), 206);
    assert_eq!(wrong("context.at", &|r| r["context"]["at"] = json!("yesterday")), 209);
    assert_eq!(wrong("resource.properties.a", &|r| r["resource"]["properties"] = json!({"a": ["b"]})), 208);
    assert_eq!(wrong("subject.properties.groups", &|r| r["subject"]["properties"] = json!({"groups": "staff"})), 206);
    let named = json!({"type": "usergroup", "id": "desk", "properties": {"groups": []}});
    assert_eq!(wrong("subject.properties.groups", &|r| r["subject"] = named.clone()), 511);
}

#[test]
fn a_request_that_cannot_be_read_is_400_with_a_line_of_text() {
    let running = serve("");
    let mut client = running.trusted();
    let json = [("Content-Type", "application/json")];
    let good = ask("ann", "READ", "aisvc:agent", "7");
    let mut bodies: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "is empty"),
        (b" \n".to_vec(), "is empty"),
        (b"{".to_vec(), "cannot be read"),
        (b"[]".to_vec(), "expected a JSON object"),
        (b"null".to_vec(), "expected a JSON object"),
        (good.to_string().replace("ann", "a\u{0}").into_bytes(), "control character"),
        ([good.to_string().as_bytes(), b"x"].concat(), "trailing"),
        (good.to_string().replace("\"ann\"", "\"ann\",\"id\":\"bob\"").into_bytes(), "`id` stands twice"),
        (good.to_string().replace("\"ann\"", "7").into_bytes(), "subject.id"),
        ([&b"{\"subject\": \"\xff\"}"[..]].concat(), "unicode"),
        (("[".repeat(100_000)).into_bytes(), "nested deeper"),
    ];
    for entity in ["subject", "action", "resource"] {
        let (mut missing, mut list) = (good.clone(), good.clone());
        missing.as_object_mut().unwrap().remove(entity);
        bodies.push((missing.to_string().into_bytes(), entity));
        list[entity] = json!(["user", "ann", {}]);
        bodies.push((list.to_string().into_bytes(), "expected an object"));
    }
    for (entity, key) in [("subject", "type"), ("subject", "id"), ("action", "name"), ("resource", "id")] {
        let mut missing = good.clone();
        missing[entity].as_object_mut().unwrap().remove(key);
        bodies.push((missing.to_string().into_bytes(), key));
    }
    for (body, why) in bodies {
        for path in [ONE, MANY] {
            let answer = client.send("POST", path, &json, &body);
            assert_eq!(answer.status, 400, "{path} {}: {}", String::from_utf8_lossy(&body), answer.text());
            assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
            assert!(answer.text().contains(why), "{why}: {}", answer.text());
        }
    }
    for kind in [None, Some("text/plain"), Some("application/jsonp"), Some("application/x-www-form-urlencoded")] {
        let headers: Vec<_> = kind.map(|kind| ("Content-Type", kind)).into_iter().collect();
        assert_eq!(client.send("POST", ONE, &headers, good.to_string().as_bytes()).status, 400, "{kind:?}");
    }
    let with_charset = [("Content-Type", "Application/JSON; charset=utf-8")];
    assert_eq!(client.send("POST", ONE, &with_charset, good.to_string().as_bytes()).status, 200);
    assert_eq!(client.get(ONE).status, 405);
}

#[test]
fn unknown_fields_and_a_context_of_any_kind_do_not_matter() {
    let running = serve("default_namespace = \"acme\"");
    let mut client = running.trusted();
    let mut request = ask("ann", "READ", "aisvc:agent", "7");
    request["more"] = json!({"deep": [1, 2, {"x": null}]});
    request["action"]["properties"] = json!({"method": "GET"});
    request["subject"]["more"] = json!(1);
    for context in [json!({"time": "1985-10-26T01:22-07:00", "ip": "::1"}), json!({}), Value::Null] {
        request["context"] = context;
        assert_eq!(client.post(ONE, &request).json()["decision"], true, "{request}");
    }
    request.as_object_mut().unwrap().remove("context");
    assert_eq!(client.post(ONE, &request).json()["decision"], true, "the default namespace");
}

#[test]
fn several_take_what_they_leave_out_from_the_top_whole() {
    let running = serve("");
    let mut client = running.trusted();
    let mut request = ask("ann", "READ", "aisvc:agent", "7");
    request["resource"]["properties"] = json!({"stage": "draft"});
    request["evaluations"] = json!([
        {},
        {"resource": {"type": "aisvc:agent", "id": "secret"}},
        {"subject": {"type": "user", "id": "bob"}, "action": {"name": "EDIT"}, "resource": {"type": "filesvc:file", "id": "1"}},
        {"subject": {"id": "bob"}},
        {"context": {}},
        7,
        {"subject": {"type": "user", "id": "bob"}, "action": {"name": "EDIT"},
         "resource": {"type": "filesvc:file", "id": "1", "properties": {"stage": "draft"}}},
    ]);
    let answer = client.post(MANY, &request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answers = answer.json()["evaluations"].clone();
    let decisions: Vec<_> = answers.as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect();
    // The third's resource replaces the default with its properties; the fourth has no type; the fifth no namespace.
    assert_eq!(decisions, [true, false, false, false, false, false, true], "{answers}");
    let reasons: Vec<_> = (0..7).map(|i| answers[i]["context"]["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["granted", "denied", "no_grant", "invalid", "invalid", "invalid", "granted"]);
    assert!(answers[3]["context"]["error"]["message"].as_str().unwrap().contains("type"), "{answers}");
    let revisions: Vec<_> = [0, 1, 2, 6].iter().map(|i| &answers[*i]["context"]["revision"]).collect();
    assert!(revisions.iter().all(|revision| *revision == revisions[0]), "one state");
}

#[test]
fn without_evaluations_the_top_is_one() {
    let running = serve("");
    let mut client = running.trusted();
    let mut request = ask("ann", "READ", "aisvc:agent", "7");
    let one = client.post(ONE, &request).json();
    assert_eq!(client.post(MANY, &request).json(), one);
    request["evaluations"] = json!([]);
    assert_eq!(client.post(MANY, &request).json(), one);
    assert!(one["decision"] == true && one.get("evaluations").is_none());
    request["evaluations"] = json!({});
    assert_eq!(client.post(MANY, &request).status, 400);
}

#[test]
fn the_three_semantics() {
    let running = serve("");
    let mut client = running.trusted();
    let yes = json!({"resource": {"type": "aisvc:agent", "id": "7"}});
    let no = json!({"resource": {"type": "aisvc:agent", "id": "secret"}});
    let fails = json!({"resource": {"type": "aisvc:agent"}});
    let mut answers = |semantic: &str, items: &[&Value]| {
        let mut request = ask("ann", "READ", "x:y", "z");
        request["evaluations"] = json!(items);
        request["options"] = json!({"evaluations_semantic": semantic, "another": 1});
        let answer = client.post(MANY, &request).json();
        let list = answer["evaluations"].as_array().unwrap().clone();
        list.iter().map(|one| one["decision"].as_bool().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(answers("execute_all", &[&yes, &no, &fails, &yes]), [true, false, false, true]);
    assert_eq!(answers("deny_on_first_deny", &[&yes, &no, &yes]), [true, false]);
    assert_eq!(answers("deny_on_first_deny", &[&yes, &fails, &yes]), [true, false], "a failure denies");
    assert_eq!(answers("deny_on_first_deny", &[&yes, &yes]), [true, true]);
    assert_eq!(answers("permit_on_first_permit", &[&no, &fails, &yes, &no]), [false, false, true]);
    assert_eq!(answers("permit_on_first_permit", &[&no, &no]), [false, false]);
    let mut request = ask("ann", "READ", "x:y", "z");
    request["evaluations"] = json!([yes]);
    for options in [json!({"evaluations_semantic": "first"}), json!({"evaluations_semantic": 1}), json!([])] {
        request["options"] = options;
        assert_eq!(client.post(MANY, &request).status, 400, "{request}");
    }
}

#[test]
fn callers_that_are_not_trusted_ask_about_themselves() {
    let running = serve("");
    let mut ann = running.ann();
    let own = ask("ann", "READ", "aisvc:agent", "7");
    assert_eq!(ann.post(ONE, &own).json()["decision"], true);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut request = own.clone();
        change(&mut request);
        let answer = running.ann().post(ONE, &request);
        assert_eq!(answer.status, 403, "{request}: {}", answer.text());
        // One of several is enough.
        let mut batch = own.clone();
        batch["evaluations"] = json!([{}, request]);
        assert_eq!(running.ann().post(MANY, &batch).status, 403, "{request}");
    };
    refused(&|r| r["subject"]["id"] = json!("bob"));
    refused(&|r| r["subject"]["type"] = json!("usergroup"));
    refused(&|r| r["subject"]["type"] = json!("permprofile"));
    refused(&|r| r["subject"]["properties"] = json!({"groups": ["staff"]}));
    refused(&|r| r["subject"]["properties"] = json!({"permprofiles": []}));
    refused(&|r| r["context"]["at"] = json!("2030-01-01T00:00:00Z"));
}

#[test]
fn who_is_not_known_is_401_with_a_challenge() {
    let running = serve("");
    let body = ask("ann", "READ", "aisvc:agent", "7");
    let token = format!("Bearer {}", super::TRUSTED);
    let cases: [(&[&str], &str); 9] = [
        (&[], "Bearer realm=\"grantrie\""),
        (&["Bearer wrong"], "invalid_token"),
        (&["Bearer "], "invalid_request"),
        (&["Bearer"], "invalid_request"),
        (&["Basic dXNlcjpwYXNz"], "invalid_request"),
        (&["the-token-of-a-trusted-service"], "invalid_request"),
        (&["Bearer the-token-of-a-trusted-servicE"], "invalid_token"),
        (&[&token, &token], "invalid_request"),
        (&["Bearer the-secret-key-of-AKTEST"], "invalid_token"),
    ];
    for (headers, challenge) in cases {
        for path in [ONE, MANY] {
            let headers: Vec<_> = headers.iter().map(|value| ("Authorization", *value)).collect();
            let headers = [&headers[..], &[("Content-Type", "application/json")]].concat();
            let answer = running.server.client().send("POST", path, &headers, body.to_string().as_bytes());
            assert_eq!(answer.status, 401, "{headers:?}");
            let told = answer.header("www-authenticate").unwrap_or_default();
            assert!(told.starts_with("Bearer realm=") && told.contains(challenge), "{headers:?}: {told}");
        }
    }
    // A token in the query or the body is none (RFC 6750, 2.2 and 2.3, are not offered).
    let target = format!("{ONE}?access_token={}", super::TRUSTED);
    assert_eq!(running.server.client().post(&target, &body).status, 401);
}

#[test]
fn request_ids_are_echoed_or_made() {
    let running = serve("");
    let body = ask("ann", "READ", "aisvc:agent", "7").to_string();
    let send = |ids: &[&str], body: &str| {
        let ids: Vec<_> = ids.iter().map(|id| ("X-Request-ID", *id)).collect();
        let headers = [&ids[..], &[("Content-Type", "application/json")]].concat();
        let answer = running.trusted().send("POST", ONE, &headers, body.as_bytes());
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(send(&["bfe9eb29-ab87-4ca3-be83-a1d5d8305716"], &body), "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
    assert_eq!(send(&["x"], "not json"), "x", "on errors too");
    assert_eq!(send(&[], &body).len(), 36);
    assert_ne!(send(&[], &body), send(&[], &body));
    for bad in [&["a b"][..], &["a", "b"], &[&"x".repeat(129)], &["é"]] {
        assert_eq!(send(bad, &body).len(), 36, "{bad:?}");
    }
}

#[test]
fn batches_are_bounded() {
    let running = serve("[limits]\nbatch_items = 5");
    let mut request = ask("ann", "READ", "aisvc:agent", "7");
    request["evaluations"] = json!([{}, {}, {}, {}, {}]);
    assert_eq!(running.trusted().post(MANY, &request).json()["evaluations"].as_array().unwrap().len(), 5);
    request["evaluations"].as_array_mut().unwrap().push(json!({}));
    let answer = running.trusted().post(MANY, &request);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("6 items, at most 5 (`limits.batch_items`)"), "{}", answer.text());
}

#[test]
fn the_configuration_names_what_there_is() {
    let running = serve("public_url = \"https://pdp.example.com/\"");
    let answer = running.server.client().get("/.well-known/authzen-configuration");
    let expected = json!({
        "policy_decision_point": "https://pdp.example.com",
        "access_evaluation_endpoint": "https://pdp.example.com/access/v1/evaluation",
        "access_evaluations_endpoint": "https://pdp.example.com/access/v1/evaluations",
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
    let local = serve("");
    let answer = local.server.client().get("/.well-known/authzen-configuration").json();
    assert_eq!(answer["policy_decision_point"], format!("http://{}", local.server.address()));
}
