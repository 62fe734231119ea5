//! One check: with names as text, for a prepared subject, with the reason. `cargo bench --bench check`.
//!
//! Times on a shared machine say little alone; compare rows of one run.

mod world;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use world::{REQUESTS, SIZES, World};

fn checks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.throughput(Throughput::Elements(REQUESTS as u64));
    for size in SIZES {
        let world = World::ordinary(size);
        let subjects = world.subjects();
        group.bench_function(BenchmarkId::new("string", size), |bench| bench.iter(|| world.count_allowed()));
        group.bench_function(BenchmarkId::new("prepared", size), |bench| {
            bench.iter(|| world.count_allowed_for(&subjects));
        });
        group.bench_function(BenchmarkId::new("with reason", size), |bench| {
            bench.iter(|| world.asks.iter().filter(|ask| world.engine.check(&ask.request()).allowed).count());
        });
    }
    group.finish();
}

criterion_group!(benches, checks);
criterion_main!(benches);
