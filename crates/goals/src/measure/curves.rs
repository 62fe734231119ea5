//! How a check grows with what is extreme: the shapes that one principal makes, at several sizes beside the ordinary workload.

use super::checks::prepared;
use super::loaded::Loaded;
use super::timing::interleaved;
use crate::curves::{Curve, ORDINARY};
use crate::figures::Figures;

const ASKS: usize = 5_000;
const TURNS: usize = 7;

pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    for (size, shapes) in Curve::by_size() {
        let ordinary = Loaded::ordinary(seed, size, ASKS);
        let mut usually = Vec::new();
        for shape in shapes {
            let extreme = Loaded::shape(seed, shape, size, ASKS);
            let [there, usual] = interleaved([prepared(&extreme), prepared(&ordinary)], TURNS);
            figures.put(Curve::figure(&format!("{shape:?}"), size), there);
            usually.push(usual);
        }
        figures.put(Curve::figure(ORDINARY, size), crate::figures::median(usually));
    }
    figures
}
