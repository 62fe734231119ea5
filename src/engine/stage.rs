//! Changes in two steps, for whoever keeps them elsewhere: made where nobody sees them, then published.
//!
//! An engine that is [kept](EngineBuilder::build_kept) is changed by its [`Writer`] alone: what [`Engine::apply`] is given
//! goes to the keeper, who stages it, writes it down, and publishes it when it is sure to last. Deliberately not here:
//! where and how it is written down.

use std::fmt;
use std::sync::Arc;

use super::builder::Keeper;
use super::{Engine, EngineBuilder};
use crate::change::{AuditEntry, ChangeSet, Effected, Lacks, Prepared, Revision, Step};
use crate::error::Refused;
use crate::limits::Limits;
use crate::model::{PermissionId, Timestamp};
use crate::publish::Writing;
use crate::world::{World, image};

/// Steps of one group past which the other copy is forked rather than made to catch up.
const CATCH_UP: usize = 1_024;

impl EngineBuilder {
    /// An engine whose changes somebody keeps: [`Engine::apply`] and [`Engine::load`] hand them to `keep`, and only the
    /// [`Writer`] changes what is asked. `keep` answers what `apply` is to answer, after it has staged and published the
    /// change set; it is called on the applying thread, by any number at once.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex, OnceLock};
    /// use grantrie::{Change, ChangeSet, Engine, Revision, Writer, changes_json};
    ///
    /// let (file, writer) = (Arc::new(Mutex::new(String::new())), Arc::new(OnceLock::<Writer>::new()));
    /// let (kept, by) = (Arc::clone(&file), Arc::clone(&writer));
    /// let keep = move |set: ChangeSet| {
    ///     let mut staging = by.get().unwrap().stage();
    ///     let staged = staging.apply(set)?;
    ///     kept.lock().unwrap().push_str(&changes_json(&ChangeSet::new(staged.changes())));
    ///     staging.publish(); // from here on, checks see it
    ///     Ok(staged.revision)
    /// };
    /// let (engine, sole) = Engine::builder().build_kept(keep);
    /// writer.set(sole).unwrap();
    ///
    /// assert_eq!(engine.apply(Change::SetGate { service: "aisvc".to_owned(), gated: true })?, Revision(1));
    /// assert!(file.lock().unwrap().contains("aisvc"));
    /// # Ok::<(), grantrie::Refused>(())
    /// ```
    #[must_use]
    pub fn build_kept(
        self,
        keep: impl Fn(ChangeSet) -> Result<Revision, Refused> + Send + Sync + 'static,
    ) -> (Engine, Writer) {
        let keeper: Box<Keeper> = Box::new(keep);
        let engine = self.build_with(Some(keeper));
        (engine.clone(), Writer { engine })
    }
}

/// The right to change an engine that is kept; there is one for each.
pub struct Writer {
    engine: Engine,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins a group of change sets on a copy that nobody sees. Waits for another group that has not ended.
    #[must_use]
    pub fn stage(&self) -> Staging<'_> {
        let mut writing = self.engine.shared.published.write();
        let spare = self.engine.shared.spare(&mut writing);
        Staging { engine: &self.engine, writing, spare, steps: Vec::new(), entries: Vec::new() }
    }

    /// The engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.engine.shared.settings.clock)()
    }

    /// Publishes the world that an [image](super::Snapshot::image) was made of, in place of all that was. For opening
    /// and catching up: the audit sink is told nothing. Whether it is later than what is published is the caller's matter.
    ///
    /// # Errors
    /// It is no image that this version can read; then nothing changes.
    pub fn restore(&self, image: &[u8]) -> Result<Revision, NotAnImage> {
        let mut writing = self.engine.shared.published.write();
        let conflict = self.engine.shared.published.read().conflict;
        let mut world = image::decode(image, conflict).ok_or(NotAnImage)?;
        let revision = world.revision;
        self.engine.shared.book().rearrange(&mut world);
        // The spare copy is of what was.
        drop(writing.spare());
        writing.publish(Arc::new(world), None);
        drop(writing);
        self.engine.shared.settle();
        Ok(revision)
    }
}

/// The bytes are no image of a world, or one of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an image of a world that this version can read")]
pub struct NotAnImage;

/// Change sets that were made but are not published, the later on top of the earlier. Dropped, it leaves nothing.
pub struct Staging<'a> {
    engine: &'a Engine,
    writing: Writing<'a, World>,
    spare: Arc<World>,
    /// What was made on the copy so far.
    steps: Vec<Step>,
    entries: Vec<AuditEntry>,
}

