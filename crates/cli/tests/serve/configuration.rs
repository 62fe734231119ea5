//! What is wrong with a configuration is said before anything starts: all of it, with field and place.

use std::path::Path;
use std::process::Command;

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::Server;

use super::{CREDENTIALS, program};

/// Says of a configuration what is wrong: exit status and standard error.
fn judge(scratch: &Scratch, config: &str, options: &[&str]) -> (i32, String) {
    let file = scratch.write("judged.toml", config).unwrap();
    let mut command = Command::new(program());
    command.arg("serve").arg("--config").arg(file).arg("--check").args(options).env_remove("GRANTRIE_TEST_TOKEN");
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_example_is_good_and_has_every_key() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/grantrie.example.toml");
    let text = std::fs::read_to_string(&example).unwrap();
    let scratch = Scratch::new().unwrap();
    assert_eq!(judge(&scratch, &text, &[]), (0, String::new()));
    // Every key that is told as known where another is unknown stands in the example.
    for section in [
        "",
        "[limits]",
        "[log]",
        "[tls]",
        "[decision_log]",
        "[[credentials]]\nkind = \"bearer\"",
        "[[credentials]]\nkind = \"access_key\"",
    ] {
        let config = format!(
            "{}\n{section}\nunheard_of = 1\n",
            if section.is_empty() { "" } else { "listen = \"127.0.0.1:0\"" }
        );
        let (status, said) = judge(&scratch, &config, &[]);
        assert_eq!(status, 2);
        let known = said
            .lines()
            .find_map(|line| line.split_once("unknown key; known here: "))
            .unwrap_or_else(|| panic!("{said}"))
            .1;
        for key in known.split(", ") {
            let there = text.lines().any(|line| {
                let line = line.trim_start_matches("# ");
                line.starts_with(&format!("{key} =")) || line.trim_matches(['[', ']']) == key
            });
            assert!(there, "`{key}` of {section:?} is not in the example");
        }
    }
}

/// A signature does not cover the access key's name, so keys with one secret could pose as each other.
#[test]
fn no_two_credentials_share_a_secret() {
    let scratch = Scratch::new().unwrap();
    let bearer = |user: &str, token: &str| {
        format!(
            "[[credentials]]\nkind = \"bearer\"\ntoken = \"{token}\"\nprincipal = {{ type = \"user\", id = \"{user}\" }}\n"
        )
    };
    let key = |name: &str, secret: &str| {
        format!(
            "[[credentials]]\nkind = \"access_key\"\naccess_key = \"{name}\"\nsecret_key = \"{secret}\"\nproject = \"p\"\n"
        )
    };
    let [one, other] = ["the-secret-of-the-one", "the-secret-of-another"];
    let said = |config: &str| judge(&scratch, &format!("listen = \"127.0.0.1:0\"\n{config}"), &[]);
    assert_eq!(said(&format!("{}{}", key("A", one), key("B", other))), (0, String::new()));
    for (config, expected) in [
        (key("A", one) + &key("B", one), "credentials[1].secret_key: another access key has the same secret"),
        (key("A", one) + &key("A", other), "credentials[1].access_key: another credential has the same access key"),
        (bearer("u", one) + &bearer("v", one), "credentials[1].token: another credential has the same token"),
    ] {
        let (status, said) = said(&config);
        assert!(status == 2 && said.contains(expected) && !said.contains(one), "{said}");
    }
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let scratch = Scratch::new().unwrap();
    let config = r#"listen = "localhost:80"
port = 7
data = "nowhere.json"
time_zone = "Mars/Olympus"
gates = ["aisvc", "a:b", 3, "x*"]
group_conflict = "both"
public_url = "https://pdp.example.com/?x"
default_namespace = ""
[limits]
requests = 0
body_bytes = "1"
bodies = 2
[log]
format = "xml"
filter = "info=,="
[tls]
certificate_file = "none.pem"
[decision_log]
sample = 1.5
[[credentials]]
kind = "bearer"
token = "short"
[[credentials]]
kind = "bearer"
token = "long-enough-to-be-a-secret"
token_env = "GRANTRIE_TEST_TOKEN"
principal = { type = "robot", id = "", name = "x" }
[[credentials]]
kind = "bearer"
token_env = "GRANTRIE_TEST_TOKEN"
principal = { type = "user", id = "u" }
trusted = "yes"
[[credentials]]
kind = "access_key"
access_key = "A K"
secret_key_file = "no-such-file"
[[credentials]]
kind = "password"
"#;
    let (status, said) = judge(&scratch, config, &[]);
    assert_eq!(status, 2);
    for expected in [
        "line 1, column 10: listen: expected an address and a port",
        "line 2, column 1: port: unknown key; known here: listen, data,",
        "line 3, column 8: data: `",
        "line 4, column 13: time_zone:",
        "line 5, column 19: gates[1]: only the service",
        "line 5, column 26: gates[2]: found a whole number, expected a text",
        "line 5, column 29: gates[3]: not the service of a resource's name",
        "line 6, column 18: group_conflict: expected `disabled_wins` or `enabled_wins`",
        "line 7, column 14: public_url: expected `https://`",
        "line 8, column 21: default_namespace: expected an id of 1 to 256 bytes",
        "line 10, column 12: limits.requests: expected a number from 1 to 100000",
        "line 11, column 14: limits.body_bytes: found a text, expected a whole number",
        "line 12, column 1: limits.bodies: unknown key",
        "line 14, column 10: log.format: expected `text` or `json`",
        "line 15, column 10: log.filter:",
        "tls.key_file: is missing",
        "line 19, column 10: decision_log.sample: expected a number from 0 to 1",
        "decision_log.file: is missing",
        "line 22, column 9: credentials[0].token: a secret has 16 to 1024 visible ASCII characters",
        "credentials[0].principal: is missing",
        "credentials[1].token: expected exactly one of `token`, `token_env`, `token_file`; 2 are there",
        "credentials[1].principal.type: expected `user`, `usergroup` or `permprofile`",
        "credentials[1].principal.id: expected an id",
        "credentials[1].principal.name: unknown key",
        "credentials[2].token_env: the environment variable `GRANTRIE_TEST_TOKEN` is not set",
        "credentials[2].trusted: found a text, expected true or false",
        "credentials[3].access_key: expected letters, digits",
        "credentials[3].project: neither `project` nor `namespace` is there",
        "credentials[3].secret_key_file: `",
        "credentials[4].kind: expected `bearer` or `access_key`",
    ] {
        assert!(said.contains(expected), "{expected}\n--- not in ---\n{said}");
    }
    let places: Vec<(usize, usize)> = said.lines().filter_map(place).collect();
    assert!(places.len() >= 30 && places.is_sorted(), "in the order of the file: {said}");
    assert!(!said.contains("short") && !said.contains("long-enough"), "no secret is told");
}

