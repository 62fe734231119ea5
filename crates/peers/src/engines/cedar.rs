//! Cedar: the whole policy set of the namespace, and the user's own policies in a ready set.
//!
//! As its documentation recommends, the scope of every policy is filled and permissions of one form are links of one
//! template; only a glob inside a segment needs a policy of its own with a `when`. Groups and profiles are parents of the
//! user's entity. A resource's entity has its type and its service as parents, so `svc:type:*` and `svc:*:*` are `resource
//! in`. Names of resources carry the namespace. Requests and the entities they need are made beforehand.

use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet,
    Request, RestrictedExpression, SlotId, Template,
};

use super::{Loaded, Peer, said};
use crate::world::{Grant, World};

/// One policy set for each namespace.
pub(super) fn whole(world: &World) -> Loaded {
    let types = Types::new("in")?;
    let mut sets = BTreeMap::new();
    for (id, grant) in world.grants().enumerate() {
        let set = entry(&mut sets, grant.namespace, &types)?;
        types.put(set, id, &grant, grant.principal)?;
    }
    let sets: Vec<PolicySet> =
        world.namespaces.iter().filter_map(|namespace| sets.remove(namespace.as_str())).collect();
    let of_request = world.requests.iter().map(|request| request.namespace).collect();
    Ok(Box::new(Cedar::new(types, sets, of_request)))
}

/// One policy set for each user that asks, of what it and its groups and profiles hold, as policies of the user's own.
pub(super) fn sliced(world: &World) -> Loaded {
    let types = Types::new("==")?;
    let askers = world.askers();
    let mut sets = Vec::with_capacity(askers.len());
    for user in &askers {
        let mut set = types.empty_set()?;
        for (id, grant) in world.grants_of_user(*user).enumerate() {
            types.put(&mut set, id, &grant, world.principal(*user).1)?;
        }
        sets.push(set);
    }
    let of_request = world.requests.iter().map(|request| askers.binary_search(&request.user));
    let of_request = of_request.collect::<Result<_, _>>().map_err(|_| "a user without a slice".to_owned())?;
    Ok(Box::new(Cedar::new(types, sets, of_request)))
}

fn entry<'s, 'n>(
    sets: &'s mut BTreeMap<&'n str, PolicySet>,
    namespace: &'n str,
    types: &Types,
) -> Result<&'s mut PolicySet, String> {
    if !sets.contains_key(namespace) {
        sets.insert(namespace, types.empty_set()?);
    }
    sets.get_mut(namespace).ok_or_else(|| "a set that was just put".to_owned())
}

struct Cedar {
    authorizer: Authorizer,
    types: Types,
    sets: Vec<PolicySet>,
    of_request: Vec<usize>,
    requests: Vec<(Request, Entities)>,
}

impl Cedar {
    fn new(types: Types, sets: Vec<PolicySet>, of_request: Vec<usize>) -> Self {
        Self { authorizer: Authorizer::new(), types, sets, of_request, requests: Vec::new() }
    }
}

impl Peer for Cedar {
    fn holds(&self) -> usize {
        self.sets.iter().map(PolicySet::num_of_policies).sum()
    }

    fn ready(&mut self, world: &World) {
        let types = &self.types;
        self.requests = world.requests.iter().map(|request| types.request(world, request)).collect();
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let (request, entities) = &self.requests[call];
        let answer = self.authorizer.is_authorized(request, &self.sets[self.of_request[call]], entities);
        u64::from(answer.decision() == Decision::Allow)
    }
}

/// The names of the entity types, and how a policy names its principal.
struct Types {
    holder_is: &'static str,
    principal: EntityTypeName,
    action: EntityTypeName,
    resource: EntityTypeName,
    kind: EntityTypeName,
    service: EntityTypeName,
}

