//! Building and running all examples.

use crate::program::{self, Failure, Outcome, cargo, top};

/// See [`Task::Examples`](crate::Task).
pub(crate) fn run() -> Result<Outcome, Failure> {
    let names = names();
    if names.is_empty() {
        return Ok(Outcome::Skipped("there are no examples".to_owned()));
    }
    for name in &names {
        program::run(&mut cargo(&["run", "--quiet", "--package", "grantrie", "--example", name]))?;
    }
    Ok(Outcome::Done(format!("ran {}", names.join(", "))))
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(top().join("examples")).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ext| ext == "rs"));
    let mut names: Vec<String> = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort_unstable();
    names
}
