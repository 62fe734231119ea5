//! SmartqAuthTransfer: the grants of one user, for others too. A copy: the first keeps them.

use grantrie::{
    Change, ChangeSet, Pattern, PermissionDraft, PermissionQuery, Principal, PrincipalKind, Snapshot, Timestamp,
};

use super::document::Outcome;
use super::error::Refusal;
use super::ids;
use super::namespace::{Call, is_stranger};
use super::resource::{Kind, is_grant, lasts};
use crate::app::Shared;

/// Grants times users in one call, at most: all are one change.
const MOST_COPIES: usize = 10_000;

pub(super) async fn transfer(app: &Shared, call: &Call) -> Result<Outcome, Refusal> {
    let origin = call.user(app, "OriginUserId")?;
    let targets: Vec<String> = ids::some(&call.parameters, "TargetUserIds")?.into_iter().map(str::to_owned).collect();
    let (namespace, now) = (call.namespace.clone(), app.authority.now());
    let changes = app.authority.read(move |snapshot| copies(snapshot, &namespace, &origin, &targets, now)).await??;
    if !changes.is_empty() {
        app.authority.apply(ChangeSet::new(changes), call.origin()).await?;
    }
    Ok(Outcome::Flag(true))
}

/// A grant for each target that it does not have, or not for as long.
fn copies(
    snapshot: &Snapshot,
    namespace: &str,
    origin: &str,
    targets: &[String],
    now: Timestamp,
) -> Result<Vec<Change>, Refusal> {
    if targets.iter().any(|target| is_stranger(snapshot, target)) {
        return Err(Refusal::not_in_organization());
    }
    let grants = grants(snapshot, namespace, origin, now);
    if grants.len().saturating_mul(targets.len()) > MOST_COPIES {
        let counts = format_args!("{} grants x {} users", grants.len(), targets.len());
        return Err(Refusal::parameter("TargetUserIds", format_args!("{counts} is more than {MOST_COPIES}")));
    }
    let mut changes = Vec::new();
    for target in targets.iter().filter(|target| *target != origin) {
        for grant in &grants {
            let copy = PermissionDraft { principal: Principal::user(target), ..grant.clone() };
            match snapshot.same_permission(&copy) {
                // Nobody loses by it.
                Some(kept) if is_no_shorter(&kept, &copy, now) => {}
                Some(other) if !is_grant(&other) => {
                    let what = format_args!("`{target}` has a permission of another making on {}", copy.pattern);
                    return Err(Refusal::parameter("TargetUserIds", what));
                }
                _ => changes.push(Change::UpsertPermission(copy)),
            }
        }
    }
    Ok(changes)
}

/// The user's own grants that have not ended, of all kinds.
fn grants(snapshot: &Snapshot, namespace: &str, user: &str, now: Timestamp) -> Vec<PermissionDraft> {
    let of_kind = |kind: Kind| {
        let pattern = Pattern::parse(&format!("{}*", kind.prefix())).ok()?;
        let query = PermissionQuery {
            namespaces: &[namespace],
            principal_kind: Some(PrincipalKind::User),
            principal_id: Some(user),
            ..PermissionQuery::default()
        };
        let keep =
            |grant: &grantrie::Permission| is_grant(grant) && lasts(grant, now) && pattern.covers(&grant.pattern);
        Some(snapshot.permissions_where(&query, keep).items)
    };
    Kind::ALL.into_iter().filter_map(of_kind).flatten().map(|permission| permission.draft).collect()
}

/// Whether a permission that is there already gives what a copy would, for as long or longer.
fn is_no_shorter(kept: &PermissionDraft, copy: &PermissionDraft, now: Timestamp) -> bool {
    let ends_no_earlier = match (kept.expires_at, copy.expires_at) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(kept), Some(copy)) => kept >= copy,
    };
    // What has begun has begun: since when is of no account.
    let begins_no_later =
        kept.not_before.is_none_or(|kept| kept <= now || copy.not_before.is_some_and(|copy| kept <= copy));
    ends_no_earlier && begins_no_later && kept.actions.contains(super::resource::QUERY)
}
