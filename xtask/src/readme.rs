//! Running the commands that the README shows: what it promises must work.

use crate::program::{Failure, Outcome, program, top};

/// What begins a command that is run. Others in the same blocks (installing, the test command itself) are only shown.
const RUN: [&str; 3] = ["cargo run ", "grantrie ", "mkdir "];

/// See [`Task::Readme`](crate::Task).
pub(crate) fn run() -> Result<Outcome, Failure> {
    let Ok(readme) = std::fs::read_to_string(top().join("README.md")) else {
        return Ok(Outcome::Skipped("there is no README.md".to_owned()));
    };
    let commands = commands(&readme);
    if commands.is_empty() {
        return Ok(Outcome::Skipped("README.md shows no command to run".to_owned()));
    }
    for command in &commands {
        // As after the installation that the README describes.
        let typed = match command.strip_prefix("grantrie ") {
            Some(args) => format!("cargo run --quiet --release -- {args}"),
            None => command.clone(),
        };
        println!("$ {command}");
        let status = program("bash", &["-c", &typed]).status();
        let code = status.map_err(|error| format!("cannot start bash: {error}"))?.code();
        // 1 is the answer that a request is denied.
        if !matches!(code, Some(0 | 1)) {
            return Err(format!("exit status {code:?}: {command}"));
        }
    }
    Ok(Outcome::Done(format!("{} commands ran", commands.len())))
}

/// The commands in the blocks marked `sh`, each with its continuation lines joined.
fn commands(readme: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let (mut in_block, mut goes_on) = (false, false);
    for line in readme.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block && line.trim() == "```sh";
            goes_on = false;
            continue;
        }
        let text = line.trim();
        let typed = text.strip_prefix("$ ").unwrap_or(text);
        let (piece, more) = match typed.strip_suffix('\\') {
            Some(piece) => (piece, true),
            None => (typed, false),
        };
        match commands.last_mut() {
            Some(command) if goes_on => command.push_str(piece),
            _ if in_block && RUN.iter().any(|begin| typed.starts_with(begin)) => commands.push(piece.to_owned()),
            _ => continue,
        }
        goes_on = more;
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_in_sh_blocks_are_run() {
        let readme = "cargo run no\n```sh\ncargo build\ncargo run -- a \\\n  b\ngrantrie check\n```\n```text\ngrantrie no\n```\n";
        assert_eq!(commands(readme), ["cargo run -- a b", "grantrie check"]);
    }
}
