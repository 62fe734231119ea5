//! The handle: finds the published world for every question, and applies changes.

use std::fmt;
use std::sync::Arc;

use crate::change::{AuditEntry, ChangeSet, Prepared, Revision};
use crate::decide;
use crate::decide::{Clock, Explanation, Now, PreparedSubject, Question, View};
use crate::error::{Code, Refused};
use crate::ids::Ids;
use crate::limits::Limits;
use crate::model::{
    Decision, GroupRecord, InvalidRequest, Memberships, Permission, PermissionId, PrincipalKind, Request, RequestField,
    Subject, Timestamp, UserRecord, check_id,
};
use crate::publish::Published;
use crate::read::{Counts, Page, PermissionQuery};
use crate::subscription::{GroupConflict, Resolution, SubscriptionList};
use crate::world::World;

/// Where audit entries go.
type AuditSink = dyn Fn(&[AuditEntry]) + Send + Sync;

/// The engine. Cloning it gives another handle to the same one; any number of threads may use it at once.
///
/// Questions are answered from the newest published snapshot and never wait for a change in progress.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    published: Published<World>,
    settings: Settings,
    audit: Option<Box<AuditSink>>,
    ids: Ids,
}

struct Settings {
    limits: Limits,
    clock: Box<Clock>,
}

/// Sets an [`Engine`] up.
pub struct EngineBuilder {
    settings: Settings,
    audit: Option<Box<AuditSink>>,
    conflict: GroupConflict,
}

impl Default for EngineBuilder {
    fn default() -> Self {
        let settings = Settings { limits: Limits::default(), clock: Box::new(Timestamp::now) };
        Self { settings, audit: None, conflict: GroupConflict::default() }
    }
}

