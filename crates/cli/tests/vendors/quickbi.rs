//! Quick BI Smart Q&A grants, with both of the vendor's clients and all three ways in which they sign.

use serde_json::{Value, json};

use super::{Running, permission, serve};

/// ACS3, the older signature from the newer client, and the older client.
const CLIENTS: [&str; 3] = ["quickbi", "quickbi_v2", "quickbi_before"];

fn may(running: &Running, user: &str, irn: &str) -> bool {
    running.may(user, "QUERY", irn)
}

fn failures(answer: &Value) -> &Vec<Value> {
    assert_eq!(answer["Success"], true, "{answer}");
    answer["Result"].as_array().unwrap()
}

#[test]
fn grants_are_added_checked_read_back_and_deleted_with_every_signature() {
    let mut running = serve(&json!({}), "");
    for client in CLIENTS {
        let mut clients = running.clients();
        // As the seed's table of parameters has it, and `CubeIds`, which is newer.
        let grant = json!({"operation_type": 0, "user_ids": "u1,u2", "llm_cubes": "c1,c2", "llm_cube_themes": "t1", "expire_day": "2099-12-31"});
        let answer = clients.call(client, "smartq_authorize", grant);
        assert!(failures(&answer).is_empty(), "{answer}");
        assert!(answer["RequestId"].as_str().is_some_and(|id| !id.is_empty()));
        for user in ["u1", "u2"] {
            for irn in ["quickbi:llmcube:c1", "quickbi:llmcube:c2", "quickbi:llmcubetheme:t1"] {
                assert!(may(&running, user, irn), "{client} {user} {irn}");
            }
        }
        assert!(!may(&running, "u3", "quickbi:llmcube:c1") && !may(&running, "u1", "quickbi:cube:c1"));
        assert!(!running.may("u1", "EDIT", "quickbi:llmcube:c1"), "QUERY and nothing else");
        running.restart();
        assert!(may(&running, "u1", "quickbi:llmcubetheme:t1"), "it is in the store");

        let mut clients = running.clients();
        let held = clients.call(client, "query_llm_cube_with_theme_list_by_user_id", json!({"user_id": "u1"}));
        assert_eq!(held["Result"], json!({"CubeIds": {"c1": "c1", "c2": "c2"}, "ThemeIds": {"t1": "t1"}}));
        let delete = json!({"operation_type": 1, "user_ids": "u1,u2", "llm_cubes": "c1", "llm_cube_themes": "t1"});
        assert!(failures(&clients.call(client, "smartq_authorize", delete)).is_empty());
        assert!(!may(&running, "u1", "quickbi:llmcube:c1") && may(&running, "u1", "quickbi:llmcube:c2"));
        let held = clients.call(client, "query_llm_cube_with_theme_list_by_user_id", json!({"user_id": "u1"}));
        assert_eq!(held["Result"], json!({"CubeIds": {"c2": "c2"}, "ThemeIds": {}}));
        let delete = json!({"operation_type": 1, "user_ids": "u1,u2", "llm_cubes": "c2"});
        assert!(failures(&clients.call(client, "smartq_authorize", delete)).is_empty());
        running.restart();
        assert!(!may(&running, "u1", "quickbi:llmcube:c2"));
    }
}

#[test]
fn the_seeds_example_values_are_masked_so_as_ids_of_resources_they_are_refused() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let masked = "wasdasd*******1235235sd,ASDAS*********ASDAW123";
    let order = |cubes: &str| json!({"operation_type": 0, "user_ids": masked, "llm_cubes": cubes, "llm_cube_themes": cubes, "expire_day": "2099-12-31"});
    let error = clients.fails("quickbi", "smartq_authorize", order(masked));
    assert_eq!(error["code"], "Invalid.Parameter.Error", "a name has no `*`: {error}");
    // As ids of users they are ids like any other.
    assert!(
        failures(&clients.call("quickbi", "smartq_authorize", order("wasdasd-1235235sd,ASDAS-ASDAW123"))).is_empty()
    );
    assert!(may(&running, "wasdasd*******1235235sd", "quickbi:llmcube:ASDAS-ASDAW123"));
    assert!(!may(&running, "wasdasdX1235235sd", "quickbi:llmcube:ASDAS-ASDAW123"));
}

