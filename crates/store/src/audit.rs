//! The audit: what changed, by whom, when, what was before and after; found by an index.
//!
//! The log is the audit: an entry of it has everything. The index lags behind and is made in the background, so that a
//! write costs no more for it; a query looks at the part of the log that is not in it yet. It says only where to look:
//! what is found there is compared, and its checksum counts.

use std::collections::HashSet;

use grantrie::{Principal, PrincipalKind, Revision, Timestamp};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::about::{self, Topic};
use crate::error::{Doing, StoreError};
use crate::log::{self, Cause, Entry, number};
use crate::schema;
use crate::store::Store;

/// Entries that one transaction indexes at most.
const INDEXED: usize = 500;

/// Which entries of the audit to read. All that is set must hold; nothing set means all.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// About this principal: it was given, lost or is part of what changed.
    pub principal: Option<Principal>,
    /// In this namespace.
    pub namespace: Option<String>,
    /// Asked for by this actor.
    pub actor: Option<String>,
    /// After this entry: the last one of the page before.
    pub after: Option<AuditPlace>,
    /// How many at most (0: [`AuditQuery::PAGE`]).
    pub limit: usize,
}

impl AuditQuery {
    /// Entries on a page, where no limit is set.
    pub const PAGE: usize = 1_000;
}

/// Where an entry stands: the revision that shows it, and its place in the change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditPlace {
    /// The revision.
    pub revision: Revision,
    /// The place among the effects of the change set, from 0.
    pub index: usize,
}

/// One effective change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where it stands.
    pub place: AuditPlace,
    /// The engine's clock when it was applied.
    pub at: Timestamp,
    /// Who asked for it.
    pub actor: Option<String>,
    /// What it came through.
    pub origin: Option<String>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// Why it was made.
    pub cause: Cause,
    /// The change as one of a change file: JSON with one key, the operation, and what is there afterwards.
    pub change: String,
    /// What was before, as JSON; nothing if nothing was.
    pub before: Option<String>,
}

/// Some of the audit, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditPage {
    /// The entries.
    pub records: Vec<AuditRecord>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

impl Store {
    /// Reads the audit, oldest first, a page at a time.
    ///
    /// With a principal, a namespace, an actor or a time the work is in what it finds; what was written in the last moments
    /// is looked through.
    ///
    /// # Errors
    /// The file cannot be read, or an entry is not as it was written.
    pub fn audit(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        let connection = self.shared.connect()?;
        read(&connection, query)
    }
}

/// What an index is asked by: the kind of key, and the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Actor(String),
    Principal(String),
    Namespace(String),
}

impl Key {
    fn principal(kind: &str, id: &str) -> Self {
        Self::Principal(format!("{kind}:{id}"))
    }

    /// Kinds do not meet: each has a letter of its own.
    fn text(&self) -> String {
        match self {
            Self::Actor(actor) => format!("a{actor}"),
            Self::Principal(principal) => format!("p{principal}"),
            Self::Namespace(namespace) => format!("n{namespace}"),
        }
    }
}

/// Under which keys an entry is found, each once.
fn keys(entry: &Entry) -> impl Iterator<Item = Key> {
    let mut topics = HashSet::new();
    for (_, change, before) in entry.lines() {
        about::topics(change, before, |topic| {
            topics.insert(topic);
        });
    }
    let of_lines = topics.into_iter().map(|topic| match topic {
        Topic::Principal(kind, id) => Key::principal(&kind, &id),
        Topic::Namespace(namespace) => Key::Namespace(namespace.into_owned()),
    });
    entry.actor.iter().cloned().map(Key::Actor).chain(of_lines)
}

/// The page that a query asks for.
pub(crate) fn read(connection: &Connection, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let doing = "reading the audit";
    // One state of the file for all that follows.
    connection.execute_batch("BEGIN").doing(doing)?;
    let page = Reading::new(connection, query).and_then(Reading::read);
    connection.execute_batch("ROLLBACK").doing(doing)?;
    page
}

