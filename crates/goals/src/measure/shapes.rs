//! The shapes, each beside the ordinary workload of its size.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use grantrie::{Actions, Change, ChangeSet, Engine, Pattern, PermissionDraft, Principal, Question, Subject};
use grantrie_testkit::workload::Shape;

use super::checks::prepared;
use super::loaded::Loaded;
use super::timing::{Pass, interleaved};
use crate::figures::{Figures, Times};

const ASKS: usize = 5_000;
const TURNS: usize = 9;
/// Changes there and back again, of either.
const EDITS: usize = 1_000;

pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    let mut by_size: BTreeMap<usize, Vec<Shape>> = BTreeMap::new();
    for shape in Shape::ALL.into_iter().filter(|shape| *shape != Shape::HostileGlobs) {
        by_size.entry(shape.full_size()).or_default().push(shape);
    }
    for (size, shapes) in by_size {
        let ordinary = Loaded::ordinary(seed, size, ASKS);
        for shape in shapes {
            beside(&Loaded::shape(seed, shape, size, ASKS), &ordinary, shape, &mut figures);
        }
    }
    hostile(&mut figures);
    figures
}

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn beside(extreme: &Loaded, ordinary: &Loaded, shape: Shape, figures: &mut Figures) {
    let key = format!("{shape:?}");
    let [there, usual] = interleaved([prepared(extreme), prepared(ordinary)], TURNS);
    figures.put(format!("shape.{key}.ns"), there);
    figures.put(format!("shape.{key}.check"), there / usual);
    let (wrong, compared) = extreme.wrong();
    figures.put(format!("shape.{key}.wrong"), wrong as f64);
    figures.put(format!("shape.{key}.compared"), compared as f64);
    let [mut changed, mut usually] = [Times::default(), Times::default()];
    for ([there, back], [other, again]) in extreme.edits.iter().zip(&ordinary.edits).take(EDITS) {
        for (change, usual) in [(there, other), (back, again)] {
            changed.add(apply(extreme, change));
            usually.add(apply(ordinary, usual));
        }
    }
    figures.put(format!("shape.{key}.update.p50.ns"), changed.permille(500));
    figures.put(format!("shape.{key}.update.p99.ns"), changed.permille(990));
    figures.put(format!("shape.{key}.update"), changed.permille(500) / usually.permille(500));
    figures.put(format!("shape.{key}.update.p99"), changed.permille(990) / usually.permille(990));
}

fn apply(loaded: &Loaded, change: &Change) -> Duration {
    let change = change.clone();
    let begun = Instant::now();
    let applied = loaded.engine.apply(change);
    let took = begun.elapsed();
    applied.expect("edits are valid");
    took
}

/// Hostile globs of one user that all match, or nearly: twice as many, and names twice as long.
fn hostile(figures: &mut Figures) {
    let [few, many] = [50, 100].map(one_letter);
    let ask = |length: usize, end: &str| format!("svc1:type1:{}{end}", "a".repeat(length));
    let (half, whole, beside) = (ask(126, ""), ask(252, ""), ask(251, "b"));
    let pass = |engine: &'_ Engine, irn: &'_ str| {
        let subject = engine.prepare("n", &Subject::user("u"), None).expect("valid names");
        let (engine, irn) = (engine.clone(), irn.to_owned());
        Pass::new(2_000, move |range| {
            let question = Question::new("READ", &irn);
            range.filter(|_| black_box(engine.is_allowed_for(&subject, &question))).count()
        })
    };
    let passes = [pass(&few, &whole), pass(&many, &whole), pass(&many, &half), pass(&many, &beside)];
    let [fewer, all, shorter, missed] = interleaved(passes, TURNS);
    figures.put("hostile.ns", all);
    figures.put("hostile.missed.ns", missed);
    figures.put("hostile.patterns", all / fewer);
    figures.put("hostile.length", all / shorter);
}

/// So many globs, all of the same letter, that match the same names.
fn one_letter(count: usize) -> Engine {
    let glob = |n: usize| {
        // Eight stars; the runs between them are as long as the digits of the number say, and come to less than 100.
        let runs: Vec<String> = (0..9).map(|place| "a".repeat(1 + n / 3_usize.pow(place % 5) % 3)).collect();
        format!("svc1:type1:{}", runs.join("*"))
    };
    let draft = |n| {
        let pattern = Pattern::parse(&glob(n)).expect("a pattern");
        Change::UpsertPermission(PermissionDraft::allow("n", Principal::user("u"), pattern, Actions::All))
    };
    let engine = Engine::new();
    engine.apply((0..count).map(draft).collect::<ChangeSet>()).expect("valid permissions");
    engine
}