impl EngineBuilder {
    /// Other limits than [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Another clock than the system's. A check reads it at most once, and only where a matching permission has times
    /// and the request none; a change set reads it once.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.clock = Box::new(clock);
        self
    }

    /// Who receives the audit entries: called once for each change set that had an effect, in the order of revisions,
    /// after the change is visible and before [`Engine::apply`] returns. It must not apply changes itself.
    #[must_use]
    pub fn audit(mut self, sink: impl Fn(&[AuditEntry]) + Send + Sync + 'static) -> Self {
        self.audit = Some(Box::new(sink));
        self
    }

    /// Which row wins where a user's groups disagree about the AI function; the default is that disabled wins.
    #[must_use]
    pub const fn group_conflict(mut self, conflict: GroupConflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// The engine, empty, at revision 0.
    #[must_use]
    pub fn build(self) -> Engine {
        let published = Published::new(World::new(self.conflict));
        let shared = Shared { published, settings: self.settings, audit: self.audit, ids: Ids::new() };
        Engine { shared: Arc::new(shared) }
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder").field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An empty engine with default limits, on the system's clock, without an audit sink.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Sets an engine up.
    #[must_use]
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Applies a change set: all of it, or nothing.
    ///
    /// Whoever gets a revision back reads at it or later from then on. A set that has no effect answers the present
    /// revision and leaves no audit entry. Writers wait for each other; readers wait for nobody.
    ///
    /// # Errors
    /// All problems that were found, and nothing was applied.
    pub fn apply(&self, set: impl Into<ChangeSet>) -> Result<Revision, Refused> {
        let Shared { published, settings: Settings { limits, clock }, audit, ids } = &*self.shared;
        let at = clock();
        let prepared = Prepared::new(set.into(), limits, ids, at, || published.snapshot().as_ref().clone())?;
        let mut writing = published.write();
        let mut spare = writing.spare();
        let mut effected = audit.as_ref().map(|_| Vec::new());
        // Nobody else has the spare; were it otherwise, this copy would be made and published in its place.
        let world = Arc::make_mut(&mut spare);
        if prepared.execute(world, limits, effected.as_mut())? == 0 {
            let revision = world.revision;
            writing.keep(spare);
            return Ok(revision);
        }
        let revision = world.advance();
        let actor = prepared.actor.clone();
        writing.publish(spare, prepared.into_lacks());
        if let (Some(sink), Some(effected)) = (audit, effected) {
            let entry = |effected| AuditEntry { revision, at, actor: actor.clone(), effected };
            sink(&effected.into_iter().map(entry).collect::<Vec<_>>());
        }
        Ok(revision)
    }

    /// The newest version, to ask several questions of one state. Holding it costs memory for what changes meanwhile,
    /// and holds up nobody.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { world: self.shared.published.snapshot(), engine: self.clone() }
    }

    /// The revision of the newest version.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.shared.published.read().revision
    }

    /// Whether a request is allowed. Invalid input denies. Allocates nothing.
    #[must_use]
    pub fn is_allowed(&self, request: &Request<'_>) -> bool {
        self.read(|view| view.is_allowed(request))
    }

    /// Decides a request, with the reason. Allocates nothing.
    #[must_use]
    pub fn check(&self, request: &Request<'_>) -> Decision {
        self.read(|view| view.check(request))
    }

    /// Decides a batch on one snapshot and at one reading of the clock: `answers` is emptied, then filled with one
    /// decision for each request, in order, the same as [`check`](Self::check) gives. Allocates nothing if `answers`
    /// has room.
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`]; then `answers` is empty.
    pub fn check_many(&self, requests: &[Request<'_>], answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        self.read(|view| view.check_many(requests, answers))
    }

    /// Decides a request and lists every permission that was considered.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        self.read(|view| view.explain(request))
    }

    /// Looks a subject's names up once for many checks, with the project that counts for gated services.
    ///
    /// # Errors
    /// What is wrong with the names.
    pub fn prepare(
        &self,
        namespace: &str,
        subject: &Subject<'_>,
        project: Option<&str>,
    ) -> Result<PreparedSubject, InvalidRequest> {
        self.read(|view| PreparedSubject::look_up(view, namespace, subject, project))
    }

    /// Whether a prepared subject is allowed what it asks. Allocates nothing.
    #[must_use]
    pub fn is_allowed_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> bool {
        self.read(|view| subject.is_allowed(view, question))
    }

    /// Decides for a prepared subject, with the reason. Allocates nothing.
    #[must_use]
    pub fn check_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> Decision {
        self.read(|view| subject.check(view, question))
    }

    /// Decides a batch for a prepared subject, as [`check_many`](Self::check_many) does.
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`]; then `answers` is empty.
    pub fn check_many_for(
        &self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.read(|view| view.check_many_for(subject, questions, answers))
    }

    /// The permission with this id.
    #[must_use]
    pub fn permission(&self, id: PermissionId) -> Option<Permission> {
        self.read(|view| view.permission(id))
    }

    /// The permissions of a query, by ascending id.
    #[must_use]
    pub fn permissions(&self, query: &PermissionQuery<'_>) -> Page<Permission> {
        self.read(|view| view.world.permissions(query))
    }

    /// What the directory lists of a user.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserRecord> {
        self.read(|view| view.user(id))
    }

    /// What the directory lists of a group.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupRecord> {
        self.read(|view| view.group(id))
    }

    /// Whether a user has the AI function in a project, and the rows that decided.
    ///
    /// # Errors
    /// A project's, user's or group's id that can be none.
    pub fn resolve_subscription(
        &self,
        project: &str,
        user: &str,
        memberships: Memberships<'_>,
    ) -> Result<Resolution, InvalidRequest> {
        self.read(|view| view.resolve_subscription(project, user, memberships))
    }

    /// The subscription rows of a project: its own, all groups', and a page of the users', by id.
    #[must_use]
    pub fn subscriptions(&self, project: &str, offset: usize, limit: Option<usize>) -> SubscriptionList {
        self.read(|view| view.world.subscriptions(project, offset, limit))
    }

    /// How many entities of each kind there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.read(|view| view.world.counts())
    }

    fn read<T>(&self, ask: impl FnOnce(View<'_>) -> T) -> T {
        ask(self.shared.view(&self.shared.published.read()))
    }
}

