//! Casbin: the enforcer, and hits in the cached enforcer.
//!
//! One enforcer for each namespace (sharding, as its documentation recommends for many rules), one role manager for all,
//! deny overrides. `keyMatch` stops at the first `*` and would allow too much for `*-east` and `*-east-*`, so the matcher is
//! a function that is registered, as its documentation describes; it compares exact names first. The cheap conditions
//! come first and the role lookup last. Of the cached enforcer only hits are timed: the same few requests over and over,
//! its best case.

use casbin::function_map::OperatorFunction;
use casbin::rhai::{Dynamic, ImmutableString};
use casbin::{CachedEnforcer, CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use super::{Loaded, Peer, said};
use crate::world::World;

/// How many requests are asked over and over of the cached enforcer, which holds 200 answers.
const HITS: usize = 16;

const MODEL: &str = r#"
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act, eft

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = (p.act == "*" || p.act == r.act) && nameMatch(r.obj, p.obj) && g(r.sub, p.sub)
"#;

/// Every request is evaluated.
pub(super) fn plain(world: &World) -> Loaded {
    Ok(Box::new(load::<Enforcer>(world, usize::MAX)?))
}

/// Every timed request is in the cache.
pub(super) fn cached(world: &World) -> Loaded {
    Ok(Box::new(load::<CachedEnforcer>(world, HITS)?))
}

fn load<E: CoreApi + MgmtApi>(world: &World, most: usize) -> Result<Casbin<E>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(said)?;
    let mut enforcers: Vec<E> = Vec::new();
    for namespace in &world.namespaces {
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await?;
            let mut enforcer = E::new(model, MemoryAdapter::default()).await?;
            enforcer.add_function("nameMatch", OperatorFunction::Arg2(name_match));
            // There is no storage to keep in step, and the links are put once for all namespaces, below.
            enforcer.enable_auto_save(false);
            enforcer.enable_auto_build_role_links(false);
            if let Some(first) = enforcers.first() {
                enforcer.set_role_manager(first.get_role_manager())?;
            }
            let of_namespace = world.grants().filter(|grant| grant.namespace == namespace);
            let mut rules = of_namespace.map(|grant| {
                let effect = if grant.deny { "deny" } else { "allow" };
                [grant.principal, grant.pattern, grant.action.unwrap_or("*"), effect].map(str::to_owned).to_vec()
            });
            let mut some: Vec<Vec<String>> = rules.by_ref().take(10_000).collect();
            while !some.is_empty() {
                enforcer.add_policies(some).await?;
                some = rules.by_ref().take(10_000).collect();
            }
            Ok::<E, casbin::Error>(enforcer)
        });
        enforcers.push(enforcer.map_err(said)?);
    }
    let roles = enforcers.first().ok_or("no namespace")?.get_role_manager();
    for user in world.users() {
        for above in world.memberships(user) {
            roles.write().add_link(world.principal(user).1, world.principal(*above).1, None);
        }
    }
    Ok(Casbin { enforcers, holds: world.size(), most, requests: Vec::new() })
}

struct Casbin<E> {
    enforcers: Vec<E>,
    holds: usize,
    most: usize,
    requests: Vec<(usize, [ImmutableString; 3])>,
}

impl<E: CoreApi + MgmtApi> Peer for Casbin<E> {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        let request = |asked: &crate::world::Request| {
            let values = [asked.user_id.as_str(), asked.irn.as_str(), asked.action.as_str()];
            (asked.namespace, values.map(ImmutableString::from))
        };
        self.requests = world.requests.iter().take(self.most).map(request).collect();
        if self.most == HITS {
            // Fills the cache.
            self.pass(0..self.calls());
        }
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let (namespace, values) = &self.requests[call];
        u64::from(self.enforcers[*namespace].enforce(values.to_vec()).expect("a request of the model's form"))
    }
}

/// Whether a name is matched by a pattern of the workload: at most two `*`, which never need to cross a `:`
/// because a name has as many segments as its pattern.
fn name_match(name: Dynamic, pattern: Dynamic) -> Dynamic {
    let texts = (name.into_immutable_string(), pattern.into_immutable_string());
    matches!(texts, (Ok(name), Ok(pattern)) if matches(&name, &pattern)).into()
}

fn matches(name: &str, pattern: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(name) = name.strip_prefix(before) else { return false };
    match rest.split_once('*') {
        None => name.ends_with(rest),
        Some((between, after)) => name.strip_suffix(after).is_some_and(|name| name.contains(between)),
    }
}
