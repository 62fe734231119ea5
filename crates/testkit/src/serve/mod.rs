//! The server as a process, for tests: started on a free port of the loopback address, ended when it is dropped.

mod client;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use client::{Answer, Client, read_answer};

/// How long a server may take to start or to end. Only a broken one takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `grantrie serve`.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// How a server ended that was not to run, or was told to stop.
#[derive(Debug)]
pub struct Ended {
    /// The exit status.
    pub status: ExitStatus,
    /// What it wrote to standard error.
    pub log: String,
}

impl Server {
    /// Writes `grantrie.toml` into a directory and starts the program with it; options come after `serve --config FILE`.
    ///
    /// # Errors
    /// It ended rather than listen.
    ///
    /// # Panics
    /// If it can be neither started nor understood.
    pub fn start(program: &Path, directory: &Path, config: &str, options: &[&str]) -> Result<Self, Ended> {
        let file = directory.join("grantrie.toml");
        std::fs::write(&file, config).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        // Several servers may run in one directory.
        let log = (0..).map(|n| directory.join(format!("serve-{n}.log"))).find(|path| !path.exists());
        let log = log.unwrap_or_else(|| panic!("no name for a log"));
        let to = File::create(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(&file).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut line = String::new();
        let out = child.stdout.take().unwrap_or_else(|| panic!("no output"));
        BufReader::new(out).read_line(&mut line).unwrap_or_else(|error| panic!("{error}"));
        match line.trim_end().strip_prefix("listening on ") {
            Some(address) => {
                let address = address.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
                Ok(Self { child, address, log })
            }
            None => {
                let status = wait(&mut child);
                Err(Ended { status, log: read(&log) })
            }
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection to it.
    ///
    /// # Panics
    /// If it takes none.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap_or_else(|error| panic!("{}: {error}", self.address));
        stream.set_read_timeout(Some(PATIENCE)).unwrap_or_else(|error| panic!("{error}"));
        stream
    }

    /// A client with a connection of its own.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// What it has written to standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// Its process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop, and waits until it has.
    #[must_use]
    pub fn stop(mut self) -> Ended {
        self.terminate();
        let status = wait(&mut self.child);
        Ended { status, log: read(&self.log) }
    }

    /// Tells it to stop.
    pub fn terminate(&self) {
        let told = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(told.is_ok_and(|status| status.success()), "`kill` cannot be run");
    }

    /// Ends it at once, as a loss of power would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Waits for a process to end; one that does not is ended.
fn wait(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap_or_else(|error| panic!("{error}")) {
            return status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the server did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