struct Reading<'a> {
    connection: &'a Connection,
    query: &'a AuditQuery,
    /// Revisions up to which the index knows.
    indexed: Revision,
    base: Revision,
    head: Revision,
    limit: usize,
    page: AuditPage,
}

impl<'a> Reading<'a> {
    fn new(connection: &'a Connection, query: &'a AuditQuery) -> Result<Self, StoreError> {
        let log::Ends { base, head, .. } = log::ends(connection)?;
        let (base, head) = (base.revision, head.revision);
        let indexed = indexed(connection)?.max(base);
        let limit = if query.limit == 0 { AuditQuery::PAGE } else { query.limit };
        Ok(Self { connection, query, indexed, base, head, limit, page: AuditPage::default() })
    }

    fn read(mut self) -> Result<AuditPage, StoreError> {
        let AuditQuery { since, until, after, .. } = self.query;
        let mut next = after.map_or(self.base.0.saturating_add(1), |place| place.revision.0);
        if let Some(since) = since {
            next = next.max(self.first_since(*since)?.0);
        }
        let end = match until {
            Some(until) => self.first_since(*until)?.0,
            None => self.head.0.saturating_add(1),
        };
        // The last revision that need not be looked at.
        let mut done = Revision(next.saturating_sub(1)).max(self.base);
        while let Some(next) = self.next_after(done)?.filter(|next| next.0 < end) {
            let before = Revision(next.0.saturating_sub(1));
            let missing = || StoreError::damaged(format!("revision {before} is missing"), self.base);
            let link = log::said_link(self.connection, before)?.ok_or_else(missing)?;
            let Some(entry) = log::entry(self.connection, &link)? else { break };
            self.take(&entry);
            if self.page.more {
                break;
            }
            done = next;
        }
        Ok(self.page)
    }

    /// The key that finds least, as far as one can tell without looking: a principal, an actor, a namespace.
    fn key(&self) -> Option<Key> {
        let AuditQuery { principal, actor, namespace, .. } = self.query;
        let principal = principal.as_ref().map(|principal| Key::principal(principal.kind.as_str(), &principal.id));
        let actor = actor.clone().map(Key::Actor);
        principal.or(actor).or_else(|| namespace.clone().map(Key::Namespace))
    }

    /// The next revision that may hold something.
    fn next_after(&self, done: Revision) -> Result<Option<Revision>, StoreError> {
        let Some(key) = self.key() else { return Ok(Some(Revision(done.0.saturating_add(1)))) };
        if done < self.indexed {
            let select = "SELECT min(revision) FROM audit_key WHERE key = ?1 AND revision > ?2 AND revision <= ?3";
            let doing = "reading the audit";
            let mut select = self.connection.prepare_cached(select).doing(doing)?;
            let bound = params![key.text(), number(done), number(self.indexed)];
            let found: Option<i64> = select.query_row(bound, |row| row.get(0)).doing(doing)?;
            if let Some(found) = found {
                return Ok(u64::try_from(found).ok().map(Revision));
            }
        }
        // What the index does not know yet is looked through.
        Ok(Some(Revision(done.max(self.indexed).0.saturating_add(1))))
    }

