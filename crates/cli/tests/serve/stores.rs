//! Servers on a store: what was loaded stays, several follow each other, and a loss of power loses nothing.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::{Client, Server};
use serde_json::json;

use super::{CREDENTIALS, TRUSTED, WORLD, program, start};

const STORED: &str = "store = \"grantrie.db\"\ndata = \"world.json\"\n";

fn served(scratch: &Scratch) -> Server {
    start(scratch, &format!("{STORED}{CREDENTIALS}"))
}

fn may(client: &mut Client, user: &str, id: &str) -> bool {
    let answer = client.post(
        "/access/v1/evaluation",
        &json!({"subject": {"type": "user", "id": user}, "action": {"name": "READ"},
            "resource": {"type": "aisvc:agent", "id": id}, "context": {"namespace": "acme"}}),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["decision"] == true
}

/// Applies a change file with the command, as another process on the same store.
fn apply(scratch: &Scratch, changes: &str) {
    let file = scratch.write("changes.json", changes).unwrap();
    let store = scratch.path().join("grantrie.db");
    let output = Command::new(program()).arg("apply").arg("--store").arg(store).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn grant(user: &str) -> String {
    json!({"changes": [{"upsert_permission": {"_namespace": "acme", "_user": {"_type": "user", "_id": user},
        "_resourceDesc": {"_irn": "aisvc:agent:*"}, "_actions": ["READ"]}}]})
    .to_string()
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_world_is_loaded_once_and_what_came_later_stays() {
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    let server = served(&scratch);
    let mut client = server.client().with_token(TRUSTED);
    assert!(may(&mut client, "ann", "7") && !may(&mut client, "carl", "7"));
    let revision = server.client().get("/readyz").json()["revision"].clone();
    apply(&scratch, &grant("carl"));
    eventually("the server follows what others write", || may(&mut client, "carl", "7"));
    server.kill();

    let server = served(&scratch);
    let mut client = server.client().with_token(TRUSTED);
    assert!(may(&mut client, "ann", "7") && may(&mut client, "carl", "7") && !may(&mut client, "ann", "secret"));
    let ready = server.client().get("/readyz").json();
    assert_eq!(ready["store"], "ready");
    assert_eq!(ready["revision"].as_u64().unwrap(), revision.as_u64().unwrap() + 1, "nothing was loaded again");
    assert!(server.log().contains("the world file is not loaded"), "{}", server.log());
}

#[test]
fn several_servers_on_one_store_answer_alike() {
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    let servers = [served(&scratch), served(&scratch), served(&scratch)];
    apply(&scratch, &grant("dora"));
    for server in &servers {
        let mut client = server.client().with_token(TRUSTED);
        eventually("every server follows", || may(&mut client, "dora", "7"));
        assert!(!may(&mut client, "dora", "secret") || may(&mut client, "ann", "7"));
    }
    let revisions = servers.iter().map(|server| server.client().get("/readyz").json()["revision"].clone());
    let revisions: Vec<_> = revisions.collect();
    assert!(revisions.iter().all(|revision| *revision == revisions[0]), "{revisions:?}");
}

#[test]
fn without_a_store_the_start_says_so() {
    let scratch = Scratch::new().unwrap();
    let server = start(&scratch, "");
    let ready = server.client().get("/readyz");
    assert_eq!((ready.status, &ready.json()["store"]), (200, &json!("memory")));
    let ended = server.stop();
    assert!(ended.log.contains("no store: everything is kept in memory only"), "{}", ended.log);
    assert!(ended.log.contains("no credentials: whoever reaches"), "{}", ended.log);
}

#[test]
fn gates_are_set_and_stay() {
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    let gated = start(&scratch, &format!("gates = [\"aisvc\"]\n{STORED}{CREDENTIALS}"));
    assert!(!may(&mut gated.client().with_token(TRUSTED), "ann", "7"), "not subscribed");
    gated.kill();
    // Leaving the line out opens nothing.
    let later = served(&scratch);
    assert!(!may(&mut later.client().with_token(TRUSTED), "ann", "7"));
    let told = later.client().with_token(TRUSTED).post(
        "/access/v1/evaluation",
        &json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "READ"},
            "resource": {"type": "aisvc:agent", "id": "7"}, "context": {"namespace": "acme", "project": "p"}}),
    );
    assert_eq!(told.json()["context"]["decided_by"], "default");
}

#[test]
fn the_store_is_where_the_configuration_says() {
    let scratch = Scratch::new().unwrap();
    scratch.write("world.json", WORLD).unwrap();
    drop(served(&scratch));
    assert!(Path::new(&scratch.path().join("grantrie.db")).exists(), "relative to the configuration's directory");
}
