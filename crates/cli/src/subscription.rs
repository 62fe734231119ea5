//! `grantrie subscription`: what the AI function's rows come to for a user, or all rows of a project.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Args;
use grantrie::{Engine, Memberships, Problem, SubscriptionList, resolution_json, subscriptions_json};

use crate::failure::Failure;
use crate::load::Data;
use crate::output::plural;
use crate::output::problems::Report;
use crate::output::{self, BAD, DIM, GOOD, shown, tree};

/// Resolve a user's subscription to the AI function in a project, or list the project's rows
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Subscription {
    #[command(flatten)]
    data: Data,

    /// The project
    #[arg(long, value_name = "P")]
    project: String,

    /// Resolve this user, rather than list the rows
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// A group of the user; repeat for more. With any, the directory is not asked
    #[arg(long = "group", value_name = "ID", requires = "user")]
    groups: Vec<String>,

    /// The user is in no group, and the directory is not asked
    #[arg(long, requires = "user", conflicts_with = "groups")]
    no_group: bool,

    /// Skip so many users
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "user")]
    offset: usize,

    /// List so many users at most
    #[arg(long, value_name = "N", conflicts_with = "user")]
    limit: Option<usize>,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  grantrie subscription --data examples/tenant.json --project atlas --user ann
  grantrie subscription --data examples/tenant.json --project atlas --json
  grantrie subscription --data examples/tenant.json --changes examples/changes.json \\
      --project atlas --user eve";

impl Subscription {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        self.data.one_stdin(None)?;
        let engine = self.data.load(self.json)?;
        let mut out = BufWriter::new(anstream::stdout().lock());
        match &self.user {
            Some(user) => self.resolve(&engine, user, &mut out)?,
            None => {
                let list = engine.subscriptions(&self.project, self.offset, self.limit);
                if self.json {
                    output::json_line(&mut out, &subscriptions_json(&self.project, &list))?
                } else {
                    self.write(&mut out, &list)?
                }
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn resolve(&self, engine: &Engine, user: &str, out: &mut impl Write) -> Result<(), Failure> {
        let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
        let memberships = match groups.as_slice() {
            [] if !self.no_group => Memberships::Directory,
            groups => Memberships::Named { groups, permprofiles: &[] },
        };
        let resolution = engine.resolve_subscription(&self.project, user, memberships).map_err(|invalid| {
            if !self.json {
                return Failure::new(invalid);
            }
            let mut problem = Problem::new(invalid.error.code(), invalid.field.as_str(), invalid.error.to_string());
            problem.offset = Some(invalid.error.offset());
            Failure::json(&Report::of_problem(&problem))
        })?;
        if self.json {
            output::json_line(out, &resolution_json(&self.project, user, &resolution))?;
            return Ok(());
        }
        let (style, word) = word(resolution.enabled);
        let rows: Vec<_> = resolution.rows.iter().map(tree::subscriber).collect();
        let project = shown(&self.project);
        let why = match rows.as_slice() {
            [] => format!("project {project} has no row for the user, its groups or itself"),
            rows => format!("by the row of {} in project {project}", rows.join(" and of ")),
        };
        writeln!(out, "{style}{word}:{style:#} {why}")?;
        Ok(())
    }

    fn write(&self, out: &mut impl Write, list: &SubscriptionList) -> std::io::Result<()> {
        let mut row = |what: String, enabled: bool| {
            let (style, word) = word(enabled);
            writeln!(out, "{style}{word:8}{style:#} {what}")
        };
        if let Some(enabled) = list.project {
            row(format!("project {}", shown(&self.project)), enabled)?;
        }
        for group in &list.groups {
            row(format!("usergroup:{}{}", shown(&group.group_id), name(group.group_name.as_deref())), group.ai_func)?;
        }
        for user in &list.users.items {
            row(format!("user:{}{}", shown(&user.user_id), name(user.user_name.as_deref())), user.ai_func)?;
        }
        let (groups, users) = (plural(list.groups.len(), "group"), plural(list.users.total, "user"));
        writeln!(out, "{DIM}{groups} and {users} with a row in project {}{DIM:#}", shown(&self.project))
    }
}

fn word(enabled: bool) -> (anstyle::Style, &'static str) {
    if enabled { (GOOD, "enabled") } else { (BAD, "disabled") }
}

fn name(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" ({})", shown(name)))
}
