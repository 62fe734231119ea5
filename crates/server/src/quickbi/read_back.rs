//! What a user may query: decisions, and lists that agree with them.

use std::collections::BTreeMap;

use grantrie::{Effect, Pattern, PermissionQuery, Request, Snapshot, Subject};

use super::document::{CubePermission, Holdings, Outcome};
use super::error::Refusal;
use super::ids;
use super::namespace::Call;
use super::resource::{self, Kind, QUERY, Resource};
use crate::app::Shared;

/// Decisions at a time.
const BATCH: usize = 1_000;

/// QuerySmartqPermissionByCubeId
pub(super) fn permission_of_cube(app: &Shared, call: &Call) -> Result<Outcome, Refusal> {
    let cube = Resource::new(Kind::Cube, ids::required(&call.parameters, "CubeId")?, "CubeId")?;
    let user = call.user(app, "UserId")?;
    let has_perssion = may_query(app, call, &user, &cube);
    Ok(Outcome::Cube(CubePermission { cube_name: cube.id.clone(), cube_id: cube.id, has_perssion }))
}

fn may_query(app: &Shared, call: &Call, user: &str, resource: &Resource) -> bool {
    app.authority.check(&Request::new(&call.namespace, Subject::user(user), QUERY, &resource.name())).allowed
}

/// QueryLlmCubeWithThemeListByUserId
pub(super) async fn holdings(app: &Shared, call: &Call) -> Result<Outcome, Refusal> {
    let (user, namespace) = (call.user(app, "UserId")?, call.namespace.clone());
    let holdings = app.authority.read(move |snapshot| Holdings {
        cube_ids: held(snapshot, &namespace, &user, Kind::LlmCube),
        theme_ids: held(snapshot, &namespace, &user, Kind::LlmCubeTheme),
    });
    Ok(Outcome::Holdings(holdings.await?))
}

/// Of the ids that anybody has a permission on, those that the user may query: so what a group, a wildcard or a DENY comes to counts
/// as it does in a check. The work is in how many permissions of the kind there are in the namespace.
fn held(snapshot: &Snapshot, namespace: &str, user: &str, kind: Kind) -> BTreeMap<String, String> {
    let Ok(all) = Pattern::parse(&format!("{}*", kind.prefix())) else { return BTreeMap::new() };
    let query = PermissionQuery { namespaces: &[namespace], covered_by: Some(&all), ..PermissionQuery::default() };
    let ids: Vec<String> = resource::ids(kind, &snapshot.permissions(&query).items).into_iter().collect();
    let names: Vec<String> = ids.iter().map(|id| format!("{}{id}", kind.prefix())).collect();
    let subject = Subject::user(user);
    let requests: Vec<_> = names.iter().map(|name| Request::new(namespace, subject, QUERY, name)).collect();
    let (mut held, mut answers) = (BTreeMap::new(), Vec::new());
    for (ids, requests) in ids.chunks(BATCH).zip(requests.chunks(BATCH)) {
        // A batch of this size is never too large; were it, nothing would be held.
        if snapshot.check_many(requests, &mut answers).is_ok() {
            let allowed = ids.iter().zip(&answers).filter(|(_, answer)| answer.allowed);
            held.extend(allowed.map(|(id, _)| (id.clone(), id.clone())));
        }
    }
    held
}

/// QueryDatasetSmartqStatus: whether anybody may query the dataset at all.
pub(super) async fn status_of_cube(app: &Shared, call: &Call) -> Result<Outcome, Refusal> {
    let cube = Resource::new(Kind::Cube, ids::required(&call.parameters, "CubeId")?, "CubeId")?;
    let (namespace, now) = (call.namespace.clone(), app.authority.now());
    let pattern: Pattern = cube.name().parse().map_err(|error| Refusal::parameter("CubeId", error))?;
    let is_granted = app.authority.read(move |snapshot| {
        let query = PermissionQuery {
            namespaces: &[&namespace],
            covering: Some(&pattern),
            limit: Some(0),
            ..PermissionQuery::default()
        };
        let gives = |permission: &grantrie::Permission| {
            permission.effect == Effect::Allow && permission.actions.contains(QUERY) && permission.applies_at(now)
        };
        snapshot.permissions_where(&query, gives).total > 0
    });
    Ok(Outcome::Flag(is_granted.await?))
}

/// SmartqQueryAbility: whether the user may ask the question. It is not answered here: there is nothing that could.
pub(super) fn may_question(app: &Shared, call: &Call) -> Refusal {
    questioned(app, call).err().unwrap_or_else(Refusal::no_questions)
}

fn questioned(app: &Shared, call: &Call) -> Result<(), Refusal> {
    ids::required(&call.parameters, "UserQuestion")?;
    let mut cubes = ids::list(&call.parameters, "MultipleCubeIds")?;
    cubes.extend(call.parameters.get("CubeId").filter(|id| !id.is_empty()));
    if cubes.is_empty() {
        return Err(Refusal::parameter("CubeId", "is missing, and MultipleCubeIds is too"));
    }
    // Without a user it is the organization's owner who asks, whom nobody has to grant anything.
    let user = match call.parameters.get("UserId") {
        None => None,
        Some(_) => Some(call.user(app, "UserId")?),
    };
    for id in cubes {
        let cube = Resource::new(Kind::Cube, id, "CubeId")?;
        if user.as_deref().is_some_and(|user| !may_query(app, call, user, &cube)) {
            return Err(Refusal::query_not_permitted());
        }
    }
    Ok(())
}
