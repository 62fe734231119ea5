//! Opening a world file and filling an engine with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use grantrie::{Engine, Limits, Refused, read_world_with_places};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Data {
    /// The world file: permissions, directory, subscriptions and gates as JSON (`-` for standard input)
    #[arg(long, value_name = "WORLD")]
    pub(crate) data: PathBuf,
}

impl Data {
    /// An engine that holds the file's world, all of it.
    pub(crate) fn load(&self) -> Result<Engine, Failure> {
        let name = self.data.display();
        // A few problems show what is wrong; `validate` lists more.
        let limits = Limits::default();
        world(&self.data, &limits)?.map_err(|refused| {
            let problems = refused.problems();
            let count = problems.len().saturating_add(refused.unlisted());
            let mut message = format!("`{name}` was not loaded: {}", plural(count, "problem"));
            for problem in problems.iter().take(10) {
                message.push_str(&format!("\n  {problem}"));
            }
            let failure = Failure::new(message);
            if count > 10 { failure.hint(format_args!("see more with `grantrie validate {name}`")) } else { failure }
        })
    }

    pub(crate) fn is_stdin(&self) -> bool {
        is_stdin(&self.data)
    }
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads the world in this file into a new engine; a file that cannot be opened is a failure, a bad one is refused.
pub(crate) fn world(path: &Path, limits: &Limits) -> Result<Result<Engine, Refused>, Failure> {
    let (input, bytes) = open(path)?;
    let bar = progress(bytes);
    let read = read_world_with_places(bar.wrap_read(input), limits);
    bar.set_message("indexing");
    let engine = Engine::builder().limits(limits.clone()).build();
    let loaded = read
        .and_then(|(changes, places)| engine.apply(changes).map(|_| engine).map_err(|refused| places.locate(refused)));
    bar.finish_and_clear();
    Ok(loaded)
}

/// Opens a file (or standard input) and says how long it is, if that is known.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if is_stdin(path) {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let failure = |error: io::Error| {
        let failure = Failure::new(format_args!("`{}` cannot be read: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("check the path; `-` reads standard input"),
            io::ErrorKind::PermissionDenied => failure.hint("make the file readable for the user that runs this"),
            _ => failure,
        }
    };
    let file = File::open(path).map_err(failure)?;
    let metadata = file.metadata().map_err(failure)?;
    if metadata.is_dir() {
        return Err(Failure::new(format_args!("`{}` is a directory, not a file", path.display())));
    }
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

/// Progress on a terminal's stderr; nothing elsewhere.
fn progress(bytes: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::new(bytes.unwrap_or(0));
    let template = match bytes {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {eta}",
        None => "{msg} {spinner} {bytes}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message("loading");
    bar
}

/// `1 problem`, `2 problems`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
