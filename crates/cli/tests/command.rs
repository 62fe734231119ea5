//! The command as a user meets it: its words, its JSON, its exit status.

mod run;

use run::{Ran, example, grantrie, scratch};

const NS: &str = "r_TmBKvZTI";
const AT: &str = "2026-11-22T09:30:00Z";

fn check(arguments: &[&str]) -> Ran {
    let world = example("tenant.json");
    grantrie(&[&["check", "--data", &world, "--namespace", NS, "--at", AT], arguments].concat(), b"")
}

#[test]
fn a_check_is_one_line_and_a_status() {
    let ann = ["--user", "ann", "--irn", "aisvc:agent:support-bot", "--project", "atlas"];
    let granted = check(&[&ann[..], &["--action", "EDIT"]].concat());
    assert_eq!(granted.status, 0);
    assert_eq!(granted.out, "allowed: granted by permission 0190a000-0000-7000-8000-000000000044\n");
    assert_eq!(granted.err, "");

    let no_grant = check(&[&ann[..], &["--action", "DELETE"]].concat());
    assert_eq!(no_grant.status, 1);
    assert_eq!(no_grant.out, "denied: no permission grants DELETE on aisvc:agent:support-bot\n");

    let denied =
        check(&["--user", "eve", "--action", "RUN", "--irn", "aisvc:tool:deploy-web-eu", "--project", "atlas"]);
    assert_eq!(denied.status, 1);
    assert_eq!(denied.out, "denied: forbidden by permission 0190a000-0000-7000-8000-000000000019\n");

    let unsubscribed = check(&["--user", "ann", "--action", "EDIT", "--irn", "aisvc:agent:support-bot"]);
    assert_eq!(unsubscribed.status, 1);
    assert!(unsubscribed.out.contains("names no project"), "{}", unsubscribed.out);

    let until = check(&["--user", "gita", "--action", "QUERY", "--irn", "quickbi:llmcube:revenue"]);
    assert!(until.out.ends_with("(valid until 2030-06-30T16:00:00Z)\n"), "{}", until.out);
}

#[test]
fn an_invalid_request_is_an_error() {
    let lower = check(&["--user", "ann", "--action", "read", "--irn", "aisvc:agent:x"]);
    assert_eq!(lower.status, 2);
    assert!(lower.out.starts_with("invalid: action at byte 0"), "{}", lower.out);
    let nobody = check(&["--action", "READ", "--irn", "aisvc:agent:x"]);
    assert_eq!((nobody.status, &*nobody.out), (2, ""));
    assert!(nobody.err.contains("--user ID"), "{}", nobody.err);
    let nobody = check(&["--action", "READ", "--irn", "aisvc:agent:x", "--json"]);
    assert_eq!(nobody.status, 2);
    assert_eq!((&nobody.json()["allowed"], &nobody.json()["reason"]), (&false.into(), &"invalid".into()));
    let group = check(&["--group", "everyone", "--action", "READ", "--irn", "aisvc:agent:x"]);
    assert!(group.status == 2 && group.err.contains("groups without a user"), "{}", group.err);
}

