//! Opening a world file and filling an engine with it, and with changes to it for the sake of argument.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use clap::{Args, ValueEnum};
use grantrie::{Engine, GroupConflict, Limits, Refused, Revision, Writer, read_changes_with_places};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::output::plural;
use crate::output::problems::Report;

#[derive(Args, Clone)]
pub(crate) struct Data {
    /// The world file: permissions, directory, subscriptions and gates as JSON (`-` for standard input)
    #[arg(long, value_name = "WORLD", required_unless_present = "store", conflicts_with = "store")]
    data: Option<PathBuf>,

    /// The store, in place of a world file; it is only read
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,

    #[command(flatten)]
    setting: Setting,
}

/// What a world is asked under.
#[derive(Args, Clone)]
pub(crate) struct Setting {
    /// What if: answer as though this change file were applied to the world; nothing is written. Repeat for more,
    /// each applied after the one before it
    #[arg(long, value_name = "FILE")]
    pub(crate) changes: Vec<PathBuf>,

    /// Which row wins where a user's groups disagree about the AI function
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Conflict::DisabledWins)]
    group_conflict: Conflict,
}

#[derive(Clone, Copy, ValueEnum)]
enum Conflict {
    DisabledWins,
    EnabledWins,
}

impl From<Conflict> for GroupConflict {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::DisabledWins => Self::DisabledWins,
            Conflict::EnabledWins => Self::EnabledWins,
        }
    }
}

/// A world with the changes to it.
pub(crate) struct Loaded {
    pub(crate) engine: Engine,
    /// How many audit entries the changes left, if that was asked.
    pub(crate) effects: Option<usize>,
}

/// Why a world was not loaded: this is wrong with this file.
pub(crate) struct Bad {
    pub(crate) file: PathBuf,
    pub(crate) refused: Refused,
}

impl Data {
    /// An engine that holds the file's world, all of it, and the changes. What is wrong with either is reported in JSON
    /// where that is how the answer would be.
    pub(crate) fn load(&self, json: bool) -> Result<Engine, Failure> {
        let limits = Limits::default();
        let loaded = match (&self.store, &self.data) {
            (Some(path), _) => stored(path, &self.setting, &limits)?,
            (None, Some(path)) => world(path, &self.setting, &limits, false)?.map(|loaded| loaded.engine),
            (None, None) => return Err(Failure::new("give --data WORLD or --store FILE")),
        };
        loaded.map_err(|bad| self.failure(&bad, json))
    }

    fn failure(&self, Bad { file, refused }: &Bad, json: bool) -> Failure {
        if json {
            return Failure::json(&Report::of_file(file, refused));
        }
        let problems = refused.problems();
        let count = problems.len().saturating_add(refused.unlisted());
        let is_world = Some(file) == self.data.as_ref();
        let what = if is_world { "loaded" } else { "applied" };
        let mut message = format!("`{}` was not {what}: {}", file.display(), plural(count, "problem"));
        // A few problems show what is wrong with a world; of changes, all are wanted.
        let listed = if is_world { 10 } else { problems.len() };
        for problem in problems.iter().take(listed) {
            let _ = write!(message, "\n  {problem}");
        }
        let failure = Failure::new(message);
        if count <= listed {
            return failure;
        }
        let changes = if is_world { String::new() } else { format!(" --changes {}", file.display()) };
        let Some(data) = &self.data else { return failure };
        failure.hint(format_args!("see more with `grantrie validate {}{changes}`", data.display()))
    }

    /// Fails if more than one of the world, the changes and the requests is standard input.
    pub(crate) fn one_stdin(&self, requests: Option<&Path>) -> Result<(), Failure> {
        let mut others: Vec<(&Path, &str)> = self.data.iter().map(|data| (&**data, "--data")).collect();
        others.extend(requests.map(|requests| (requests, "--requests")));
        self.setting.one_stdin(&others)
    }
}