fn place(line: &str) -> Option<(usize, usize)> {
    let (line, rest) = line.strip_prefix("line ")?.split_once(", column ")?;
    Some((line.parse().ok()?, rest.split_once(':')?.0.parse().ok()?))
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    let scratch = Scratch::new().unwrap();
    let (status, said) = judge(&scratch, "listen = \"127.0.0.1:0\"\nstore = \nlisten = \"127.0.0.1:1\"\n", &[]);
    assert_eq!(status, 2);
    assert!(said.contains("line 2, column"), "{said}");
    let (status, said) = judge(&scratch, "listen = \"127.0.0.1:0\"\nlisten = \"127.0.0.1:1\"\n", &[]);
    assert!(status == 2 && said.contains("duplicate key"), "{said}");
    let (status, said) = judge(&scratch, "", &[]);
    assert!(status == 2 && said.contains("listen: is missing"), "{said}");
    let output = Command::new(program()).args(["serve", "--config", "/nonexistent/grantrie.toml"]).output().unwrap();
    assert!(output.status.code() == Some(2) && String::from_utf8_lossy(&output.stderr).contains("No such file"));
}

#[test]
fn beyond_loopback_only_with_credentials() {
    let scratch = Scratch::new().unwrap();
    for open in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let (status, said) = judge(&scratch, &format!("listen = \"{open}\""), &[]);
        assert!(status == 2 && said.contains("only a loopback address"), "{open}: {said}");
        let (status, said) = judge(&scratch, &format!("listen = \"{open}\"\ncredentials = []"), &[]);
        assert!(status == 2 && said.contains("only a loopback address"), "{open}: {said}");
        assert_eq!(judge(&scratch, &format!("listen = \"{open}\"\n{CREDENTIALS}"), &[]), (0, String::new()));
    }
    for own in ["127.0.0.1:0", "127.8.8.8:0", "[::1]:0"] {
        assert_eq!(judge(&scratch, &format!("listen = \"{own}\""), &[]), (0, String::new()));
    }
}

