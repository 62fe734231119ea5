//! Readers beside a writer, and beside one another.
//!
//! A reader asks without pause and notes how long each piece of its work took. The writer rests, makes 1,000 changes a
//! second or as many as it can, in short phases that take turns; so all three meet the same neighbours on the machine.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use grantrie::{Change, Engine};
use grantrie_counting::so_far;
use grantrie_testkit::workload::Edit;

use super::loaded::Loaded;
use crate::figures::{Figures, Times};

const PERMISSIONS: usize = 1_000_000;
const ASKS: usize = 20_000;
/// Checks that are timed together: at 1,000 changes a second, about one change falls into the time.
const PIECE: usize = 2_000;
/// Of so many pieces, the reader keeps a version during one, which is not timed.
const KEPT: usize = 40;
const PHASE: Duration = Duration::from_millis(120);
const PHASES: usize = 25;
/// What the writer does in a phase.
const REST: u8 = 0;
const PACED: u8 = 1;
const FLAT_OUT: u8 = 2;
const OVER: u8 = 3;

pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    let loaded = Loaded::ordinary(seed, PERMISSIONS, ASKS);
    beside_a_writer(&loaded, &mut figures);
    beside_one_another(&loaded, &mut figures);
    figures
}

/// One reader's times of a piece, by what the writer did; and how many blocks it freed.
type Read = ([Times; 3], u64);

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
fn beside_a_writer(loaded: &Loaded, figures: &mut Figures) {
    let phase = AtomicU8::new(REST);
    let ((times, freed), changes) = thread::scope(|scope| {
        let reader = scope.spawn(|| read(loaded, &phase));
        let writer = scope.spawn(|| write(&loaded.engine, &loaded.edits, &phase));
        for n in 0..PHASES * 3 {
            phase.store([REST, PACED, FLAT_OUT][n % 3], Ordering::Relaxed);
            thread::sleep(PHASE);
        }
        phase.store(OVER, Ordering::Relaxed);
        (reader.join().expect("the reader does not panic"), writer.join().expect("the writer does not panic"))
    });
    let [rest, paced, flat_out] = times.map(|times| times.permille(500) / PIECE as f64);
    figures.put("readers.alone.ns", rest);
    figures.put("readers.paced", paced / rest);
    figures.put("readers.flat_out", flat_out / rest);
    figures.put("readers.freed", freed as f64);
    figures.put("readers.changes.paced", changes[0] as f64);
    figures.put("readers.changes.flat_out", changes[1] as f64);
}

fn read(loaded: &Loaded, phase: &AtomicU8) -> Read {
    let questions = loaded.questions();
    let mut times = [(); 3].map(|()| Times::with_room(100_000));
    let _ = loaded.engine.revision();
    let mut pieces = questions.chunks(PIECE).cycle();
    let before = so_far();
    for turn in 0.. {
        let during = phase.load(Ordering::Relaxed);
        let (Some(times), Some(piece)) = (times.get_mut(usize::from(during)), pieces.next()) else { break };
        // The last handle of a version that was kept may be the reader's.
        let kept = (turn % KEPT == 0).then(|| loaded.engine.snapshot());
        let begun = Instant::now();
        for (subject, question) in piece {
            black_box(loaded.engine.is_allowed_for(subject, question));
        }
        let took = begun.elapsed();
        // A piece that began in one phase and ended in another is of neither.
        if kept.is_none() && phase.load(Ordering::Relaxed) == during {
            times.add(took);
        }
    }
    (times, so_far().frees - before.frees)
}

/// Changes that were made at a pace, and flat out.
fn write(engine: &Engine, edits: &[Edit], phase: &AtomicU8) -> [u64; 2] {
    let mut changes = edits.iter().flatten().cycle().cloned();
    let mut made = [0, 0];
    let mut due = Instant::now();
    let apply = |changes: &mut dyn Iterator<Item = Change>| {
        let change = changes.next().expect("edits repeat for ever");
        engine.apply(change).expect("edits are valid");
    };
    loop {
        match phase.load(Ordering::Relaxed) {
            REST => {
                thread::sleep(Duration::from_millis(1));
                due = Instant::now();
            }
            PACED => {
                while due <= Instant::now() {
                    apply(&mut changes);
                    made[0] += 1;
                    due += Duration::from_millis(1);
                }
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            FLAT_OUT => {
                apply(&mut changes);
                made[1] += 1;
                due = Instant::now();
            }
            _ => return made,
        }
    }
}

/// Two readers at once against one: what both get done in a time.
fn beside_one_another(loaded: &Loaded, figures: &mut Figures) {
    let (both, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let pieces = |first: bool| {
        let questions = loaded.questions();
        let mut pieces = questions.chunks(PIECE / 2).cycle();
        let mut times = [Times::default(), Times::default()];
        while !over.load(Ordering::Relaxed) {
            let during = both.load(Ordering::Relaxed);
            if !first && !during {
                thread::sleep(Duration::from_micros(200));
                continue;
            }
            let Some(piece) = pieces.next() else { break };
            let begun = Instant::now();
            for (subject, question) in piece {
                black_box(loaded.engine.is_allowed_for(subject, question));
            }
            let took = begun.elapsed();
            if both.load(Ordering::Relaxed) == during {
                times[usize::from(during)].add(took);
            }
        }
        times.map(|times| 1.0 / times.permille(500))
    };
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| pieces(true));
        let second = scope.spawn(|| pieces(false));
        for n in 0..PHASES * 2 {
            both.store(n % 2 == 1, Ordering::Relaxed);
            thread::sleep(PHASE / 2);
        }
        over.store(true, Ordering::Relaxed);
        (first.join().expect("no reader panics"), second.join().expect("no reader panics"))
    });
    figures.put("threads.two", (first[1] + second[1]) / first[0]);
}