#[test]
fn a_call_may_be_a_get_too() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let order = json!({"method": "GET", "operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"});
    assert!(failures(&clients.call("quickbi_before", "smartq_authorize", order)).is_empty());
    assert!(may(&running, "u1", "quickbi:llmcube:c1"));
    let asked = json!({"method": "GET", "cube_id": "d1", "user_id": "u1"});
    let answer = clients.call("quickbi_before", "query_smartq_permission_by_cube_id", asked);
    assert_eq!(answer["Result"]["HasPerssion"], false);
}

#[test]
fn datasets_are_granted_and_asked_for() {
    let running = serve(&json!({}), "");
    for client in CLIENTS {
        let mut clients = running.clients();
        let cube = |user: &str| json!({"cube_id": "d1", "user_id": user});
        let before = clients.call(client, "query_smartq_permission_by_cube_id", cube("u1"));
        assert_eq!(before["Result"], json!({"CubeId": "d1", "CubeName": "d1", "HasPerssion": false}));
        assert_eq!(clients.call(client, "query_dataset_smartq_status", json!({"cube_id": "d1"}))["Result"], false);
        // The older client has no name for the parameter.
        let grant = |operation: u8| json!({"operation_type": operation, "user_ids": "u1", "cube_ids": "d1"});
        let granting = if client == "quickbi_before" { "quickbi" } else { client };
        assert!(failures(&clients.call(granting, "smartq_authorize", grant(0))).is_empty());
        assert!(may(&running, "u1", "quickbi:cube:d1"));
        let after = clients.call(client, "query_smartq_permission_by_cube_id", cube("u1"));
        assert_eq!((&after["Result"]["HasPerssion"], &after["Success"]), (&json!(true), &json!(true)));
        assert_eq!(
            clients.call(client, "query_smartq_permission_by_cube_id", cube("u2"))["Result"]["HasPerssion"],
            false
        );
        assert_eq!(clients.call(client, "query_dataset_smartq_status", json!({"cube_id": "d1"}))["Result"], true);
        assert!(failures(&clients.call(granting, "smartq_authorize", grant(1))).is_empty());
        assert!(!may(&running, "u1", "quickbi:cube:d1"));
    }
}

#[test]
fn reading_back_says_what_a_check_says() {
    // A group's grant, a wildcard and a DENY, none of which this interface makes.
    let mut group = permission("analysts", "quickbi:llmcube:shared", &["QUERY"]);
    group["_user"]["_type"] = json!("usergroup");
    let mut deny = permission("ann", "quickbi:llmcube:secret", &["QUERY"]);
    deny["_effect"] = json!("DENY");
    let world = json!({
        "permissions": [group, deny, permission("bob", "quickbi:*:*", &["*"]), permission("carl", "quickbi:llmcube:secret", &["QUERY"]),
                        permission("carl", "quickbi:llmcubetheme:t", &["EDIT"])],
        "directory": {"users": [{"user_id": "ann", "groups": ["analysts"]}, {"user_id": "bob"}, {"user_id": "carl"}]},
    });
    let running = serve(&world, "");
    let mut clients = running.clients();
    for (user, cubes, themes) in [
        ("ann", json!({"shared": "shared"}), json!({})),
        ("bob", json!({"secret": "secret", "shared": "shared"}), json!({"t": "t"})),
        ("carl", json!({"secret": "secret"}), json!({})),
    ] {
        let held = clients.call("quickbi", "query_llm_cube_with_theme_list_by_user_id", json!({"user_id": user}));
        assert_eq!(held["Result"], json!({"CubeIds": cubes, "ThemeIds": themes}), "{user}");
        for id in ["shared", "secret"] {
            let checked = may(&running, user, &format!("quickbi:llmcube:{id}"));
            assert_eq!(held["Result"]["CubeIds"].get(id).is_some(), checked, "{user} {id}");
        }
    }
    let cube = json!({"cube_id": "any", "user_id": "bob"});
    assert_eq!(clients.call("quickbi", "query_smartq_permission_by_cube_id", cube)["Result"]["HasPerssion"], true);
}

