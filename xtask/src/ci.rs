//! Everything that a change must pass.

use std::time::{Duration, Instant};

use clap::Args;

use crate::program::{Failure, Outcome, cargo, run, run_and_keep};
use crate::{bindings, border, examples, fuzz, goals, load, readme, serve, shuttle, valgrind};

/// See [`Task::Ci`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Ci {
    /// How long each fuzz target runs.
    #[arg(long, default_value_t = 30)]
    fuzz_seconds: u64,
}

/// A step that was taken.
struct Taken {
    name: &'static str,
    time: Duration,
    came_to: String,
}

impl Ci {
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        let mut summary = Vec::new();
        let begun = Instant::now();
        let done = self.steps(&mut summary);
        let lines = summary.iter().map(|Taken { name, time, came_to }| format!("  {name:<12} {time:>7.1?}  {came_to}"));
        println!("\nci, {:.0?}:\n{}", begun.elapsed(), lines.collect::<Vec<_>>().join("\n"));
        done.map(|()| Outcome::Done("ci: all passed".to_owned()))
    }

    fn steps(&self, summary: &mut Vec<Taken>) -> Result<(), Failure> {
        let mut step = |name, work: &dyn Fn() -> Result<Outcome, Failure>| {
            println!("\n=== {name}");
            let begun = Instant::now();
            let done = work();
            let came_to = done.as_ref().map_or_else(|_| "FAILED".to_owned(), ToString::to_string);
            summary.push(Taken { name, time: begun.elapsed(), came_to });
            done.map(|_| ()).map_err(|failure| format!("{name}: {failure}"))
        };
        step("format", &|| plain(&["fmt", "--all", "--check"]))?;
        step("clippy", &|| {
            plain(&["clippy", "--workspace", "--exclude=peers", "--all-targets", "--", "-D", "warnings"])
        })?;
        step("test", &|| test(&["--workspace", "--exclude=peers"]))?;
        step("doc", &|| doc(&["--workspace", "--exclude=peers"]))?;
        step("peers", &peers)?;
        step("shuttle", &|| shuttle::Shuttle::default().run())?;
        step("valgrind", &valgrind::valgrind)?;
        step("examples", &examples::run)?;
        step("readme", &readme::run)?;
        // One round of each, to see that they run; `cargo bench` measures.
        step("benches", &|| {
            plain(&["test", "--package", "grantrie", "--benches", "--", "--test"])?;
            plain(&["test", "--package", "grantrie-store", "--bench", "cost"])
        })?;
        step("bindings", &bindings::crates)?;
        step("python", &bindings::python)?;
        step("node", &bindings::node)?;
        // One round, to see that it runs and that all hosts answer alike; more rounds measure.
        step("border", &|| border::Border::once().run())?;
        step("instructions", &|| goals::Instructions::default().run())?;
        step("load", &|| load::Load::default().run())?;
        step("serve-load", &|| serve::ServeLoad::short().run())?;
        step("openapi", &|| serve::Openapi::default().run())?;
        step("fuzz", &|| fuzz::Fuzz::all(self.fuzz_seconds).run())
    }
}

fn plain(args: &[&str]) -> Result<Outcome, Failure> {
    run(&mut cargo(args)).map(|()| Outcome::Done("passed".to_owned()))
}

fn doc(packages: &[&str]) -> Result<Outcome, Failure> {
    run(cargo(&["doc", "--no-deps"]).args(packages).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Done("passed".to_owned()))
}

/// The crate of the other engines by itself: together with the rest it would change the features that their common
/// dependencies are built with, and all of them would be built once more.
fn peers() -> Result<Outcome, Failure> {
    plain(&["clippy", "--package=peers", "--all-targets", "--", "-D", "warnings"])?;
    doc(&["--package=peers", "--document-private-items"])?;
    test(&["--package=peers"])
}

/// All tests; the summary repeats what the test runner said of each binary that has any.
fn test(packages: &[&str]) -> Result<Outcome, Failure> {
    let mut tests = cargo(&["test"]);
    let results = run_and_keep(tests.args(packages), |line| line.starts_with("test result: "))?;
    let lines = results.iter().filter(|line| !line.contains(" 0 passed"));
    Ok(Outcome::Done(lines.map(|line| format!("\n    {line}")).collect()))
}
