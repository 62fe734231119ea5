//! `grantrie check`: one decision, or one for each line of a file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use grantrie::{
    AttributeValue, Engine, Reason, RequestDocument, Resolution, Subject, Timestamp, decision_json, explanation_json,
};

use crate::failure::{ERROR, Failure};
use crate::load::Data;
use crate::output::{self, answer, answer::Answer, tree};
use crate::subject;

/// Decide whether a subject may do something, and say why
///
/// Without --group, --no-group and --permprofile, the memberships that the world's directory knows count.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    data: Data,

    /// Answer each line of this file, a JSON request, with a line of JSON (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = SINGLE)]
    requests: Option<PathBuf>,

    /// The namespace of the permissions
    #[arg(long, value_name = "NS", required_unless_present = "requests")]
    namespace: Option<String>,

    /// The user who asks
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    #[command(flatten)]
    memberships: subject::Memberships,

    /// The project whose AI subscription counts, for gated services
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    /// The action, in upper case
    #[arg(long, value_name = "A", required_unless_present = "requests")]
    action: Option<String>,

    /// The name of the resource: service:type:id
    #[arg(long, value_name = "IRN", required_unless_present = "requests")]
    irn: Option<String>,

    /// An attribute of the resource; repeat for more. JSON numbers, true and false are that, all else is text
    /// (KEY="5" in quotes is text too). Without any, nothing is known of the resource
    #[arg(long = "attr", value_name = "KEY=VALUE", value_parser = subject::attribute)]
    attributes: Vec<(String, AttributeValue)>,

    /// The resource is known to have no attributes
    #[arg(long, conflicts_with = "attributes")]
    no_attr: bool,

    /// The instant to judge, in RFC 3339 (2026-11-22T09:30:00Z); else now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,

    /// Show every permission that was considered, and why it did or did not apply
    #[arg(long, conflicts_with = "requests")]
    explain: bool,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// What describes one request.
const SINGLE: [&str; 12] = [
    "namespace",
    "no_attr",
    "user",
    "groups",
    "no_group",
    "permprofiles",
    "project",
    "action",
    "irn",
    "attributes",
    "no_attr",
    "at",
];

const EXAMPLES: &str = "\
Examples:
  grantrie check --data examples/tenant.json --namespace r_TmBKvZTI --user ann \\
      --action READ --irn aisvc:agent:support-bot --project atlas --explain
  grantrie check --data examples/tenant.json --requests examples/requests.jsonl
  grantrie check --data examples/tenant.json --changes examples/changes.json \\
      --namespace r_TmBKvZTI --user ann --action EDIT --irn aisvc:agent:support-bot --project atlas

Exit status: 0 allowed, 1 denied, 2 error (an invalid request included);
with --requests: 0 if every line was answered, 2 on an error.";

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(requests) = &self.requests {
            self.data.one_stdin(Some(requests))?;
            return crate::batch::run(&self.data, requests);
        }
        self.data.one_stdin(None)?;
        let (data, explain, json) = (self.data.clone(), self.explain, self.json);
        let request = self.request()?;
        let engine = data.load(json)?;
        decide(&engine, &request, explain, json)
    }

    fn request(self) -> Result<RequestDocument, Failure> {
        let known = self.no_attr || !self.attributes.is_empty();
        let attributes = subject::attributes(self.attributes).map_err(|key| {
            Failure::new(format_args!("--attr {key} is given twice")).hint("give each attribute once")
        })?;
        Ok(RequestDocument {
            namespace: self.namespace.unwrap_or_default(),
            user: self.user,
            groups: self.memberships.groups(),
            permprofiles: self.memberships.permprofiles(),
            project: self.project,
            action: self.action.unwrap_or_default(),
            irn: self.irn.unwrap_or_default(),
            attributes: known.then_some(attributes),
            at: self.at,
        })
    }
}

fn decide(engine: &Engine, request: &RequestDocument, explain: bool, json: bool) -> Result<ExitCode, Failure> {
    let mut out = anstream::stdout().lock();
    if let Err(problem) = request.check_subject() {
        if json {
            output::or_unread(output::json(&mut out, &Answer::of_problem(&problem)))?;
            return Ok(ExitCode::from(ERROR));
        }
        return Err(Failure::new(problem.message).hint("give --user ID, or one --permprofile ID by itself"));
    }
    let decision = if explain {
        let explanation = request.with_request(|request| engine.explain(request));
        let gate = subscription(engine, request);
        output::or_unread(if json {
            output::json_line(&mut out, &explanation_json(&explanation))
        } else {
            tree::write(&mut out, request, &explanation, gate.as_ref())
        })?;
        explanation.decision
    } else {
        let decision = request.with_request(|request| engine.check(request));
        output::or_unread(if json {
            output::json_line(&mut out, &decision_json(&decision))
        } else {
            answer::line(&mut out, request, &decision)
        })?;
        decision
    };
    Ok(match decision.reason {
        Reason::Invalid(_) => ExitCode::from(ERROR),
        _ if decision.allowed => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    })
}

/// What the project's rows come to for the user, where the request names both.
fn subscription(engine: &Engine, request: &RequestDocument) -> Option<Resolution> {
    let project = request.project.as_deref()?;
    request.with_request(|request| match request.subject {
        Subject::User { id, memberships } => engine.resolve_subscription(project, id, memberships).ok(),
        Subject::PermProfile { .. } => None,
    })
}
