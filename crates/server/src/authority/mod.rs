//! The one road into the engine, for every interface.
//!
//! Interfaces translate: a request into what the engine is asked, its answer into theirs. Whatever they decide, read or change goes
//! through an [`Authority`], which counts it, and waits for the store on a thread that may wait.

mod clock;
mod decision_log;
mod metrics;
mod open;
mod question;

use std::sync::Arc;
use std::time::Instant;

use grantrie::{
    BatchError, ChangeSet, Counts, Decision, Engine, MemoryUse, PrincipalKind, Refused, Request, Revision, Snapshot,
    Subject, Timestamp,
};
use grantrie_store::{AuditPage, AuditQuery, State, Store, StoreError};
use jiff::tz::TimeZone;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use decision_log::DecisionLog;
use question::Stranger;

pub(crate) use clock::Clock;
pub(crate) use metrics::Metrics;
pub use open::OpenError;
pub(crate) use question::{Named, Question};

/// Where a change came from, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Who asked for it; see [`Caller::actor`](crate::credential::Caller::actor).
    pub(crate) actor: String,
    /// The interface that it came through (`permissions`, `quickbi` …).
    pub(crate) face: &'static str,
    /// The request's id.
    pub(crate) request_id: Option<String>,
}

/// Why a change was not made, or what is in the store not read. Nothing of a change that failed is visible.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// The change set is refused, with all its problems.
    #[error(transparent)]
    Refused(Refused),
    /// The store could not write or read; the same request may succeed later.
    #[error("the store does not answer as it should")]
    Store(StoreError),
    /// As many changes wait as may.
    #[error("too many changes wait to be written")]
    Busy,
    /// There is no store, and what was asked for is only kept in one.
    #[error("this server has no store, so there is no audit")]
    NoStore,
    /// What was doing the work is gone.
    #[error("the work was not finished")]
    Lost,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refused) => Self::Refused(refused),
            other => Self::Store(other),
        }
    }
}

pub(crate) struct Authority {
    engine: Engine,
    store: Option<Store>,
    clock: Clock,
    zone: TimeZone,
    /// How many changes may be on the way.
    writes: Arc<Semaphore>,
    stranger: Stranger,
    pub(crate) metrics: Arc<Metrics>,
    log: DecisionLog,
}

impl Authority {
    /// Decides one request.
    pub(crate) fn check(&self, request: &Request<'_>) -> Decision {
        let decision = self.engine.check(request);
        self.metrics.decided(&decision);
        let subject = match request.subject {
            Subject::User { id, .. } => (PrincipalKind::User, id),
            Subject::PermProfile { id } => (PrincipalKind::PermProfile, id),
        };
        self.log.note([request.namespace, request.action, request.irn], subject, &decision);
        decision
    }

    /// Decides several questions on one snapshot, in their order.
    ///
    /// # Errors
    /// There are more than the engine's [`batch_items`](grantrie::Limits::batch_items).
    pub(crate) fn decide(&self, questions: &[Question]) -> Result<Vec<Decision>, BatchError> {
        let decisions = question::decide(&self.engine.snapshot(), &self.stranger, questions)?;
        for (question, decision) in questions.iter().zip(&decisions) {
            self.metrics.decided(decision);
            let Question { namespace, action, irn, subject, .. } = question;
            self.log.note([namespace, action, irn], (subject.kind, &subject.id), decision);
        }
        Ok(decisions)
    }

    /// Applies a change set: on disk, if there is a store, and visible to every check, when it answers. A request that ends
    /// before does not take the change back.
    pub(crate) async fn apply(&self, set: ChangeSet, origin: Origin) -> Result<Revision, Failure> {
        let permit = Arc::clone(&self.writes).try_acquire_owned().map_err(|_| Failure::Busy)?;
        let (engine, store, begun) = (self.engine.clone(), self.store.clone(), Instant::now());
        let metrics = Arc::clone(&self.metrics);
        let work = spawn_blocking(move || {
            let _permit = permit;
            let set = set.by(origin.actor);
            let applied = match store {
                None => engine.apply(set).map_err(Failure::Refused),
                Some(store) => {
                    let origin =
                        grantrie_store::Origin { origin: Some(origin.face.to_owned()), request_id: origin.request_id };
                    store.apply_from(set, origin).map_err(Failure::from)
                }
            };
            // Here, so that those count too for which nobody waits any longer.
            metrics.applied(begun.elapsed(), &applied);
            applied
        });
        work.await.map_err(|_| Failure::Lost)?
    }

    /// Reads from one snapshot, on a thread that may take long: for lists and lookups, whose work is in what they find.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let engine = self.engine.clone();
        spawn_blocking(move || read(&engine.snapshot())).await.map_err(|_| Failure::Lost)
    }

    /// The newest snapshot, for what takes no longer than a check.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.engine.snapshot()
    }

    /// A page of the audit.
    pub(crate) async fn audit(&self, query: AuditQuery) -> Result<AuditPage, Failure> {
        let store = self.store.clone().ok_or(Failure::NoStore)?;
        spawn_blocking(move || store.audit(&query)).await.map_err(|_| Failure::Lost)?.map_err(Failure::from)
    }

    /// The instant by which permissions begin and end. Signed requests are not judged by it but by the system's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where days begin and end.
    pub(crate) const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// In what state the store is, if there is one.
    pub(crate) fn store_state(&self) -> Option<State> {
        self.store.as_ref().map(Store::state)
    }

    /// How much there is.
    pub(crate) fn counts(&self) -> Counts {
        self.engine.counts()
    }

    /// How many bytes the engine takes. Reads all of it, so it is asked on a thread that may take long.
    pub(crate) async fn memory(&self) -> Result<MemoryUse, Failure> {
        let engine = self.engine.clone();
        spawn_blocking(move || engine.memory()).await.map_err(|_| Failure::Lost)
    }

    /// Decisions that were to be written down, and were not because too many waited.
    pub(crate) fn decisions_dropped(&self) -> u64 {
        self.log.dropped()
    }

    /// Whether time comes from a file.
    pub(crate) const fn has_development_clock(&self) -> bool {
        matches!(self.clock, Clock::File(_))
    }
}
