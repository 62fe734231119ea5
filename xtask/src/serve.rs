//! The server under load, and against its own description.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use clap::Args;

use crate::program::{Failure, Outcome, cargo, output, program, run, top};
use crate::tools::install;

/// See [`Task::ServeLoad`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct ServeLoad {
    /// How many permissions the world has.
    #[arg(long, default_value_t = 100_000)]
    permissions: u64,
    /// How long each kind of load lasts.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many connections send at once.
    #[arg(long, default_value_t = 16)]
    connections: u64,
}

impl ServeLoad {
    /// As short as shows that it works.
    pub(crate) const fn short() -> Self {
        Self { permissions: 10_000, seconds: 1, connections: 8 }
    }

    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        run(&mut cargo(&[
            "build",
            "--quiet",
            "--release",
            "--package",
            "grantrie-cli",
            "--bins",
            "--example",
            "serve_load",
        ]))?;
        let [permissions, seconds, connections] =
            [self.permissions, self.seconds, self.connections].map(|number| number.to_string());
        let arguments = [
            "target/release/grantrie",
            "--permissions",
            &permissions,
            "--seconds",
            &seconds,
            "--connections",
            &connections,
        ];
        run(&mut program("target/release/examples/serve_load", &arguments))?;
        Ok(Outcome::Done("sustained".to_owned()))
    }
}

/// See [`Task::Openapi`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Openapi {
    /// How long requests are made up.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// What is made up. The same each time, so that a change is judged and not the day; another one looks elsewhere.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Default for Openapi {
    fn default() -> Self {
        Self { seconds: 40, seed: 1 }
    }
}

/// Pinned, so that what it finds does not depend on the day.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

const TOKEN: &str = "the-token-of-a-trusted-service";

impl Openapi {
    /// Lets schemathesis make requests up from the served document: no answer is a server's error, and each is as described.
    pub(crate) fn run(&self) -> Result<Outcome, Failure> {
        if output(&mut program("python3", &["-m", "ensurepip", "--version"])).is_none() {
            // Debian has the module, and Python itself, in a package of their own.
            install(&["python3-venv"])?;
        }
        let directory = top().join("target/tmp/openapi");
        let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
        std::fs::create_dir_all(&directory).map_err(failed)?;
        let environment = "target/tmp/schemathesis";
        if !top().join(environment).join("bin/schemathesis").exists() {
            run(&mut program("python3", &["-m", "venv", environment]))?;
            let pip = format!("{environment}/bin/pip");
            run(&mut program(&pip, &["install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS]))?;
        }
        run(&mut cargo(&["build", "--quiet", "--package", "grantrie-cli"]))?;
        for leftover in ["openapi.db", "openapi.db-wal", "openapi.db-shm", "openapi.db-mark"] {
            drop(std::fs::remove_file(directory.join(leftover)));
        }
        let mut server = Running::start(&directory)?;
        let address = server.address()?;
        let (time, seed) = (self.seconds.to_string(), self.seed.to_string());
        let header = format!("Authorization: Bearer {TOKEN}");
        let arguments = [
            "run",
            &format!("http://{address}/openapi.json"),
            "--header",
            &header,
            "--max-time",
            &time,
            "--seed",
            &seed,
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--warnings",
            "off",
        ];
        let path = top().join(environment).join("bin/schemathesis");
        let mut schemathesis = program(&path.to_string_lossy(), &arguments);
        // It keeps examples where it is run.
        run(schemathesis.current_dir(&directory).arg("--no-color"))?;
        Ok(Outcome::Done("every answer as described, none a server's error".to_owned()))
    }
}

/// A server on a free port, ended when this is dropped.
struct Running(Child);

impl Running {
    fn start(directory: &Path) -> Result<Self, Failure> {
        let config = directory.join("openapi.toml");
        let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
        let text = format!(
            "listen = \"127.0.0.1:0\"\nstore = \"openapi.db\"\n[log]\nfilter = \"warn\"\n[[credentials]]\nkind = \"bearer\"\n\
             token = \"{TOKEN}\"\nprincipal = {{ type = \"user\", id = \"portal\" }}\ntrusted = true\n"
        );
        std::fs::write(&config, text).map_err(failed)?;
        let mut command = program("target/debug/grantrie", &["serve", "--config", &config.to_string_lossy()]);
        let log = File::create(directory.join("serve.log")).map_err(failed)?;
        command.stdout(Stdio::piped()).stderr(log).spawn().map(Self).map_err(failed)
    }

    fn address(&mut self) -> Result<String, Failure> {
        let out = self.0.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        let address = line.trim_end().strip_prefix("listening on ");
        address
            .map(str::to_owned)
            .ok_or_else(|| "the server did not start; see target/tmp/openapi/serve.log".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
