//! Regorus: the interpreter (`Engine::eval_rule`, which its documentation prefers to queries) and its virtual machine,
//! which runs the compiled policy.
//!
//! The data is indexed so that nothing is walked: namespace, principal, then the three texts by which a permission can be
//! found (the name itself, `service:type:*`, `service:*:*`), and the globs under `service:type`. The policy makes those
//! texts of the name, which comes as a list of its segments, as paths do in the language's documentation. A glob's edges
//! and its middle are three texts, so no glob is interpreted. One walk collects the effects of what applies.

use std::collections::BTreeMap;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use super::{Loaded, Peer, said};
use crate::world::{Request, World};

const RULE: &str = "data.authz.allow";
const POLICY: &str = r#"
package authz

kind := concat(":", [input.name[0], input.name[1]])

keys := [
    concat(":", input.name),
    concat(":", [kind, "*"]),
    concat(":", [input.name[0], "*:*"]),
    kind,
]

effects contains grant.effect if {
    held := data.grants[input.namespace]
    some principal in data.members[input.user]
    by_key := held[principal]
    some key in keys
    some grant in by_key[key]
    grant.action in ["*", input.action]
    startswith(input.name[2], grant.prefix)
    endswith(input.name[2], grant.suffix)
    contains(input.name[2], grant.infix)
}

default allow := false

allow if {
    "allow" in effects
    not "deny" in effects
}
"#;

/// `Engine::eval_rule`.
pub(super) fn interpreter(world: &World) -> Loaded {
    Ok(Box::new(Interpreter { engine: load(world)?, holds: world.size(), inputs: Vec::new() }))
}

/// `RegoVM::execute`.
pub(super) fn bytecode(world: &World) -> Loaded {
    let mut engine = load(world)?;
    let policy = engine.compile_with_entrypoint(&RULE.into()).map_err(said)?;
    let program = Compiler::compile_from_policy(&policy, &[RULE]).map_err(said)?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    machine.set_data(engine.get_data()).map_err(said)?;
    Ok(Box::new(Bytecode { machine, holds: world.size(), inputs: Vec::new() }))
}

fn load(world: &World) -> Result<Engine, String> {
    let mut engine = Engine::new();
    engine.add_policy("authz.rego".to_owned(), POLICY.to_owned()).map_err(said)?;
    engine.add_data(data(world)).map_err(said)?;
    Ok(engine)
}

type Map = BTreeMap<Value, Value>;

fn data(world: &World) -> Value {
    let member = |user: u32| {
        let all = [user].into_iter().chain(world.memberships(user).iter().copied());
        let ids: Vec<Value> = all.map(|number| world.principal(number).1.into()).collect();
        (world.principal(user).1.into(), ids.into())
    };
    let members: Map = world.users().map(member).collect();
    let mut grants: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, Vec<Value>>>> = BTreeMap::new();
    for grant in world.grants() {
        let (key, edges) = key(grant.pattern);
        let mut value = Map::from([
            ("effect".into(), if grant.deny { "deny" } else { "allow" }.into()),
            ("action".into(), grant.action.unwrap_or("*").into()),
        ]);
        for (name, text) in ["prefix", "infix", "suffix"].into_iter().zip(edges) {
            value.insert(name.into(), text.into());
        }
        let of_principal = grants.entry(grant.namespace).or_default().entry(grant.principal).or_default();
        of_principal.entry(key).or_default().push(value.into());
    }
    let grants = map(grants, |of_namespace| map(of_namespace, |of_principal| map(of_principal, Value::from)));
    Map::from([("members".into(), members.into()), ("grants".into(), grants)]).into()
}

fn map<V>(from: BTreeMap<&str, V>, mut value: impl FnMut(V) -> Value) -> Value {
    from.into_iter().map(|(key, inner)| (key.into(), value(inner))).collect::<Map>().into()
}

/// The text by which a pattern of the workload is found, and what its glob has at its beginning, inside and at its end.
fn key(pattern: &str) -> (&str, [&str; 3]) {
    let (kind, id) = pattern.rsplit_once(':').unwrap_or(("", pattern));
    match id.split_once('*') {
        None | Some(("", "")) => (pattern, [""; 3]),
        Some((prefix, rest)) => match rest.split_once('*') {
            None => (kind, [prefix, "", rest]),
            Some((infix, suffix)) => (kind, [prefix, infix, suffix]),
        },
    }
}

fn inputs(world: &World) -> Vec<Value> {
    let input = |request: &Request| {
        Map::from([
            ("namespace".into(), world.namespaces[request.namespace].as_str().into()),
            ("user".into(), request.user_id.as_str().into()),
            ("action".into(), request.action.as_str().into()),
            ("name".into(), request.irn.split(':').map(Value::from).collect::<Vec<_>>().into()),
        ])
        .into()
    };
    world.requests.iter().map(input).collect()
}

struct Interpreter {
    engine: Engine,
    holds: usize,
    inputs: Vec<Value>,
}

impl Peer for Interpreter {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        self.inputs = inputs(world);
    }

    fn calls(&self) -> usize {
        self.inputs.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        self.engine.set_input(self.inputs[call].clone());
        allowed(&self.engine.eval_rule(RULE.to_owned()).expect("a rule that is there"))
    }
}

struct Bytecode {
    machine: RegoVM,
    holds: usize,
    inputs: Vec<Value>,
}

impl Peer for Bytecode {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        self.inputs = inputs(world);
    }

    fn calls(&self) -> usize {
        self.inputs.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        self.machine.set_input(self.inputs[call].clone());
        allowed(&self.machine.execute().expect("a program that ends"))
    }
}

fn allowed(value: &Value) -> u64 {
    u64::from(*value == Value::from(true))
}
