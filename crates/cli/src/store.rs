//! `grantrie store`: the keeping of a store.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use grantrie::{Limits, read_world_with_places};
use grantrie_store::{Options, Origin, Recovery, Report, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::failure::{ERROR, Failure};
use crate::load;
use crate::output::{self, BAD, GOOD, plural};

/// Keep a world in a store: import, export, look after it
#[derive(Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a world file to a store, which is made if there is none: one change set, all or nothing
    Import {
        /// The world file (`-` for standard input)
        #[arg(value_name = "WORLD.json")]
        world: PathBuf,
        #[command(flatten)]
        at: At,
        /// Who asks for it, for the audit
        #[arg(long, value_name = "A")]
        actor: Option<String>,
    },
    /// Write what a store holds as a world file
    Export {
        #[command(flatten)]
        at: At,
        /// Where to (standard output if absent)
        #[arg(value_name = "WORLD.json")]
        into: Option<PathBuf>,
    },
    /// Say what a store holds (whether all of it is good says verify)
    Info {
        #[command(flatten)]
        at: At,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Read a whole store and check that everything is as it was written; nothing is changed
    #[command(after_help = "Exit status: 0 it is, 2 it is damaged or cannot be read.")]
    Verify {
        #[command(flatten)]
        at: At,
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy a store to a new file, also while it is in use
    Backup {
        #[command(flatten)]
        at: At,
        /// The new file
        #[arg(value_name = "BACKUP")]
        into: PathBuf,
    },
    /// Make a store of a backup, after verifying it
    Restore {
        /// The backup, or with --last-good the damaged store
        #[arg(value_name = "FROM")]
        from: PathBuf,
        #[command(flatten)]
        at: At,
        /// Take what a damaged store has up to its last good revision; what came after is lost
        #[arg(long)]
        last_good: bool,
    },
    /// Write a snapshot, and give room back
    Compact {
        #[command(flatten)]
        at: At,
        /// Drop what the audit has from before so many days
        #[arg(long, value_name = "DAYS")]
        keep_days: Option<u64>,
    },
}

#[derive(Args)]
struct At {
    /// The store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
}

#[derive(Serialize)]
struct Info {
    revision: u64,
    format: i64,
    permissions: usize,
    principals: usize,
    patterns: usize,
    namespaces: usize,
    projects: usize,
    log_from: u64,
    log_entries: u64,
    snapshot: Option<u64>,
    bytes: u64,
}

impl Store {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Import { world, at, actor } => import(&world, &at.store, actor),
            Command::Export { at, into } => export(&at.store, into.as_deref()),
            Command::Info { at, json } => info(&at.store, json),
            Command::Verify { at, json } => verify(&at.store, json),
            Command::Backup { at, into } => {
                let store = reading(&at.store)?;
                let revision = with_bar("copying", |progress| store.backup(&into, progress))?;
                say(format_args!("`{}` is a backup of revision {revision}", into.display()))
            }
            Command::Restore { from, at, last_good: false } => {
                let report = with_bar("copying", |progress| grantrie_store::restore(&from, &at.store, progress))?;
                say(format_args!("`{}` is a store at revision {}", at.store.display(), report.head))
            }
            Command::Restore { from, at, last_good: true } => {
                let revision =
                    with_spinner("reading what is good", || grantrie_store::restore_last_good(&from, &at.store))?;
                say(format_args!("`{}` is a store at revision {revision}, the last good one", at.store.display()))
            }
            Command::Compact { at, keep_days } => {
                let keep = keep_days.map(|days| Duration::from_secs(days.saturating_mul(86_400)));
                let options = Options::default().create(false).follow(None).retention(keep);
                let (store, _) = open(&at.store, options)?;
                let compacted = with_spinner("compacting", || store.compact())?;
                let trimmed = usize::try_from(compacted.trimmed).unwrap_or(usize::MAX);
                let snapshot = match compacted.snapshot {
                    Some(revision) => format!("snapshot of revision {revision} written"),
                    None => "the snapshot is the newest already".to_owned(),
                };
                say(format_args!("{snapshot}, {} dropped from the audit", plural(trimmed, "change set")))
            }
        }
    }
}

fn say(what: impl std::fmt::Display) -> Result<ExitCode, Failure> {
    output::or_unread(writeln!(anstream::stdout().lock(), "{what}"))?;
    Ok(ExitCode::SUCCESS)
}

/// Opens a store; a large one takes seconds.
pub(crate) fn open(path: &Path, options: Options) -> Result<(grantrie_store::Store, Recovery), StoreError> {
    with_spinner("opening", || grantrie_store::open(path, options))
}

pub(crate) fn reading(path: &Path) -> Result<grantrie_store::Store, StoreError> {
    open(path, Options::default().follow(None).read_only(true)).map(|(store, _)| store)
}

/// Does something of which it is not known how long it takes, with a sign of life on a terminal's stderr.
fn with_spinner<T>(what: &'static str, run: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    let done = run();
    spinner.finish_and_clear();
    done
}

/// Does something with progress on a terminal's stderr.
fn with_bar<T>(
    what: &'static str,
    run: impl FnOnce(&mut dyn FnMut(u64, u64)) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bar:30} {percent}% {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    // What is not counted (an entry may be a whole import) shows a sign of life all the same.
    bar.enable_steady_tick(Duration::from_millis(120));
    let done = run(&mut |at, of| {
        bar.set_length(of);
        bar.set_position(at);
    });
    bar.finish_and_clear();
    done
}

