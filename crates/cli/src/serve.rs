//! `grantrie serve`: the engine behind HTTP.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use grantrie_server::Config;

use crate::failure::Failure;

/// Answer over HTTP: decisions, the Permissions API, AI subscriptions, Quick BI grants
#[derive(Args)]
#[command(after_help = "\
When it takes requests it prints `listening on ADDRESS:PORT` to standard output; logs go to standard error.
SIGTERM and SIGINT end it, after the requests under way.")]
pub(crate) struct Serve {
    /// The configuration, in TOML; everything in it is judged before the server starts
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Say only whether the configuration is good
    #[arg(long)]
    check: bool,

    /// Accept `[development]` in the configuration: a clock that is a file
    #[arg(long)]
    development: bool,
}

impl Serve {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let config = Config::read(&self.config, self.development).map_err(Failure::new)?;
        if self.check {
            writeln!(anstream::stdout().lock(), "`{}` is good", self.config.display())?;
            return Ok(ExitCode::SUCCESS);
        }
        let announce = |address| {
            let mut out = anstream::stdout().lock();
            // Who started the server may not want to read it.
            let _ = writeln!(out, "listening on {address}").and_then(|()| out.flush());
        };
        grantrie_server::serve(config, announce).map_err(Failure::new)?;
        Ok(ExitCode::SUCCESS)
    }
}
