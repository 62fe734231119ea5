//! One version, kept for several questions.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use super::{BatchError, Engine};
use crate::change::Revision;
use crate::decide::{Explanation, NotShareable, PreparedSubject, Question, View};
use crate::irn::Glance;
use crate::model::{
    Decision, GroupRecord, InvalidRequest, Memberships, Permission, PermissionDraft, PermissionId, Principal, Request,
    Subject, Timestamp, UserRecord,
};
use crate::read::{Counts, Page, PermissionQuery};
use crate::subscription::{Resolution, SubscriptionList};
use crate::wire::write_world;
use crate::world::{World, image};

/// One version of the world, which does not change. Answers what [`Engine`] answers, always from this version; times are
/// still judged by the engine's clock. See [`Engine::snapshot`].
#[derive(Clone)]
pub struct Snapshot {
    world: Arc<World>,
    engine: Engine,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Snapshot {
    pub(super) const fn new(world: Arc<World>, engine: Engine) -> Self {
        Self { world, engine }
    }

    fn view(&self) -> View<'_> {
        self.engine.shared.view(&self.world)
    }

    /// This version's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.world.revision
    }

    /// This version as bytes that [`Writer::restore`](crate::Writer::restore) reads back, faster than a world file and
    /// with nothing lost. For a store: they are good for the version of this library that wrote them, and must come back
    /// as they were written.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        image::encode(&self.world)
    }

    /// The ids of permissions that had expired at an instant, `most` of them at most. Looks at every permission, and no more
    /// than looks.
    #[must_use]
    pub fn expired(&self, at: Timestamp, most: usize) -> Vec<PermissionId> {
        self.world.expired(at, most)
    }

    /// Writes this version as a world file, which [`Engine::load`] reads: the same permissions with their ids, and the same
    /// decisions. Whoever has memberships is listed there, even if the directory did not list them here.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, PermissionQuery, Principal};
    /// let engine = Engine::new();
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
    /// engine.apply(Change::UpsertPermission(draft))?;
    ///
    /// let mut file = Vec::new();
    /// engine.snapshot().write_world(&mut file)?;
    /// let copy = Engine::new();
    /// copy.load(&file[..])?;
    /// let all = PermissionQuery::default();
    /// assert_eq!(copy.permissions(&all), engine.permissions(&all)); // ids and all
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `out` answered.
    pub fn write_world(&self, out: impl Write) -> io::Result<()> {
        write_world(&self.world, out)
    }

    /// See [`Engine::is_allowed`].
    #[must_use]
    pub fn is_allowed(&self, request: &Request<'_>) -> bool {
        self.view().is_allowed(request)
    }

    /// See [`Engine::check`].
    #[must_use]
    pub fn check(&self, request: &Request<'_>) -> Decision {
        self.view().check(request)
    }

    /// See [`Engine::check_many`].
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn check_many(&self, requests: &[Request<'_>], answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        self.view().check_many(requests, answers)
    }

    /// See [`Engine::explain`].
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        self.view().explain(request)
    }

    /// See [`Engine::is_allowed_for`].
    #[must_use]
    pub fn is_allowed_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> bool {
        subject.is_allowed(self.view(), question, Glance::of(question.irn))
    }

    /// See [`Engine::check_for`].
    #[must_use]
    pub fn check_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> Decision {
        subject.check(self.view(), question)
    }

    /// See [`Engine::check_many_for`].
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn check_many_for(
        &self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.view().check_many_for(subject, questions, answers)
    }

    /// See [`Engine::are_allowed_for`].
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn are_allowed_for<'q>(
        &self,
        subject: &PreparedSubject,
        questions: impl ExactSizeIterator<Item = Question<'q>>,
        answers: &mut Vec<bool>,
    ) -> Result<(), BatchError> {
        self.view().are_allowed_for(subject, questions, answers)
    }

    /// See [`Engine::permission`].
    #[must_use]
    pub fn permission(&self, id: PermissionId) -> Option<Permission> {
        self.view().permission(id)
    }

    /// The permission that has a draft's namespace, principal, pattern, criteria and effect: the one that
    /// [`Change::UpsertPermission`](crate::Change) would change. The work is in how many grants its principal has for the
    /// like patterns.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal};
    /// let engine = Engine::new();
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
    /// assert!(engine.snapshot().same_permission(&draft).is_none());
    /// engine.apply(Change::UpsertPermission(draft.clone()))?;
    /// assert_eq!(engine.snapshot().same_permission(&draft).unwrap().draft, draft);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn same_permission(&self, draft: &PermissionDraft) -> Option<Permission> {
        self.view().same_permission(draft)
    }

    /// Whether a subject itself holds all that a permission would give, and may pass it on: SHARE and each of the draft's
    /// actions, each through an ALLOW of its own that applies now, covers the draft's pattern, has no criteria that the
    /// draft has not, and ends no earlier; and none of them taken from it by a DENY anywhere in the pattern. The work is in how
    /// many permissions the subject has.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, NotShareable, PermissionDraft, Principal, Subject};
    /// let engine = Engine::new();
    /// let draft = |who, pattern: &str, actions| -> Result<_, Box<dyn std::error::Error>> {
    ///     Ok(PermissionDraft::allow("acme", Principal::user(who), pattern.parse()?, Actions::parse(actions)?))
    /// };
    /// engine.apply(Change::UpsertPermission(draft("ann", "aisvc:agent:*", ["READ", "SHARE"])?))?;
    ///
    /// let may = |draft: &PermissionDraft| engine.snapshot().may_share(&Subject::user("ann"), draft);
    /// assert_eq!(may(&draft("bob", "aisvc:agent:7", ["READ", "SHARE"])?), Ok(()));
    /// let more = may(&PermissionDraft { actions: Actions::All, ..draft("bob", "aisvc:agent:7", ["READ", "SHARE"])? });
    /// assert_eq!(more, Err(NotShareable::NotHeld("*".to_owned())));
    /// assert_eq!(may(&draft("bob", "aisvc:*:7", ["READ", "SHARE"])?), Err(NotShareable::NotHeld("SHARE".to_owned())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first thing that is missing.
    pub fn may_share(&self, subject: &Subject<'_>, draft: &PermissionDraft) -> Result<(), NotShareable> {
        self.view().may_share(subject, draft)
    }

    /// The principals whose permissions are a subject's: itself, its groups and those above them, its profiles and theirs;
    /// sorted, those left out of which nothing is known.
    ///
    /// # Errors
    /// An id that can be none.
    pub fn principals(&self, subject: &Subject<'_>) -> Result<Vec<Principal>, InvalidRequest> {
        self.view().principals(subject)
    }

    /// Those permissions of a query that `keep` keeps, by ascending id. `offset`, `limit` and the total count the kept ones;
    /// only those on the page are held at once. The work is that of [`Engine::permissions`], and a copy of each permission
    /// that the query finds.
    #[must_use]
    pub fn permissions_where(
        &self,
        query: &PermissionQuery<'_>,
        keep: impl FnMut(&Permission) -> bool,
    ) -> Page<Permission> {
        self.world.permissions_where(query, keep)
    }

    /// See [`Engine::permissions`].
    #[must_use]
    pub fn permissions(&self, query: &PermissionQuery<'_>) -> Page<Permission> {
        self.world.permissions(query)
    }

    /// See [`Engine::memberships`].
    #[must_use]
    pub fn memberships(&self, principal: &Principal) -> Vec<Principal> {
        self.view().memberships(principal)
    }

    /// See [`Engine::members`].
    #[must_use]
    pub fn members(&self, principal: &Principal) -> Vec<Principal> {
        self.view().members(principal)
    }

    /// See [`Engine::user`].
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserRecord> {
        self.view().user(id)
    }

    /// Whether the directory lists any user: if it does, one that it does not list is a stranger. Looks at principals until
    /// one is listed, so at all of them only where none is.
    #[must_use]
    pub fn lists_users(&self) -> bool {
        self.view().lists_users()
    }

    /// See [`Engine::group`].
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupRecord> {
        self.view().group(id)
    }

    /// See [`Engine::resolve_subscription`].
    ///
    /// # Errors
    /// A project's, user's or group's id that can be none.
    pub fn resolve_subscription(
        &self,
        project: &str,
        user: &str,
        memberships: Memberships<'_>,
    ) -> Result<Resolution, InvalidRequest> {
        self.view().resolve_subscription(project, user, memberships)
    }

    /// See [`Engine::subscriptions`].
    #[must_use]
    pub fn subscriptions(&self, project: &str, offset: usize, limit: Option<usize>) -> SubscriptionList {
        self.world.subscriptions(project, offset, limit)
    }

    /// See [`Engine::counts`].
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.world.counts()
    }
}
