//! One change, alone and until the next check sees it. `cargo bench --bench update`.

mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use grantrie::Change;
use world::{SIZES, World};

fn updates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("update");
    for size in SIZES {
        let world = World::ordinary(size);
        let mut changes = world.edits.iter().flatten().cycle().cloned();
        let mut next = move || -> Change { changes.next().expect("edits repeat for ever") };
        group.bench_function(BenchmarkId::new("one permission", size), |bench| {
            bench.iter_batched(&mut next, |change| world.engine.apply(change), BatchSize::SmallInput);
        });
        let ask = &world.asks[0];
        let subject = world.subject(ask);
        group.bench_function(BenchmarkId::new("one permission and a check", size), |bench| {
            let change_and_ask = |change| {
                let applied = world.engine.apply(change);
                (applied, world.engine.is_allowed_for(&subject, &ask.question()))
            };
            bench.iter_batched(&mut next, change_and_ask, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, updates);
criterion_main!(benches);
