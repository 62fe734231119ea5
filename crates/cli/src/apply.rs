//! `grantrie apply`: a change file, applied to a store for good.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use grantrie::{Limits, read_changes_with_places};
use grantrie_store::{Options, Origin, StoreError};
use serde::Serialize;

use crate::failure::Failure;
use crate::load;
use crate::output::problems::Report;
use crate::output::{self, GOOD, plural};

/// Apply a change file to a store: all of it, on disk when this ends well, or nothing
///
/// The file is what `--changes` takes elsewhere; the README describes it, and examples/changes.json has one of each
/// operation.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Apply {
    /// The store; it must exist
    #[arg(long, value_name = "FILE")]
    store: PathBuf,

    /// The change file (`-` for standard input)
    #[arg(value_name = "CHANGES.json")]
    changes: PathBuf,

    /// Who asks for it, for the audit, whatever the file says
    #[arg(long, value_name = "A")]
    actor: Option<String>,

    /// The request that asked for it, for the audit
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  grantrie store import examples/tenant.json --store tenant.grantrie
  grantrie apply --store tenant.grantrie examples/changes.json --actor ops

Exit status: 0 it is applied, or was so already; 2 nothing was changed.";

#[derive(Serialize)]
struct Applied {
    revision: u64,
    effects: usize,
}

impl Apply {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let limits = Limits::default();
        let (input, _) = load::open(&self.changes)?;
        let read = read_changes_with_places(input, &limits);
        let (mut set, places) = read.map_err(|refused| self.refused(&refused))?;
        set.actor = self.actor.clone().or(set.actor);
        let (store, _) = crate::store::open(&self.store, Options::default().create(false).follow(None))?;
        let before = store.revision();
        let origin = Origin { origin: Some("cli".to_owned()), request_id: self.request_id.clone() };
        let revision = match store.apply_from(set, origin) {
            Err(StoreError::Refused(refused)) => return Err(self.refused(&places.locate(refused))),
            applied => applied?,
        };
        let effects = if revision > before { effects(&store, revision)? } else { 0 };
        let mut out = anstream::stdout().lock();
        output::or_unread(if self.json {
            output::json(&mut out, &Applied { revision: revision.0, effects })
        } else {
            use std::io::Write as _;
            writeln!(out, "{GOOD}applied:{GOOD:#} {}, revision {revision}", plural(effects, "effect"))
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn refused(&self, refused: &grantrie::Refused) -> Failure {
        if self.json {
            return Failure::json(&Report::of_file(&self.changes, refused));
        }
        Failure::new(format_args!("`{}` was not applied:\n{refused}", self.changes.display()))
    }
}

/// How many effects a revision has.
fn effects(store: &grantrie_store::Store, revision: grantrie::Revision) -> Result<usize, StoreError> {
    let start = grantrie::Revision(revision.0.saturating_sub(1));
    let after = Some(grantrie_store::AuditPlace { revision: start, index: usize::MAX });
    let page = store.audit(&grantrie_store::AuditQuery { after, limit: usize::MAX, ..Default::default() })?;
    Ok(page.records.iter().filter(|record| record.place.revision == revision).count())
}
