//! The change file: what is written is read back, and the shipped example applies to the shipped world.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grantrie::{
    AttributeValue, Change, ChangeSet, Effect, Engine, GroupRecord, Limits, Membership, Permission, PermissionDraft,
    PermissionId, Principal, PrincipalKind, Request, Subject, Subscriber, Timestamp, UserRecord, changes_json,
    read_changes, read_world,
};
use grantrie_testkit::model::Model;
use grantrie_testkit::{Choices, corpus, history};
use proptest::prelude::*;

/// The order in which a change file lists entities.
fn in_file_order(mut set: ChangeSet) -> ChangeSet {
    for change in &mut set.changes {
        let Change::Subscriptions { add, delete, .. } = change else { continue };
        for list in [add, delete] {
            list.sort_by_key(|subscriber| match subscriber {
                Subscriber::Project => 0,
                Subscriber::Group(_) => 1,
                Subscriber::User(_) => 2,
            });
            // A file has one place for the project.
            list.dedup_by(|a, b| (&*a, &*b) == (&Subscriber::Project, &Subscriber::Project));
        }
    }
    set
}

/// The same without effects that are the default: the engine leaves them out.
fn without_allow(mut file: serde_json::Value) -> serde_json::Value {
    for change in file["changes"].as_array_mut().unwrap() {
        for value in change.as_object_mut().unwrap().values_mut().filter_map(serde_json::Value::as_object_mut) {
            if value.get("_effect").is_some_and(|effect| effect == "ALLOW") {
                value.remove("_effect");
            }
        }
    }
    file
}

#[track_caller]
fn comes_back(set: ChangeSet) {
    let json = changes_json(&set);
    // Both through the same reader, which is not exact about fractions.
    let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
    let expected = without_allow(corpus::changes_value(&set));
    assert_eq!(value(&json), value(&expected.to_string()), "{json}");
    let read = read_changes(json.as_bytes(), &Limits::default());
    assert_eq!(read.as_ref(), Ok(&in_file_order(set)), "{json}");
}

#[test]
fn histories_come_back() {
    for seed in 0..300 {
        let (mut choices, mut world, mut made) = (Choices::seeded(seed), Model::default(), 0);
        for _ in 0..5 {
            let set = history::change_set(&mut choices, &world);
            let mut ids = || {
                made += 1;
                PermissionId::from_u128(made)
            };
            let _ = world.apply(&set, &mut ids, Timestamp::MIN);
            comes_back(set);
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z\"\\\\\u{0}-\u{1f}\u{7f}é日😀]{0,8}", Just("x".repeat(300))]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

fn principal() -> impl Strategy<Value = Principal> {
    (prop::sample::select(&PrincipalKind::ALL[..]), text()).prop_map(|(kind, id)| Principal { kind, id })
}

fn attribute() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        text().prop_map(AttributeValue::from),
        any::<bool>().prop_map(AttributeValue::from),
        any::<i64>().prop_map(AttributeValue::from),
        any::<u64>().prop_map(AttributeValue::from),
        any::<f64>().prop_filter_map("finite", AttributeValue::from_f64),
    ]
}

fn instant() -> impl Strategy<Value = Option<Timestamp>> {
    let any = (Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros()).prop_map(Timestamp::from_micros);
    prop_oneof![Just(None), any, Just(Some(Timestamp::MIN)), Just(Some(Timestamp::MAX))]
}

fn draft() -> impl Strategy<Value = PermissionDraft> {
    let pattern = prop::sample::select(&["**", "a:b:*", "a:é-?:**", "a\":\\:c"][..]);
    let actions = prop::sample::select(vec![vec!["*"], vec!["READ", "X_1"], vec![]]);
    let criteria = prop::collection::btree_map(text(), attribute(), 0..3);
    let times = (instant(), instant());
    (text(), principal(), pattern, criteria, actions, any::<bool>(), times).prop_map(
        |(namespace, principal, pattern, criteria, actions, deny, (not_before, expires_at))| PermissionDraft {
            namespace,
            principal,
            pattern: pattern.parse().unwrap(),
            criteria,
            actions: grantrie::Actions::parse(actions).unwrap(),
            effect: if deny { Effect::Deny } else { Effect::Allow },
            not_before,
            expires_at,
        },
    )
}

