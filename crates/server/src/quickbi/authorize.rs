//! SmartqAuthorize: grants to users on resources, added or deleted.

use grantrie::{Change, ChangeSet, Code, PermissionDraft, Snapshot, Timestamp};

use super::document::{Failure, Outcome};
use super::error::{NOT_IN_ORGANIZATION, Refusal};
use super::namespace::{Call, is_stranger};
use super::resource::{Kind, Resource, is_grant};
use super::{day, ids};
use crate::app::Shared;
use crate::authority;
use crate::query::Parameters;

/// Users times resources in one call, at most.
const MOST_PAIRS: usize = 100;

/// How often a call begins anew because others removed what it was about to remove.
const ATTEMPTS: usize = 4;

/// Why a grant of another making is left alone.
const NOT_OURS: &str = "Permission.Managed.Elsewhere";

/// What is to be done with each pair.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    /// Grants, from an instant until another.
    Add {
        from: Timestamp,
        end: Timestamp,
    },
    Delete,
}

/// The call's parameters, read.
#[derive(Debug)]
pub(super) struct Order {
    operation: Operation,
    users: Vec<String>,
    resources: Vec<Resource>,
}

pub(super) async fn authorize(app: &Shared, call: &Call) -> Result<Outcome, Refusal> {
    let order = Order::read(&call.parameters, app.authority.now(), app.authority.zone())?;
    for _ in 0..ATTEMPTS {
        let (changes, failures) = order.changes(&app.authority.snapshot(), &call.namespace)?;
        if changes.is_empty() {
            return Ok(Outcome::Failures(failures));
        }
        match app.authority.apply(ChangeSet::new(changes), call.origin()).await {
            Ok(_) => return Ok(Outcome::Failures(failures)),
            // Another call deleted what this one was about to.
            Err(authority::Failure::Refused(refused))
                if refused.problems().iter().all(|problem| problem.code == Code::UnknownPermission) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(authority::Failure::Lost.into())
}

impl Order {
    /// Reads the parameters; nothing is done unless all of them are good.
    pub(super) fn read(parameters: &Parameters, now: Timestamp, zone: &jiff::tz::TimeZone) -> Result<Self, Refusal> {
        let operation = match ids::required(parameters, "OperationType")? {
            "0" => {
                let end = day::end(parameters.get("ExpireDay").unwrap_or_default(), now, zone)?;
                Operation::Add { from: now, end }
            }
            "1" => Operation::Delete,
            _ => return Err(Refusal::parameter("OperationType", "expected 0 or 1")),
        };
        let users: Vec<String> = ids::some(parameters, "UserIds")?.into_iter().map(str::to_owned).collect();
        let mut resources = Vec::new();
        for kind in Kind::ALL {
            for id in ids::list(parameters, kind.parameter())? {
                resources.push(Resource::new(kind, id, kind.parameter())?);
            }
        }
        if resources.is_empty() {
            return Err(Refusal::parameter("LlmCubes", "is missing, and LlmCubeThemes and CubeIds are too"));
        }
        let pairs = users.len().saturating_mul(resources.len());
        if pairs > MOST_PAIRS {
            let counts = format_args!("{} users x {} resources", users.len(), resources.len());
            return Err(Refusal::parameter("UserIds", format_args!("{counts} is more than {MOST_PAIRS}")));
        }
        Ok(Self { operation, users, resources })
    }

    /// What is to change, and for which pairs nothing does.
    fn changes(&self, snapshot: &Snapshot, namespace: &str) -> Result<(Vec<Change>, Vec<Failure>), Refusal> {
        let (mut changes, mut failures) = (Vec::new(), Vec::new());
        for user in &self.users {
            let stranger = is_stranger(snapshot, user);
            for resource in &self.resources {
                if stranger {
                    failures.push(resource.failure(user, NOT_IN_ORGANIZATION));
                    continue;
                }
                match self.operation.change(snapshot, resource.draft(namespace, user)?) {
                    Ok(change) => changes.extend(change),
                    Err(reason) => failures.push(resource.failure(user, reason)),
                }
            }
        }
        Ok((changes, failures))
    }
}

impl Operation {
    /// The change of one pair; none, where what is to be deleted is not there.
    fn change(self, snapshot: &Snapshot, draft: PermissionDraft) -> Result<Option<Change>, &'static str> {
        let before = snapshot.same_permission(&draft);
        // Its other actions, or the time that they are for, would change with it.
        if before.as_ref().is_some_and(|before| !is_grant(before)) {
            return Err(NOT_OURS);
        }
        Ok(match self {
            // From now on: so one that is repeated is a new grant, and stands in the audit.
            Self::Add { from, end } => {
                let draft = PermissionDraft { not_before: Some(from), expires_at: Some(end), ..draft };
                Some(Change::UpsertPermission(draft))
            }
            Self::Delete => before.map(|before| Change::RemovePermission(before.id)),
        })
    }
}
