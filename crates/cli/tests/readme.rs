//! What the README shows is what the commands print.
//!
//! A block marked `sh` that holds a command of ours, followed by a block marked `text`, is run at the top of the
//! repository, and what it prints must be the second block.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_readme_shows_what_the_commands_print() {
    let top = top();
    let readme = std::fs::read_to_string(top.join("README.md")).unwrap();
    let shown = shown(&readme);
    assert!(shown.len() >= 10, "only {} commands with their output were found", shown.len());
    for (command, output) in shown {
        assert_eq!(printed(&command, &top), output, "$ {command}");
    }
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Commands of ours, each with the output that is shown below it.
fn shown(readme: &str) -> Vec<(String, String)> {
    let blocks = blocks(readme);
    let pairs = blocks.iter().zip(blocks.iter().skip(1));
    let shown = pairs.filter(|((kind, _), (next, _))| kind == "sh" && next == "text");
    let typed =
        shown.map(|((_, command), (_, output))| (command.replace("cargo run --release --", "grantrie"), output));
    typed
        .filter(|(command, _)| {
            command.lines().flat_map(|line| line.split(" | ")).any(|part| part.starts_with("grantrie "))
        })
        .map(|(command, output)| (command, output.clone()))
        .collect()
}

/// The fenced blocks, each with its mark.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(mark), None) => open = Some((mark.to_owned(), String::new())),
            (None, Some((_, content))) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// What a command prints, on both streams.
fn printed(command: &str, top: &Path) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_grantrie")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
    let run =
        Command::new("sh").args(["-c", &format!("exec 2>&1\n{command}")]).env("PATH", path).current_dir(top).output();
    String::from_utf8(run.unwrap().stdout).unwrap()
}
