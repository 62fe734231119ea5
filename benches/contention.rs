//! A check while another thread writes without pause, or reads. `cargo bench --bench contention`.

mod world;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use world::{REQUESTS, World};

const SIZE: usize = 100_000;

fn contention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contention");
    group.throughput(Throughput::Elements(REQUESTS as u64));
    let world = World::ordinary(SIZE);
    let subjects = world.subjects();
    group.bench_function("alone", |bench| bench.iter(|| world.count_allowed_for(&subjects)));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for change in world.edits.iter().flatten().cycle().cloned() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                world.engine.apply(change).expect("edits are valid");
            }
        });
        group.bench_function("beside a writer", |bench| bench.iter(|| world.count_allowed_for(&subjects)));
        over.store(true, Ordering::Relaxed);
    });
    over.store(false, Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::hint::black_box(world.count_allowed_for(&subjects));
            }
        });
        group.bench_function("beside a reader", |bench| bench.iter(|| world.count_allowed_for(&subjects)));
        over.store(true, Ordering::Relaxed);
    });
    group.finish();
}

criterion_group!(benches, contention);
criterion_main!(benches);
