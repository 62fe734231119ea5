//! A decision, as JSON and as one line.

use std::io::{self, Write};

use grantrie::{Code, Decision, Problem, Reason, Refused, RequestDocument, SubscriptionLevel};
use serde::Serialize;

use super::problems::Fault;
use super::{BAD, GOOD, shown};

/// The JSON answer to what cannot be asked: the keys of `decision_json` for an invalid request.
#[derive(Serialize)]
pub(crate) struct Answer {
    allowed: bool,
    reason: &'static str,
    message: String,
    /// The same for programs; of several problems the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

impl Answer {
    fn invalid(message: String, problem: Option<&Problem>) -> Self {
        Self { allowed: false, reason: "invalid", message, error: problem.map(Fault::from) }
    }

    pub(crate) fn refused(refused: &Refused) -> Self {
        let problems = refused.problems();
        Self::invalid(problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; "), problems.first())
    }

    pub(crate) fn of_problem(problem: &Problem) -> Self {
        Self::invalid(problem.to_string(), Some(problem))
    }

    /// A line of a batch is longer than this.
    pub(crate) fn too_long(bytes: usize) -> Self {
        let message = format!("the line is longer than {bytes} bytes");
        Self::invalid(message.clone(), Some(&Problem::new(Code::StringTooLong, "", message)))
    }
}

/// One line: the decision and its reason.
pub(crate) fn line(out: &mut impl Write, request: &RequestDocument, decision: &Decision) -> io::Result<()> {
    let (style, word) = match (decision.allowed, &decision.reason) {
        (true, _) => (GOOD, "allowed"),
        (false, Reason::Invalid(_)) => (BAD, "invalid"),
        (false, _) => (BAD, "denied"),
    };
    write!(out, "{style}{word}:{style:#} {}", reason(request, &decision.reason))?;
    if let Some(until) = decision.valid_until {
        write!(out, " (valid until {until})")?;
    }
    writeln!(out)
}

fn reason(request: &RequestDocument, reason: &Reason) -> String {
    let (action, irn) = (shown(&request.action), shown(&request.irn));
    match reason {
        Reason::Granted(id) => format!("granted by permission {id}"),
        Reason::Denied(id) => format!("forbidden by permission {id}"),
        Reason::NoGrant => format!("no permission grants {action} on {irn}"),
        Reason::NotSubscribed(level) => {
            let service = irn.split(':').next().unwrap_or_default();
            format!("{service} needs the AI function, which is not enabled: {}", not_enabled(request, *level))
        }
        Reason::Invalid(invalid) => invalid.to_string(),
        _ => reason.as_str().to_owned(),
    }
}

fn not_enabled(request: &RequestDocument, level: SubscriptionLevel) -> String {
    let project = shown(request.project.as_deref().unwrap_or_default());
    match level {
        SubscriptionLevel::User => format!("the user's own row in project {project} says so"),
        SubscriptionLevel::Group => format!("a group's row in project {project} says so"),
        SubscriptionLevel::Project => format!("the row of project {project} says so"),
        SubscriptionLevel::Default => format!("project {project} has no row for the user, its groups or itself"),
        SubscriptionLevel::NoProject => "the request names no project".to_owned(),
        SubscriptionLevel::NoUser => "a profile by itself has no subscription".to_owned(),
    }
}
