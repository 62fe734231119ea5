//! The fuzz targets: built with libFuzzer, and run.
//!
//! What they do is in `crates/testkit/src/fuzz.rs`, `crates/histories`, `crates/capi/tests/support/fuzz.rs` and
//! `crates/server/src/fuzz`. Each begins with the inputs in `fuzz/seeds/<target>` and `fuzz/finds/<target>`; what it learns goes
//! to `fuzz/target`. An input that fails is written to `fuzz/finds/<target>`, where it stays and is replayed by tests
//! (`finds.rs`, and capi's `fuzz.rs`).

use std::path::Path;

use clap::Args;

use crate::program::{Failure, Outcome, cargo, output, program, run, top};

const TARGETS: [&str; 8] = ["pattern", "world_file", "request", "history", "store", "capi", "configuration", "http"];

/// Coverage counters, comparisons and the table of places, as libFuzzer reads them. No address sanitizer: stable has
/// none, only the C interface has unsafe code, and valgrind looks at that in its tests.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// See [`Task::Fuzz`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Fuzz {
    /// How long each target runs.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// One target; all of them, if absent.
    target: Option<String>,
}

impl Fuzz {
    pub(crate) const fn all(seconds: u64) -> Self {
        Self { seconds, target: None }
    }

    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let targets: Vec<&str> = match &self.target {
            None => TARGETS.to_vec(),
            Some(one) => vec![one.as_str()],
        };
        if output(&mut program("c++", &["--version"])).is_none() {
            return Ok(Outcome::Skipped("no C++ compiler, which libFuzzer is built with".to_owned()));
        }
        let Some(host) = host() else { return Err("rustc does not say what it compiles for".to_owned()) };
        // With a target named, build scripts and macros are built without the instrumentation.
        let build = ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", &host];
        run(cargo(&build).env("RUSTFLAGS", RUSTFLAGS))?;
        for target in &targets {
            self.run_target(target, &host)?;
        }
        Ok(Outcome::Done(format!("{} for {} s each", targets.join(", "), self.seconds)))
    }

    fn run_target(&self, target: &str, host: &str) -> Result<(), Failure> {
        let fuzz = top().join("fuzz");
        let learnt = directory(&fuzz.join("target/learnt").join(target))?;
        let finds = directory(&fuzz.join("finds").join(target))?;
        let seeds = directory(&fuzz.join("seeds").join(target))?;
        let binary = fuzz.join("target").join(host).join("release").join(target);
        let time = format!("-max_total_time={}", self.seconds);
        let prefix = format!("-artifact_prefix={finds}/");
        let args: [&str; 8] =
            [&learnt, &seeds, &finds, &time, &prefix, "-timeout=20", "-rss_limit_mb=4096", "-verbosity=0"];
        run(&mut program(&binary.to_string_lossy(), &args))
            .map_err(|failure| format!("{failure}\nthe input is in fuzz/finds/{target}; tests replay it"))
    }
}

fn directory(path: &Path) -> Result<String, Failure> {
    std::fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path.to_string_lossy().into_owned())
}

/// What this toolchain compiles for.
fn host() -> Option<String> {
    let said = output(&mut program("rustc", &["-vV"]))?;
    said.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}