#[test]
fn beyond_loopback_the_examples_own_secrets_are_none() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/grantrie.example.toml");
    let example = std::fs::read_to_string(&example).unwrap();
    let scratch = Scratch::new().unwrap();
    let reached = example.replace("127.0.0.1:8700", "0.0.0.0:8700");
    let (status, said) = judge(&scratch, &reached, &[]);
    let told = said.lines().filter(|line| line.contains("is the example's, which everybody can read")).count();
    assert_eq!((status, told), (2, example.matches("[[credentials]]").count()), "{said}");
    scratch.write("token", "replace-me-with-a-long-random-text\n").unwrap();
    let from_file = "listen = \"0.0.0.0:0\"\n[[credentials]]\nkind = \"bearer\"\ntoken_file = \"token\"\n\
        principal = { type = \"user\", id = \"portal\" }\n";
    assert_eq!(judge(&scratch, from_file, &[]).0, 2, "wherever it stands");
    assert_eq!(judge(&scratch, &from_file.replace("0.0.0.0", "127.0.0.1"), &[]), (0, String::new()));
}

#[test]
fn a_clock_that_is_a_file_is_for_development_only() {
    let scratch = Scratch::new().unwrap();
    scratch.write("now", "2026-11-22T09:30:00Z\n").unwrap();
    let config = |listen: &str| format!("listen = \"{listen}\"\n[development]\nclock_file = \"now\"\n{CREDENTIALS}");
    let (status, said) = judge(&scratch, &config("127.0.0.1:0"), &[]);
    assert!(status == 2 && said.contains("refused unless the server is started with --development"), "{said}");
    assert_eq!(judge(&scratch, &config("127.0.0.1:0"), &["--development"]), (0, String::new()));
    let (status, said) = judge(&scratch, &config("0.0.0.0:0"), &["--development"]);
    assert!(status == 2 && said.contains("listens on a loopback address only"), "{said}");
    scratch.write("now", "soon").unwrap();
    let (status, said) = judge(&scratch, &config("127.0.0.1:0"), &["--development"]);
    assert!(status == 2 && said.contains("development.clock_file:"), "{said}");
}

#[test]
fn secrets_come_from_files_and_the_environment_too_and_are_never_logged() {
    let scratch = Scratch::new().unwrap();
    scratch.write("token", "a-token-that-is-in-a-file\n").unwrap();
    let config = "[log]\nfilter = \"trace\"\n[[credentials]]\nkind = \"bearer\"\ntoken_file = \"token\"\n\
                  principal = { type = \"user\", id = \"u\" }\ntrusted = true\n";
    let server = super::start(&scratch, config);
    let body = serde_json::json!({"subject": {"type": "user", "id": "u"}, "action": {"name": "READ"},
        "resource": {"type": "a:b", "id": "c"}, "context": {"namespace": "n"}});
    let path = "/access/v1/evaluation";
    assert_eq!(server.client().with_token("a-token-that-is-in-a-file").post(path, &body).status, 200);
    assert_eq!(server.client().with_token("another-token-of-that-length").post(path, &body).status, 401);
    let ended = server.stop();
    assert!(ended.status.success());
    assert!(ended.log.contains("answered") && !ended.log.contains("a-token-that"), "{}", ended.log);
    assert!(!ended.log.contains("another-token"), "nor what was only tried");

    // The environment, through a process that has the variable.
    let file = scratch
        .write(
            "env.toml",
            "listen = \"127.0.0.1:0\"\n[[credentials]]\nkind = \"bearer\"\n\
        token_env = \"GRANTRIE_TEST_TOKEN\"\nprincipal = { type = \"user\", id = \"u\" }\n",
        )
        .unwrap();
    let judged = |token: &str| {
        let mut command = Command::new(program());
        command.arg("serve").arg("--config").arg(&file).arg("--check").env("GRANTRIE_TEST_TOKEN", token);
        command.output().unwrap().status.code()
    };
    assert_eq!((judged("a-token-of-the-environment"), judged("short")), (Some(0), Some(2)));
}

#[test]
fn what_cannot_be_opened_ends_the_start() {
    let scratch = Scratch::new().unwrap();
    let fails = |config: &str, why: &str| {
        let config = format!("listen = \"127.0.0.1:0\"\n{config}");
        let ended = Server::start(program(), scratch.path(), &config, &[]).err().unwrap_or_else(|| panic!("{why}"));
        assert!(ended.status.code() == Some(2) && ended.log.contains(why), "{why}: {}", ended.log);
    };
    scratch.write("bad.json", r#"{"permissions": [{"_namespace": ""}]}"#).unwrap();
    fails("data = \"bad.json\"", "line 1, column 18: permissions[0]._user");
    scratch.write("no.db", "this is no store, but a text that is long enough to be looked at").unwrap();
    fails("store = \"no.db\"", "[607 not_a_store]");
    fails("store = \"nowhere/x.db\"", "the store `");
    let other = super::start(&scratch, "");
    let config = format!("listen = \"{}\"", other.address());
    let ended = Server::start(program(), scratch.path(), &config, &[]).err().unwrap();
    assert!(ended.log.contains("cannot be listened on"), "{}", ended.log);
}
