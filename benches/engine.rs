//! How long a check, a batch, a change and a load take, at several sizes of one workload.
//!
//! `cargo bench --bench engine`, or with a filter: `cargo bench --bench engine -- check`. Times on a shared machine say
//! little alone; compare rows of one run.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use grantrie::{Actions, Change, ChangeSet, Decision, Engine, PatternSet, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Workload};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Requests that a pass goes through: many more than a cache line predictor remembers.
const REQUESTS: usize = 4_096;

fn world(size: usize) -> (Engine, Workload, Vec<Ask>) {
    // Another seed each time: what is fast only on one world is not fast.
    let seed = std::process::id().into();
    let mut workload = Workload::new(seed, size);
    let engine = Engine::new();
    engine.apply(ChangeSet::new(workload.changes())).expect("the workload is valid");
    let asks = workload.requests(REQUESTS, true);
    (engine, workload, asks)
}

fn request(ask: &Ask) -> Request<'_> {
    Request::new(&ask.namespace, Subject::user(&ask.user), ask.action, &ask.irn)
}

fn checks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("check");
    group.throughput(Throughput::Elements(REQUESTS as u64));
    for size in SIZES {
        let (engine, _, asks) = world(size);
        let prepared: Vec<_> = asks
            .iter()
            .map(|ask| engine.prepare(&ask.namespace, &Subject::user(&ask.user), None).expect("valid names"))
            .collect();
        group.bench_function(BenchmarkId::new("string", size), |bench| {
            bench.iter(|| asks.iter().filter(|ask| engine.is_allowed(&request(ask))).count());
        });
        group.bench_function(BenchmarkId::new("prepared", size), |bench| {
            let allowed =
                |(ask, subject): (&Ask, &_)| engine.is_allowed_for(subject, &Question::new(ask.action, &ask.irn));
            bench.iter(|| asks.iter().zip(&prepared).map(allowed).filter(|allowed| *allowed).count());
        });
        group.bench_function(BenchmarkId::new("with reason", size), |bench| {
            bench.iter(|| asks.iter().filter(|ask| engine.check(&request(ask)).allowed).count());
        });
        group.bench_function(BenchmarkId::new("batch", size), |bench| {
            let requests: Vec<Request<'_>> = asks.iter().map(request).collect();
            let mut answers: Vec<Decision> = Vec::with_capacity(REQUESTS);
            bench.iter(|| engine.check_many(&requests, black_box(&mut answers)));
        });
    }
    group.finish();
}

fn explain(criterion: &mut Criterion) {
    let (engine, _, asks) = world(10_000);
    let mut next = asks.iter().cycle();
    criterion.bench_function("explain/10000", |bench| {
        bench.iter(|| next.next().map(|ask| engine.explain(&request(ask))));
    });
}

fn changes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("change");
    for size in SIZES {
        let (engine, workload, _) = world(size);
        let mut turn = 0_usize;
        group.bench_function(BenchmarkId::new("one permission", size), |bench| {
            let next = || {
                turn += 1;
                let mut draft = workload.draft(turn.wrapping_mul(7_919) % size);
                draft.actions = Actions::parse([["READ", "EDIT", "RUN"][turn % 3]]).expect("an action");
                ChangeSet::from(Change::UpsertPermission(draft))
            };
            bench.iter_batched(next, |set| engine.apply(set), BatchSize::SmallInput);
        });
    }
    group.throughput(Throughput::Elements(10_000));
    group.bench_function(BenchmarkId::new("load", 10_000), |bench| {
        let changes = Workload::new(1, 10_000).changes();
        bench.iter_batched(
            || (Engine::new(), ChangeSet::new(changes.clone())),
            |(engine, set)| engine.apply(set).map(|_| engine),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn pattern_set(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pattern set");
    group.throughput(Throughput::Elements(REQUESTS as u64));
    for size in SIZES {
        let (_, workload, asks) = world(size);
        let mut set = PatternSet::new();
        for index in 0..size {
            set.insert(&workload.draft(index).pattern);
        }
        let names: Vec<_> = asks.iter().map(|ask| grantrie::Irn::parse(&ask.irn).expect("a name")).collect();
        group.bench_function(BenchmarkId::new("matching", set.len()), |bench| {
            let count = |name| {
                let mut count = 0_usize;
                set.for_each_matching(name, |_| count += 1);
                count
            };
            bench.iter(|| names.iter().map(count).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, checks, explain, changes, pattern_set);
criterion_main!(benches);
