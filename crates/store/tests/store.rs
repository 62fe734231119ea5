//! What a store promises, one thing at a time.

mod common;

use std::time::Duration;

use common::{Directory, count, grant, grants, may, open, world};
use grantrie::{Change, ChangeSet, Code, Principal, Revision, Timestamp};
use grantrie_store::{Options, State, StoreError};

#[test]
fn what_was_applied_is_there_when_it_is_opened_again() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, recovery) = open(&path).unwrap();
    assert!(recovery.created && recovery.revision == Revision(0));
    for n in 0..20 {
        assert_eq!(store.apply(grant("ann", &format!("a:b:{n}"))).unwrap(), Revision(n + 1));
    }
    assert_eq!(store.apply(grant("ann", "a:b:3")).unwrap(), Revision(20), "no effect, no revision");
    let engine = store.engine();
    assert_eq!(engine.apply(Change::RemovePrincipal(Principal::user("ann"))).unwrap(), Revision(21));
    store.apply(grant("bob", "a:b:*")).unwrap();
    let before = world(&store);
    drop(store);
    assert!(may(&engine, "bob", "a:b:1"), "it answers on");
    assert_eq!(engine.apply(grant("bob", "a:c:*")).unwrap_err().problems()[0].code, Code::StoreClosed);

    let (store, recovery) = open(&path).unwrap();
    assert_eq!((recovery.created, recovery.replayed, recovery.revision), (false, 22, Revision(22)));
    assert_eq!(world(&store), before);
    assert!(!may(&store, "ann", "a:b:3") && may(&store, "bob", "a:b:3"));
}

#[test]
fn a_snapshot_spares_the_replay() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, _) = open(&path).unwrap();
    for n in 0..30 {
        store.apply(grant(&format!("u{n}"), "a:b:*")).unwrap();
        if n == 19 {
            assert_eq!(store.compact().unwrap().snapshot, Some(Revision(20)));
        }
    }
    assert_eq!(store.compact().unwrap().snapshot, Some(Revision(30)));
    assert_eq!(store.compact().unwrap().snapshot, None, "there is one already");
    store.apply(grant("late", "a:b:*")).unwrap();
    let before = world(&store);
    drop(store);
    let (store, recovery) = open(&path).unwrap();
    assert_eq!((recovery.snapshot, recovery.replayed), (Some(Revision(30)), 1));
    assert_eq!(world(&store), before);
}

#[test]
fn the_log_is_trimmed_and_the_chain_goes_on() {
    let directory = Directory::new();
    let path = directory.file("world");
    let clock = |seconds| move || Timestamp::from_seconds(seconds).unwrap();
    let options =
        |seconds| Options::default().follow(None).clock(clock(seconds)).retention(Some(Duration::from_secs(100)));
    let (store, _) = grantrie_store::open(&path, options(1_000)).unwrap();
    grants(&store, "old", 5);
    drop(store);
    let (store, _) = grantrie_store::open(&path, options(1_200)).unwrap();
    grants(&store, "new", 5);
    assert_eq!(store.compact().unwrap().trimmed, 5);
    let before = world(&store);
    store.apply(grant("newer", "a:b:c")).unwrap();
    drop(store);
    let (store, recovery) = grantrie_store::open(&path, options(1_200)).unwrap();
    assert_eq!((recovery.snapshot, recovery.replayed), (Some(Revision(10)), 1));
    assert_ne!(world(&store), before);
    assert_eq!(count(&store), 11);
}

#[test]
fn a_refused_set_leaves_nothing_and_those_of_its_group_stay() {
    let directory = Directory::new();
    let (store, _) = open(&directory.file("world")).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..10 {
                    let good = grant(&format!("u{writer}"), &format!("a:b:{n}"));
                    let cycle = ["x", "y"].map(|id| grantrie::Membership {
                        member: Principal::group(id),
                        of: Principal::group(if id == "x" { "y" } else { "x" }),
                    });
                    let [first, second] = cycle.map(Change::AddMembership);
                    let bad = ChangeSet::new(vec![grant("nobody", "a:b:c"), first, second]);
                    assert!(matches!(store.apply(bad), Err(StoreError::Refused(_))));
                    store.apply(good).unwrap();
                }
            });
        }
    });
    assert_eq!((store.revision(), count(&store)), (Revision(80), 80));
    assert!(!may(&store, "nobody", "a:b:c"));
    let before = world(&store);
    let path = store.path().to_owned();
    drop(store);
    assert_eq!(world(&open(&path).unwrap().0), before);
}

