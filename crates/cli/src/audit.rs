//! `grantrie audit`: what changed in a store, by whom and when.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use grantrie::{Principal, Timestamp};
use grantrie_store::{AuditQuery, AuditRecord, parse_principal};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::output::{self, DIM, shown};

/// List what changed in a store: by whom, when, what was before and after
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Audit {
    /// The store; it is only read
    #[arg(long, value_name = "FILE")]
    store: PathBuf,

    /// From this instant on, in RFC 3339
    #[arg(long, value_name = "T")]
    since: Option<Timestamp>,

    /// Before this instant
    #[arg(long, value_name = "T")]
    until: Option<Timestamp>,

    /// Only what is about this principal: user:ann, usergroup:staff, permprofile:job
    #[arg(long, value_name = "KIND:ID", value_parser = principal)]
    principal: Option<Principal>,

    /// Only what is in this namespace
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,

    /// Only what this actor asked for
    #[arg(long, value_name = "A")]
    actor: Option<String>,

    /// List so many at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// A line of JSON for each
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  grantrie audit --store tenant.grantrie --principal user:ann --since 2026-11-01T00:00:00Z
  grantrie audit --store tenant.grantrie --actor ops --json";

fn principal(text: &str) -> Result<Principal, String> {
    parse_principal(text).ok_or_else(|| "expected user:ID, usergroup:ID or permprofile:ID".to_owned())
}

#[derive(Serialize)]
struct Line<'a> {
    revision: u64,
    index: usize,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    cause: &'static str,
    change: &'a RawValue,
    before: Option<&'a RawValue>,
}

impl Audit {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let store = crate::store::reading(&self.store)?;
        let mut out = BufWriter::new(anstream::stdout().lock());
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut query = AuditQuery {
            since: self.since,
            until: self.until,
            principal: self.principal.clone(),
            namespace: self.namespace.clone(),
            actor: self.actor.clone(),
            ..AuditQuery::default()
        };
        while left > 0 {
            query.limit = left.min(AuditQuery::PAGE);
            let page = store.audit(&query)?;
            for record in &page.records {
                self.write(&mut out, record)?;
            }
            left -= page.records.len();
            query.after = page.records.last().map(|record| record.place);
            if !page.more {
                break;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn write(&self, out: &mut impl Write, record: &AuditRecord) -> Result<(), Failure> {
        let raw = |json: &'_ str| -> Result<Box<RawValue>, Failure> {
            RawValue::from_string(json.to_owned()).map_err(|error| Failure::new(format_args!("not JSON: {error}")))
        };
        if self.json {
            let before = record.before.as_deref().map(raw).transpose()?;
            let line = Line {
                revision: record.place.revision.0,
                index: record.place.index,
                at: record.at.to_string(),
                actor: record.actor.as_deref(),
                origin: record.origin.as_deref(),
                request_id: record.request_id.as_deref(),
                cause: record.cause.as_str(),
                change: &raw(&record.change)?,
                before: before.as_deref(),
            };
            return Ok(output::json(out, &line)?);
        }
        let actor = record.actor.as_deref().map_or_else(|| "nobody named".to_owned(), shown);
        let cause = record.cause.as_str();
        let change = shown(&record.change);
        write!(out, "{} {DIM}{}{DIM:#} {actor} {DIM}{cause}{DIM:#} {change}", record.at, record.place.revision)?;
        if let Some(before) = &record.before {
            write!(out, " {DIM}before{DIM:#} {}", shown(before))?;
        }
        writeln!(out)?;
        Ok(())
    }
}
