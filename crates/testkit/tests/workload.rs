//! The workloads: small versions of every shape, answered alike by the engine, the model and the reference.

use grantrie::{ChangeSet, Engine, Subject, Timestamp};
use grantrie_testkit::generate::Ids;
use grantrie_testkit::model::Model;
use grantrie_testkit::workload::{Ask, Reference, Shape, Workload};

/// Applies the changes to engine and model, and asks both, and the reference, everything.
fn all_agree(what: &str, changes: &[grantrie::Change], asks: &[Ask], edits: &[grantrie::Change]) {
    let reference = Reference::of(changes);
    let expected: Vec<bool> = asks.iter().map(|ask| reference.is_allowed(ask)).collect();
    let (engine, mut model, mut ids) = (Engine::new(), Model::default(), Ids::default());
    let set = ChangeSet::new(changes.to_vec());
    model.apply(&set, &mut || ids.make(), Timestamp::MIN).unwrap_or_else(|refused| panic!("{what}: {refused:?}"));
    engine.apply(set).unwrap_or_else(|refused| panic!("{what}: {refused}"));
    let prepared = |ask: &Ask| engine.prepare(&ask.namespace, &Subject::user(&ask.user), None).expect("valid names");
    let subjects: Vec<_> = asks.iter().map(prepared).collect();
    let compare = |model: &Model, expected: Option<&[bool]>| {
        for (index, (ask, subject)) in asks.iter().zip(&subjects).enumerate() {
            let wanted = model.decide(&ask.request(), Timestamp::MIN).allowed;
            if let Some(expected) = expected {
                assert_eq!(expected[index], wanted, "{what}: the reference on {ask:?}");
            }
            assert_eq!(engine.is_allowed(&ask.request()), wanted, "{what}: {ask:?}");
            assert_eq!(engine.is_allowed_for(subject, &ask.question()), wanted, "{what}: prepared, {ask:?}");
        }
    };
    compare(&model, Some(&expected));
    let allowed = expected.iter().filter(|allowed| **allowed).count();
    assert!((asks.len() / 10..asks.len() * 9 / 10).contains(&allowed), "{what}: {allowed} of {} allowed", asks.len());
    let mut effects = 0;
    for edit in edits {
        let set = ChangeSet::from(edit.clone());
        let before = model.revision;
        model.apply(&set, &mut || ids.make(), Timestamp::MIN).unwrap_or_else(|refused| panic!("{what}: {refused:?}"));
        engine.apply(set).unwrap_or_else(|refused| panic!("{what}: {refused}"));
        effects += usize::from(model.revision > before);
    }
    // Two permissions of a tenant have one key now and then.
    assert!(effects * 4 >= edits.len() * 3, "{what}: {effects} effects of {} changes", edits.len());
    compare(&model, None);
}

#[test]
fn the_ordinary_workload() {
    for seed in 1..=3 {
        let mut workload = Workload::new(seed, 400);
        let (asks, edits) = (workload.requests(200, seed % 2 == 0), workload.edits(20));
        let edits: Vec<_> = edits.into_iter().map(|[there, _]| there).collect();
        all_agree("ordinary", &workload.changes(), &asks, &edits);
    }
}

#[test]
fn every_shape() {
    for shape in Shape::ALL {
        for seed in [1, 99] {
            let shaped = shape.world(seed, 120, 100);
            // Every other one is undone.
            let edits = shaped.edits.into_iter().take(16).enumerate();
            let edits: Vec<_> =
                edits.flat_map(|(n, [there, back])| if n % 2 == 0 { vec![there, back] } else { vec![there] }).collect();
            all_agree(shape.as_str(), &shaped.changes, &shaped.asks, &edits);
        }
    }
}

#[test]
fn the_world_file_is_the_same_world() {
    let workload = Workload::new(5, 60);
    let mut file = Vec::new();
    workload.write_world(&mut file).expect("writing to memory");
    let read = grantrie::read_world(&*file, &grantrie::Limits::default()).expect("a valid file");
    let key = |change: &grantrie::Change| format!("{change:?}");
    let (mut read, mut made): (Vec<_>, Vec<_>) =
        (read.changes.iter().map(key).collect(), workload.changes().iter().map(key).collect());
    read.sort();
    made.sort();
    assert_eq!(read, made);
}
