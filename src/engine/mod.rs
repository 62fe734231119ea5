//! The handle: finds the published world for every question, and applies changes.

mod builder;
mod load;
mod snapshot;
mod stage;
mod view;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::change::{AuditEntry, ChangeSet, Effected, Executed, Lacks, Prepared, Revision, Step};
use crate::decide::{Explanation, PreparedSubject, Question, Settings, View};
use crate::error::Refused;
use crate::ids::Ids;
use crate::irn::Glance;
use crate::model::{
    Decision, GroupRecord, InvalidRequest, Memberships, Permission, PermissionId, Principal, Request, Subject,
    Timestamp, UserRecord,
};
use crate::publish::{Published, Writing};
use crate::read::{Counts, MemoryUse, Page, PermissionQuery};
use crate::seats::{Book, Desk};
use crate::subscription::{Resolution, SubscriptionList};
use crate::world::World;

pub use builder::EngineBuilder;
use builder::{AuditSink, Keeper};
pub use snapshot::Snapshot;
pub use stage::{NotAnImage, Staged, Staging, Writer};
pub use view::BatchError;

/// The engine. Cloning it gives another handle to the same one; any number of threads may use it at once.
///
/// Questions are answered from the newest published snapshot and never wait for a change in progress.
///
/// ```
/// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Request, Subject};
/// let engine = Engine::new();
/// let (ann, read) = (Principal::user("ann"), Actions::from_iter(["READ".parse()?]));
/// engine.apply(Change::UpsertPermission(PermissionDraft::allow("acme", ann, "aisvc:agent:*".parse()?, read)))?;
///
/// let handle = engine.clone();
/// let allowed = std::thread::spawn(move || {
///     handle.is_allowed(&Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7"))
/// });
/// assert!(allowed.join().unwrap());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    published: Published<World>,
    settings: Settings,
    audit: Option<Box<AuditSink>>,
    /// Who makes the changes, if they are kept elsewhere too.
    keeper: Option<Box<Keeper>>,
    ids: Ids,
    desk: Arc<Desk>,
    /// Locked only by the one writer.
    book: Mutex<Book>,
}

/// What the audit is to know of a change set: who asked for it, when, and what it did, if there is an audit.
struct Note {
    actor: Option<String>,
    at: Timestamp,
    effected: Option<Vec<Effected>>,
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
    /// revision and leaves no audit entry. Writers wait for each other; readers wait for nobody. The work is in what
    /// changes, not in the size of the world; a large load is best one set, up to
    /// [`Limits::changes_per_set`](crate::Limits).
    ///
    /// ```
    /// use grantrie::{Actions, Change, ChangeSet, Code, Engine, PermissionDraft, PermissionId, Principal, Revision};
    /// let engine = Engine::new();
    /// let draft = PermissionDraft::allow("acme", Principal::group("staff"), "aisvc:**".parse()?, Actions::All);
    /// let put = Change::UpsertPermission(draft);
    /// assert_eq!(engine.apply(put.clone())?, Revision(1));
    /// assert_eq!(engine.apply(put)?, Revision(1)); // nothing changed
    ///
    /// let nobody = Principal::user("");
    /// let refused = engine
    ///     .apply(ChangeSet::new(vec![
    ///         Change::SetGate { service: "aisvc".to_owned(), gated: true },
    ///         Change::RemovePermission(PermissionId::from_u128(7)),
    ///         Change::RemovePrincipal(nobody),
    ///     ]))
    ///     .unwrap_err();
    /// let codes: Vec<_> = refused.problems().iter().map(|problem| (problem.item, problem.code)).collect();
    /// assert_eq!(codes, [(Some(1), Code::UnknownPermission), (Some(2), Code::InvalidId)]);
    /// assert_eq!(engine.revision(), Revision(1)); // the gate was not set either
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// All problems that were found (the index of the change, the field, and why), and nothing was applied.
    pub fn apply(&self, set: impl Into<ChangeSet>) -> Result<Revision, Refused> {
        let Shared { published, settings: Settings { limits, clock }, audit, ids, keeper, .. } = &*self.shared;
        if let Some(keep) = keeper {
            return keep(set.into());
        }
        let at = clock();
        let prepared = Prepared::new(set.into(), limits, ids, at, || published.snapshot().as_ref().clone())?;
        let mut writing = published.write();
        let mut spare = self.shared.spare(&mut writing);
        let mut effected = audit.as_ref().map(|_| Vec::new());
        // Nobody else has the spare; were it otherwise, this copy would be made and published in its place.
        let executed = prepared.execute(Arc::make_mut(&mut spare), limits, effected.as_mut());
        let actor = prepared.actor.clone();
        self.conclude(writing, spare, executed, || prepared.into_lacks(), Note { actor, at, effected })
    }