#[test]
fn other_handles_follow_and_none_writes_over_another() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (one, _) = open(&path).unwrap();
    let (two, _) = open(&path).unwrap();
    let (reader, _) = grantrie_store::open(&path, Options::default().read_only(true).follow(None)).unwrap();
    one.apply(grant("ann", "a:b:1")).unwrap();
    assert!(!may(&two, "ann", "a:b:1"));
    assert_eq!(two.refresh().unwrap(), Revision(1));
    assert!(may(&two, "ann", "a:b:1"));
    assert_eq!(two.apply(grant("ann", "a:b:2")).unwrap(), Revision(2));
    assert_eq!(one.apply(grant("ann", "a:b:3")).unwrap(), Revision(3), "it caught up first");
    assert!(may(&one, "ann", "a:b:2"));
    assert_eq!(reader.wait_for(Revision(3), Duration::from_secs(5)).unwrap(), Revision(3));
    assert_eq!(world(&reader), world(&one));
    let late = reader.wait_for(Revision(4), Duration::from_millis(20));
    assert!(matches!(late, Err(StoreError::Awaited { .. })), "{late:?}");
    assert!(matches!(reader.apply(grant("ann", "a:b:4")), Err(StoreError::ReadOnly { .. })));
    assert_eq!((reader.state(), one.state()), (State::ReadOnly, State::Ready));
}

#[test]
fn a_slow_writer_of_another_process_holds_up_neither_checks_nor_readers() {
    let directory = Directory::new();
    let path = directory.file("world");
    let options = || Options::default().follow(None).wait(Duration::from_millis(60));
    let (store, _) = grantrie_store::open(&path, options()).unwrap();
    let (reader, _) = grantrie_store::open(&path, options().read_only(true)).unwrap();
    store.apply(grant("ann", "a:b:1")).unwrap();
    let slow = rusqlite::Connection::open(&path).unwrap();
    slow.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = store.apply(grant("ann", "a:b:2"));
    assert!(matches!(busy, Err(StoreError::Busy { waited }) if waited == Duration::from_millis(60)), "{busy:?}");
    assert!(matches!(store.state(), State::Failing(_)), "{:?}", store.state());
    assert!(may(&store, "ann", "a:b:1") && !may(&store, "ann", "a:b:2"));
    assert_eq!(reader.refresh().unwrap(), Revision(1));
    assert_eq!(store.audit(&grantrie_store::AuditQuery::default()).unwrap().records.len(), 1);
    slow.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.apply(grant("ann", "a:b:2")).unwrap(), Revision(2));
    assert_eq!(store.state(), State::Ready);
}

#[test]
fn who_waits_for_a_revision_waits_no_longer_than_asked_while_a_write_hangs() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, _) = grantrie_store::open(&path, Options::default().follow(None)).unwrap();
    store.apply(grant("ann", "a:b:1")).unwrap();
    let slow = rusqlite::Connection::open(&path).unwrap();
    slow.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let hangs = scope.spawn(|| store.apply(grant("ann", "a:b:2")));
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(store.wait_for(Revision(1), Duration::ZERO).unwrap(), Revision(1));
        let begun = std::time::Instant::now();
        let late = store.wait_for(Revision(2), Duration::from_millis(20));
        assert!(matches!(late, Err(StoreError::Awaited { .. })), "{late:?}");
        assert!(begun.elapsed() < Duration::from_secs(2) && !hangs.is_finished(), "{:?}", begun.elapsed());
        slow.execute_batch("ROLLBACK").unwrap();
        assert_eq!(store.wait_for(Revision(2), Duration::from_secs(10)).unwrap(), Revision(2));
        hangs.join().unwrap().unwrap();
    });
}

