//! What an engine says of its memory is what it has asked of the allocator.

use grantrie::{Change, ChangeSet, Engine, GroupRecord, PermissionDraft, Principal, Subscriber, Timestamp, UserRecord};
use grantrie_counting::{Counting, bytes_held};
use grantrie_testkit::workload::Workload;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn all_of_it_is_counted() {
    for (seed, size) in [(1, 2_000), (2, 30_000)] {
        let mut file = Vec::new();
        Workload::new(seed, size).write_world(&mut file).expect("a world");
        let before = bytes_held();
        let engine = Engine::new();
        engine.load(&file[..]).expect("a world");
        near(&engine, bytes_held() - before);
    }
}

/// Long ids, names, nested groups, rows, criteria and times, and one holder of thousands of permissions.
#[test]
fn what_few_have_is_counted_too() {
    let group = |n: usize| format!("{}-{n}", "a group with a name too long for its slot".repeat(2));
    let mut changes: Vec<Change> = Vec::new();
    for n in 0..2_000 {
        let groups = if n == 0 { Vec::new() } else { vec![group(n / 4)] };
        let group_name = Some(format!("Group number {n}"));
        changes.push(Change::PutGroup(GroupRecord {
            group_id: group(n),
            group_name,
            groups,
            ..GroupRecord::default()
        }));
        let user_name = Some(format!("User number {n}"));
        let groups = vec![group(n), group(n / 2), group(n / 3)];
        changes.push(Change::PutUser(UserRecord {
            user_id: format!("u{n}"),
            user_name,
            groups,
            ..UserRecord::default()
        }));
        let subscriber = Subscriber::Group(group(n));
        changes.push(Change::SetSubscription { project: "p".to_owned(), subscriber, enabled: n % 2 == 0 });
        let pattern = format!("a:b:x{n}-*").parse().expect("a pattern");
        let mut draft = PermissionDraft::allow("n", Principal::group(group(1)), pattern, grantrie::Actions::All);
        draft.expires_at = Some(Timestamp::MAX);
        draft.criteria.insert("stage".to_owned(), "draft".into());
        changes.push(Change::UpsertPermission(draft));
    }
    let engine = Engine::new();
    let before = bytes_held();
    engine.apply(ChangeSet::new(changes.clone())).expect("valid changes");
    near(&engine, bytes_held() - before);
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn near(engine: &Engine, held: i64) {
    let used = engine.memory();
    let ratio = used.total() as f64 / held as f64;
    println!("{used:?}: {} of {held} bytes held", used.total());
    assert!((0.95..1.05).contains(&ratio), "{ratio}");
}