    /// Publishes what a change set came to, if it came to anything, and tells the audit sink.
    fn conclude(
        &self,
        mut writing: Writing<'_, World>,
        mut spare: Arc<World>,
        executed: Executed,
        lacks: impl FnOnce() -> Option<Vec<Step>>,
        Note { actor, at, effected }: Note,
    ) -> Result<Revision, Refused> {
        if let Some(refused) = executed.refused {
            if !executed.touched {
                writing.keep(spare);
            }
            return Err(refused);
        }
        let world = Arc::make_mut(&mut spare);
        if executed.effects == 0 {
            let revision = world.revision;
            world.touched.clear();
            // What came and went may have left other numbers free than in the published copy.
            if world.turns() == self.shared.published.read().turns() {
                writing.keep(spare);
            }
            return Ok(revision);
        }
        let seatings = self.shared.book().follow(world);
        let revision = world.advance();
        writing.publish(spare, lacks().map(|steps| Lacks { steps, seatings, revision }));
        if let (Some(sink), Some(effected)) = (&self.shared.audit, effected) {
            let entry = |effected| AuditEntry { revision, at, actor: actor.clone(), effected };
            sink(&effected.into_iter().map(entry).collect::<Vec<_>>());
        }
        drop(writing);
        self.shared.settle();
        Ok(revision)
    }

    /// The newest version, to ask several questions of one state. Holding it costs memory for what changes meanwhile,
    /// and holds up nobody. Taking, cloning and dropping it count references, no more.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Request, Subject};
    /// let engine = Engine::new();
    /// let before = engine.snapshot();
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
    /// engine.apply(Change::UpsertPermission(draft))?;
    ///
    /// let request = Request::new("acme", Subject::user("ann"), "READ", "a:b:c");
    /// assert!(engine.is_allowed(&request) && !before.is_allowed(&request));
    /// assert!(before.revision() < engine.revision());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.shared.published.snapshot(), self.clone())
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> Arc<World> {
        self.shared.published.snapshot()
    }

