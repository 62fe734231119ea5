//! What being on disk costs, in one run: `cargo xtask cost`, or `cargo bench -p grantrie-store --bench cost -- DIRECTORY [WORLD.json]`.
//!
//! What is compared takes turns in short phases, and the median of the pairs counts: the machine may be shared. The
//! directory is on the disk that is meant. Each figure stands beside its goal; the exit status says whether all hold.
//!
//! - `writing`: a change set of one change by 1, 8 and 64 writers at once, beside a bare insert with the same durability;
//! - `checking`: checks beside eight writers that do not rest, and beside compactions that do not rest;
//! - `opening`: a store of a large world beside loading the world's file; importing and compacting it.

mod checking;
mod opening;
mod table;
mod writing;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use grantrie::{Actions, Change, PermissionDraft, Principal};

use table::Table;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    // Cargo adds an argument of its own.
    let mut args: Vec<PathBuf> =
        std::env::args_os().skip(1).filter(|arg| arg != "--bench").map(PathBuf::from).collect();
    if args.is_empty() {
        // `cargo test --benches`: to see that it runs, in a place that is gone afterwards.
        println!("a few milliseconds of each: whether it runs, not how fast");
        args.push(std::env::temp_dir().join(format!("grantrie-cost-{}", std::process::id())));
        let done = all(&args, true);
        let _ = std::fs::remove_dir_all(&args[0]);
        return if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match all(&args, false) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Everything; answers whether all goals hold.
fn all(args: &[PathBuf], short: bool) -> Outcome<bool> {
    let directory = &args[0];
    std::fs::create_dir_all(directory)?;
    let mut table = Table::default();
    writing::measure(directory, short, &mut table)?;
    checking::measure(directory, short, &mut table)?;
    match args.get(1) {
        Some(world) => opening::measure(directory, world, &mut table)?,
        None => println!("no world file: opening is not measured"),
    }
    Ok(table.judge())
}

/// A file in the directory, of which nothing is left.
fn fresh(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    for end in ["", "-wal", "-shm", "-mark"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    path
}

/// A change that has an effect whenever its number is new.
fn grant(writer: usize, n: u64) -> Change {
    let pattern = format!("service:type:thing-{n}").parse().unwrap_or_else(|_| unreachable!("a name"));
    let holder = Principal::user(format!("user-{writer}"));
    Change::UpsertPermission(PermissionDraft::allow("n", holder, pattern, Actions::All))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