    /// The first revision from an instant on. Instants never go back along the log.
    fn first_since(&self, instant: Timestamp) -> Result<Revision, StoreError> {
        let (mut low, mut high) = (self.base.0.saturating_add(1), self.head.0.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            if log::instant(self.connection, Revision(middle))?.is_some_and(|at| at < instant) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(Revision(low))
    }

    /// Takes what the query asks for from an entry.
    fn take(&mut self, entry: &Entry) {
        let AuditQuery { since, until, principal, namespace, actor, after, .. } = self.query;
        let in_time = since.is_none_or(|since| since <= entry.at) && until.is_none_or(|until| entry.at < until);
        if !in_time || actor.as_ref().is_some_and(|actor| entry.actor.as_ref() != Some(actor)) {
            return;
        }
        for (index, change, before) in entry.lines() {
            let place = AuditPlace { revision: entry.link.revision, index };
            if after.is_some_and(|after| place <= after) {
                continue;
            }
            if principal.is_some() || namespace.is_some() {
                let (mut is_of, mut is_in) = (principal.is_none(), namespace.is_none());
                about::topics(change, before, |topic| match topic {
                    Topic::Principal(kind, id) => {
                        is_of |= principal.as_ref().is_some_and(|of| of.kind.as_str() == kind && of.id == id);
                    }
                    Topic::Namespace(found) => is_in |= namespace.as_ref().is_some_and(|namespace| *namespace == found),
                });
                if !(is_of && is_in) {
                    continue;
                }
            }
            if self.page.records.len() >= self.limit {
                self.page.more = true;
                return;
            }
            self.page.records.push(AuditRecord {
                place,
                at: entry.at,
                actor: entry.actor.clone(),
                origin: entry.origin.clone(),
                request_id: entry.request.clone(),
                cause: entry.cause,
                change: change.to_owned(),
                before: (before != "null").then(|| before.to_owned()),
            });
        }
    }
}

/// The revision up to which the index knows.
fn indexed(connection: &Connection) -> Result<Revision, StoreError> {
    let found = schema::meta(connection, "indexed").doing("reading the audit")?;
    Ok(Revision(found.and_then(|(revision, _)| u64::try_from(revision).ok()).unwrap_or(0)))
}

/// Brings the index on by some entries; answers whether there are more.
pub(crate) fn index(connection: &mut Connection) -> Result<bool, StoreError> {
    let doing = "indexing the audit";
    let known = |connection: &Connection| -> Result<Revision, StoreError> {
        Ok(indexed(connection)?.max(log::meta_link(connection, "base")?.revision))
    };
    // What takes long is done before the lock is taken, for which writers wait.
    let reading = connection.transaction().doing(doing)?;
    let done = known(&reading)?;
    let Some(link) = log::said_link(&reading, done)? else {
        return Err(StoreError::damaged(format!("revision {done} is missing"), done));
    };
    let (mut rows, mut count) = (Vec::new(), 0);
    let last = log::after(&reading, link, |entry| {
        let revision = number(entry.link.revision);
        rows.extend(keys(&entry).map(|key| (key.text(), revision)));
        count += 1;
        Ok(count < INDEXED)
    })?;
    if count == 0 {
        return Ok(false);
    }
    drop(reading);
    rows.sort_unstable();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    if known(&transaction)? != done {
        // Another was at it, or trimmed them.
        return Ok(true);
    }
    {
        let insert = "INSERT OR IGNORE INTO audit_key (key, revision) VALUES (?1, ?2)";
        let mut insert = transaction.prepare_cached(insert).doing(doing)?;
        for row in rows {
            insert.execute(row).doing(doing)?;
        }
    }
    schema::put_meta(&transaction, "indexed", number(last.revision), &[]).doing(doing)?;
    log::seal(&transaction, &last)?;
    transaction.commit().doing(doing)?;
    Ok(count >= INDEXED)
}

/// Takes an entry that is trimmed out of the index.
pub(crate) fn forget(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    let (doing, revision) = ("trimming the audit", number(entry.link.revision));
    let delete = "DELETE FROM audit_key WHERE key = ?1 AND revision = ?2";
    let mut delete = connection.prepare_cached(delete).doing(doing)?;
    for key in keys(entry) {
        delete.execute(params![key.text(), revision]).doing(doing)?;
    }
    Ok(())
}

/// Reads `KIND:ID`, a principal as the command line and the audit write it.
#[must_use]
pub fn parse_principal(text: &str) -> Option<Principal> {
    let (kind, id) = text.split_once(':')?;
    let kind: PrincipalKind = kind.parse().ok()?;
    Some(Principal { kind, id: id.to_owned() })
}
