//! A store on the command line.

mod run;

use run::{example, grantrie, scratch};

#[test]
fn a_world_is_imported_changed_asked_audited_backed_up_and_exported() {
    let scratch = scratch("store");
    let path = |name: &str| format!("{}/{name}", scratch.path());
    let store = path("tenant.grantrie");
    let run = |arguments: &[&str]| grantrie(arguments, b"");
    let good = |arguments: &[&str]| {
        let ran = run(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran
    };
    let ran = good(&["store", "import", &example("tenant.json"), "--store", &store, "--actor", "hr"]);
    assert!(ran.out.contains("made: ") && ran.out.contains("revision 1"), "{}", ran.out);

    let ask = |source: [&str; 2], more: &[&str]| {
        let check = ["check", source[0], source[1], "--namespace", "r_TmBKvZTI", "--user", "ann", "--project", "atlas"];
        let what = ["--action", "EDIT", "--irn", "aisvc:agent:support-bot", "--json"];
        run(&[&check[..], more, &what[..]].concat())
    };
    let (world, changes) = (example("tenant.json"), example("changes.json"));
    let answer = |ran: run::Ran| (ran.status, ran.json()["reason"].clone());
    assert_eq!(answer(ask(["--store", &store], &[])), answer(ask(["--data", &world], &[])));
    let what_if = answer(ask(["--store", &store], &["--changes", &changes]));
    assert_eq!(what_if, answer(ask(["--data", &world], &["--changes", &changes])));
    assert_eq!(good(&["store", "info", "--store", &store, "--json"]).json()["revision"], 1, "what if writes nothing");

    let applied = good(&["apply", "--store", &store, &changes, "--actor", "ops", "--json"]).json();
    assert_eq!(applied["revision"], 2);
    assert_eq!(answer(ask(["--store", &store], &[])), what_if);
    let audited = good(&["audit", "--store", &store, "--actor", "ops", "--json"]).json_lines();
    assert_eq!(audited.len(), usize::try_from(applied["effects"].as_u64().unwrap()).unwrap());
    assert!(audited.iter().all(|line| line["revision"] == 2 && line["origin"] == "cli"), "{audited:?}");
    assert!(!good(&["audit", "--store", &store, "--principal", "user:ann"]).out.is_empty());
    assert_eq!(good(&["audit", "--store", &store, "--since", "2200-01-01T00:00:00Z"]).out, "");
    assert_eq!(good(&["audit", "--store", &store, "--limit", "3"]).out.lines().count(), 3);
    let again = run(&["apply", "--store", &store, &changes, "--json"]);
    assert_eq!((again.status, &again.json()["valid"]), (2, &false.into()), "what it removes is gone already");

    assert!(good(&["store", "compact", "--store", &store]).out.contains("snapshot of revision"));
    let backup = path("backup");
    good(&["store", "backup", "--store", &store, &backup]);
    let restored = path("restored");
    good(&["store", "restore", &backup, "--store", &restored]);
    assert!(good(&["store", "verify", "--store", &restored]).out.contains("good:"));
    let export = |store: &str| good(&["store", "export", "--store", store]).out;
    assert_eq!(export(&restored), export(&store));
    let (file, copy) = (path("world.json"), path("copy"));
    good(&["store", "export", "--store", &store, &file]);
    good(&["store", "import", &file, "--store", &copy]);
    assert_eq!(export(&copy), export(&store), "the same ids too");
    assert_eq!(good(&["store", "compact", "--store", &restored, "--keep-days", "0"]).status, 0);
}

#[test]
fn a_damaged_store_says_so_and_its_good_part_is_had_when_it_is_asked_for() {
    let scratch = scratch("store-damaged");
    let path = |name: &str| format!("{}/{name}", scratch.path());
    let (store, good) = (path("store"), path("good"));
    let run = |arguments: &[&str]| grantrie(arguments, b"");
    assert_eq!(run(&["store", "import", &example("tenant.json"), "--store", &store]).status, 0);
    let applied = run(&["apply", "--store", &store, &example("changes.json"), "--actor", "an-actor-to-find"]);
    assert_eq!(applied.status, 0, "{}", applied.err);
    let mut bytes = std::fs::read(&store).unwrap();
    let actor = b"an-actor-to-find";
    let at = bytes.windows(actor.len()).position(|window| window == actor).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&store, &bytes).unwrap();

    let verified = run(&["store", "verify", "--store", &store, "--json"]);
    assert_eq!((verified.status, &verified.json()["damages"][0]["last_good"]), (2, &1.into()), "{}", verified.out);
    let applied = run(&["apply", "--store", &store, &example("changes.json")]);
    assert_eq!(applied.status, 2);
    assert!(applied.err.contains("damaged") && applied.err.contains("good up to revision 1"), "{}", applied.err);
    let restored = run(&["store", "restore", &store, "--last-good", "--store", &good]);
    assert!(restored.status == 0 && restored.out.contains("revision 1, the last good one"), "{}", restored.err);
    assert_eq!(std::fs::read(&store).unwrap(), bytes, "the damaged one is left as it is");
    assert_eq!(run(&["store", "verify", "--store", &good]).status, 0);
    assert_eq!(run(&["store", "info", "--store", &good, "--json"]).json()["permissions"], 54);
    assert_eq!(run(&["apply", "--store", &good, &example("changes.json")]).status, 0);
}

