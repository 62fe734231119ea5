//! The engine's Rust interface as a face of the corpus.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grantrie::{
    Action, ChangeSet, Code, Engine, GroupConflict, Irn, Memberships, Pattern, PermissionId, PermissionQuery,
    Subscriber, Timestamp,
};

use super::{Face, Grammar, Resolved, World};
use crate::{OwnedRequest, Verdict};

/// The engine, answering cases.
#[derive(Debug, Default)]
pub struct EngineFace {
    engine: Engine,
    entries: Arc<AtomicUsize>,
}

impl Face for EngineFace {
    fn load(&mut self, world: &World) -> bool {
        let conflict = if world.enabled_wins { GroupConflict::EnabledWins } else { GroupConflict::DisabledWins };
        let entries = Arc::clone(&self.entries);
        self.engine = Engine::builder()
            .clock(|| Timestamp::MIN)
            .group_conflict(conflict)
            .audit(move |new| {
                entries.fetch_add(new.len(), Ordering::Relaxed);
            })
            .build();
        let loaded = self.engine.apply(world.changes());
        assert!(loaded.is_ok(), "the world is refused: {loaded:?}");
        true
    }

    fn check(&mut self, request: &OwnedRequest) -> Option<Verdict> {
        let request = request.as_request();
        let decision = self.engine.check(&request);
        assert_eq!(self.engine.explain(&request).decision, decision, "explain and check differ: {request:?}");
        let mut answers = Vec::new();
        assert_eq!(self.engine.check_many(&[request, request], &mut answers), Ok(()));
        assert_eq!(answers, [decision, decision], "batch and check differ: {request:?}");
        Some(Verdict::of(&decision))
    }

    fn is_allowed(&mut self, request: &OwnedRequest) -> Option<bool> {
        Some(self.engine.is_allowed(&request.as_request()))
    }

    fn matches(&mut self, pattern: &str, irn: &str) -> Option<bool> {
        // A text that is no name is matched by nothing.
        let pattern = Pattern::parse(pattern).ok()?;
        Some(Irn::parse(irn).is_ok_and(|irn| pattern.matches(&irn)))
    }

    fn covers(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(Pattern::parse(a).ok()?.covers(&Pattern::parse(b).ok()?))
    }

    fn overlaps(&mut self, a: &str, b: &str) -> Option<bool> {
        Some(Pattern::parse(a).ok()?.overlaps(&Pattern::parse(b).ok()?))
    }

    fn parse(&mut self, grammar: Grammar, text: &str) -> Option<Result<(), (Code, Option<usize>)>> {
        let error = match grammar {
            Grammar::Name => Irn::parse(text).err(),
            Grammar::Pattern => Pattern::parse(text).err(),
            Grammar::Action => Action::check(text).err(),
        };
        Some(error.map_or(Ok(()), |error| Err((error.code(), Some(error.offset())))))
    }

    fn resolve(&mut self, project: &str, user: &str, groups: Option<&[&str]>) -> Option<Resolved> {
        let memberships =
            groups.map_or(Memberships::Directory, |groups| Memberships::Named { groups, permprofiles: &[] });
        let resolution = self.engine.resolve_subscription(project, user, memberships).ok()?;
        Some((resolution.enabled, resolution.level, Some(resolution.rows)))
    }

    fn lookup(&mut self, namespace: &str, irn: &str, pattern_match: bool) -> Option<Vec<PermissionId>> {
        let pattern = Pattern::parse(irn).ok()?;
        let (covering, covered_by) = if pattern_match { (None, Some(&pattern)) } else { (Some(&pattern), None) };
        let query = PermissionQuery { namespaces: &[namespace], covering, covered_by, ..PermissionQuery::default() };
        Some(self.engine.permissions(&query).items.iter().map(|permission| permission.id).collect())
    }

    fn rows(&mut self, project: &str) -> Option<Vec<(Subscriber, bool)>> {
        let list = self.engine.subscriptions(project, 0, None);
        let own = list.project.map(|enabled| (Subscriber::Project, enabled));
        let groups = list.groups.into_iter().map(|row| (Subscriber::Group(row.group_id), row.ai_func));
        let users = list.users.items.into_iter().map(|row| (Subscriber::User(row.user_id), row.ai_func));
        Some(own.into_iter().chain(groups).chain(users).collect())
    }

    fn change(&mut self, changes: &ChangeSet) -> Option<Result<usize, Vec<Code>>> {
        let before = self.entries.load(Ordering::Relaxed);
        Some(match self.engine.apply(changes.clone()) {
            Ok(_) => Ok(self.entries.load(Ordering::Relaxed) - before),
            Err(refused) => Err(refused.problems().iter().map(|problem| problem.code).collect()),
        })
    }
}
