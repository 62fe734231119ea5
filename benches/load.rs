//! A whole world: from its file, and as one change set. `cargo bench --bench load`.

mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use grantrie::{ChangeSet, Engine};
use grantrie_testkit::workload::Workload;
use world::{SIZES, seed};

fn loads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    for size in SIZES {
        group.throughput(Throughput::Elements(size as u64));
        let workload = Workload::new(seed(), size);
        let mut file = Vec::new();
        workload.write_world(&mut file).expect("writing to memory");
        group.bench_function(BenchmarkId::new("file", size), |bench| {
            bench.iter(|| {
                let engine = Engine::new();
                engine.load(&*file).map(|_| engine)
            });
        });
        let changes = workload.changes();
        group.bench_function(BenchmarkId::new("change set", size), |bench| {
            bench.iter_batched(
                || (Engine::new(), ChangeSet::new(changes.clone())),
                |(engine, set)| engine.apply(set).map(|_| engine),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, loads);
criterion_main!(benches);
