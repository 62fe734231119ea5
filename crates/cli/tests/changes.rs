//! `--changes` and `--group-conflict`: a world that is asked as though it were another.

mod run;

use run::{Ran, example, grantrie, scratch};

const NS: &str = "r_TmBKvZTI";

/// Runs a subcommand on the example world, with these change files.
fn with(changes: &[&str], subcommand: &[&str]) -> Ran {
    let world = example("tenant.json");
    let world = if subcommand[0] == "validate" { vec![&*world] } else { vec!["--data", &*world] };
    let changes: Vec<&str> = changes.iter().flat_map(|file| ["--changes", file]).collect();
    grantrie(&[subcommand, &world, &changes].concat(), b"")
}

#[test]
fn each_command_answers_as_though_the_changes_were_applied() {
    let changes = example("changes.json");
    let edit = ["--user", "ann", "--action", "EDIT", "--irn", "aisvc:agent:support-bot", "--project", "atlas"];
    let check = [&["check", "--namespace", NS][..], &edit].concat();
    assert_eq!((with(&[], &check).status, with(&[&changes], &check).status), (0, 1));

    let request =
        r#"{"namespace":"r_TmBKvZTI","user":"ann","action":"EDIT","irn":"aisvc:agent:support-bot","project":"atlas"}"#;
    let batch = ["check", "--data", &example("tenant.json"), "--changes", &changes, "--requests", "-"];
    assert_eq!(grantrie(&batch, request.as_bytes()).json()["reason"], "no_grant");

    let lookup =
        ["lookup", "--namespace", NS, "--irn", "aisvc:knowledgebase:legal-1", "--permprofile", "nightly-indexer"];
    assert!(with(&[], &lookup).out.ends_with("1 permission\n"), "{}", with(&[], &lookup).out);
    let denied =
        "0190a000-0000-7000-8000-000000000099 permprofile:nightly-indexer: DENY * on aisvc:knowledgebase:legal-*";
    assert!(with(&[&changes], &lookup).out.contains(denied), "{}", with(&[&changes], &lookup).out);

    let subscription = ["subscription", "--project", "atlas", "--user", "eve"];
    assert!(with(&[], &subscription).out.starts_with("enabled: "));
    let eve = with(&[&changes], &subscription);
    assert_eq!(eve.out, "disabled: by the row of usergroup:contractors in project atlas\n");
    assert_eq!((eve.status, &*eve.err), (0, ""));

    let good = with(&[&changes], &["validate"]);
    assert!(good.status == 0 && good.out.ends_with("; the changes have 15 effects\n"), "{}", good.out);
    let json = with(&[&changes], &["validate", "--json"]).json();
    assert_eq!(json, serde_json::json!({ "valid": true, "problems": [], "unlisted": 0, "effects": 15 }));
    assert_eq!(with(&[], &["validate", "--json"]).json().get("effects"), None);
}

