//! How a store is opened.

use std::fmt;
use std::time::Duration;

use grantrie::{EngineBuilder, GroupConflict, Limits, Timestamp};

/// How to open a store. The default suits a service; every duration is a bound, none a promise to be quick.
pub struct Options {
    pub(crate) limits: Limits,
    pub(crate) conflict: GroupConflict,
    pub(crate) clock: Option<Box<dyn Fn() -> Timestamp + Send + Sync>>,
    pub(crate) create: bool,
    pub(crate) read_only: bool,
    pub(crate) wait: Duration,
    pub(crate) follow: Option<Duration>,
    pub(crate) waiting: usize,
    pub(crate) compact_after: u64,
    pub(crate) retention: Option<Duration>,
    pub(crate) purge: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            conflict: GroupConflict::default(),
            clock: None,
            create: true,
            read_only: false,
            wait: Duration::from_secs(5),
            follow: Some(Duration::from_millis(100)),
            waiting: 1_024,
            compact_after: 50_000,
            retention: None,
            purge: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("create", &self.create)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The engine's limits; see [`EngineBuilder::limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Which row wins where a user's groups disagree; see [`EngineBuilder::group_conflict`]. Give all processes the same.
    #[must_use]
    pub const fn group_conflict(mut self, conflict: GroupConflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// The engine's clock; see [`EngineBuilder::clock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// Whether a store is made where there is no file (it is, by default).
    #[must_use]
    pub const fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens for reading: the engine follows what others write, and refuses changes.
    #[must_use]
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// How long a change waits for other writers, of this process and of others, before it fails as busy (default 5 s).
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How soon this engine shows what other processes wrote (default 100 ms). `None` for no thread in the background at
    /// all: then [`refresh`](crate::Store::refresh), [`compact`](crate::Store::compact) and
    /// [`purge`](crate::Store::purge_expired) are the host's to call.
    #[must_use]
    pub const fn follow(mut self, follow: Option<Duration>) -> Self {
        self.follow = follow;
        self
    }

    /// How many change sets may wait to be written before further ones wait to be taken up (default 1,024).
    #[must_use]
    pub const fn waiting(mut self, waiting: usize) -> Self {
        self.waiting = waiting;
        self
    }

    /// After how many effective changes a snapshot is written in the background (default 50,000): what opening has to
    /// replay at most.
    #[must_use]
    pub const fn compact_after(mut self, changes: u64) -> Self {
        self.compact_after = changes;
        self
    }

    /// How long the audit is kept (by default, for ever). What is older is dropped when a snapshot has it.
    #[must_use]
    pub const fn retention(mut self, retention: Option<Duration>) -> Self {
        self.retention = retention;
        self
    }

    /// How often permissions that have expired are removed in the background, each audited as expired (by default, never:
    /// they count no more either way).
    #[must_use]
    pub const fn purge_every(mut self, every: Option<Duration>) -> Self {
        self.purge = every;
        self
    }

    pub(crate) fn engine(&mut self) -> EngineBuilder {
        let builder = grantrie::Engine::builder().limits(self.limits.clone()).group_conflict(self.conflict);
        match self.clock.take() {
            Some(clock) => builder.clock(clock),
            None => builder,
        }
    }
}