#[test]
fn a_repeated_add_is_a_new_grant_and_a_repeated_delete_is_nothing() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let add = || json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1", "expire_day": "2099-12-31"});
    let delete = || json!({"operation_type": 1, "user_ids": "u1", "llm_cubes": "c1"});
    for count in 1..=3 {
        assert!(failures(&clients.call("quickbi", "smartq_authorize", add())).is_empty());
        assert_eq!(running.audit("quickbi").len(), count, "each stands in the audit");
    }
    assert!(failures(&clients.call("quickbi", "smartq_authorize", delete())).is_empty());
    let revision = running.revision();
    for _ in 0..2 {
        assert!(failures(&clients.call("quickbi", "smartq_authorize", delete())).is_empty(), "no failure");
    }
    assert_eq!((running.revision(), running.audit("quickbi").len()), (revision, 4), "no record");
}

#[test]
fn unknown_users_are_failures_while_the_rest_succeeds() {
    let world = json!({"directory": {"users": [{"user_id": "u1"}, {"user_id": "u2"}]}});
    let running = serve(&world, "");
    for client in CLIENTS {
        let mut clients = running.clients();
        let order =
            json!({"operation_type": 0, "user_ids": "u1,nobody,u2", "llm_cubes": "c1", "llm_cube_themes": "t1"});
        let answer = clients.call(client, "smartq_authorize", order);
        assert_eq!(
            *failures(&answer),
            [
                json!({"UserId": "nobody", "LlmCube": "c1", "DetailMessage": "User.Not.In.Organization"}),
                json!({"UserId": "nobody", "LlmCubeTheme": "t1", "DetailMessage": "User.Not.In.Organization"}),
            ],
            "{client}"
        );
        assert!(may(&running, "u1", "quickbi:llmcube:c1") && may(&running, "u2", "quickbi:llmcubetheme:t1"));
        assert!(!may(&running, "nobody", "quickbi:llmcube:c1"));
        let one = clients.fails(client, "query_llm_cube_with_theme_list_by_user_id", json!({"user_id": "nobody"}));
        assert_eq!((&one["status"], &one["code"]), (&json!(400), &json!("ApiUser.Not.Exists")), "{one}");
    }
    let mut clients = running.clients();
    let origin =
        clients.fails("quickbi", "smartq_auth_transfer", json!({"origin_user_id": "nobody", "target_user_ids": "u1"}));
    assert_eq!(origin["code"], "ApiUser.Not.Exists", "{origin}");
    let target = clients.fails(
        "quickbi",
        "smartq_auth_transfer",
        json!({"origin_user_id": "u1", "target_user_ids": "u2,nobody"}),
    );
    assert_eq!((&target["status"], &target["code"]), (&json!(400), &json!("User.Not.In.Organization")), "{target}");
}

