//! The clients, in a Python process: a line of JSON to it for each call, a line back.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

/// Where the clients' programs are.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendors/clients")
}

/// The Python of a virtual environment in which the clients are installed: made once, under `target`.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned();
        let wanted = std::fs::read_to_string(directory().join("requirements.txt")).unwrap();
        let (venv, lock) = (target.join("vendors-venv"), target.join("vendors-venv.lock"));
        // Other test processes may be at it.
        let lock = File::create(lock).unwrap();
        lock.lock().unwrap();
        let (python, installed) = (venv.join("bin/python"), venv.join("installed.txt"));
        if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return python;
        }
        make(&venv);
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(directory().join("requirements.txt")));
        std::fs::write(installed, wanted).unwrap();
        python
    })
}

fn make(venv: &Path) {
    let _ = std::fs::remove_dir_all(venv);
    let made = || Command::new("python3").args(["-m", "venv"]).arg(venv).status().is_ok_and(|status| status.success());
    if !made() {
        // Debian has it in a package of its own.
        run(Command::new("apt-get").args(["install", "--yes", "--quiet", "python3", "python3-venv"]));
        assert!(made(), "no virtual environment can be made");
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// A command in that environment. The clients write into the home directory: theirs is beside it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(python());
    command.env("HOME", python().parent().unwrap());
    command
}

pub(crate) struct Clients {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

#[expect(clippy::needless_pass_by_value, reason = "arguments are written where the call is made")]
impl Clients {
    pub(crate) fn start() -> Self {
        let mut command = command();
        command.arg(directory().join("bridge.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (to, from) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, to, from: BufReader::new(from) }
    }

    fn ask(&mut self, client: &str, call: &str, arguments: &Value) -> Value {
        writeln!(self.to, "{}", json!({"client": client, "call": call, "arguments": arguments})).unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{client} {call} {arguments}: {error}: {line}"))
    }

    pub(crate) fn connect(&mut self, name: &str, arguments: Value) {
        assert!(self.ask(name, "connect", &arguments)["error"].is_null());
    }

    /// What a client answers or raises.
    pub(crate) fn said(&mut self, client: &str, call: &str, arguments: Value) -> Value {
        self.ask(client, call, &arguments)
    }

    /// What a client answers.
    pub(crate) fn call(&mut self, client: &str, call: &str, arguments: Value) -> Value {
        let said = self.ask(client, call, &arguments);
        assert!(said["error"].is_null(), "{client} {call} {arguments}: {said}");
        said["answer"].clone()
    }

    /// The error that a client raises.
    pub(crate) fn fails(&mut self, client: &str, call: &str, arguments: Value) -> Value {
        let said = self.ask(client, call, &arguments);
        assert!(said["answer"].is_null(), "{client} {call} {arguments}: {said}");
        said["error"].clone()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