#[test]
fn wrong_usage_is_an_error() {
    for arguments in [
        &["check"][..],
        &["check", "--data", "x"],
        &["frobnicate"],
        &["lookup", "--data", "x", "--namespace", "n", "--irn", "a:b:c", "--user", "u", "--group", "g"],
        &["check", "--data", "x", "--requests", "y", "--user", "u"],
        &["check", "--data", "-", "--requests", "-"],
        &["check", "--data", "x", "--changes", "-", "--requests", "-"],
        &["lookup", "--data", "-", "--changes", "-", "--namespace", "n", "--irn", "a:b:c"],
        &["subscription", "--data", "x", "--changes", "-", "--changes", "-", "--project", "p"],
        &["validate", "-", "--changes", "-"],
        &["validate", "x", "--group-conflict", "none"],
        &["check", "--data", "x", "--requests", "y", "--no-group"],
        &["check", "--data", "x", "--requests", "y", "--no-attr"],
        &["subscription", "--data", "x", "--project", "p", "--no-group"],
        &["pattern"],
        &["pattern", "a:b:*", "--match", "a:b:c"],
        &["pattern", "-a:b:*"],
        &["check", "--data", "x", "--namespace", "n", "--user", "u", "--action", "A", "--irn", "a:b:c", "--at", "noon"],
        &["check", "--data", "x", "--namespace", "n", "--user", "u", "--action", "A", "--irn", "a:b:c", "--attr", "k"],
        &[],
    ] {
        let ran = grantrie(arguments, b"");
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn attributes_are_typed() {
    let deploy = ["--user", "bob", "--project", "atlas", "--action", "RUN", "--irn", "aisvc:tool:deploy-web-us"];
    let with = |more: &[&str]| check(&[&deploy[..], more].concat()).status;
    assert_eq!(with(&[]), 1);
    assert_eq!(with(&["--attr", "change_window=true"]), 0);
    assert_eq!(with(&["--attr", "change_window=\"true\""]), 1);
    assert_eq!(with(&["--no-attr"]), 1);
    assert_eq!(with(&["--attr", "change_window=true", "--attr", "change_window=true"]), 2);
    let price = ["--user", "dora", "--project", "atlas", "--action", "READ", "--irn", "aisvc:knowledgebase:price-list"];
    assert_eq!(check(&[&price[..], &["--attr", "tier=2.0"]].concat()).status, 0);
    assert_eq!(check(&[&price[..], &["--attr", "tier=\"2\""]].concat()).status, 1);
}

#[test]
fn named_memberships_replace_the_directory() {
    let deploy = ["--user", "bob", "--project", "atlas", "--action", "RUN", "--irn", "aisvc:tool:deploy-web-eu"];
    assert_eq!(check(&deploy).status, 0);
    assert_eq!(check(&[&deploy[..], &["--group", "people-ops"]].concat()).status, 1);
    let profile = ["--permprofile", "nightly-indexer", "--action", "READ", "--irn", "filesvc:file:1"];
    assert_eq!(check(&profile).status, 0);
}

#[test]
fn an_explanation_is_a_tree() {
    let arguments =
        ["--user", "eve", "--project", "atlas", "--action", "RUN", "--irn", "aisvc:tool:deploy-web-us", "--explain"];
    let ran = check(&arguments);
    assert_eq!(ran.status, 1);
    let expected = "\
denied: forbidden by permission 0190a000-0000-7000-8000-000000000019
├─ 0190a000-0000-7000-8000-000000000014 ALLOW READ,RUN on aisvc:tool:deploy-*-us where change_window=true
│  ├─ does not apply: nothing is known of the resource's attributes, and it asks for change_window=true
│  └─ through user:eve → usergroup:platform-team
├─ 0190a000-0000-7000-8000-000000000019 DENY * on aisvc:tool:deploy-*
│  ├─ forbids
│  └─ through user:eve → usergroup:contractors
└─ AI function in project atlas: enabled
   └─ by the row of user:eve
";
    assert_eq!(ran.out, expected);

    let json = check(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(json["reason"], "denied");
    assert_eq!(json["considered"].as_array().unwrap().len(), 2);
    assert_eq!(json["considered"][0]["outcome"], "criteria_unknown");
    assert_eq!(json["considered"][1]["permission"]["_effect"], "DENY");
    assert_eq!(json["considered"][1]["path"][1]["_id"], "contractors");

    let none = check(&["--user", "nobody", "--action", "RUN", "--irn", "aisvc:tool:x", "--explain"]);
    assert!(none.out.contains("└─ no permission of the subject"), "{}", none.out);
}

#[test]
fn a_batch_answers_each_line() {
    let (world, requests) = (example("tenant.json"), example("requests.jsonl"));
    let from_file = grantrie(&["check", "--data", &world, "--requests", &requests], b"");
    assert_eq!(from_file.status, 0, "{}", from_file.err);
    let answers = from_file.json_lines();
    let reasons: Vec<_> = answers.iter().map(|answer| answer["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), std::fs::read_to_string(&requests).unwrap().lines().count());
    for reason in ["granted", "denied", "no_grant", "not_subscribed", "invalid"] {
        assert!(reasons.contains(&reason), "the example shows no `{reason}`");
    }
    for answer in &answers {
        assert_eq!(answer["allowed"].as_bool().unwrap(), answer["reason"] == "granted");
        assert_eq!(answer.get("message").is_some(), answer["reason"] == "invalid");
        assert_eq!(answer.get("error").is_some(), answer["reason"] == "invalid");
        assert_eq!(answer.get("decided_by").is_some(), answer["reason"] == "not_subscribed");
    }
    let text = std::fs::read(&requests).unwrap();
    assert_eq!(grantrie(&["check", "--data", &world, "--requests", "-"], &text).out, from_file.out);
    let world_text = std::fs::read(&world).unwrap();
    assert_eq!(grantrie(&["check", "--data", "-", "--requests", &requests], &world_text).out, from_file.out);
}

#[test]
fn a_bad_line_is_an_answer_and_the_next_one_is_answered() {
    let good =
        r#"{"namespace":"r_TmBKvZTI","permprofiles":["nightly-indexer"],"action":"READ","irn":"filesvc:file:1"}"#;
    let mut lines: Vec<Vec<u8>> = vec![
        b"garbage".to_vec(),
        b"".to_vec(),
        b"\xFF\xFE".to_vec(),
        b"[".repeat(100_000),
        [b"{\"namespace\":\"", &b"x".repeat(3_000_000)[..], b"\"}"].concat(),
        b"{\"namespace\":1,\"user\":null,\"x\":{}}".to_vec(),
        b"{\"namespace\":\"n\",\"namespace\":\"n\",\"user\":\"u\",\"action\":\"A\",\"irn\":\"a:b:c\"}".to_vec(),
        good.as_bytes()[..good.len() - 1].to_vec(),
    ];
    lines.push(good.as_bytes().to_vec());
    let ran = grantrie(&["check", "--data", &example("tenant.json"), "--requests", "-"], &lines.join(&b"\n"[..]));
    assert_eq!(ran.status, 0);
    let answers = ran.json_lines();
    assert_eq!(answers.len(), lines.len());
    let (last, bad) = answers.split_last().unwrap();
    assert_eq!(last["reason"], "granted");
    for answer in bad {
        assert_eq!((&answer["reason"], &answer["allowed"]), (&"invalid".into(), &false.into()));
        assert!(!answer["message"].as_str().unwrap().is_empty());
        assert!(answer["error"]["code"].as_u64().unwrap() >= 500 && answer["error"]["field"].is_string(), "{answer}");
    }
}

#[test]
fn an_invalid_answer_says_which_field_and_byte() {
    let lower = check(&["--user", "ann", "--action", "REAd", "--irn", "aisvc:agent:x", "--json"]).json();
    let fault = |field: &str, code: u16, name: &str, offset: usize| serde_json::json!({ "field": field, "code": code, "name": name, "offset": offset });
    assert_eq!(lower["error"], fault("action", 202, "lower_case_action", 3));
    let explained = check(&["--user", "ann", "--action", "READ", "--irn", "a::c", "--json", "--explain"]);
    assert_eq!((explained.status, &explained.json()["error"]), (2, &fault("irn", 101, "empty_segment", 2)));
    let nobody = check(&["--action", "READ", "--irn", "a:b:c", "--json"]).json();
    assert_eq!(nobody["error"], serde_json::json!({ "field": "user", "code": 511, "name": "invalid_subject" }));
    let requests = concat!(
        r#"{"namespace":"n","user":"u","action":"READ","irn":"a:b:c*"}"#,
        "\n",
        r#"{"namespace":"n","user":"u","groups":["g",""],"action":"READ","irn":"a:b:c"}"#,
    );
    let batch = grantrie(&["check", "--data", &example("tenant.json"), "--requests", "-"], requests.as_bytes());
    let faults: Vec<_> = batch.json_lines().iter().map(|answer| answer["error"].clone()).collect();
    assert_eq!(faults, [fault("irn", 107, "wildcard_in_name", 5), fault("groups", 206, "invalid_id", 0)]);
}

#[test]
fn a_lookup_lists_in_both_directions() {
    let world = example("tenant.json");
    let lookup = |more: &[&str]| {
        let ran = grantrie(&[&["lookup", "--data", &world, "--namespace", NS], more].concat(), b"");
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran
    };
    let covering = lookup(&["--irn", "aisvc:agent:support-bot", "--json"]).json();
    let patterns = |list: &serde_json::Value| -> Vec<String> {
        let text = |item: &serde_json::Value| item["_resourceDesc"]["_irn"].as_str().unwrap().to_owned();
        list["_list"].as_array().unwrap().iter().map(text).collect()
    };
    assert!(patterns(&covering).contains(&"*:*:*".to_owned()));
    assert!(patterns(&covering).contains(&"aisvc:agent:support-bot".to_owned()));
    assert_eq!(covering["_total"], patterns(&covering).len());
    let covered = lookup(&["--irn", "aisvc:agent:*", "--pattern-match", "--json"]).json();
    assert!(patterns(&covered).iter().all(|pattern| pattern.starts_with("aisvc:agent:")));
    let anns = lookup(&["--irn", "aisvc:agent:support-bot", "--user", "ann"]);
    assert_eq!(
        anns.out,
        "0190a000-0000-7000-8000-000000000044 user:ann: ALLOW EDIT,READ,RUN,SHARE on aisvc:agent:support-bot\n1 permission\n"
    );
    let group = lookup(&["--irn", "**", "--pattern-match", "--group", "sales", "--limit", "2"]);
    assert!(group.out.ends_with("2 of 6 permissions\n"), "{}", group.out);
    let bad = grantrie(&["lookup", "--data", &world, "--namespace", NS, "--irn", "a::b"], b"");
    assert!(bad.status == 2 && bad.err.contains("at byte 2"), "{}", bad.err);
}

#[test]
fn a_subscription_is_resolved_or_listed() {
    let world = example("tenant.json");
    let ask =
        |more: &[&str]| grantrie(&[&["subscription", "--data", &world, "--project", "atlas"], more].concat(), b"");
    assert_eq!(ask(&["--user", "eve"]).out, "enabled: by the row of user:eve in project atlas\n");
    assert_eq!(ask(&["--user", "gita"]).out, "disabled: by the row of usergroup:sales in project atlas\n");
    assert_eq!(ask(&["--user", "ann"]).out, "enabled: by the row of the project in project atlas\n");
    assert_eq!(ask(&["--user", "ann", "--group", "contractors", "--json"]).json()["ai_func"], false);
    let json = ask(&["--user", "gita", "--json"]).json();
    assert_eq!(json["decided_by"], "group");
    assert_eq!(json["rows"][0]["group_id"], "sales");
    let list = ask(&["--json", "--limit", "1"]).json();
    assert_eq!((&list["ai_func"], &list["total_count"]), (&true.into(), &2.into()));
    assert_eq!((list["groups"].as_array().unwrap().len(), list["users"].as_array().unwrap().len()), (3, 1));
    assert!(ask(&[]).out.starts_with("enabled  project atlas\n"), "{}", ask(&[]).out);
    assert_eq!(ask(&["--user", ""]).status, 2);
}

#[test]
fn validation_reports_every_problem_with_its_place() {
    let good = grantrie(&["validate", &example("tenant.json")], b"");
    assert_eq!(good.status, 0);
    assert!(good.out.starts_with("good: "), "{}", good.out);
    assert_eq!(grantrie(&["validate", "--json", &example("tenant.json")], b"").json()["valid"], true);

    let text = b"{\"gates\":[1,\n  2],\n \"x\":0}";
    let bad = grantrie(&["validate", "-"], text);
    assert_eq!(bad.status, 2);
    let expected = "\
-:1:11: gates[0]: found a number, expected a text [505 wrong_type]
-:2:3: gates[1]: found a number, expected a text [505 wrong_type]
-:3:2: x: unknown key `x`; a world has permissions, directory, subscriptions, gates [503 unknown_key]
bad: -: 3 problems
";
    assert_eq!(bad.out, expected);
    let json = grantrie(&["validate", "-", "--json", "--max-problems", "1"], text).json();
    assert_eq!((&json["valid"], &json["unlisted"]), (&false.into(), &2.into()));
    assert_eq!((&json["problems"][0]["line"], &json["problems"][0]["code"]), (&1.into(), &505.into()));

    let cycle = br#"{"directory":{"usergroups":[{"group_id":"a","groups":["b"]},
{"group_id":"b","groups":["a"]}]}}"#;
    let ran = grantrie(&["validate", "-"], cycle);
    assert!(ran.out.starts_with("-:2:1: directory.usergroups[1].groups: a cycle of groups"), "{}", ran.out);
}

#[test]
fn a_bad_world_answers_nothing() {
    let dir = scratch("bad-world");
    let path = dir.file("world.json", br#"{"permissions":[{}]}"#);
    let ran = grantrie(&["lookup", "--data", &path, "--namespace", "n", "--irn", "a:b:c"], b"");
    assert_eq!((ran.status, &*ran.out), (2, ""));
    assert!(ran.err.contains("was not loaded: 4 problems") && ran.err.contains("line 1, column 17"), "{}", ran.err);
    let missing = grantrie(&["validate", "/nowhere/world.json"], b"");
    assert!(missing.status == 2 && missing.err.contains("check the path"), "{}", missing.err);
    let directory = grantrie(&["validate", &dir.path()], b"");
    assert!(directory.status == 2 && directory.err.contains("directory"), "{}", directory.err);
}

#[test]
fn help_has_an_example_for_each_command() {
    for command in ["check", "lookup", "subscription", "validate", "pattern", "completions"] {
        let ran = grantrie(&[command, "--help"], b"");
        assert_eq!(ran.status, 0);
        assert!(ran.out.contains("Example") && ran.out.contains(&format!("  grantrie {command} ")), "{}", ran.out);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = grantrie(&["completions", shell], b"");
        for word in ["subscription", "pattern", "overlaps", "changes", "group-conflict", "no-group"] {
            assert!(ran.status == 0 && ran.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let line = r#"{"namespace":"n","user":"u","action":"READ","irn":"a:b:c"}"#;
    let dir = scratch("pipe");
    let requests = dir.file("many.jsonl", format!("{line}\n").repeat(100_000).as_bytes());
    let ran = run::unread(&["check", "--data", &example("tenant.json"), "--requests", &requests]);
    assert_eq!((ran.status, &*ran.err), (0, ""));
    // What was decided shows all the same.
    let who = ["check", "--data", &example("tenant.json"), "--namespace", NS, "--user", "nobody"];
    let ran = run::unread(&[&who[..], &["--action", "READ", "--irn", "a:b:c"]].concat());
    assert_eq!((ran.status, &*ran.err), (1, ""));
}