#[test]
fn what_cannot_be_done_says_why() {
    let scratch = scratch("store-errors");
    let absent = format!("{}/absent", scratch.path());
    let fails = |arguments: &[&str], with: &str| {
        let ran = grantrie(arguments, b"");
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.out);
        assert!(ran.err.contains(with), "{arguments:?}: {}", ran.err);
    };
    fails(&["apply", "--store", &absent, &example("changes.json")], "601 store_io");
    let text = scratch.file("text", &b"no store at all\n".repeat(300));
    fails(&["store", "info", "--store", &text], "607 not_a_store");
    fails(&["check", "--store", &text, "--namespace", "n", "--user", "u", "--action", "A", "--irn", "a:b:c"], "607");
    let store = format!("{}/store", scratch.path());
    assert_eq!(grantrie(&["store", "import", &example("tenant.json"), "--store", &store], b"").status, 0);
    fails(&["store", "import", &example("tenant.json"), "--store", &store], "was not imported");
    let bad =
        scratch.file("bad.json", br#"{"changes":[{"remove_permission":"0190a000-0000-7000-8000-0000000000ff"}]}"#);
    fails(&["apply", "--store", &store, &bad], "line 1, column 13");
    fails(&["store", "backup", "--store", &store, &text], "there is a file already");
    fails(&["store", "export", "--store", &store, &format!("{absent}/world.json")], "cannot be written");
    fails(&["audit", "--store", &store, "--principal", "ann"], "expected user:ID");
}

/// An export that does not come to its end leaves the one before it.
#[test]
#[cfg(target_os = "linux")]
fn an_export_takes_the_place_of_another_when_it_is_whole() {
    let scratch = scratch("store-export");
    let (store, world) = (format!("{}/store", scratch.path()), scratch.file("world.json", b"the one before"));
    let permission = |n| {
        format!(
            r#"{{"_namespace":"n","_user":{{"_type":"user","_id":"ann"}},"_resourceDesc":{{"_irn":"a:b:{n}"}},"_actions":["READ"]}}"#
        )
    };
    let permissions = (0..3_000).map(permission).collect::<Vec<_>>().join(",");
    let large = scratch.file("large.json", format!("{{\"permissions\":[{permissions}]}}").as_bytes());
    assert_eq!(grantrie(&["store", "import", &large, "--store", &store], b"").status, 0);
    let limited = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 128; trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_grantrie")])
        .args(["store", "export", "--store", &store, &world])
        .output()
        .unwrap();
    assert_eq!(limited.status.code(), Some(2), "{limited:?}");
    assert_eq!(std::fs::read(&world).unwrap(), b"the one before");
    assert!(!std::path::Path::new(&format!("{world}.partial")).exists());
    assert_eq!(grantrie(&["store", "export", "--store", &store, &world], b"").status, 0);
    assert!(std::fs::read_to_string(&world).unwrap().contains("a:b:2999"));
    let piped = grantrie(&["store", "export", "--store", &store, "/dev/stdout"], b"");
    assert!(piped.status == 0 && piped.out.contains("a:b:2999"), "{}", piped.err);
}
