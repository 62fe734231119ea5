//! An explanation, which allocates. `cargo bench --bench explain`.

mod world;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use world::{SIZES, World};

fn explain(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("explain");
    for size in SIZES {
        let world = World::ordinary(size);
        let mut next = world.asks.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(size), |bench| {
            bench.iter(|| next.next().map(|ask| world.engine.explain(&ask.request())));
        });
    }
    group.finish();
}

criterion_group!(benches, explain);
criterion_main!(benches);
