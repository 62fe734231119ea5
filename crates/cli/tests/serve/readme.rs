//! What the README's section on the server shows works as it stands: its configuration, its requests, their answers.

use std::path::Path;
use std::process::Command;

use grantrie_testkit::Scratch;
use grantrie_testkit::serve::Server;

use super::program;

/// The fenced blocks of a text, each with its mark.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(mark), None) => open = Some((mark, String::new())),
            (None, Some((_, content))) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn the_readme_shows_what_the_server_answers() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let readme = std::fs::read_to_string(top.join("README.md")).unwrap();
    let section = readme.split("\n## Server\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let blocks = blocks(section);
    let (_, config) = blocks.iter().find(|(mark, _)| *mark == "toml").unwrap();
    let scratch = Scratch::new().unwrap();
    let config = config
        .replace("127.0.0.1:8700", "127.0.0.1:0")
        .replace("target/tmp/tenant.grantrie", "tenant.grantrie")
        .replace("examples/tenant.json", &top.join("examples/tenant.json").to_string_lossy());
    let server = Server::start(program(), scratch.path(), &config, &[]).unwrap_or_else(|ended| panic!("{ended:?}"));
    if Command::new("curl").arg("--version").output().is_err() {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let installed = Command::new(cargo).args(["xtask", "tools", "curl"]).current_dir(&top).status();
        assert!(installed.is_ok_and(|status| status.success()), "`curl`, which the README shows, cannot be installed");
    }
    let shown =
        blocks.iter().zip(blocks.iter().skip(1)).filter(|((mark, _), (next, _))| *mark == "bash" && *next == "json");
    let mut asked = 0;
    for ((_, command), (_, answer)) in shown {
        let command = command.replace("127.0.0.1:8700", &server.address().to_string());
        let ran = Command::new("bash").arg("-c").arg(&command).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stdout), answer.trim_end(), "{command}");
        asked += 1;
    }
    assert!(asked >= 3, "{asked} requests with their answers were found");
}