impl Setting {
    /// Fails if more than one of the changes and these others is standard input, which can be read only once.
    pub(crate) fn one_stdin(&self, others: &[(&Path, &str)]) -> Result<(), Failure> {
        let changes = self.changes.iter().map(|path| (&**path, "--changes"));
        let mut stdin = others.iter().copied().chain(changes).filter(|(path, _)| is_stdin(path));
        match (stdin.next(), stdin.next()) {
            (Some((_, one)), Some((_, other))) => {
                let failure = Failure::new(format_args!("both {one} and {other} are standard input"));
                Err(failure.hint("give one of them as a file"))
            }
            _ => Ok(()),
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads the world in this file into a new engine, and the changes on top of it; a file that cannot be opened is a
/// failure, a bad one is refused. To count effects, the engine keeps a note of the whole world for a moment.
pub(crate) fn world(
    path: &Path,
    setting: &Setting,
    limits: &Limits,
    count: bool,
) -> Result<Result<Loaded, Bad>, Failure> {
    let entries = Arc::new(AtomicUsize::new(0));
    let mut builder = Engine::builder().limits(limits.clone()).group_conflict(setting.group_conflict.into());
    if count {
        let entries = Arc::clone(&entries);
        builder = builder.audit(move |new| {
            entries.fetch_add(new.len(), Ordering::Relaxed);
        });
    }
    let engine = builder.build();
    if let Err(bad) = read(path, |input| engine.load(input))? {
        return Ok(Err(bad));
    }
    let of_world = entries.load(Ordering::Relaxed);
    if let Err(bad) = apply_all(&engine, setting, limits)? {
        return Ok(Err(bad));
    }
    let effects = count.then(|| entries.load(Ordering::Relaxed) - of_world);
    Ok(Ok(Loaded { engine, effects }))
}

/// An engine that shows what a store holds, with the changes on top of it; nothing is written.
fn stored(path: &Path, setting: &Setting, limits: &Limits) -> Result<Result<Engine, Bad>, Failure> {
    let options = grantrie_store::Options::default().follow(None).read_only(true).limits(limits.clone());
    let (store, _) = crate::store::open(path, options.group_conflict(setting.group_conflict.into()))?;
    if setting.changes.is_empty() {
        return Ok(Ok(store.engine()));
    }
    // The store itself takes no changes here: they go to a copy of what it shows.
    let sole = Arc::new(OnceLock::<Writer>::new());
    let by = Arc::clone(&sole);
    let builder = Engine::builder().limits(limits.clone()).group_conflict(setting.group_conflict.into());
    let (engine, writer) = builder.build_kept(move |set| {
        let Some(writer) = by.get() else { return Ok(Revision(0)) };
        let mut staging = writer.stage();
        let staged = staging.apply(set)?;
        staging.publish();
        Ok(staged.revision)
    });
    writer.restore(&store.snapshot().image()).map_err(Failure::new)?;
    let _ = sole.set(writer);
    Ok(apply_all(&engine, setting, limits)?.map(|()| engine))
}

/// Applies the change files, one after the other.
fn apply_all(engine: &Engine, setting: &Setting, limits: &Limits) -> Result<Result<(), Bad>, Failure> {
    for path in &setting.changes {
        let apply = |input| {
            let (changes, places) = read_changes_with_places(input, limits)?;
            engine.apply(changes).map_err(|refused| places.locate(refused))
        };
        if let Err(bad) = read(path, apply)? {
            return Ok(Err(bad));
        }
    }
    Ok(Ok(()))
}

/// Opens a file and reads it, with progress.
fn read(
    path: &Path,
    read: impl FnOnce(Box<dyn Read>) -> Result<Revision, Refused>,
) -> Result<Result<(), Bad>, Failure> {
    let (input, bytes) = open(path)?;
    let bar = progress(bytes);
    let read = read(Box::new(bar.wrap_read(input)));
    bar.finish_and_clear();
    Ok(read.map(drop).map_err(|refused| Bad { file: path.to_owned(), refused }))
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
pub(crate) fn progress(bytes: Option<u64>) -> ProgressBar {
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
