//! The library, installed; programs in C, compiled against what was installed, and run.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// How a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    Nothing,
    AddressSanitizer,
    Valgrind,
}

impl Under {
    pub const ALL: [Self; 3] = [Self::Nothing, Self::AddressSanitizer, Self::Valgrind];

    /// The command that runs a program.
    pub fn command(self, program: &Path) -> Command {
        let mut command = match self {
            Self::Valgrind => {
                let mut valgrind = Command::new("valgrind");
                // What threads keep for good can still be reached, and is no leak.
                valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite"]);
                valgrind.args(["--errors-for-leak-kinds=definite,indirect,possible", "--fair-sched=yes"]).arg(program);
                valgrind
            }
            _ => Command::new(program),
        };
        command.current_dir(top());
        command
    }
}

/// The top of the repository.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

pub fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Where the library is installed; installs it, and what is needed to use it, once.
pub fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("capi");
        let xtask = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO"));
            let done = command.args(["xtask"]).args(args).current_dir(top()).output().expect("cargo runs");
            assert!(done.status.success(), "xtask {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        };
        xtask(&["tools", "cc", "valgrind", "nm", "pkg-config"]);
        xtask(&["capi-install", "--prefix", prefix.to_str().expect("a path in UTF-8")]);
        prefix
    })
}

/// Asks pkg-config how to use what is installed.
fn package(args: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.args(args).arg("grantrie").env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"));
    succeeded("pkg-config", command.output().expect("pkg-config runs")).split_whitespace().map(str::to_owned).collect()
}

/// Compiles a program against the installed header and the shared library.
pub fn compile(source: &Path, under: Under) -> PathBuf {
    let sanitizer: &[&str] = if under == Under::AddressSanitizer { &["-fsanitize=address"] } else { &[] };
    let mut libraries = package(&["--cflags", "--libs"]);
    libraries.push(format!("-Wl,-rpath,{}", prefix().join("lib").display()));
    build(source, &format!("{under:?}"), sanitizer, &libraries)
}

/// Compiles a program against the installed header and the static library.
pub fn compile_static(source: &Path) -> PathBuf {
    let mut libraries = package(&["--cflags"]);
    libraries.push(prefix().join("lib/libgrantrie.a").display().to_string());
    // All of them but the library itself, which is named above.
    libraries.extend(package(&["--static", "--libs"]).into_iter().filter(|flag| flag != "-lgrantrie"));
    build(source, "static", &[], &libraries)
}

fn build(source: &Path, kind: &str, flags: &[&str], libraries: &[String]) -> PathBuf {
    let name = source.file_stem().expect("a file").to_string_lossy();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{kind}"));
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]).args(flags);
    compiler.arg("-o").arg(&program).arg(source).args(libraries);
    succeeded("cc", compiler.output().expect("cc runs"));
    program
}

/// Runs a program to its end, which must be a good one, and answers what it wrote.
pub fn run(command: &mut Command, input: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("the program reads");
    succeeded(&format!("{command:?}"), child.wait_with_output().expect("it ends"))
}

fn succeeded(what: &str, output: Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{err}{}", output.status, String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("text")
}
