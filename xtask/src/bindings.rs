//! The engine in other languages: built, installed as a user would, and put to its tests and to the corpus.
//!
//! What they need besides Rust is installed by name: by the language's own package manager into `bindings/target`, and the
//! language itself by the system's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Failure, Outcome, cargo, output, program, run, run_and_keep, top};
use crate::tools::install;

/// Where everything is made.
const MADE: &str = "bindings/target";

/// The crates of all bindings: format, lints, and the tests that need no host.
pub(crate) fn crates() -> Result<Outcome, Failure> {
    need("python3", &["--version"], "python3")?;
    let in_bindings = |args: &[&str]| {
        let mut command = cargo(args);
        // Linked to the interpreter when it is loaded, as packages are.
        command.current_dir(top().join("bindings")).env("PYO3_BUILD_EXTENSION_MODULE", "1");
        command
    };
    run(&mut in_bindings(&["fmt", "--all", "--check"]))?;
    run(&mut in_bindings(&["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    run(&mut in_bindings(&["test", "--package", "grantrie-host"]))?;
    run(in_bindings(&["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Done("passed".to_owned()))
}

/// See [`Task::Python`](crate::Task).
pub(crate) fn python() -> Result<Outcome, Failure> {
    need("python3", &["-m", "venv", "--help"], "python3-venv")?;
    need("python3", &["-m", "ensurepip", "--version"], "python3-venv")?;
    let at = PathBuf::from(MADE).join("python");
    let (build, clean) = (at.join("build"), at.join("venv"));
    if !top().join(&build).join("bin/maturin").is_file() {
        run(program("python3", &["-m", "venv", "--clear"]).arg(&build))?;
        run(&mut pip(&build, &["maturin>=1.16,<2"]))?;
    }
    let wheels = at.join("wheels");
    let _ = std::fs::remove_dir_all(top().join(&wheels));
    for crate_ in ["bindings/python", "bindings/probes/python"] {
        let mut maturin = program(&build.join("bin/maturin").to_string_lossy(), &["build", "--release", "--quiet"]);
        run(maturin.arg("--manifest-path").arg(Path::new(crate_).join("Cargo.toml")).arg("--out").arg(&wheels))?;
    }
    // As a user installs it: into an environment in which nothing is.
    run(program("python3", &["-m", "venv", "--clear"]).arg(&clean))?;
    run(pip(&clean, &[]).args(files_in(&top().join(&wheels))?))?;
    run(&mut pip(&clean, &["--requirement", "bindings/python/tests/requirements.txt"]))?;
    let python = clean.join("bin/python");
    let here = |args: &[&str]| {
        let mut command = Command::new(top().join(&python));
        command.args(args).current_dir(top().join("bindings/python"));
        command
    };
    // Peers that are measured beside it; where one cannot be had, `cargo xtask border` goes without.
    if let Err(failure) = run(&mut pip(&clean, &["--requirement", "bindings/python/bench/requirements.txt"])) {
        println!("without peers: {failure}");
    }
    let passed = run_and_keep(&mut here(&["-m", "pytest"]), |line| line.contains(" passed"))?;
    run(&mut here(&["-m", "mypy", "--strict", "--package", "grantrie"]))?;
    run(here(&["-m", "mypy", "--strict", "tests", "examples"]).env("MYPYPATH", "tests:examples"))?;
    run(&mut here(&["-m", "mypy.stubtest", "grantrie", "--allowlist", "tests/stubtest-allowlist.txt"]))?;
    let answered = corpus(&python, &["bindings/python/tests/corpus_face.py"])?;
    Ok(Outcome::Done(format!("{}; {answered}", passed.join(" ").trim_matches(['=', ' ']))))
}

/// Puts the corpus to a program: the count that it shares with the engine.
fn corpus(host: &Path, args: &[&str]) -> Result<String, Failure> {
    let mut command = cargo(&["run", "--quiet", "--package", "grantrie-testkit", "--bin", "corpus", "--"]);
    let said = run_and_keep(command.arg(host).args(args), |line| line.starts_with("answered: "))?;
    Ok(said.concat())
}

fn pip(venv: &Path, packages: &[&str]) -> Command {
    let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let mut pip = program(&venv.join("bin/python").to_string_lossy(), &options);
    pip.args(packages);
    pip
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

/// Installs a system package if a program does not do what it is for.
fn need(name: &str, args: &[&str], package: &str) -> Result<(), Failure> {
    if output(&mut program(name, args)).is_some() {
        return Ok(());
    }
    install(&[package])
}
