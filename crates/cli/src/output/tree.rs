//! An explanation, as a tree.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{BAD, DIM, GOOD, shown};
use grantrie::{
    AttributeValue, Considered, Effect, Explanation, Outcome, Permission, Principal, RequestDocument, Resolution,
    Subscriber,
};

/// What the project's rows say, where the request names a project and a user.
pub(crate) type Gate<'a> = Option<&'a Resolution>;

/// The tree: the decision, then each permission that was considered, then the subscription.
pub(crate) fn write(
    out: &mut impl Write,
    request: &RequestDocument,
    explanation: &Explanation,
    gate: Gate<'_>,
) -> io::Result<()> {
    super::answer::line(out, request, &explanation.decision)?;
    let mut branches: Vec<Vec<String>> = explanation.considered.iter().map(branch).collect();
    if explanation.unlisted > 0 {
        branches.push(vec![format!("… and {} more permissions", explanation.unlisted)]);
    }
    if explanation.considered.is_empty() {
        branches.push(vec![format!(
            "{DIM}no permission of the subject in namespace {} has a pattern that matches the name{DIM:#}",
            shown(&request.namespace)
        )]);
    }
    branches.extend(gate.map(|resolution| subscription(request, resolution)));
    let last = branches.len().saturating_sub(1);
    for (index, branch) in branches.iter().enumerate() {
        let (mut lead, follow) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        for (depth, line) in branch.iter().enumerate() {
            let twig = match depth {
                0 => "",
                _ if depth.saturating_add(1) == branch.len() => "└─ ",
                _ => "├─ ",
            };
            writeln!(out, "{DIM}{lead}{twig}{DIM:#}{line}")?;
            lead = follow;
        }
    }
    Ok(())
}

fn branch(considered: &Considered) -> Vec<String> {
    let permission = &considered.permission;
    let (style, word) = match (considered.outcome, permission.effect) {
        (Outcome::Applies, Effect::Allow) => (GOOD, "grants"),
        (Outcome::Applies, Effect::Deny) => (BAD, "forbids"),
        _ => (DIM, "does not apply"),
    };
    let why = why(considered);
    let colon = if why.is_empty() { "" } else { ": " };
    vec![
        format!("{} {}", permission.id, summary(permission)),
        format!("{style}{word}{style:#}{colon}{why}"),
        format!("through {}", path(&considered.path)),
    ]
}

/// Effect, actions, pattern and conditions of a permission, on one line.
pub(crate) fn summary(permission: &Permission) -> String {
    let actions: Vec<&str> = permission.actions.names().collect();
    let pattern = permission.pattern.as_str();
    let mut text = format!("{} {} on {pattern}", permission.effect.as_str(), actions.join(","));
    if !permission.criteria.is_empty() {
        let _ = write!(text, " where {}", criteria(permission));
    }
    if let Some(start) = permission.not_before {
        let _ = write!(text, " from {start}");
    }
    if let Some(end) = permission.expires_at {
        let _ = write!(text, " until {end}");
    }
    text
}

fn criteria(permission: &Permission) -> String {
    let pair = |(name, value): (&String, &AttributeValue)| format!("{}={value}", shown(name));
    permission.criteria.iter().map(pair).collect::<Vec<_>>().join(" and ")
}

fn why(considered: &Considered) -> String {
    let permission = &considered.permission;
    match considered.outcome {
        Outcome::Applies => String::new(),
        Outcome::WrongAction => "it is for other actions".to_owned(),
        Outcome::CriteriaUnknown => {
            format!("nothing is known of the resource's attributes, and it asks for {}", criteria(permission))
        }
        Outcome::CriteriaDiffer => format!("the resource's attributes are not {}", criteria(permission)),
        Outcome::NotYet => permission.not_before.map_or_else(String::new, |start| format!("it begins at {start}")),
        Outcome::Expired => permission.expires_at.map_or_else(String::new, |end| format!("it ended at {end}")),
        other => other.as_str().to_owned(),
    }
}

fn path(path: &[Principal]) -> String {
    path.iter().map(|principal| shown(&principal.to_string())).collect::<Vec<_>>().join(" → ")
}

fn subscription(request: &RequestDocument, resolution: &Resolution) -> Vec<String> {
    let project = shown(request.project.as_deref().unwrap_or_default());
    let (style, word) = if resolution.enabled { (GOOD, "enabled") } else { (BAD, "disabled") };
    let mut lines = vec![format!("AI function in project {project}: {style}{word}{style:#}")];
    if resolution.rows.is_empty() {
        lines.push("no row of the user, its groups or the project".to_owned());
    }
    lines.extend(resolution.rows.iter().map(|row| format!("by the row of {}", subscriber(row))));
    lines
}

/// `user:ann`, `usergroup:staff` or `the project`.
pub(crate) fn subscriber(subscriber: &Subscriber) -> String {
    match subscriber {
        Subscriber::Project => "the project".to_owned(),
        Subscriber::Group(id) => format!("usergroup:{}", shown(id)),
        Subscriber::User(id) => format!("user:{}", shown(id)),
    }
}
