//! Audit entries on their way to the host.

use std::sync::{Mutex, MutexGuard, PoisonError};

use grantrie::{
    AuditEntry, Change, ChangeSet, Effected, Permission, Principal, PrincipalKind, Subscriber, changes_json,
};
use serde_json::{Value, json};

/// Entries that the host has not taken yet, in the order of revisions.
///
/// The engine calls its audit while other writers wait, and a host's function may take its time, need a lock of the host's,
/// or apply a change itself: so entries wait here until `apply` is done.
#[derive(Debug, Default)]
pub struct AuditQueue(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<AuditEntry>,
    taken: bool,
}

impl AuditQueue {
    pub(crate) fn push(&self, entries: &[AuditEntry]) {
        self.lock().waiting.extend_from_slice(entries);
    }

    /// Hands every waiting entry, as JSON, to the host: `{"revision", "at", "actor"?, "change", "before"}`. `change` is as in
    /// a change file; `before` lists the changes that would bring back what was there.
    ///
    /// If another thread is at it already, that one hands over these too: entries keep their order.
    pub fn hand_over(&self, mut to_host: impl FnMut(String)) {
        /// Leaves the queue to the next, whatever becomes of the host's function.
        struct Taking<'a>(&'a AuditQueue);
        impl Drop for Taking<'_> {
            fn drop(&mut self) {
                self.0.lock().taken = false;
            }
        }
        loop {
            let entries = {
                let mut queue = self.lock();
                if queue.taken || queue.waiting.is_empty() {
                    return;
                }
                queue.taken = true;
                std::mem::take(&mut queue.waiting)
            };
            let _taking = Taking(self);
            to_host(Value::from_iter(entries.iter().map(entry)).to_string());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(AuditEntry { revision, at, actor, effected }: &AuditEntry) -> Value {
    let change = written(vec![effected.to_change()]).pop();
    let mut entry = json!({
        "revision": revision.0,
        "at": at.to_string(),
        "change": change,
        "before": written(before(effected)),
    });
    if let (Some(actor), Some(keys)) = (actor, entry.as_object_mut()) {
        keys.insert("actor".to_owned(), json!(actor));
    }
    entry
}

/// Changes as in a change file.
fn written(changes: Vec<Change>) -> Vec<Value> {
    let file: Value = serde_json::from_str(&changes_json(&ChangeSet::new(changes))).unwrap_or_default();
    file["changes"].as_array().cloned().unwrap_or_default()
}

/// The changes that make what was there.
fn before(effected: &Effected) -> Vec<Change> {
    let restored = |permission: &Permission| Change::RestorePermission(permission.clone());
    match effected.clone() {
        Effected::Permission { before, .. } => before.iter().map(restored).collect(),
        Effected::User { before, .. } => before.map(Change::PutUser).into_iter().collect(),
        Effected::Group { before, .. } => before.map(Change::PutGroup).into_iter().collect(),
        Effected::Membership { membership, present: true } => vec![Change::RemoveMembership(membership)],
        Effected::Membership { membership, present: false } => vec![Change::AddMembership(membership)],
        Effected::PrincipalRemoved { principal, permissions, memberships, subscriptions } => {
            let rows = subscriptions.into_iter().filter_map(|(project, enabled)| {
                Some(Change::SetSubscription { project, subscriber: subscriber(&principal)?, enabled })
            });
            let edges = memberships.into_iter().map(Change::AddMembership);
            permissions.iter().map(restored).chain(edges).chain(rows).collect()
        }
        Effected::Subscription { project, subscriber, before: Some(enabled), .. } => {
            vec![Change::SetSubscription { project, subscriber, enabled }]
        }
        Effected::Subscription { project, subscriber, before: None, .. } => {
            vec![Change::ClearSubscription { project, subscriber }]
        }
        Effected::Gate { service, gated } => vec![Change::SetGate { service, gated: !gated }],
        _ => Vec::new(),
    }
}

fn subscriber(principal: &Principal) -> Option<Subscriber> {
    match principal.kind {
        PrincipalKind::User => Some(Subscriber::User(principal.id.clone())),
        PrincipalKind::UserGroup => Some(Subscriber::Group(principal.id.clone())),
        PrincipalKind::PermProfile => None,
    }
}
