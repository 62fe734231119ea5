//! Times that can be compared though the machine is shared.
//!
//! What is compared takes turns. A pass is timed in short pieces, and of each piece the median over all turns counts: a
//! turn in which somebody else had the core moves one piece of one turn. A pass goes once untimed before it counts, so that
//! it does not pay for what the other has put into the caches.

use std::hint::black_box;
use std::ops::Range;
use std::time::Instant;

use crate::figures::median;

/// Items that are timed together.
const PIECE: usize = 512;

/// Something that does one thing after another.
pub(crate) struct Pass<'a> {
    items: usize,
    piece: usize,
    run: Box<dyn FnMut(Range<usize>) -> usize + 'a>,
}

impl<'a> Pass<'a> {
    /// `run` does the items of a range, and answers a number that depends on all of them.
    pub(crate) fn new(items: usize, run: impl FnMut(Range<usize>) -> usize + 'a) -> Self {
        Self::by(items, PIECE, run)
    }

    /// The same in pieces of so many items.
    pub(crate) fn by(items: usize, piece: usize, run: impl FnMut(Range<usize>) -> usize + 'a) -> Self {
        Self { items, piece, run: Box::new(run) }
    }

    fn pieces(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (items, piece) = (self.items, self.piece);
        (0..items).step_by(piece).map(move |from| from..(from + piece).min(items))
    }
}

/// Nanoseconds for one item of each pass.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a measurement")]
pub(crate) fn interleaved<const N: usize>(mut passes: [Pass<'_>; N], turns: usize) -> [f64; N] {
    let mut times: Vec<Vec<Vec<f64>>> = passes.iter().map(|pass| vec![Vec::new(); pass.pieces().count()]).collect();
    for _ in 0..turns {
        for (pass, times) in passes.iter_mut().zip(&mut times) {
            black_box((pass.run)(0..pass.items));
            for (piece, times) in pass.pieces().zip(times) {
                let begun = Instant::now();
                black_box((pass.run)(piece));
                times.push(begun.elapsed().as_nanos() as f64);
            }
        }
    }
    let mut all = times.into_iter().map(|times| times.into_iter().map(median).sum::<f64>());
    passes.map(|pass| all.next().unwrap_or(0.0) / pass.items as f64)
}