    /// The revision of the newest version.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.shared.published.read().revision
    }

    /// Whether a request is allowed. Invalid input denies. Allocates nothing, and takes no lock.
    ///
    /// The work is in the number of the subject's principals and in how many of their permissions in the namespace may
    /// match the name, not in how many permissions there are in all.
    ///
    /// ```
    /// # use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Request, Subject};
    /// # let engine = Engine::new();
    /// # let (staff, read) = (Principal::group("staff"), Actions::from_iter(["READ".parse()?]));
    /// # engine.apply(Change::UpsertPermission(PermissionDraft::allow("acme", staff, "aisvc:agent:*".parse()?, read)))?;
    /// // The permission is the group's, and the caller names the user's groups.
    /// let ann = Subject::user_with("ann", &["staff"], &[]);
    /// assert!(engine.is_allowed(&Request::new("acme", ann, "READ", "aisvc:agent:7")));
    /// assert!(!engine.is_allowed(&Request::new("acme", ann, "EDIT", "aisvc:agent:7")));
    /// assert!(!engine.is_allowed(&Request::new("acme", ann, "READ", "aisvc:agent:*"))); // not a name: invalid
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_allowed(&self, request: &Request<'_>) -> bool {
        self.read(|view| view.is_allowed(request))
    }

    /// Decides a request, with the reason. Allocates nothing, and takes no lock. Always agrees with
    /// [`is_allowed`](Self::is_allowed), which does a little less: it names nothing, and judges nothing after a deny.
    ///
    /// ```
    /// # use grantrie::{Actions, Change, ChangeSet, Engine, PermissionDraft, Principal, Reason, Request, Subject};
    /// # let engine = Engine::new();
    /// # let (ann, gate) = (Principal::user("ann"), Change::SetGate { service: "aisvc".to_owned(), gated: true });
    /// # let put = Change::UpsertPermission(PermissionDraft::allow("acme", ann, "aisvc:**".parse()?, Actions::All));
    /// # engine.apply(ChangeSet::new(vec![put, gate]))?;
    /// let request = Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7");
    /// let answer = engine.check(&request.in_project("atlas"));
    /// match answer.reason {
    ///     Reason::Granted(id) | Reason::Denied(id) => println!("by permission {id}"),
    ///     Reason::NotSubscribed(level) => println!("the AI function is not enabled: {}", level.as_str()),
    ///     Reason::Invalid(why) => println!("{why}"),
    ///     _ => println!("nothing grants it"),
    /// }
    /// assert_eq!((answer.allowed, answer.reason.as_str()), (false, "not_subscribed")); // `aisvc` is gated here
    /// assert_eq!(answer.valid_until, None); // time alone will not change that
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn check(&self, request: &Request<'_>) -> Decision {
        self.read(|view| view.check(request))
    }

    /// Decides a batch on one snapshot and at one reading of the clock: `answers` is emptied, then filled with one
    /// decision for each request, in order, the same as [`check`](Self::check) gives. Allocates nothing if `answers`
    /// has room.
    ///
    /// ```
    /// # use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Request, Subject};
    /// # let engine = Engine::new();
    /// # let ann = Principal::user("ann");
    /// # engine.apply(Change::UpsertPermission(PermissionDraft::allow("acme", ann, "a:b:*".parse()?, Actions::All)))?;
    /// let requests = ["a:b:1", "a:b:2", "a:x:1"].map(|irn| Request::new("acme", Subject::user("ann"), "READ", irn));
    /// let mut answers = Vec::new(); // keep it, and the next batch allocates nothing
    /// engine.check_many(&requests, &mut answers)?;
    /// assert_eq!(answers.iter().map(|answer| answer.allowed).collect::<Vec<_>>(), [true, true, false]);
    /// assert!(answers.iter().all(|answer| answer.revision == answers[0].revision));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn check_many(&self, requests: &[Request<'_>], answers: &mut Vec<Decision>) -> Result<(), BatchError> {
        self.read(|view| view.check_many(requests, answers))
    }

    /// Decides a request and lists every permission that was considered, at most
    /// [`Limits::explained_permissions`](crate::Limits). Takes the same road as [`check`](Self::check), and allocates for the
    /// answer.
    ///
    /// ```
    /// use grantrie::{Actions, Change, ChangeSet, Engine, Membership, Outcome, PermissionDraft, Principal, Request, Subject};
    /// let engine = Engine::new();
    /// let (ann, staff) = (Principal::user("ann"), Principal::group("staff"));
    /// let edit = Actions::from_iter(["EDIT".parse()?]);
    /// engine.apply(ChangeSet::new(vec![
    ///     Change::AddMembership(Membership { member: ann, of: staff.clone() }),
    ///     Change::UpsertPermission(PermissionDraft::allow("acme", staff, "aisvc:agent:*".parse()?, edit)),
    /// ]))?;
    ///
    /// let explanation = engine.explain(&Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7"));
    /// assert!(!explanation.decision.allowed);
    /// let considered = &explanation.considered[0];
    /// assert_eq!(considered.outcome, Outcome::WrongAction);
    /// assert_eq!(considered.path, [Principal::user("ann"), Principal::group("staff")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> Explanation {
        self.read(|view| view.explain(request))
    }

    /// Looks a subject's names up once for many checks, with the project that counts for gated services.
    ///
    /// It stays good: grants and memberships that change later count from the next check on, and names that nobody knows
    /// yet may become known.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Question, Subject};
    /// let engine = Engine::new();
    /// let ann = engine.prepare("acme", &Subject::user("ann"), None)?;
    /// assert!(!engine.is_allowed_for(&ann, &Question::new("READ", "aisvc:agent:7")));
    ///
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "aisvc:**".parse()?, Actions::All);
    /// engine.apply(Change::UpsertPermission(draft))?;
    /// assert!(engine.is_allowed_for(&ann, &Question::new("READ", "aisvc:agent:7")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the names: the same that a [`Request`] with them would be answered as invalid.
    pub fn prepare(
        &self,
        namespace: &str,
        subject: &Subject<'_>,
        project: Option<&str>,
    ) -> Result<PreparedSubject, InvalidRequest> {
        let prepared =
            self.read(|view| PreparedSubject::look_up(view, &self.shared.desk, namespace, subject, project))?;
        self.shared.settle();
        Ok(prepared)
    }

    /// Whether a prepared subject is allowed what it asks: the same answer as [`is_allowed`](Self::is_allowed) for its
    /// names, for less work. Allocates nothing. See [`prepare`](Self::prepare) for an example.
    #[must_use]
    pub fn is_allowed_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> bool {
        // Before the version is taken, which nothing after it overtakes: so the name is waited for meanwhile.
        let glance = Glance::of(question.irn);
        self.read(|view| subject.is_allowed(view, question, glance))
    }

    /// Decides for a prepared subject, with the reason. Allocates nothing.
    #[must_use]
    pub fn check_for(&self, subject: &PreparedSubject, question: &Question<'_>) -> Decision {
        self.read(|view| subject.check(view, question))
    }

    /// Decides a batch for a prepared subject, as [`check_many`](Self::check_many) does.
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn check_many_for(
        &self,
        subject: &PreparedSubject,
        questions: &[Question<'_>],
        answers: &mut Vec<Decision>,
    ) -> Result<(), BatchError> {
        self.read(|view| view.check_many_for(subject, questions, answers))
    }

    /// Whether a prepared subject is allowed each of these: what [`is_allowed_for`](Self::is_allowed_for) says of each, on one
    /// snapshot and at one reading of the clock. `answers` is emptied, then filled in order. Does less for each than
    /// [`check_many_for`](Self::check_many_for), and needs no list of questions; allocates nothing if `answers` has room.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Question, Subject};
    /// let engine = Engine::new();
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "aisvc:agent:*".parse()?, Actions::All);
    /// engine.apply(Change::UpsertPermission(draft))?;
    /// let ann = engine.prepare("acme", &Subject::user("ann"), None)?;
    ///
    /// let names = ["aisvc:agent:7", "aisvc:tool:7", "not a name"];
    /// let mut answers = Vec::new();
    /// engine.are_allowed_for(&ann, names.iter().map(|irn| Question::new("READ", irn)), &mut answers)?;
    /// assert_eq!(answers, [true, false, false]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::BatchTooLarge`](crate::Code::BatchTooLarge); then `answers` is empty.
    pub fn are_allowed_for<'q>(
        &self,
        subject: &PreparedSubject,
        questions: impl ExactSizeIterator<Item = Question<'q>>,
        answers: &mut Vec<bool>,
    ) -> Result<(), BatchError> {
        self.read(|view| view.are_allowed_for(subject, questions, answers))
    }

    /// The permission with this id. The work grows with the logarithm of their number; the answer is a copy.
    #[must_use]
    pub fn permission(&self, id: PermissionId) -> Option<Permission> {
        self.read(|view| view.permission(id))
    }

    /// The permissions of a query, by ascending id. The work is in what the narrowest of its conditions leaves (a pattern,
    /// else a principal with kind and id, else all permissions), whatever the page.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, Pattern, PermissionDraft, PermissionQuery, Principal};
    /// let engine = Engine::new();
    /// let draft = |pattern: &str| -> Result<_, grantrie::ParseError> {
    ///     let draft = PermissionDraft::allow("acme", Principal::user("ann"), pattern.parse()?, Actions::All);
    ///     Ok(Change::UpsertPermission(draft))
    /// };
    /// engine.apply([draft("aisvc:agent:*")?, draft("aisvc:agent:7")?, draft("aisvc:**")?].into_iter().collect::<grantrie::ChangeSet>())?;
    ///
    /// // Whose patterns cover this one, and whose are covered by it?
    /// let agents = Pattern::parse("aisvc:agent:*")?;
    /// let texts = |query: &PermissionQuery<'_>| -> Vec<String> {
    ///     engine.permissions(query).items.iter().map(|permission| permission.pattern.to_string()).collect()
    /// };
    /// let covering = texts(&PermissionQuery { covering: Some(&agents), ..PermissionQuery::default() });
    /// assert_eq!(covering, ["aisvc:agent:*", "aisvc:**"]);
    /// let covered_by = texts(&PermissionQuery { covered_by: Some(&agents), ..PermissionQuery::default() });
    /// assert_eq!(covered_by, ["aisvc:agent:*", "aisvc:agent:7"]);
    ///
    /// // How many permissions has Ann?
    /// let count = PermissionQuery { namespaces: &["acme"], principal_id: Some("ann"), limit: Some(0), ..Default::default() };
    /// assert_eq!(engine.permissions(&count).total, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn permissions(&self, query: &PermissionQuery<'_>) -> Page<Permission> {
        self.read(|view| view.world.permissions(query))
    }

    /// The groups that a user or group is directly in and the profiles directly attached to it, listed or not; sorted.
    ///
    /// ```
    /// use grantrie::{Change, Engine, Membership, Principal};
    /// let engine = Engine::new();
    /// let (ann, staff) = (Principal::user("ann"), Principal::group("staff"));
    /// engine.apply(Change::AddMembership(Membership { member: ann.clone(), of: staff.clone() }))?;
    /// assert_eq!(engine.memberships(&ann), [staff.clone()]);
    /// assert_eq!(engine.members(&staff), [ann]);
    /// # Ok::<(), grantrie::Refused>(())
    /// ```
    #[must_use]
    pub fn memberships(&self, principal: &Principal) -> Vec<Principal> {
        self.read(|view| view.memberships(principal))
    }

    /// The users and groups that are directly in a group, or have a profile attached, listed or not; sorted.
    #[must_use]
    pub fn members(&self, principal: &Principal) -> Vec<Principal> {
        self.read(|view| view.members(principal))
    }

    /// What the directory lists of a user; `None` if it was never put there, even if it has permissions.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserRecord> {
        self.read(|view| view.user(id))
    }

    /// What the directory lists of a group; `None` if it was never put there, even if it has permissions or members.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<GroupRecord> {
        self.read(|view| view.group(id))
    }

    /// Whether a user has the AI function in a project, and the rows that decided.
    ///
    /// ```
    /// use grantrie::{Change, ChangeSet, Engine, Memberships, Subscriber, SubscriptionLevel};
    /// let engine = Engine::new();
    /// let row = |subscriber, enabled| Change::SetSubscription { project: "atlas".to_owned(), subscriber, enabled };
    /// let sales = Subscriber::Group("sales".to_owned());
    /// engine.apply(ChangeSet::new(vec![row(Subscriber::Project, true), row(sales.clone(), false)]))?;
    ///
    /// let ann = engine.resolve_subscription("atlas", "ann", Memberships::Directory)?;
    /// assert_eq!((ann.enabled, ann.level), (true, SubscriptionLevel::Project));
    /// let named = Memberships::Named { groups: &["sales"], permprofiles: &[] };
    /// let bob = engine.resolve_subscription("atlas", "bob", named)?;
    /// assert_eq!((bob.enabled, bob.level, bob.rows), (false, SubscriptionLevel::Group, vec![sales]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// The subscription rows of a project: its own, all groups', and a page of the users', by id. `offset` and `limit`
    /// count users; without a limit, all that are left. A project that nobody knows has no rows.
    ///
    /// ```
    /// use grantrie::{Change, Engine, Subscriber};
    /// let engine = Engine::new();
    /// let users = ["ann", "bob", "cem"].map(|id| Subscriber::User(id.to_owned()));
    /// engine.apply(Change::Subscriptions { project: "atlas".to_owned(), add: users.to_vec(), delete: vec![] })?;
    ///
    /// let page = engine.subscriptions("atlas", 1, Some(1)).users;
    /// assert_eq!((page.total, page.items[0].user_id.as_str(), page.items[0].ai_func), (3, "bob", true));
    /// # Ok::<(), grantrie::Refused>(())
    /// ```
    #[must_use]
    pub fn subscriptions(&self, project: &str, offset: usize, limit: Option<usize>) -> SubscriptionList {
        self.read(|view| view.world.subscriptions(project, offset, limit))
    }

    /// How many entities of each kind there are. The numbers are kept, not counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.read(|view| view.world.counts())
    }

    /// How much memory the newest version takes, by what it is for. Everything is walked: some milliseconds for each
    /// hundred thousand permissions.
    ///
    /// ```
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal};
    /// let engine = Engine::new();
    /// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
    /// engine.apply(Change::UpsertPermission(draft))?;
    /// let used = engine.memory();
    /// assert!(used.check_index > 0 && used.total() > used.check_index);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn memory(&self) -> MemoryUse {
        self.read(|view| view.world.memory())
    }

    fn read<T>(&self, ask: impl FnOnce(View<'_>) -> T) -> T {
        ask(self.shared.view(&self.shared.published.read()))
    }
}

impl Shared {
    /// The copy to make a change on.
    fn spare(&self, writing: &mut Writing<'_, World>) -> Arc<World> {
        let mut spare = writing.spare();
        Arc::make_mut(&mut spare).touched.noted = !self.book().is_empty();
        spare
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out what was ordered at the desk, unless a writer is at work: it does so when it is done.
    fn settle(&self) {
        while self.desk.has_orders() {
            let Some(mut writing) = self.published.try_write() else { return };
            let mut spare = writing.spare();
            let world = Arc::make_mut(&mut spare);
            let seatings = self.book().settle(&self.desk, world);
            let revision = world.revision;
            writing.publish(spare, Some(Lacks { steps: Vec::new(), seatings, revision }));
        }
    }

    fn view<'a>(&'a self, world: &'a World) -> View<'a> {
        View { world, settings: &self.settings }
    }
}