impl Shared {
    fn view<'a>(&'a self, world: &'a World) -> View<'a> {
        View { world, limits: &self.settings.limits, clock: &*self.settings.clock }
    }
}

/// Why a batch was not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{items} items in one batch, at most {most} (see Limits::batch_items) [{} {}]", self.code().number(), self.code())]
pub struct BatchError {
    /// How many items there were.
    pub items: usize,
    /// How many are allowed.
    pub most: usize,
}

impl BatchError {
    /// [`Code::BatchTooLarge`].
    #[must_use]
    pub const fn code(&self) -> Code {
        Code::BatchTooLarge
    }
}

/// One version of the world, which does not change. Answers what [`Engine`] answers, always from this version.
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
    fn view(&self) -> View<'_> {
        self.engine.shared.view(&self.world)
    }

    /// This version's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.world.revision
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
    /// [`Code::BatchTooLarge`]; then `answers` is empty.
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
        subject.is_allowed(self.view(), question)
    }

    /// See [`Engine::check_for`].
    #[must_use]
    pub fn check_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> Decision {
        subject.check(self.view(), question)
    }

    /// See [`Engine::check_many_for`].
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`]; then `answers` is empty.
    pub fn check_many_for(
        &self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.view().check_many_for(subject, questions, answers)
    }

    /// See [`Engine::permission`].
    #[must_use]
    pub fn permission(&self, id: PermissionId) -> Option<Permission> {
        self.view().permission(id)
    }

    /// See [`Engine::permissions`].
    #[must_use]
    pub fn permissions(&self, query: &PermissionQuery<'_>) -> Page<Permission> {
        self.world.permissions(query)
    }

    /// See [`Engine::user`].
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserRecord> {
        self.view().user(id)
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

/// What engine and snapshot both answer.
impl View<'_> {
    fn is_allowed(self, request: &Request<'_>) -> bool {
        decide::is_allowed(self, request, &mut Now::new(request.at, self.clock))
    }

    fn check(self, request: &Request<'_>) -> Decision {
        decide::check(self, request, &mut Now::new(request.at, self.clock))
    }

    fn explain(self, request: &Request<'_>) -> Explanation {
        decide::explain(self, request, &mut Now::new(request.at, self.clock))
    }

    fn check_many(self, requests: &[Request<'_>], answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        self.begin_batch(requests.len(), answers)?;
        let mut clock = Now::new(None, self.clock);
        answers.extend(requests.iter().map(|request| match request.at {
            Some(_) => self.check(request),
            None => decide::check(self, request, &mut clock),
        }));
        Ok(())
    }

    fn check_many_for(
        self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.begin_batch(questions.len(), answers)?;
        subject.check_many(self, questions, answers);
        Ok(())
    }

    fn begin_batch(self, items: usize, answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        answers.clear();
        let most = self.limits.batch_items;
        if items > most { Err(BatchError { items, most }) } else { Ok(()) }
    }

    fn permission(self, id: PermissionId) -> Option<Permission> {
        self.world.permission(self.world.find_grant(id)?)
    }

    fn user(self, id: &str) -> Option<UserRecord> {
        self.world.user_record(self.world.find_principal(PrincipalKind::User, id)?)
    }

    fn group(self, id: &str) -> Option<GroupRecord> {
        self.world.group_record(self.world.find_principal(PrincipalKind::UserGroup, id)?)
    }

    fn resolve_subscription(
        self,
        project: &str,
        user: &str,
        memberships: Memberships<'_>,
    ) -> Result<Resolution, InvalidRequest> {
        let check = |field, id: &str| check_id(id).map_err(|error| InvalidRequest { field, error });
        check(RequestField::Project, project)?;
        check(RequestField::Subject, user)?;
        if let Memberships::Named { groups, .. } = memberships {
            groups.iter().try_for_each(|id| check(RequestField::Group, id))?;
        }
        Ok(self.world.resolve(project, user, memberships))
    }
}
