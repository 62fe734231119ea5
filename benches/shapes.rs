//! Worlds in which one thing is extreme: a check and a change. `cargo bench --bench shapes`.

mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use grantrie_testkit::workload::Shape;
use world::World;

/// Small enough for all of them; `cargo xtask goals` measures them at their full size.
const MOST: usize = 10_000;

fn shapes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shapes");
    for shape in Shape::ALL {
        let world = World::shape(shape, shape.full_size().min(MOST));
        let subjects = world.subjects();
        let mut pairs = world.asks.iter().zip(&subjects).cycle();
        group.bench_function(BenchmarkId::new("check", shape), |bench| {
            bench.iter(|| pairs.next().map(|(ask, subject)| world.engine.is_allowed_for(subject, &ask.question())));
        });
        let mut changes = world.edits.iter().flatten().cycle().cloned();
        group.bench_function(BenchmarkId::new("change", shape), |bench| {
            let next = || changes.next().expect("edits repeat for ever");
            bench.iter_batched(next, |change| world.engine.apply(change), BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, shapes);
criterion_main!(benches);