/// What a pattern of the workload covers.
enum Covers<'a> {
    Service(&'a str),
    Kind(&'a str),
    Glob(&'a str, &'a str),
    One,
}

impl Types {
    fn new(holder_is: &'static str) -> Result<Self, String> {
        let name = |name: &str| name.parse::<EntityTypeName>().map_err(said);
        Ok(Self {
            holder_is,
            principal: name("Principal")?,
            action: name("Action")?,
            resource: name("Resource")?,
            kind: name("Kind")?,
            service: name("Service")?,
        })
    }

    /// A set with a template for each effect and action.
    fn empty_set(&self) -> Result<PolicySet, String> {
        let mut set = PolicySet::new();
        for deny in [false, true] {
            for action in [None, Some("READ"), Some("CREATE"), Some("EDIT"), Some("DELETE"), Some("RUN")] {
                let (effect, action_is) = (effect(deny), action_scope(action));
                let text =
                    format!("{effect}(principal {} ?principal, {action_is}, resource in ?resource);", self.holder_is);
                let template = Template::parse(Some(template_id(deny, action)), text).map_err(said)?;
                set.add_template(template).map_err(said)?;
            }
        }
        Ok(set)
    }

    fn put(&self, set: &mut PolicySet, id: usize, grant: &Grant<'_>, principal: &str) -> Result<(), String> {
        let id = PolicyId::new(format!("p{id}"));
        let resource = |kind: &EntityTypeName, text: &str| uid(kind, &format!("{}/{text}", grant.namespace));
        let resource = match covers(grant.pattern) {
            Covers::Service(service) => resource(&self.service, service),
            Covers::Kind(kind) => resource(&self.kind, kind),
            Covers::One => resource(&self.resource, grant.pattern),
            Covers::Glob(kind, glob) => {
                let (principal, kind) = (uid(&self.principal, principal), resource(&self.kind, kind));
                let (effect, action_is) = (effect(grant.deny), action_scope(grant.action));
                let scope = format!("principal {} {principal}, {action_is}, resource in {kind}", self.holder_is);
                let text = format!("{effect}({scope}) when {{ resource.id like {glob:?} }};");
                return set.add(Policy::parse(Some(id), text).map_err(said)?).map_err(said);
            }
        };
        let slots =
            HashMap::from([(SlotId::principal(), uid(&self.principal, principal)), (SlotId::resource(), resource)]);
        set.link(template_id(grant.deny, grant.action), id, slots).map_err(said)
    }

    fn request(&self, world: &World, request: &crate::world::Request) -> (Request, Entities) {
        let namespace = &world.namespaces[request.namespace];
        let segments: Vec<&str> = request.irn.split(':').collect();
        let parents = HashSet::from([
            uid(&self.service, &format!("{namespace}/{}", segments[0])),
            uid(&self.kind, &format!("{namespace}/{}:{}", segments[0], segments[1])),
        ]);
        let above =
            world.memberships(request.user).iter().map(|number| uid(&self.principal, world.principal(*number).1));
        let user = uid(&self.principal, &request.user_id);
        let resource = uid(&self.resource, &format!("{namespace}/{}", request.irn));
        let id = HashMap::from([("id".to_owned(), RestrictedExpression::new_string(segments[2].to_owned()))]);
        let entities = [
            Entity::new_no_attrs(user.clone(), above.collect()),
            Entity::new(resource.clone(), id, parents).expect("an attribute that is a text"),
        ];
        let entities = Entities::from_entities(entities, None).expect("entities without circles");
        let action = uid(&self.action, &request.action);
        let request = Request::new(user, action, resource, Context::empty(), None).expect("no schema to violate");
        (request, entities)
    }
}

fn covers(pattern: &str) -> Covers<'_> {
    let (kind, id) = pattern.rsplit_once(':').unwrap_or(("", pattern));
    match (kind.split_once(':'), id) {
        (Some((service, "*")), "*") => Covers::Service(service),
        (_, "*") => Covers::Kind(kind),
        (_, glob) if glob.contains('*') => Covers::Glob(kind, glob),
        _ => Covers::One,
    }
}

fn effect(deny: bool) -> &'static str {
    if deny { "forbid" } else { "permit" }
}

fn action_scope(action: Option<&str>) -> String {
    action.map_or_else(|| "action".to_owned(), |action| format!("action == Action::{action:?}"))
}

fn template_id(deny: bool, action: Option<&str>) -> PolicyId {
    PolicyId::new(format!("{} {}", effect(deny), action.unwrap_or("any")))
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
