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

/// See [`Task::Node`](crate::Task).
pub(crate) fn node() -> Result<Outcome, Failure> {
    need("node", &["--version"], "nodejs")?;
    need("npm", &["--version"], "npm")?;
    let (here, made) = (top().join("bindings/node"), top().join(MADE).join("node"));
    let clean = made.join("clean");
    if !here.join("node_modules/.bin/napi").exists() {
        run(&mut npm(&here, &["install"]))?;
    }
    run(&mut npm(&here, &["run", "build"]))?;
    run(cargo(&["build", "--release", "--package", "grantrie-node-probe"]).current_dir(top().join("bindings")))?;
    // As a user installs it: into a folder in which nothing is.
    let _ = std::fs::remove_dir_all(&made);
    std::fs::create_dir_all(&clean).map_err(|error| format!("{}: {error}", clean.display()))?;
    let probe = made.join("probe.node");
    let library = format!("{}grantrie_node_probe{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    copy(&top().join(MADE).join("release").join(library), &probe)?;
    run(npm(&here, &["pack", "--silent"]).arg(format!("--pack-destination={}", made.display())))?;
    let manifest = clean.join("package.json");
    std::fs::write(&manifest, "{\"private\": true}\n").map_err(|error| format!("{}: {error}", manifest.display()))?;
    let tarball = files_in(&made)?.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "tgz"));
    run(npm(&clean, &["install", "express@5"]).arg(tarball.ok_or("npm pack made no package")?))?;
    // Peers that are measured beside it; where one cannot be had, `cargo xtask border` goes without.
    if let Err(failure) = run(&mut npm(&clean, &["install", "casbin@5", "@cedar-policy/cedar-wasm@4"])) {
        println!("without peers: {failure}");
    }
    for part in ["tests", "examples", "bench", "README.md"] {
        run(program("cp", &["-r"]).arg(here.join(part)).arg(&clean))?;
    }
    let mut tests = Command::new("node");
    tests.args(["--expose-gc", "--test", "--test-reporter=spec"]).current_dir(&clean).env("GRANTRIE_PROBE", &probe);
    let mut files = files_in(&clean.join("tests"))?;
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    let passed = run_and_keep(tests.args(files), |line| line.contains(" pass ") && line.starts_with('ℹ'))?;
    run(Command::new(here.join("node_modules/.bin/tsc")).arg("--project").arg(clean.join("tests")))?;
    let answered = corpus(Path::new("node"), &[&clean.join("tests/corpus-face.mjs").to_string_lossy()])?;
    Ok(Outcome::Done(format!("{}; {answered}", passed.concat().trim_start_matches(['ℹ', ' ']))))
}

fn npm(at: &Path, args: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(args).args(["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]).current_dir(at);
    npm
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::copy(from, to).map(drop).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
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