#[test]
fn nothing_is_written_and_files_are_applied_in_order() {
    let files = ["tenant.json", "changes.json"].map(example);
    let before = files.clone().map(|file| std::fs::read(file).unwrap());
    let dir = scratch("in-order");
    let on = dir.file("on.json", br#"{"changes":[{"set_gate":{"service":"filesvc","gated":true}}]}"#);
    let off = dir.file("off.json", br#"{"changes":[{"set_gate":{"service":"filesvc","gated":false}}]}"#);
    let check =
        ["check", "--namespace", NS, "--permprofile", "nightly-indexer", "--action", "READ", "--irn", "filesvc:file:1"];
    let status = |changes: &[&str]| with(changes, &check).status;
    assert_eq!((status(&[]), status(&[&on]), status(&[&on, &off]), status(&[&off, &on])), (0, 1, 0, 1));
    assert_eq!(with(&[&on, &on, &off], &["validate", "--json"]).json()["effects"], 2);
    let from_stdin = ["check", "--data", &files[0], "--changes", "-"];
    let on = std::fs::read(&on).unwrap();
    assert_eq!(grantrie(&[&from_stdin[..], &check[1..]].concat(), &on).status, 1);
    assert_eq!(before, files.map(|file| std::fs::read(file).unwrap()));
}

#[test]
fn a_refused_change_set_is_an_error_with_all_its_problems() {
    let dir = scratch("refused");
    let unknown = r#"{"remove_permission":"0190a000-0000-7000-8000-0000000000ff"}"#;
    let cycle = r#"{"put_group":{"group_id":"everyone","groups":["oncall"]}}"#;
    let many = [&[cycle][..], &[unknown; 14]].concat().join(",\n");
    let bad = dir.file("bad.json", format!("{{\"changes\":[\n{many}]}}").as_bytes());
    let commands: [&[&str]; 3] = [
        &["check", "--namespace", NS, "--user", "u", "--action", "READ", "--irn", "a:b:c"],
        &["lookup", "--namespace", NS, "--irn", "a:b:c"],
        &["subscription", "--project", "atlas"],
    ];
    for command in commands {
        let ran = with(&[&bad], command);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{command:?}");
        assert!(ran.err.contains("bad.json` was not applied: 15 problems"), "{}", ran.err);
        assert_eq!(ran.err.matches("unknown_permission").count(), 14, "{}", ran.err);
        assert!(ran.err.contains("line 2, column 1: changes[0].put_group.groups: a cycle"), "{}", ran.err);
        let json = with(&[&bad], &[command, &["--json"]].concat());
        assert_eq!((json.status, &*json.err), (2, ""), "{command:?}");
        let report = json.json();
        assert_eq!((&report["valid"], &report["file"]), (&false.into(), &bad.as_str().into()));
        assert_eq!(report["problems"].as_array().unwrap().len(), 15);
        let second = serde_json::json!({
            "code": 301, "name": "unknown_permission", "line": 3, "column": 1,
            "field": "changes[1].remove_permission", "item": 1,
            "message": "no permission has the id 0190a000-0000-7000-8000-0000000000ff",
        });
        assert_eq!(report["problems"][1], second);
        assert_eq!(report.get("allowed"), None);
    }
    let validated = with(&[&bad], &["validate", "--max-problems", "3"]);
    assert_eq!(validated.status, 2);
    assert!(validated.out.contains("bad.json:3:1: changes[1].remove_permission: no permission"), "{}", validated.out);
    assert!(validated.out.contains("15 problems, 12 of them not listed"), "{}", validated.out);

    let form = dir.file("form.json", br#"{"changes":[{"upsert":{}},{}]}"#);
    let ran = with(&[&form], &["validate"]);
    assert!(ran.status == 2 && ran.out.contains("form.json:1:14: changes[0].upsert: unknown key"), "{}", ran.out);
    let missing = with(&["/nowhere/changes.json"], &["validate"]);
    assert!(missing.status == 2 && missing.err.contains("check the path"), "{}", missing.err);
    // A bad world is said to be the world.
    let world = dir.file("world.json", b"[]");
    let json = grantrie(&["validate", &world, "--changes", &form, "--json"], b"").json();
    assert_eq!(json["file"], world.as_str());
}

#[test]
fn where_groups_disagree_the_setting_decides() {
    let dir = scratch("conflict");
    let both = br#"{"changes":[{"put_user":{"user_id":"kim","groups":["sales","compliance"]}}]}"#;
    let kim = dir.file("kim.json", both);
    let ask = |more: &[&str]| with(&[&kim], &[&["subscription", "--project", "atlas", "--user", "kim"], more].concat());
    assert_eq!(ask(&[]).out, "disabled: by the row of usergroup:sales in project atlas\n");
    assert_eq!(ask(&["--group-conflict", "disabled-wins"]).out, ask(&[]).out);
    let turned = ask(&["--group-conflict", "enabled-wins"]);
    assert_eq!(turned.out, "enabled: by the row of usergroup:compliance in project atlas\n");
    assert_eq!(ask(&["--no-group"]).out, "enabled: by the row of the project in project atlas\n");
}
