//! `grantrie lookup`: which permissions cover a name or pattern, or are covered by it.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Args;
use grantrie::{Page, Pattern, Permission, PermissionQuery, PrincipalKind, Problem, permissions_json};

use crate::failure::Failure;
use crate::load::Data;
use crate::output::plural;
use crate::output::problems::Report;
use crate::output::{self, DIM, shown, tree};

/// List the permissions whose pattern covers a name or pattern
///
/// With --pattern-match, those whose pattern is covered by it instead.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lookup {
    #[command(flatten)]
    data: Data,

    /// The namespace of the permissions; repeat for more
    #[arg(long = "namespace", value_name = "NS", required = true)]
    namespaces: Vec<String>,

    /// A name or pattern
    #[arg(long, value_name = "TEXT")]
    irn: String,

    /// List what the pattern covers, rather than what covers it
    #[arg(long)]
    pattern_match: bool,

    /// Only permissions of this user (not of its groups)
    #[arg(long, value_name = "ID", conflicts_with_all = ["group", "permprofile"])]
    user: Option<String>,

    /// Only permissions of this group
    #[arg(long, value_name = "ID", conflicts_with = "permprofile")]
    group: Option<String>,

    /// Only permissions of this profile
    #[arg(long, value_name = "ID")]
    permprofile: Option<String>,

    /// Skip so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,

    /// List so many at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  grantrie lookup --data examples/tenant.json --namespace r_TmBKvZTI --irn aisvc:agent:support-bot
  grantrie lookup --data examples/tenant.json --namespace r_TmBKvZTI --irn 'aisvc:agent:*' --pattern-match --user ann
  grantrie lookup --data examples/tenant.json --changes examples/changes.json \\
      --namespace r_TmBKvZTI --irn aisvc:agent:returns-bot";

impl Lookup {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let pattern = Pattern::parse(&self.irn).map_err(|error| {
            if self.json {
                return Failure::json(&Report::of_problem(&Problem::parse(error, "irn", &self.irn)));
            }
            let failure = Failure::new(format_args!("--irn {}: {error} [{}]", shown(&self.irn), error.code()));
            failure.hint("give service:type:id, with * for any segment")
        })?;
        self.data.one_stdin(None)?;
        let engine = self.data.load(self.json)?;
        let namespaces: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        let (principal_kind, principal_id) = self.principal();
        let page = engine.permissions(&PermissionQuery {
            namespaces: &namespaces,
            covering: (!self.pattern_match).then_some(&pattern),
            covered_by: self.pattern_match.then_some(&pattern),
            principal_kind,
            principal_id,
            offset: self.offset,
            limit: self.limit,
        });
        let mut out = BufWriter::new(anstream::stdout().lock());
        if self.json {
            output::json_line(&mut out, &permissions_json(&page, self.offset))?;
        } else {
            write_page(&mut out, &page)?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn principal(&self) -> (Option<PrincipalKind>, Option<&str>) {
        let of = |kind, id: &Option<String>| id.is_some().then_some(kind);
        let kind = of(PrincipalKind::User, &self.user)
            .or(of(PrincipalKind::UserGroup, &self.group))
            .or(of(PrincipalKind::PermProfile, &self.permprofile));
        let id = self.user.as_ref().or(self.group.as_ref()).or(self.permprofile.as_ref());
        (kind, id.map(String::as_str))
    }
}

fn write_page(out: &mut impl Write, page: &Page<Permission>) -> std::io::Result<()> {
    for permission in &page.items {
        let principal = shown(&permission.principal.to_string());
        writeln!(out, "{DIM}{}{DIM:#} {principal}: {}", permission.id, tree::summary(permission))?;
    }
    let total = plural(page.total, "permission");
    if page.items.len() == page.total {
        return writeln!(out, "{DIM}{total}{DIM:#}");
    }
    writeln!(out, "{DIM}{} of {total}{DIM:#}", page.items.len())
}
