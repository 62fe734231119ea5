//! Setting an engine up.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::{Engine, Shared};
use crate::change::{AuditEntry, ChangeSet, Revision};
use crate::decide::Settings;
use crate::error::Refused;
use crate::ids::Ids;
use crate::limits::Limits;
use crate::model::Timestamp;
use crate::publish::Published;
use crate::subscription::GroupConflict;
use crate::world::World;

/// Where audit entries go.
pub(super) type AuditSink = dyn Fn(&[AuditEntry]) + Send + Sync;

/// Who makes and keeps changes: see [`EngineBuilder::build_kept`].
pub(super) type Keeper = dyn Fn(ChangeSet) -> Result<Revision, Refused> + Send + Sync;

/// Sets an [`Engine`] up: limits, clock, audit sink, and how groups' subscription rows combine. None can be changed later.
///
/// ```
/// use grantrie::{Engine, Limits};
/// let mut limits = Limits::default();
/// limits.batch_items = 1_000;
/// let engine = Engine::builder().limits(limits).build();
/// assert_eq!(engine.revision().0, 0);
/// ```
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
    /// and the request none; a change set reads it once. It is called on the asking thread: it should be quick, and may
    /// go backwards.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use std::sync::atomic::{AtomicI64, Ordering};
    /// use grantrie::{Actions, Change, Engine, PermissionDraft, Principal, Request, Subject, Timestamp};
    ///
    /// let seconds = Arc::new(AtomicI64::new(1_000));
    /// let hand = Arc::clone(&seconds);
    /// let clock = move || Timestamp::from_seconds(hand.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX);
    /// let engine = Engine::builder().clock(clock).build();
    ///
    /// let mut draft = PermissionDraft::allow("acme", Principal::user("ann"), "a:b:*".parse()?, Actions::All);
    /// draft.expires_at = Timestamp::from_seconds(2_000);
    /// engine.apply(Change::UpsertPermission(draft))?;
    ///
    /// let request = Request::new("acme", Subject::user("ann"), "READ", "a:b:c");
    /// let granted = engine.check(&request);
    /// assert_eq!((granted.allowed, granted.valid_until), (true, Timestamp::from_seconds(2_000)));
    /// seconds.store(2_000, Ordering::Relaxed);
    /// assert!(!engine.is_allowed(&request)); // at `expires_at` it applies no longer
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.settings.clock = Box::new(clock);
        self
    }

    /// Who receives the audit entries: called once for each change set that had an effect, in the order of revisions,
    /// after the change is visible and before [`Engine::apply`] returns. It may ask the engine, but must not apply changes
    /// itself: other writers wait for it, and so would it. A slow sink is best a channel's sender.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use grantrie::{Change, ChangeSet, Effected, Engine};
    /// let (sender, receiver) = mpsc::channel();
    /// let engine = Engine::builder().audit(move |entries| drop(sender.send(entries.to_vec()))).build();
    ///
    /// let gate = Change::SetGate { service: "aisvc".to_owned(), gated: true };
    /// let revision = engine.apply(ChangeSet::from(gate.clone()).by("ops"))?;
    /// let entries = receiver.recv().unwrap();
    /// assert_eq!((entries.len(), entries[0].revision, entries[0].actor.as_deref()), (1, revision, Some("ops")));
    /// assert!(matches!(&entries[0].effected, Effected::Gate { gated: true, .. }));
    ///
    /// engine.apply(gate)?; // it is gated already: no effect, no entry, the same revision
    /// assert!(receiver.try_recv().is_err());
    /// # Ok::<(), grantrie::Refused>(())
    /// ```
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
        self.build_with(None)
    }

    pub(super) fn build_with(self, keeper: Option<Box<Keeper>>) -> Engine {
        let published = Published::new(World::new(self.conflict));
        Engine {
            shared: Arc::new(Shared {
                published,
                settings: self.settings,
                audit: self.audit,
                keeper,
                ids: Ids::new(),
                desk: Arc::default(),
                book: Mutex::default(),
            }),
        }
    }
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder").field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}