#[test]
fn the_chain_survives_trimming() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, _) =
        grantrie_store::open(&path, Options::default().follow(None).retention(Some(Duration::ZERO))).unwrap();
    grants(&store, "ann", 7);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(store.compact().unwrap().trimmed, 7);
    grants(&store, "bob", 5);
    drop(store);
    let report = grantrie_store::verify(&path, |_, _| {}).unwrap();
    assert_eq!((report.base, report.entries, report.damages.len()), (Revision(7), 5, 0), "{report:?}");
    let query =
        |user: &str| grantrie_store::AuditQuery { principal: Some(Principal::user(user)), ..Default::default() };
    let (store, _) = open(&path).unwrap();
    assert_eq!(store.audit(&query("bob")).unwrap().records.len(), 5);
    assert_eq!(store.audit(&query("ann")).unwrap().records.len(), 0, "trimmed");
    assert!(may(&store, "ann", "a:b:6"), "what was granted stays");
    let extent = store.extent().unwrap();
    assert_eq!((extent.base, extent.head, extent.snapshot), (Revision(7), Revision(12), Some(Revision(7))));
    drop(store);
    // What was trimmed still counts for what is left: the first entry follows from it.
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("UPDATE meta SET bytes = zeroblob(32) WHERE key = 'base'", [])
        .unwrap();
    let report = grantrie_store::verify(&path, |_, _| {}).unwrap();
    assert_eq!(report.damages[0].last_good, Revision(7), "{report:?}");
}

#[test]
fn a_follower_that_slept_over_a_trim_takes_the_snapshot() {
    let directory = Directory::new();
    let path = directory.file("world");
    let options = || Options::default().follow(None).retention(Some(Duration::ZERO));
    let (one, _) = grantrie_store::open(&path, options()).unwrap();
    let (two, _) = open(&path).unwrap();
    grants(&one, "ann", 20);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(one.compact().unwrap().trimmed, 20);
    one.apply(grant("bob", "a:b:c")).unwrap();
    assert_eq!(two.refresh().unwrap(), Revision(21));
    assert_eq!(world(&two), world(&one));
}

#[test]
fn in_the_background_it_follows_and_compacts() {
    let directory = Directory::new();
    let path = directory.file("world");
    let options = || Options::default().follow(Some(Duration::from_millis(10))).compact_after(10);
    let (one, _) = grantrie_store::open(&path, options()).unwrap();
    let (two, _) = grantrie_store::open(&path, options()).unwrap();
    grants(&one, "ann", 50);
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while two.engine().revision() < Revision(50) {
        assert!(std::time::Instant::now() < until, "{:?} {:?}", two.state(), two.revision());
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(1_200));
    drop((one, two));
    let (_, recovery) = open(&path).unwrap();
    assert!(recovery.snapshot.is_some(), "{recovery:?}");
}

#[test]
fn what_is_no_store_is_said_to_be_none() {
    let directory = Directory::new();
    let text = directory.file("text");
    std::fs::write(&text, "not a database, but long enough to have a header".repeat(100)).unwrap();
    assert!(matches!(open(&text), Err(StoreError::NotAStore { .. })));
    let foreign = directory.file("foreign");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(open(&foreign), Err(StoreError::NotAStore { .. })));
    assert!(matches!(open(&directory.file("no/such/place")), Err(StoreError::Io { .. })));
    let absent = grantrie_store::open(directory.file("absent"), Options::default().create(false));
    assert!(matches!(absent, Err(StoreError::Io { .. })), "{absent:?}");
    assert!(matches!(open(&directory.file("")), Err(StoreError::NotAStore { .. })));

    let later = directory.file("later");
    drop(open(&later).unwrap());
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(open(&later), Err(StoreError::TooNew { found: 99, .. })));
}

