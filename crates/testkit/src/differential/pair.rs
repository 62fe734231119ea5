//! An engine and a model that have lived through the same changes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use grantrie::{
    AuditEntry, Change, ChangeSet, Code, Decision, Effected, Engine, GroupConflict, Limits, PermissionId, Principal,
    Subscriber, Timestamp,
};

use super::compare::Sides;
use super::{Disagreement, Report};
use crate::model::Model;
use crate::{Choices, OwnedRequest};

/// The two sides.
#[derive(Debug)]
pub struct Pair {
    /// The engine, with a clock that stands still until it is set.
    pub engine: Engine,
    /// The model.
    pub model: Model,
    clock: Arc<AtomicI64>,
    audited: Arc<Mutex<Vec<AuditEntry>>>,
}

impl Pair {
    /// Both empty.
    #[must_use]
    pub fn new(limits: &Limits, enabled_wins: bool) -> Self {
        let clock = Arc::new(AtomicI64::new(0));
        let audited = Arc::new(Mutex::new(Vec::new()));
        let (ticking, sink) = (Arc::clone(&clock), Arc::clone(&audited));
        let conflict = if enabled_wins { GroupConflict::EnabledWins } else { GroupConflict::DisabledWins };
        let engine = Engine::builder()
            .limits(limits.clone())
            .group_conflict(conflict)
            .clock(move || Timestamp::from_micros(ticking.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN))
            .audit(move |entries| sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(entries))
            .build();
        Self { engine, model: Model { enabled_wins, limits: limits.clone(), ..Model::default() }, clock, audited }
    }

    /// An engine and a model that somebody else leads through the same changes; the engine's clock is the caller's, and
    /// shows `now`.
    #[must_use]
    pub fn beside(engine: Engine, model: Model, now: Timestamp) -> Self {
        Self { engine, model, clock: Arc::new(AtomicI64::new(now.as_micros())), audited: Arc::default() }
    }

    /// Asks both in every form in which a request can be asked, and compares the answers.
    ///
    /// # Errors
    /// Where they differ.
    pub fn ask(&self, request: &OwnedRequest, report: &mut Report) -> Result<Decision, Disagreement> {
        let snapshot = self.engine.snapshot();
        let sides = Sides { engine: &self.engine, snapshot: &snapshot, model: &self.model, now: self.now() };
        sides.compare(request, report)
    }

    /// What the engine's clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN)
    }

    /// Sets the engine's clock.
    pub fn set_clock(&self, now: Timestamp) {
        self.clock.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Applies a change set on both sides and compares what came of it: the revision, every effect as the audit tells
    /// it, or every problem. Answers whether it was accepted.
    ///
    /// The model is given the ids that the engine made: which of several permissions is named depends on them.
    ///
    /// # Errors
    /// Where they differ.
    pub fn apply(&mut self, set: &ChangeSet) -> Result<bool, Disagreement> {
        let describe = || format!("apply {set:?}");
        let applied = self.engine.apply(set.clone());
        let entries = std::mem::take(&mut *self.audited.lock().unwrap_or_else(PoisonError::into_inner));
        let mut made = made_ids(set, &entries).into_iter();
        let now = self.now();
        let expected = self.model.apply(set, &mut || made.next().unwrap_or(PermissionId::from_u128(0)), now);
        let codes = |mut codes: Vec<Code>| {
            codes.sort_unstable_by_key(|code| code.number());
            codes
        };
        let engine = match &applied {
            Ok(revision) => Ok(*revision),
            Err(refused) => Err(codes(refused.problems().iter().map(|problem| problem.code).collect())),
        };
        let model = expected.map(|_| self.model.revision).map_err(codes);
        Disagreement::unless_equal(&engine, &model, describe)?;
        let (entries, expected) = (in_order(entries), in_order(std::mem::take(&mut self.model.audit)));
        for n in 0..entries.len().max(expected.len()) {
            let (engine, model) = (entries.get(n), expected.get(n));
            Disagreement::unless_equal(&engine, &model, || format!("entry {n} of the audit of {set:?}"))?;
        }
        Disagreement::unless_equal(&self.engine.revision(), &self.model.revision, || "the revision".to_owned())?;
        Ok(applied.is_ok())
    }

    /// A new engine in the state of this one, which it reached in one change set, in another order.
    ///
    /// # Errors
    /// The state that one engine has is refused by the other.
    pub fn rebuilt(&self, choices: &mut Choices<'_>) -> Result<Self, Disagreement> {
        let mut rebuilt = Self::new(&self.model.limits, self.model.enabled_wins);
        rebuilt.set_clock(self.now());
        let model = &self.model;
        let permissions = model.permissions.iter().cloned().map(Change::RestorePermission);
        let memberships = model.memberships.iter().cloned().map(Change::AddMembership);
        let users = model.users.keys().filter_map(|id| model.user(id)).map(Change::PutUser);
        let groups = model.groups.keys().filter_map(|id| model.group(id)).map(Change::PutGroup);
        let row = |((project, subscriber), enabled): (&(String, Subscriber), &bool)| Change::SetSubscription {
            project: project.clone(),
            subscriber: subscriber.clone(),
            enabled: *enabled,
        };
        let rows = model.rows.iter().map(row);
        let gates = model.gates.iter().map(|service| Change::SetGate { service: service.clone(), gated: true });
        let mut changes: Vec<Change> =
            permissions.chain(memberships).chain(users).chain(groups).chain(rows).chain(gates).collect();
        choices.shuffle(&mut changes);
        // What is registered is never forgotten; what the old engine forgot about, the new one need not know.
        rebuilt.apply(&ChangeSet::new(changes))?;
        Ok(rebuilt)
    }

    /// Every principal that anything is known of.
    pub(super) fn known_principals(&self) -> BTreeSet<Principal> {
        let model = &self.model;
        let mut known: BTreeSet<Principal> = model.permissions.iter().map(|found| found.principal.clone()).collect();
        known.extend(model.memberships.iter().flat_map(|found| [found.member.clone(), found.of.clone()]));
        known.extend(model.users.keys().map(Principal::user));
        known.extend(model.groups.keys().map(Principal::group));
        known.extend(model.rows.keys().filter_map(|(_, subscriber)| match subscriber {
            Subscriber::Project => None,
            Subscriber::Group(id) => Some(Principal::group(id)),
            Subscriber::User(id) => Some(Principal::user(id)),
        }));
        known
    }
}

/// The entries, those of neighbouring subscription rows in one order: of groups that are not above each other, either
/// may be asked first.
fn in_order(mut entries: Vec<AuditEntry>) -> Vec<AuditEntry> {
    let row = |entry: &AuditEntry| match &entry.effected {
        Effected::Subscription { project, subscriber, .. } => Some((project.clone(), subscriber.clone())),
        _ => None,
    };
    for rows in entries.chunk_by_mut(|a, b| row(a).is_some() == row(b).is_some()) {
        rows.sort_by_cached_key(row);
    }
    entries
}

/// The ids that the engine made for a change set, in order.
fn made_ids(set: &ChangeSet, entries: &[AuditEntry]) -> Vec<PermissionId> {
    let brought: BTreeSet<PermissionId> = set
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::RestorePermission(permission) => Some(permission.id),
            _ => None,
        })
        .collect();
    let added = entries.iter().filter_map(|entry| match &entry.effected {
        Effected::Permission { before: None, after: Some(after) } => Some(after.id),
        _ => None,
    });
    added.filter(|id| !brought.contains(id)).collect()
}