#[test]
fn a_transfer_copies_and_keeps_the_expiry() {
    let mut running = serve(&json!({}), "");
    let mut clients = running.clients();
    let add = |users: &str, cube: &str, day: &str| json!({"operation_type": 0, "user_ids": users, "llm_cubes": cube, "expire_day": day});
    clients.call("quickbi", "smartq_authorize", add("origin", "short", "2090-01-01"));
    clients.call("quickbi", "smartq_authorize", add("origin", "long", "2099-01-01"));
    clients.call(
        "quickbi",
        "smartq_authorize",
        json!({"operation_type": 0, "user_ids": "origin", "llm_cube_themes": "t", "expire_day": "2095-01-01"}),
    );
    clients.call("quickbi", "smartq_authorize", add("t2", "short", "2099-06-01"));
    let expiry = |running: &Running, user: &str| {
        let target = format!(
            "/passportsvc/api/v1/permissions?_namespace=acme&_resourceDesc._irn=*:*:*&patternmatch=true&_user._type=user&_user._id={user}"
        );
        let list = running.trusted().get(&target).json()["_list"].as_array().unwrap().clone();
        let mut found: Vec<String> = list
            .iter()
            .map(|item| {
                format!("{} {}", item["_resourceDesc"]["_irn"].as_str().unwrap(), item["_expiresAt"].as_str().unwrap())
            })
            .collect();
        found.sort_unstable();
        found
    };
    let own = expiry(&running, "origin");
    assert_eq!(
        own,
        [
            "quickbi:llmcube:long 2099-01-01T16:00:00Z",
            "quickbi:llmcube:short 2090-01-01T16:00:00Z",
            "quickbi:llmcubetheme:t 2095-01-01T16:00:00Z"
        ]
    );
    for (client, target) in CLIENTS.into_iter().zip(["t1", "t3", "t4"]) {
        let transfer = json!({"origin_user_id": "origin", "target_user_ids": format!("{target},t2,origin")});
        let answer = clients.call(client, "smartq_auth_transfer", transfer.clone());
        assert_eq!((&answer["Result"], &answer["Success"]), (&json!(true), &json!(true)));
        assert_eq!(expiry(&running, target), own);
        let revision = running.revision();
        clients.call(client, "smartq_auth_transfer", transfer);
        assert_eq!(running.revision(), revision, "there is nothing left to copy");
    }
    assert_eq!(expiry(&running, "origin"), own, "the first keeps them");
    assert!(
        expiry(&running, "t2").contains(&"quickbi:llmcube:short 2099-06-01T16:00:00Z".to_owned()),
        "nobody loses by it"
    );
    running.restart();
    assert!(may(&running, "t1", "quickbi:llmcube:long") && may(&running, "t2", "quickbi:llmcubetheme:t"));
}