fn import(world: &Path, path: &Path, actor: Option<String>) -> Result<ExitCode, Failure> {
    let (input, bytes) = load::open(world)?;
    let bar = load::progress(bytes);
    let limits = Limits::default();
    let refused =
        |refused: &grantrie::Refused| Failure::new(format_args!("`{}` was not imported:\n{refused}", world.display()));
    let read = read_world_with_places(bar.wrap_read(input), &limits);
    bar.finish_and_clear();
    let (mut set, places) = read.map_err(|error| refused(&error))?;
    set.actor = actor;
    let (store, recovery) = open(path, Options::default().follow(None))?;
    let origin = Origin { origin: Some("cli".to_owned()), request_id: None };
    let imported = with_spinner("writing", || store.import(set, origin));
    let revision = match imported {
        Err(StoreError::Refused(error)) => return Err(refused(&places.locate(error))),
        imported => imported?,
    };
    if store.counts().permissions > 10_000 {
        // So that the next opening need not replay it.
        with_spinner("writing a snapshot", || store.compact())?;
    }
    let made = if recovery.created { "made" } else { "added to" };
    let permissions = plural(store.counts().permissions, "permission");
    say(format_args!("`{}` {made}: {permissions}, revision {revision}", path.display()))
}

fn export(path: &Path, into: Option<&Path>) -> Result<ExitCode, Failure> {
    let store = reading(path)?;
    let Some(into) = into else {
        store.export(BufWriter::new(io::stdout().lock()))?;
        return Ok(ExitCode::SUCCESS);
    };
    let written = with_spinner("writing", || write_over(into, |file| store.export(BufWriter::new(file))));
    let failure = |error: io::Error| Failure::new(format_args!("`{}` cannot be written: {error}", into.display()));
    say(format_args!("`{}` is the world of revision {}", into.display(), written.map_err(failure)?))
}

/// Writes a file that takes the place of what is there only when it is whole and synced; a pipe is written as it is.
fn write_over<T>(into: &Path, write: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    if into.metadata().is_ok_and(|there| !there.is_file()) {
        return write(&File::options().write(true).open(into)?);
    }
    let mut partial = into.as_os_str().to_owned();
    partial.push(".partial");
    let whole = File::create(&partial).and_then(|file| {
        let written = write(&file)?;
        file.sync_all()?;
        std::fs::rename(&partial, into)?;
        Ok(written)
    });
    if whole.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    whole
}

fn look(path: &Path) -> Result<Report, Failure> {
    Ok(with_bar("verifying", |progress| grantrie_store::verify(path, progress))?)
}

fn info(path: &Path, json: bool) -> Result<ExitCode, Failure> {
    let store = reading(path)?;
    let (counts, extent) = (store.counts(), store.extent()?);
    let info = Info {
        revision: store.revision().0,
        format: extent.format,
        permissions: counts.permissions,
        principals: counts.principals,
        patterns: counts.patterns,
        namespaces: counts.namespaces,
        projects: counts.projects,
        log_from: extent.base.0,
        log_entries: extent.head.0.saturating_sub(extent.base.0),
        snapshot: extent.snapshot.map(|revision| revision.0),
        bytes: extent.bytes,
    };
    let mut out = anstream::stdout().lock();
    if json {
        output::or_unread(output::json(&mut out, &info))?;
        return Ok(ExitCode::SUCCESS);
    }
    let snapshot = info.snapshot.map_or_else(|| "none".to_owned(), |revision| format!("of revision {revision}"));
    let text = format!(
        "revision    {}\nformat      {}\npermissions {}\nprincipals  {}\npatterns    {}\nnamespaces  {}\nprojects    {}\n\
         log         {} after revision {}\nsnapshot    {snapshot}\nbytes       {}",
        info.revision,
        info.format,
        info.permissions,
        info.principals,
        info.patterns,
        info.namespaces,
        info.projects,
        plural(usize::try_from(info.log_entries).unwrap_or(usize::MAX), "change set"),
        info.log_from,
        info.bytes,
    );
    output::or_unread(writeln!(out, "{text}"))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Verified<'a> {
    good: bool,
    revision: u64,
    log_entries: u64,
    damages: Vec<Broken<'a>>,
}

#[derive(Serialize)]
struct Broken<'a> {
    what: &'a str,
    last_good: u64,
}

fn verify(path: &Path, json: bool) -> Result<ExitCode, Failure> {
    let report = look(path)?;
    let good = report.damages.is_empty();
    let mut out = anstream::stdout().lock();
    let damages = report.damages.iter().map(|damage| Broken { what: &damage.what, last_good: damage.last_good.0 });
    let verified = Verified { good, revision: report.head.0, log_entries: report.entries, damages: damages.collect() };
    output::or_unread(if json {
        output::json(&mut out, &verified)
    } else if good {
        let entries = plural(usize::try_from(report.entries).unwrap_or(usize::MAX), "change set");
        writeln!(out, "{GOOD}good:{GOOD:#} {entries} up to revision {}, each as it was written", report.head)
    } else {
        report.damages.iter().try_for_each(|damage| writeln!(out, "{BAD}damaged:{BAD:#} {damage}"))
    })?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(ERROR) })
}
