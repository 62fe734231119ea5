//! What changes a store, and with it the ledger.

use std::collections::BTreeSet;

use grantrie::{Change, ChangeSet, Code, Effected, PermissionId, Revision};
use grantrie_store::{AuditPlace, AuditQuery, Cause, Origin, StoreError};
use grantrie_testkit::history;

use crate::audited;
use crate::ledger::Made;
use crate::life::{Life, Lived, failed, same, unexpected};

impl Life<'_> {
    pub(crate) fn apply(&mut self) -> Lived {
        let writer = self.writer()?;
        let set = history::change_set(&mut self.choices, self.ledger.newest());
        let origin = Origin {
            origin: self.choices.percent(30).then(|| "test".to_owned()),
            request_id: self.choices.percent(30).then(|| format!("r{}", self.ledger.head())),
        };
        self.tell(format!("apply {} changes by {writer}", set.changes.len()));
        let store = &self.handles[writer].store;
        let way = self.choices.below(3);
        let (cause, origin, applied) = match way {
            0 => (Cause::Change, origin.clone(), store.apply_from(set.clone(), origin)),
            1 => (Cause::Import, origin.clone(), store.import(set.clone(), origin)),
            _ => {
                let applied = store.engine().apply(set.clone()).map_err(StoreError::Refused);
                (Cause::Change, Origin::default(), applied)
            }
        };
        let before = self.ledger.head();
        let mut made = self.ids_made(writer, &set, before)?.into_iter();
        let mut next = self.ledger.newest().as_ref().clone();
        let expected = next.apply(&set, &mut || made.next().unwrap_or(PermissionId::from_u128(0)), self.now());
        next.audit.clear();
        let sorted = |mut codes: Vec<Code>| {
            codes.sort_unstable_by_key(|code| code.number());
            codes
        };
        let found = match applied {
            Ok(revision) => Ok(revision),
            Err(StoreError::Refused(refused)) => {
                Err(sorted(refused.problems().iter().map(|problem| problem.code).collect()))
            }
            Err(other) => return Err(unexpected(format!("apply {set:?}"), other)),
        };
        let expected = expected.map_err(sorted);
        let revision = expected.as_ref().map(|_| next.revision).map_err(Clone::clone);
        same(&found, &revision, || format!("apply {set:?}"))?;
        match expected {
            Ok(effects) if !effects.is_empty() => {
                self.tally.applied += 1;
                let at = self.now().max(self.ledger.latest());
                self.ledger.push(Made { at, actor: set.actor, origin, cause, effects }, next);
            }
            Ok(_) => {}
            Err(_) => self.tally.refused += 1,
        }
        // Whoever writes shows first what others wrote.
        self.handles[writer].shows = self.ledger.head();
        let newest = AuditQuery { after: Some(after(before)), ..AuditQuery::default() };
        let count =
            audited::read(&self.handles[writer].store, &newest).map_err(failed("the newest of the audit"))?.len();
        let expected = if self.ledger.head() > before { self.ledger.made(before + 1).effects.len() } else { 0 };
        same(&count, &expected, || "entries that a change set left".to_owned())
    }

    /// The ids that the store made for a change set: the model is given the same.
    fn ids_made(&self, writer: usize, set: &ChangeSet, before: u64) -> Lived<Vec<PermissionId>> {
        let brought: BTreeSet<String> = set
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::RestorePermission(permission) => Some(permission.id.to_string()),
                _ => None,
            })
            .collect();
        let query = AuditQuery { after: Some(after(before)), ..AuditQuery::default() };
        let records = audited::read(&self.handles[writer].store, &query).map_err(failed("the newest of the audit"))?;
        let added = records.iter().filter(|record| record.before.is_none()).filter_map(|record| {
            let (_, rest) = record.change.split_once("{\"restore_permission\":{\"_id\":\"")?;
            rest.split('"').next()
        });
        let made = added.filter(|id| !brought.contains(*id)).map(str::parse::<PermissionId>);
        made.collect::<Result<_, _>>().map_err(|error| unexpected("an id in the audit", error))
    }

    pub(crate) fn purge(&mut self) -> Lived {
        let writer = self.writer()?;
        let step = 1 + self.choices.below(4);
        self.tell(format!("{writer} purges by {step}"));
        let (before, now) = (self.ledger.head(), self.now());
        let purged = self.handles[writer].store.purge_expired(step).map_err(failed("purge"))?;
        let due = |world: &grantrie_testkit::model::Model| {
            world.permissions.iter().filter(|found| found.expires_at.is_some_and(|end| end <= now)).count()
        };
        same(&purged, &due(self.ledger.newest()), || "how many were purged".to_owned())?;
        self.tally.purged += purged as u64;
        // Which comes first is the store's choice.
        let query = AuditQuery { after: Some(after(before)), ..AuditQuery::default() };
        let records = audited::read(&self.handles[writer].store, &query).map_err(failed("the audit of a purge"))?;
        for of_one in records.chunk_by(|a, b| a.place.revision == b.place.revision) {
            let ids = of_one.iter().filter_map(|record| {
                record.change.strip_prefix("{\"remove_permission\":\"")?.strip_suffix("\"}")?.parse().ok()
            });
            let set: ChangeSet = ids.map(Change::RemovePermission).collect();
            same(&(set.changes.len(), true), &(of_one.len(), of_one.len() <= step), || "a step of a purge".to_owned())?;
            let mut next = self.ledger.newest().as_ref().clone();
            let effects = next
                .apply(&set, &mut || PermissionId::from_u128(0), now)
                .map_err(|codes| unexpected("what was purged", format!("{codes:?}")))?;
            next.audit.clear();
            let at = now.max(self.ledger.latest());
            let made = Made { at, actor: None, origin: Origin::default(), cause: Cause::Expiry, effects };
            let expired = |effect: &Effected| {
                matches!(effect, Effected::Permission { before: Some(before), after: None }
                    if before.expires_at.is_some_and(|end| end <= now))
            };
            same(&made.effects.iter().all(expired), &true, || "only what expired is purged".to_owned())?;
            self.ledger.push(made, next);
        }
        same(&due(self.ledger.newest()), &0, || "what is left of the expired".to_owned())?;
        self.handles[writer].shows = self.ledger.head();
        self.audit(writer, &query)
    }
}

/// The place after all entries of a revision.
fn after(revision: u64) -> AuditPlace {
    AuditPlace { revision: Revision(revision), index: usize::MAX }
}