#[test]
fn an_entry_that_was_changed_is_found_and_nothing_is_repaired() {
    let directory = Directory::new();
    let path = directory.file("world");
    let (store, _) = open(&path).unwrap();
    grants(&store, "ann", 5);
    drop(store);
    let edits = [
        "UPDATE log SET changes = CAST(replace(changes, 'READ', 'EDIT') AS BLOB) WHERE revision = 3",
        "UPDATE log SET actor = 'me' WHERE revision = 3",
        "UPDATE log SET at = at + 1 WHERE revision = 3",
        "DELETE FROM log WHERE revision = 3",
        "UPDATE log SET changes = NULL WHERE revision = 3",
    ];
    for edit in edits {
        let copy = directory.file("copy");
        std::fs::copy(&path, &copy).unwrap();
        assert_eq!(rusqlite::Connection::open(&copy).unwrap().execute(edit, []).unwrap(), 1, "{edit}");
        match open(&copy) {
            Err(StoreError::Damaged(damage)) => assert_eq!(damage.last_good, Revision(2), "{edit}: {damage}"),
            other => panic!("{edit}: {other:?}"),
        }
    }
    let copy = directory.file("copy");
    std::fs::copy(&path, &copy).unwrap();
    rusqlite::Connection::open(&copy).unwrap().execute("DELETE FROM log WHERE revision = 5", []).unwrap();
    assert!(matches!(open(&copy), Err(StoreError::Damaged(damage)) if damage.last_good == Revision(4)));
}

#[test]
fn what_expired_is_removed_in_steps() {
    let directory = Directory::new();
    let (store, _) = open(&directory.file("world")).unwrap();
    let expired = (0..25).map(|n| match grant("ann", &format!("a:b:{n}")) {
        Change::UpsertPermission(mut draft) => {
            draft.expires_at = Timestamp::from_seconds(1_000);
            Change::UpsertPermission(draft)
        }
        other => other,
    });
    store.apply(expired.chain([grant("ann", "a:c:*")]).collect::<ChangeSet>()).unwrap();
    assert_eq!(store.purge_expired(10).unwrap(), 25);
    assert_eq!((count(&store), store.revision()), (1, Revision(4)));
    let after = Some(grantrie_store::AuditPlace { revision: Revision(1), index: usize::MAX });
    let purged = store.audit(&grantrie_store::AuditQuery { after, ..Default::default() }).unwrap().records;
    assert_eq!(purged.len(), 25);
    assert!(purged.iter().all(|record| record.cause == grantrie_store::Cause::Expiry && record.actor.is_none()));
    assert!(purged.iter().all(|record| record.before.as_ref().is_some_and(|before| before.contains("_expiresAt"))));
}

