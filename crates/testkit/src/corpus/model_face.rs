//! The reference model as a face of the corpus.

use grantrie::{Action, ChangeSet, Code, Memberships, PermissionId, Subscriber, Timestamp};

use super::{Face, Grammar, Resolved, World};
use crate::model::Model;
use crate::{OwnedRequest, Verdict, grammar, matcher, relation};

/// The reference model, answering cases.
#[derive(Debug, Default)]
pub struct ModelFace {
    model: Model,
    made: u128,
}

impl Face for ModelFace {
    fn load(&mut self, world: &World) -> bool {
        self.model = Model { enabled_wins: world.enabled_wins, ..Model::default() };
        let loaded = self.change(&world.changes());
        assert!(matches!(loaded, Some(Ok(_))), "the world is refused: {loaded:?}");
        true
    }

    fn check(&mut self, request: &OwnedRequest) -> Option<Verdict> {
        Some(self.model.decide(&request.as_request(), Timestamp::MIN))
    }

    fn matches(&mut self, pattern: &str, irn: &str) -> Option<bool> {
        Some(matcher::matches(pattern, irn))
    }

    fn covers(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(relation::covers(a, b))
    }

    fn overlaps(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(relation::overlaps(a, b))
    }

    fn parse(&mut self, grammar: Grammar, text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        let fault = match grammar {
            Grammar::Name => grammar::fault_in_name(text),
            Grammar::Pattern => grammar::fault_in_pattern(text),
            Grammar::Action => Action::check(text).err().map(|error| (error.code(), error.offset())),
        };
        Some(fault.map_or(Ok(()), |(code, offset)| Err((code, Some(offset)))))
    }

    fn resolve(&mut self, project: &str, user: &str, groups: Option<&[&str]>) -> Option<Resolved> {
        let memberships =
            groups.map_or(Memberships::Directory, |groups| Memberships::Named { groups, permprofiles: &[] });
        let (enabled, level, rows) = self.model.resolve(project, user, memberships);
        Some((enabled, level, Some(rows)))
    }

    fn lookup(&mut self, namespace: &str, irn: &str, pattern_match: bool) -> Option<Vec<PermissionId>> {
        Some(match pattern_match {
            true => self.model.lookup_covered_by(namespace, irn),
            false => self.model.lookup_covering(namespace, irn),
        })
    }

    fn rows(&mut self, project: &str) -> Option<Vec<(Subscriber, bool)>> {
        Some(self.model.subscriptions(project))
    }

    fn change(&mut self, changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        let made = &mut self.made;
        let mut ids = || {
            *made += 1;
            PermissionId::from_u128((0xf << 124) | *made)
        };
        Some(self.model.apply(changes, &mut ids, Timestamp::MIN).map(|effects| effects.len()))
    }
}
