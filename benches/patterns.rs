//! All patterns of a set that match a name, and one pattern added. `cargo bench --bench patterns`.

mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use grantrie::{Irn, PatternSet};
use grantrie_testkit::workload::Workload;
use world::{REQUESTS, SIZES, seed};

fn patterns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("patterns");
    for size in SIZES {
        let mut workload = Workload::new(seed(), size);
        let patterns: Vec<_> = (0..size).map(|index| workload.draft(index).pattern).collect();
        let mut set = PatternSet::new();
        set.extend(&patterns);
        let asks = workload.requests(REQUESTS, true);
        let names: Vec<_> = asks.iter().map(|ask| Irn::parse(&ask.irn).expect("a name")).collect();
        group.throughput(Throughput::Elements(REQUESTS as u64));
        group.bench_function(BenchmarkId::new("matching", set.len()), |bench| {
            let count = |name| {
                let mut count = 0_usize;
                set.for_each_matching(name, |_| count += 1);
                count
            };
            bench.iter(|| names.iter().map(count).sum::<usize>());
        });
        group.throughput(Throughput::Elements(1));
        let mut next = patterns.iter().cycle();
        group.bench_function(BenchmarkId::new("remove and insert", set.len()), |bench| {
            bench.iter_batched(
                || next.next().expect("patterns repeat for ever"),
                |pattern| set.remove(pattern) && set.insert(pattern),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, patterns);
criterion_main!(benches);