#[test]
fn the_audit_is_found_by_whom_by_what_and_by_when() {
    use grantrie_store::{AuditQuery, Cause, Origin};
    let directory = Directory::new();
    let seconds = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(1_000));
    let hand = std::sync::Arc::clone(&seconds);
    let clock = move || Timestamp::from_seconds(hand.fetch_add(1, std::sync::atomic::Ordering::Relaxed)).unwrap();
    let options = Options::default().follow(None).clock(clock);
    let (store, _) = grantrie_store::open(directory.file("world"), options).unwrap();
    let origin = |n: u32| Origin { origin: Some("test".to_owned()), request_id: Some(format!("r{n}")) };
    for n in 0..20 {
        let actor = if n % 2 == 0 { "even" } else { "odd" };
        let set =
            ChangeSet::new(vec![grant(&format!("u{}", n % 5), &format!("a:b:{n}")), grant("all", &format!("a:b:{n}"))]);
        store.apply_from(set.by(actor), origin(n)).unwrap();
        if n == 12 {
            store.compact().unwrap(); // indexed up to here
        }
    }
    let read = |query: AuditQuery| store.audit(&query).unwrap().records;
    assert_eq!(read(AuditQuery::default()).len(), 40);
    assert_eq!(read(AuditQuery { actor: Some("odd".to_owned()), ..AuditQuery::default() }).len(), 20);
    let u3 = read(AuditQuery { principal: Some(Principal::user("u3")), ..AuditQuery::default() });
    assert_eq!(u3.iter().map(|record| record.place.revision.0).collect::<Vec<_>>(), [4, 9, 14, 19]);
    assert_eq!(
        (u3[0].request_id.as_deref(), u3[0].origin.as_deref(), u3[0].cause),
        (Some("r3"), Some("test"), Cause::Change)
    );
    assert!(u3[0].change.starts_with("{\"restore_permission\"") && u3[0].before.is_none());
    let odd_u3 =
        AuditQuery { principal: Some(Principal::user("u3")), actor: Some("odd".to_owned()), ..AuditQuery::default() };
    assert_eq!(read(odd_u3).len(), 2);
    assert_eq!(read(AuditQuery { namespace: Some("n".to_owned()), ..AuditQuery::default() }).len(), 40);
    assert_eq!(read(AuditQuery { namespace: Some("m".to_owned()), ..AuditQuery::default() }).len(), 0);
    let (fifth, ninth) = (read(AuditQuery::default())[8].at, read(AuditQuery::default())[16].at);
    let between = AuditQuery { since: Some(fifth), until: Some(ninth), ..AuditQuery::default() };
    assert_eq!(read(between).len(), 8);

    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.audit(&AuditQuery { after, limit: 7, ..AuditQuery::default() }).unwrap();
        after = page.records.last().map(|record| record.place);
        paged.extend(page.records);
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, read(AuditQuery::default()));

    store.apply(grant("u1", "a:b:1")).unwrap(); // no effect
    assert_eq!(read(AuditQuery::default()).len(), 40);
    store.apply(Change::RemovePrincipal(Principal::user("u1"))).unwrap();
    let last = read(AuditQuery { principal: Some(Principal::user("u1")), ..AuditQuery::default() }).pop().unwrap();
    assert!(last.before.unwrap().contains("a:b:16"), "what was removed is told");
}

#[test]
fn who_opens_or_verifies_while_others_write_finds_nothing_wrong() {
    let directory = Directory::in_memory();
    let path = directory.file("world");
    let (store, _) = open(&path).unwrap();
    std::thread::scope(|scope| {
        let writing =
            scope.spawn(|| (0..2_000).for_each(|n| _ = store.apply(grant("ann", &format!("a:b:{n}"))).unwrap()));
        while !writing.is_finished() {
            drop(grantrie_store::open(&path, Options::default().follow(None).read_only(true)).unwrap());
            assert_eq!(grantrie_store::verify(&path, |_, _| {}).unwrap().damages, []);
        }
    });
}

#[test]
fn a_store_of_an_earlier_format_is_brought_to_this_one() {
    for (format, replayed) in [(1, 2), (2, 1)] {
        let directory = Directory::new();
        let path = directory.file("world");
        let kept = format!("{}/tests/data/format-{format}.grantrie", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(kept, &path).unwrap();
        assert_eq!(grantrie_store::verify(&path, |_, _| {}).unwrap().damages, [], "an earlier format is read as it is");
        let only_read = grantrie_store::open(&path, Options::default().follow(None).read_only(true));
        match format {
            1 => assert!(matches!(only_read, Err(StoreError::ReadOnly { .. })), "{only_read:?}"),
            _ => {
                let (store, recovery) = only_read.unwrap();
                assert!(may(&store, "eve", "g:h:1") && recovery.migrated_from.is_none());
            }
        }
        let (store, recovery) = open(&path).unwrap();
        assert_eq!((recovery.migrated_from, recovery.replayed), (Some(format), replayed));
        assert!(recovery.snapshot.is_some());
        assert!(may(&store, "ann", "a:b:1") && may(&store, "ann", "c:d:1") && !may(&store, "bob", "a:b:1"));
        assert_eq!(may(&store, "eve", "g:h:1"), format == 2);
        let query = grantrie_store::AuditQuery { actor: Some("hr".to_owned()), ..Default::default() };
        assert_eq!(store.audit(&query).unwrap().records.len(), 1);
        store.apply(grant("ann", "e:f:g")).unwrap();
        drop(store);
        assert_eq!(open(&path).unwrap().1.migrated_from, None);
    }
}
