//! Worlds in which one thing is extreme: a check and a change. `cargo bench --bench shapes`.

mod world;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use grantrie::{Actions, Change, ChangeSet, Engine, PermissionDraft, Principal, Question, Subject};
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

/// The text of a pattern by its number.
type Pattern = fn(usize) -> String;

/// A user with so many patterns of one type: up to where a principal is compiled, and beyond.
fn one_type(criterion: &mut Criterion) {
    const WORDS: [&str; 4] = ["alpha", "billing", "chat", "deploy"];
    let kinds: [(&str, Pattern); 3] = [
        ("names", |n| format!("svc1:type1:alpha-billing-{}", n * 7_919 % 100_000)),
        ("globs", |n| {
            let (first, second, number) = (WORDS[n % 4], WORDS[n / 4 % 3], n * 7_919 % 20_000);
            let glob = [
                format!("{first}-{second}-{number}*"),
                format!("*-{second}-{number}"),
                format!("*-{second}-{number}-*"),
            ];
            format!("svc1:type1:{}", glob[n % 3])
        }),
        ("of any service", |n| format!("*:type1:{}-{}*", WORDS[n % 4], n * 7_919 % 20_000)),
    ];
    let mut group = criterion.benchmark_group("one type");
    for (kind, pattern) in kinds {
        for count in [8, 16, 32, 64, 128, 1_000] {
            let engine = Engine::new();
            let grant = |n| {
                let pattern = pattern(n).parse().expect("a pattern");
                Change::UpsertPermission(PermissionDraft::allow("n", Principal::user("u"), pattern, Actions::All))
            };
            engine.apply((0..count).map(grant).collect::<ChangeSet>()).expect("valid permissions");
            let subject = engine.prepare("n", &Subject::user("u"), None).expect("valid names");
            // Every other one is of none of them.
            let names: Vec<String> = (0..4_000)
                .map(|turn| {
                    let name = pattern(turn * 31 % count)
                        .replacen("*:", "svc1:", 1)
                        .replace('*', ["x7", "abc", "z-9"][turn % 3]);
                    if turn % 2 == 0 { name } else { name.replacen("type1:", "type1:q", 1) }
                })
                .collect();
            let mut names = names.iter().cycle();
            group.bench_function(BenchmarkId::new(kind, count), |bench| {
                bench.iter(|| names.next().map(|name| engine.is_allowed_for(&subject, &Question::new("READ", name))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, shapes, one_type);
criterion_main!(benches);
