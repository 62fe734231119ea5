//! Many checks in one call: of many subjects, and of one. `cargo bench --bench batch`.

mod world;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use grantrie::{Decision, Question, Request};
use grantrie_testkit::workload::Ask;
use world::{REQUESTS, SIZES, World};

/// Questions of one subject.
const BATCH: usize = 256;

fn batches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch");
    for size in SIZES {
        let world = World::ordinary(size);
        let mut answers: Vec<Decision> = Vec::with_capacity(REQUESTS);
        let requests: Vec<Request<'_>> = world.asks.iter().map(Ask::request).collect();
        group.throughput(Throughput::Elements(REQUESTS as u64));
        group.bench_function(BenchmarkId::new("of many subjects", size), |bench| {
            bench.iter(|| world.engine.check_many(&requests, black_box(&mut answers)));
        });
        let questions: Vec<Question<'_>> = world.asks.iter().take(BATCH).map(Ask::question).collect();
        let subject = world.subject(&world.asks[0]);
        group.throughput(Throughput::Elements(BATCH as u64));
        group.bench_function(BenchmarkId::new("of one subject", size), |bench| {
            bench.iter(|| world.engine.check_many_for(&subject, &questions, black_box(&mut answers)));
        });
        group.bench_function(BenchmarkId::new("of one subject, one by one", size), |bench| {
            let allowed = |question: &&Question<'_>| world.engine.is_allowed_for(&subject, question);
            bench.iter(|| questions.iter().filter(allowed).count());
        });
    }
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