impl fmt::Debug for Staging<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staging").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

/// What became of a change set that was staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The revision that will show it; the one before, if it has no effect.
    pub revision: Revision,
    /// The engine's clock when it was staged.
    pub at: Timestamp,
    /// Who asked for it, as it said.
    pub actor: Option<String>,
    /// What it did, in order.
    pub effected: Vec<Effected>,
}

impl Staged {
    /// The changes that come to the same on an engine in the same state, whatever its limits and settings: what was
    /// added has its id, and what depended on other rows is written out. One for each effect, in order.
    #[must_use]
    pub fn changes(&self) -> Vec<crate::Change> {
        self.effected.iter().map(Effected::to_change).collect()
    }
}

impl Staging<'_> {
    /// The revision that publishing would show.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.spare.revision
    }

    /// Makes a change set: all of it, or nothing. It is judged on top of those staged before, at the engine's clock.
    ///
    /// # Errors
    /// As [`Engine::apply`]; what was staged before stays.
    pub fn apply(&mut self, set: ChangeSet) -> Result<Staged, Refused> {
        let at = (self.engine.shared.settings.clock)();
        let limits = self.engine.shared.settings.limits.clone();
        self.make(set, &limits, at)
    }

    /// Makes a change set again that took effect once: it is held to no limit, and `at` is when it was made.
    ///
    /// # Errors
    /// It does not fit the state: this is not the one that it was made on.
    pub fn replay(&mut self, set: ChangeSet, at: Timestamp) -> Result<Staged, Refused> {
        self.make(set, &Limits::none(), at)
    }

    /// The ids of permissions that had expired at an instant, `most` of them at most; see [`Snapshot::expired`](super::Snapshot::expired).
    #[must_use]
    pub fn expired(&self, at: Timestamp, most: usize) -> Vec<PermissionId> {
        self.spare.expired(at, most)
    }

    fn make(&mut self, set: ChangeSet, limits: &Limits, at: Timestamp) -> Result<Staged, Refused> {
        let spare = &self.spare;
        let prepared = Prepared::new(set, limits, &self.engine.shared.ids, at, || spare.as_ref().clone())?;
        let mut effected = Vec::new();
        let executed = prepared.execute(Arc::make_mut(&mut self.spare), limits, Some(&mut effected));
        if let Some(refused) = executed.refused {
            if executed.touched {
                self.undo();
            }
            return Err(refused);
        }
        let actor = prepared.actor;
        // Also without an effect, what came and went may leave other numbers free than before: the copies stay equal.
        self.steps.extend(prepared.steps);
        if executed.effects > 0 {
            let revision = Arc::make_mut(&mut self.spare).advance();
            if self.engine.shared.audit.is_some() {
                let entry =
                    |effected: &Effected| AuditEntry { revision, at, actor: actor.clone(), effected: effected.clone() };
                self.entries.extend(effected.iter().map(entry));
            }
        }
        Ok(Staged { revision: self.revision(), at, actor, effected })
    }

    /// Makes the copy anew without what was half made: what was staged before went well, so it does again.
    fn undo(&mut self) {
        let revision = self.spare.revision;
        let mut copy = self.engine.shared.published.snapshot().as_ref().clone();
        copy.touched.noted = self.spare.touched.noted;
        copy.remake(&self.steps);
        copy.revision = revision;
        self.spare = Arc::new(copy);
    }

    /// Publishes all that was staged, at once, and tells the audit sink. Without an effect nothing happens.
    pub fn publish(mut self) {
        let shared = &self.engine.shared;
        let world = Arc::make_mut(&mut self.spare);
        let revision = world.revision;
        if revision == shared.published.read().revision {
            world.touched.clear();
            if world.turns() == shared.published.read().turns() {
                self.writing.keep(self.spare);
            }
            return;
        }
        let seatings = shared.book().follow(world);
        let small = self.steps.len() <= CATCH_UP;
        self.writing.publish(self.spare, small.then_some(Lacks { steps: self.steps, seatings, revision }));
        if let Some(sink) = &shared.audit {
            sink(&self.entries);
        }
        drop(self.writing);
        shared.settle();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use super::*;
    use crate::{Actions, Change, Membership, PermissionDraft, Principal, Question, Request, Subject};

    fn kept() -> (Engine, Arc<OnceLock<Writer>>) {
        let writer = Arc::new(OnceLock::<Writer>::new());
        let by = Arc::clone(&writer);
        let (engine, sole) = Engine::builder().build_kept(move |set| {
            let mut staging = by.get().unwrap().stage();
            let staged = staging.apply(set)?;
            staging.publish();
            Ok(staged.revision)
        });
        writer.set(sole).unwrap();
        (engine, writer)
    }

    fn grant(user: &str, pattern: &str) -> ChangeSet {
        let draft = PermissionDraft::allow("n", Principal::user(user), pattern.parse().unwrap(), Actions::All);
        Change::UpsertPermission(draft).into()
    }

    fn may(engine: &Engine, user: &str) -> bool {
        engine.is_allowed(&Request::new("n", Subject::user(user), "READ", "a:b:c"))
    }

    fn cycle() -> ChangeSet {
        let edge = |member: &str, of: &str| {
            Change::AddMembership(Membership { member: Principal::group(member), of: Principal::group(of) })
        };
        ChangeSet::new(vec![edge("x", "y"), edge("y", "x")])
    }

    #[test]
    fn a_group_shows_at_once_or_not_at_all() {
        let (engine, writer) = kept();
        let writer = writer.get().unwrap();
        let mut staging = writer.stage();
        staging.apply(grant("ann", "a:b:*")).unwrap();
        drop(staging);
        assert!(!may(&engine, "ann") && engine.revision() == Revision(0), "what is dropped was never there");

        let mut staging = writer.stage();
        assert_eq!(staging.apply(grant("ann", "a:b:*")).unwrap().revision, Revision(1));
        assert!(staging.apply(cycle()).is_err(), "refused in the middle, it takes nothing with it");
        assert_eq!(staging.apply(grant("bob", "a:b:*")).unwrap().revision, Revision(2));
        assert_eq!(staging.apply(grant("bob", "a:b:*")).unwrap().effected, [], "it is so already");
        assert!(!may(&engine, "ann"));
        staging.publish();
        assert!(may(&engine, "ann") && may(&engine, "bob") && engine.revision() == Revision(2));

        // The other copy catches up with the whole group.
        for n in 3..9 {
            assert_eq!(engine.apply(grant(&format!("u{n}"), "a:b:*")).unwrap(), Revision(n));
        }
        assert!(engine.members(&Principal::group("y")).is_empty());
    }

    #[test]
    fn a_prepared_subject_lives_through_groups_and_restored_worlds() {
        let (engine, writer) = kept();
        let writer = writer.get().unwrap();
        let ann = engine.prepare("n", &Subject::user("ann"), None).unwrap();
        let question = Question::new("READ", "a:b:c");
        assert!(!engine.is_allowed_for(&ann, &question));
        let mut staging = writer.stage();
        let id = match staging.apply(grant("ann", "a:b:*")).unwrap().changes().remove(0) {
            Change::RestorePermission(permission) => permission.id,
            other => panic!("{other:?}"),
        };
        staging.apply(grant("bob", "a:b:*")).unwrap();
        staging.publish();
        assert!(engine.is_allowed_for(&ann, &question));
        let with = engine.snapshot().image();
        engine.apply(Change::RemovePermission(id)).unwrap();
        assert!(!engine.is_allowed_for(&ann, &question));

        assert_eq!(writer.restore(&with).unwrap(), Revision(2));
        assert!(engine.is_allowed_for(&ann, &question));
        for n in 0..4 {
            engine.apply(grant(&format!("u{n}"), "a:b:*")).unwrap();
        }
        engine.apply(Change::RemovePermission(id)).unwrap();
        assert!(!engine.is_allowed_for(&ann, &question));
        assert_eq!(engine.revision(), Revision(7));
        assert_eq!(writer.restore(b"no image"), Err(NotAnImage));
        assert_eq!(engine.revision(), Revision(7));
    }

    #[test]
    fn what_was_staged_is_made_again_elsewhere() {
        let (_, one) = kept();
        let (other, two) = kept();
        let mut staging = one.get().unwrap().stage();
        let mut again = two.get().unwrap().stage();
        for set in [grant("ann", "a:b:*"), grant("ann", "a:**"), Change::RemovePrincipal(Principal::user("ann")).into()]
        {
            let staged = staging.apply(set).unwrap();
            let made = again.replay(ChangeSet::new(staged.changes()), staged.at).unwrap();
            assert_eq!((made.revision, made.effected), (staged.revision, staged.effected));
        }
        again.publish();
        assert_eq!((other.revision(), other.counts().permissions), (Revision(3), 0));
    }
}