fn permission() -> impl Strategy<Value = Permission> {
    (any::<u128>(), draft()).prop_map(|(id, draft)| Permission { id: PermissionId::from_u128(id), draft })
}

fn subscriber() -> impl Strategy<Value = Subscriber> {
    prop_oneof![Just(Subscriber::Project), text().prop_map(Subscriber::Group), text().prop_map(Subscriber::User)]
}

fn change() -> impl Strategy<Value = Change> {
    let user = (text(), prop::option::of(text()), prop::option::of(text()), texts(), texts());
    let group = (text(), prop::option::of(text()), texts(), texts());
    let subscribers = || prop::collection::vec(subscriber(), 0..4);
    let membership = || (principal(), principal()).prop_map(|(member, of)| Membership { member, of });
    prop_oneof![
        draft().prop_map(Change::UpsertPermission),
        permission().prop_map(Change::UpdatePermission),
        permission().prop_map(Change::RestorePermission),
        any::<u128>().prop_map(|id| Change::RemovePermission(PermissionId::from_u128(id))),
        user.prop_map(|(user_id, user_name, user_phone, groups, permprofiles)| {
            Change::PutUser(UserRecord { user_id, user_name, user_phone, groups, permprofiles })
        }),
        group.prop_map(|(group_id, group_name, groups, permprofiles)| {
            Change::PutGroup(GroupRecord { group_id, group_name, groups, permprofiles })
        }),
        membership().prop_map(Change::AddMembership),
        membership().prop_map(Change::RemoveMembership),
        principal().prop_map(Change::RemovePrincipal),
        (text(), subscribers(), subscribers()).prop_map(|(project, add, delete)| Change::Subscriptions {
            project,
            add,
            delete
        }),
        (text(), subscriber(), any::<bool>()).prop_map(|(project, subscriber, enabled)| Change::SetSubscription {
            project,
            subscriber,
            enabled
        }),
        (text(), subscriber()).prop_map(|(project, subscriber)| Change::ClearSubscription { project, subscriber }),
        (text(), any::<bool>()).prop_map(|(service, gated)| Change::SetGate { service, gated }),
    ]
}

proptest! {
    // A failure prints its input; nothing is kept beside the tests.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Also what no engine would take: an empty id, a window that is none.
    #[test]
    fn whatever_a_change_set_can_say_comes_back(
        actor in prop::option::of(text()),
        changes in prop::collection::vec(change(), 0..6),
    ) {
        comes_back(ChangeSet { actor, changes });
    }
}

#[test]
fn the_example_applies_to_the_example() {
    let effects = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&effects);
    let sink = move |entries: &[grantrie::AuditEntry]| {
        assert!(entries.iter().all(|entry| entry.revision.0 == 1 || entry.actor.as_deref() == Some("ops@example.com")));
        counted.store(entries.len(), Ordering::Relaxed);
    };
    let engine = Engine::builder().audit(sink).build();
    let world = read_world(&include_bytes!("../examples/tenant.json")[..], &Limits::default()).unwrap();
    engine.apply(world).unwrap();
    let set = read_changes(&include_bytes!("../examples/changes.json")[..], &Limits::default()).unwrap();

    let operations: std::collections::BTreeSet<String> = set.changes.iter().map(operation).collect();
    assert_eq!(operations.len(), 13, "an example for each operation: {operations:?}");

    let ann = |action, irn| {
        let at = "2026-11-22T09:30:00Z".parse().unwrap();
        let stage = [("stage".to_owned(), "reviewed".into())].into();
        let request = Request::new("r_TmBKvZTI", Subject::user("ann"), action, irn);
        engine.is_allowed(&request.in_project("atlas").at(at).with_attributes(&stage))
    };
    assert!(ann("EDIT", "aisvc:agent:support-bot") && !ann("RUN", "aisvc:agent:returns-bot"));
    engine.apply(set).unwrap();
    assert!(!ann("EDIT", "aisvc:agent:support-bot") && ann("RUN", "aisvc:agent:returns-bot"));
    assert_eq!(engine.user("ivan"), None);
    // Each change had an effect, and two of its three entities in one of them.
    assert_eq!(effects.load(Ordering::Relaxed), 15);
}

/// What a file calls the operation.
fn operation(change: &Change) -> String {
    let value = corpus::changes_value(&ChangeSet::from(change.clone()));
    value["changes"][0].as_object().unwrap().keys().next().unwrap().clone()
}