#[test]
fn a_permission_of_another_making_is_left_alone() {
    let world = json!({"permissions": [permission("u1", "quickbi:llmcube:c1", &["EDIT", "QUERY"]), permission("u1", "quickbi:llmcube:c2", &["*"])]});
    let running = serve(&world, "");
    let mut clients = running.clients();
    for operation in [0, 1] {
        let order = json!({"operation_type": operation, "user_ids": "u1", "llm_cubes": "c1,c2,c3"});
        let answer = clients.call("quickbi", "smartq_authorize", order);
        let failed: Vec<_> = failures(&answer)
            .iter()
            .map(|failure| (failure["LlmCube"].clone(), failure["DetailMessage"].clone()))
            .collect();
        let why = json!("Permission.Managed.Elsewhere");
        assert_eq!(failed, [(json!("c1"), why.clone()), (json!("c2"), why)]);
        assert_eq!(may(&running, "u1", "quickbi:llmcube:c3"), operation == 0);
    }
    assert!(running.may("u1", "EDIT", "quickbi:llmcube:c1") && running.may("u1", "RUN", "quickbi:llmcube:c2"));
    // A transfer neither copies what is more than a grant, nor overwrites it.
    clients.call("quickbi", "smartq_auth_transfer", json!({"origin_user_id": "u1", "target_user_ids": "u2"}));
    assert!(!may(&running, "u2", "quickbi:llmcube:c1"));
    let mut edit = permission("u3", "quickbi:llmcube:c9", &["EDIT"]);
    edit["_namespace"] = json!("acme");
    running.trusted().post("/admin/v1/changes", &json!({"changes": [{"upsert_permission": edit}]}));
    clients.call("quickbi", "smartq_authorize", json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c9"}));
    let error =
        clients.fails("quickbi", "smartq_auth_transfer", json!({"origin_user_id": "u1", "target_user_ids": "u2,u3"}));
    assert_eq!(error["code"], "Invalid.Parameter.Error", "{error}");
    assert!(
        running.may("u3", "EDIT", "quickbi:llmcube:c9") && !may(&running, "u2", "quickbi:llmcube:c9"),
        "all or nothing"
    );
}

#[test]
fn what_is_wrong_with_a_call_has_the_tables_code_and_status() {
    let running = serve(&json!({}), "");
    let revision = running.revision();
    let many = |count: usize| (0..count).map(|n| format!("x{n}")).collect::<Vec<_>>().join(",");
    let order = |more: Value| {
        let mut order = json!({"operation_type": 0, "user_ids": "u1", "llm_cubes": "c1"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    let cases: Vec<(&str, Value, u64, &str)> = vec![
        ("smartq_authorize", order(json!({"operation_type": 2})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"operation_type": -1})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", json!({"user_ids": "u1", "llm_cubes": "c1"}), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", json!({"operation_type": 0, "llm_cubes": "c1"}), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", json!({"operation_type": 0, "user_ids": "u1"}), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"user_ids": ""})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"user_ids": ",,"})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"llm_cubes": ""})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"user_ids": "u1, u2"})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"user_ids": many(101)})), 400, "Invalid.Parameter.Error"),
        (
            "smartq_authorize",
            order(json!({"user_ids": many(11), "llm_cubes": many(6), "llm_cube_themes": many(4)})),
            400,
            "Invalid.Parameter.Error",
        ),
        ("smartq_authorize", order(json!({"user_ids": "u".repeat(300)})), 400, "Invalid.Parameter.Error"),
        ("smartq_authorize", order(json!({"expire_day": "31.12.2099"})), 400, "Date.Format.Error"),
        ("smartq_authorize", order(json!({"expire_day": "2099-02-29"})), 400, "Date.Format.Error"),
        ("smartq_authorize", order(json!({"expire_day": "2001-01-01"})), 400, "Date.Exceed.Error"),
        ("smartq_authorize", order(json!({"expire_day": "9999-12-31"})), 400, "Share.ExpireDate.Error"),
        ("smartq_auth_transfer", json!({"target_user_ids": "u1"}), 400, "Invalid.Parameter.Error"),
        ("smartq_auth_transfer", json!({"origin_user_id": "u1"}), 400, "Invalid.Parameter.Error"),
        (
            "smartq_auth_transfer",
            json!({"origin_user_id": "u1", "target_user_ids": many(101)}),
            400,
            "Invalid.Parameter.Error",
        ),
        ("query_smartq_permission_by_cube_id", json!({"user_id": "u1"}), 400, "Invalid.Parameter.Error"),
        ("query_smartq_permission_by_cube_id", json!({"cube_id": "c1"}), 400, "Invalid.Parameter.Error"),
        (
            "query_smartq_permission_by_cube_id",
            json!({"cube_id": "a:b", "user_id": "u1"}),
            400,
            "Invalid.Parameter.Error",
        ),
        ("query_llm_cube_with_theme_list_by_user_id", json!({}), 400, "Invalid.Parameter.Error"),
        ("query_dataset_smartq_status", json!({}), 400, "Invalid.Parameter.Error"),
        ("smartq_query_ability", json!({"user_id": "u1", "cube_id": "c1"}), 400, "Invalid.Parameter.Error"),
        (
            "smartq_query_ability",
            json!({"user_id": "u1", "user_question": "how much?"}),
            400,
            "Invalid.Parameter.Error",
        ),
        (
            "smartq_query_ability",
            json!({"user_id": "u1", "cube_id": "c1", "user_question": "how much?"}),
            400,
            "Query.Auth.Error",
        ),
        (
            "smartq_query_ability",
            json!({"cube_id": "c1", "user_question": "how much?"}),
            400,
            "RobotNl2sql.Moudle.NotPurchase",
        ),
        ("query_works", json!({"works_id": "w"}), 500, "API.Not.Exist"),
    ];
    let mut clients = running.clients();
    for client in ["quickbi", "quickbi_v2"] {
        for (call, arguments, status, code) in &cases {
            let error = clients.fails(client, call, arguments.clone());
            assert_eq!(
                (&error["status"], &error["code"]),
                (&json!(status), &json!(code)),
                "{client} {call} {arguments}: {error}"
            );
            assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        }
    }
    for (call, arguments, status, code) in cases.iter().take(10).chain(&cases[12..16]) {
        let error = clients.fails("quickbi_before", call, arguments.clone());
        assert_eq!((&error["status"], &error["code"]), (&json!(status), &json!(code)), "{call} {arguments}: {error}");
    }
    assert_eq!(running.revision(), revision, "nothing was done");
    // Exactly as many as may be.
    let most = order(json!({"user_ids": many(10), "llm_cubes": many(6), "llm_cube_themes": many(4)}));
    assert!(failures(&clients.call("quickbi", "smartq_authorize", most)).is_empty());
    // A key that manages no namespace has no such function.
    let key = json!({"kind": "quickbi", "root": running.root(), "access_key": "AKWORKSPACE", "secret_key": "the-secret-key-of-AKWORKSPACE"});
    clients.connect("no namespace", key);
    let error = clients.fails("no namespace", "smartq_authorize", order(json!({})));
    assert_eq!(
        (&error["status"], &error["code"]),
        (&json!(400), &json!("UserRoleConfig.NotContain.Function")),
        "{error}"
    );
    // Whoever may query is told that nobody answers questions here.
    clients.call("quickbi", "smartq_authorize", json!({"operation_type": 0, "user_ids": "u1", "cube_ids": "c1"}));
    let error = clients.fails(
        "quickbi",
        "smartq_query_ability",
        json!({"user_id": "u1", "cube_id": "c1", "user_question": "how much?"}),
    );
    assert_eq!(error["code"], "RobotNl2sql.Moudle.NotPurchase", "{error}");
}

#[test]
fn empty_places_and_repetitions_in_a_list_do_not_count() {
    let running = serve(&json!({}), "");
    let mut clients = running.clients();
    let order = json!({"operation_type": 0, "user_ids": "u1,,u1,ü ~*/+&=%", "llm_cubes": "c1,"});
    assert!(failures(&clients.call("quickbi", "smartq_authorize", order)).is_empty());
    assert!(may(&running, "u1", "quickbi:llmcube:c1") && may(&running, "ü ~*/+&=%", "quickbi:llmcube:c1"));
    assert_eq!(running.audit("quickbi").len(), 2);
}

#[test]
fn an_answer_is_json_in_the_vendors_form_also_when_it_is_an_error() {
    let running = serve(&json!({}), "");
    let host = running.server().address().to_string();
    for (method, target, status, code) in [
        ("POST", "/", 400, "MissingAccessKeyId"),
        ("GET", "/?Action=SmartqAuthorize", 400, "MissingAccessKeyId"),
        ("PUT", "/", 405, "UnsupportedHTTPMethod"),
        ("POST", "/?a=%zz", 400, "IncompleteSignature"),
    ] {
        let answer = running.client().send(method, target, &[], b"");
        let said = answer.json();
        assert_eq!((answer.status, &said["Code"]), (status, &json!(code)), "{said}");
        assert!(["RequestId", "HostId", "Message", "Recommend"].iter().all(|key| said[key].is_string()), "{said}");
        assert!(status == 405 || said["HostId"] == json!(host), "{said}");
    }
}
