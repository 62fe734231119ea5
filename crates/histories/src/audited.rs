//! The audit, compared with the ledger: every entry there, in order, with what was before and after, by every query.

use std::collections::BTreeSet;

use grantrie::{ChangeSet, Effected, Principal, PrincipalKind, Revision, Subscriber, changes_json, permission_json};
use grantrie_store::{AuditPlace, AuditQuery, AuditRecord, Store, StoreError};
use grantrie_testkit::Choices;
use grantrie_testkit::differential::Disagreement;
use grantrie_testkit::history::{IDS, NAMESPACES, instant};

use crate::ledger::Ledger;

/// Everything that a query finds, page by page.
pub(crate) fn read(store: &Store, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
    let (mut found, mut query) = (Vec::new(), query.clone());
    loop {
        let page = store.audit(&query)?;
        query.after = page.records.last().map(|record| record.place);
        found.extend(page.records);
        if !page.more {
            return Ok(found);
        }
    }
}

/// A query that finds something now and then.
pub(crate) fn query(choices: &mut Choices<'_>) -> AuditQuery {
    let mut query = AuditQuery { limit: *choices.pick(&[0, 1, 3]), ..AuditQuery::default() };
    if choices.percent(50) {
        let kind = *choices.pick(&PrincipalKind::ALL);
        query.principal = Some(Principal { kind, id: (*choices.pick_skewed(&IDS)).to_owned() });
    }
    if choices.percent(25) {
        query.namespace = Some((*choices.pick(&NAMESPACES)).to_owned());
    }
    if choices.percent(25) {
        query.actor = Some("auditor".to_owned());
    }
    query.since = choices.percent(25).then(|| instant(choices));
    query.until = choices.percent(25).then(|| instant(choices));
    query
}

/// An effect as the audit must tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    change: String,
    /// Where it is a permission; else only whether there was anything.
    before: Result<Option<String>, bool>,
}

impl Line {
    fn expected(effect: &Effected) -> Self {
        let file = changes_json(&ChangeSet::new(vec![effect.to_change()]));
        let change = file.lines().nth(1).unwrap_or_default().to_owned();
        let before = match effect {
            Effected::Permission { before, .. } => Ok(before.as_ref().map(permission_json)),
            Effected::User { before, .. } => Err(before.is_some()),
            Effected::Group { before, .. } => Err(before.is_some()),
            Effected::Subscription { before, .. } => Err(before.is_some()),
            _ => Err(true),
        };
        Self { change, before }
    }

    fn found(record: &AuditRecord, like: &Self) -> Self {
        let before = if like.before.is_ok() { Ok(record.before.clone()) } else { Err(record.before.is_some()) };
        Self { change: record.change.clone(), before }
    }
}

/// Compares what a query finds with what the ledger says that it must.
pub(crate) fn compare(store: &Store, query: &AuditQuery, ledger: &Ledger) -> Result<usize, Disagreement> {
    let failed = |error: StoreError| Disagreement {
        what: format!("the audit by {query:?}"),
        engine: error.to_string(),
        model: "no error".to_owned(),
    };
    let found = read(store, query).map_err(failed)?;
    let mut found = found.as_slice();
    let mut count = 0;
    for revision in ledger.base + 1..=ledger.head() {
        let made = ledger.made(revision);
        let in_time =
            query.since.is_none_or(|since| since <= made.at) && query.until.is_none_or(|until| made.at < until);
        let asked = in_time && query.actor.as_ref().is_none_or(|actor| made.actor.as_ref() == Some(actor));
        let of_it = found.iter().take_while(|record| record.place.revision == Revision(revision)).count();
        let (records, rest) = found.split_at(of_it);
        found = rest;
        // Rows of groups that are not above each other may change in either order: those are compared as sets.
        let later = |index| query.after.is_none_or(|after| AuditPlace { revision: Revision(revision), index } > after);
        let wanted = |(index, effect): &(usize, &Effected)| asked && later(*index) && is_about(effect, query);
        let wanted: Vec<(usize, &Effected)> = made.effects.iter().enumerate().filter(wanted).collect();
        let what = || format!("revision {revision} in the audit by {query:?}");
        same(&records.len(), &wanted.len(), what)?;
        let mut pairs: Vec<(Line, Line)> = Vec::new();
        for (record, (index, effect)) in records.iter().zip(&wanted) {
            let heading = (record.at, &record.actor, &record.origin, &record.request_id, record.cause);
            let expected = (made.at, &made.actor, &made.origin.origin, &made.origin.request_id, made.cause);
            same(&heading, &expected, what)?;
            if !is_row(effect) {
                same(&record.place, &AuditPlace { revision: Revision(revision), index: *index }, what)?;
            }
            let line = Line::expected(effect);
            pairs.push((Line::found(record, &line), line));
        }
        let mut at = 0;
        for run in wanted.chunk_by(|(_, a), (_, b)| is_row(a) && is_row(b)) {
            let run = &pairs[at..at + run.len()];
            at += run.len();
            let side = |pick: fn(&(Line, Line)) -> &Line| -> Vec<Line> {
                let mut lines: Vec<Line> = run.iter().map(pick).cloned().collect();
                lines.sort_unstable();
                lines
            };
            same(&side(|pair| &pair.0), &side(|pair| &pair.1), what)?;
            count += run.len();
        }
    }
    same(&found.len(), &0, || format!("entries of no revision in the audit by {query:?}"))?;
    Ok(count)
}

fn same<T: PartialEq + std::fmt::Debug>(
    store: &T,
    model: &T,
    what: impl FnOnce() -> String,
) -> Result<(), Disagreement> {
    Disagreement::unless_equal(store, model, what)
}

fn is_row(effect: &Effected) -> bool {
    matches!(effect, Effected::Subscription { .. })
}

fn is_about(effect: &Effected, query: &AuditQuery) -> bool {
    let (principals, namespaces) = about(effect);
    query.principal.as_ref().is_none_or(|principal| principals.contains(principal))
        && query.namespace.as_ref().is_none_or(|namespace| namespaces.contains(namespace))
}

/// Whom and which namespaces an effect is about: who holds, is a member, is a group of members, is listed, or has a row.
fn about(effect: &Effected) -> (BTreeSet<Principal>, BTreeSet<String>) {
    let (mut principals, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
    match effect {
        Effected::Permission { before, after } => {
            for permission in before.iter().chain(after) {
                principals.insert(permission.principal.clone());
                namespaces.insert(permission.namespace.clone());
            }
        }
        Effected::User { before, after } => {
            principals.extend(before.iter().chain(after).map(|user| Principal::user(&user.user_id)));
        }
        Effected::Group { before, after } => {
            principals.extend(before.iter().chain(after).map(|group| Principal::group(&group.group_id)));
        }
        Effected::Membership { membership, .. } => {
            principals.extend([membership.member.clone(), membership.of.clone()]);
        }
        Effected::PrincipalRemoved { principal, permissions, memberships, .. } => {
            principals.insert(principal.clone());
            principals.extend(memberships.iter().flat_map(|edge| [edge.member.clone(), edge.of.clone()]));
            namespaces.extend(permissions.iter().map(|permission| permission.namespace.clone()));
        }
        Effected::Subscription { subscriber, .. } => match subscriber {
            Subscriber::Project => {}
            Subscriber::Group(id) => drop(principals.insert(Principal::group(id))),
            Subscriber::User(id) => drop(principals.insert(Principal::user(id))),
        },
        Effected::Gate { .. } => {}
        other => panic!("an effect that this does not know: {other:?}"),
    }
    (principals, namespaces)
}
