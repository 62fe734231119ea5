//! The command `grantrie`: questions to a policy world in a file, and the keeping of one in a store.
//!
//! Each subcommand has a file; `load` opens worlds, `output` says how answers look. Decisions are the engine's alone.

mod apply;
mod audit;
mod batch;
mod check;
mod completions;
mod failure;
mod load;
mod lookup;
mod output;
mod pattern;
mod serve;
mod store;
mod subject;
mod subscription;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Ask a policy world: who may do what, where, and why.
#[derive(Parser)]
#[command(name = "grantrie", version, arg_required_else_help = true, after_help = EXIT_STATUS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  allowed; or the command did what it was asked
  1  denied (check), no (pattern)
  2  an error: wrong usage, an invalid request, a world or change file that is bad";

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Lookup(lookup::Lookup),
    Subscription(subscription::Subscription),
    Validate(validate::Validate),
    Pattern(pattern::Ask),
    Apply(apply::Apply),
    Audit(audit::Audit),
    Store(store::Store),
    Serve(serve::Serve),
    Completions(completions::Completions),
}

fn main() -> ExitCode {
    let status = match Arguments::parse().command {
        Command::Check(check) => check.run(),
        Command::Lookup(lookup) => lookup.run(),
        Command::Subscription(subscription) => subscription.run(),
        Command::Validate(validate) => validate.run(),
        Command::Pattern(ask) => ask.run(),
        Command::Apply(apply) => apply.run(),
        Command::Audit(audit) => audit.run(),
        Command::Store(store) => store.run(),
        Command::Serve(serve) => serve.run(),
        Command::Completions(completions) => completions.run(),
    };
    status.unwrap_or_else(|failure| failure.report())
}
