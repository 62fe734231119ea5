//! iam-rs: the statements of a user, and of its groups and profiles, in an evaluator of its own that is built beforehand.
//!
//! A name `service:type:id` is the ARN `arn:irn:service:namespace::type:id`. The evaluator refuses a wildcard in the
//! service, of which the workload has none.

use iam_rs::{
    Arn, Decision, IAMAction, IAMEffect, IAMPolicy, IAMRequest, IAMResource, IAMStatement, PolicyEvaluator, Principal,
    PrincipalId,
};

use super::{Loaded, Peer};
use crate::world::{Request, World};

/// One evaluator for each user that asks.
pub(super) fn prebuilt(world: &World) -> Loaded {
    let askers = world.askers();
    let mut holds = 0;
    let evaluator = |user: &u32| {
        let mut policy = IAMPolicy::new();
        for grant in world.grants_of_user(*user) {
            holds += 1;
            let effect = if grant.deny { IAMEffect::Deny } else { IAMEffect::Allow };
            let statement = IAMStatement::new(effect)
                .with_action(IAMAction::Single(grant.action.unwrap_or("*").to_owned()))
                .with_resource(IAMResource::Single(arn(grant.namespace, grant.pattern)));
            policy = policy.add_statement(statement);
        }
        PolicyEvaluator::with_policies(vec![policy])
    };
    let evaluators = askers.iter().map(evaluator).collect();
    let of_request = world.requests.iter().map(|request| askers.binary_search(&request.user));
    let of_request = of_request.collect::<Result<_, _>>().map_err(|_| "a user without an evaluator".to_owned())?;
    Ok(Box::new(Prebuilt { evaluators, holds, of_request, requests: Vec::new() }))
}

fn arn(namespace: &str, name: &str) -> String {
    let (service, rest) = name.split_once(':').unwrap_or((name, ""));
    format!("arn:irn:{service}:{namespace}::{rest}")
}

struct Prebuilt {
    evaluators: Vec<PolicyEvaluator>,
    holds: usize,
    of_request: Vec<usize>,
    requests: Vec<IAMRequest>,
}

impl Peer for Prebuilt {
    fn holds(&self) -> usize {
        self.holds
    }

    fn ready(&mut self, world: &World) {
        let request = |asked: &Request| {
            let user = format!("arn:aws:iam::123456789012:user/{}", asked.user_id);
            let resource = Arn::parse(&arn(&world.namespaces[asked.namespace], &asked.irn)).expect("six parts");
            IAMRequest::new(Principal::Aws(PrincipalId::String(user)), asked.action.as_str(), resource)
        };
        self.requests = world.requests.iter().map(request).collect();
    }

    fn calls(&self) -> usize {
        self.requests.len()
    }

    fn call(&mut self, call: usize) -> u64 {
        let answer = self.evaluators[self.of_request[call]].evaluate(&self.requests[call]);
        u64::from(answer.expect("a valid request").decision == Decision::Allow)
    }
}
