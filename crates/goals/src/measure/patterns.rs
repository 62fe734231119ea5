//! Patterns alone: one added or removed, beside building the whole set. How it compares with others is in `crates/peers`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use grantrie::{Pattern, PatternSet};
use grantrie_testkit::workload::Workload;

use crate::figures::{Figures, Times};

/// Permissions whose different patterns are about 31,000 in the largest namespace.
const PERMISSIONS: usize = 75_000;

#[expect(clippy::cast_precision_loss, reason = "counts of a measurement")]
pub(super) fn measure(seed: u64) -> Figures {
    let mut figures = Figures::default();
    let workload = Workload::new(seed, PERMISSIONS);
    let drafts = (0..PERMISSIONS).map(|index| workload.draft(index));
    let different: BTreeSet<String> =
        drafts.filter(|draft| draft.namespace == "r_ns00000").map(|draft| draft.pattern.as_str().to_owned()).collect();
    let patterns: Vec<Pattern> = different.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
    let begun = Instant::now();
    let mut set = PatternSet::new();
    set.extend(&patterns);
    let built = begun.elapsed();
    let mut times = Times::default();
    for pattern in patterns.iter().cycle().step_by(7).take(20_000) {
        let begun = Instant::now();
        black_box(set.remove(pattern));
        times.add(begun.elapsed());
        let begun = Instant::now();
        black_box(set.insert(pattern));
        times.add(begun.elapsed());
    }
    figures.put("patterns.count", set.len() as f64);
    figures.put("patterns.build.ns", built.as_nanos() as f64);
    figures.put("patterns.change.ns", times.permille(500));
    figures.put("patterns.change", times.permille(500) / built.as_nanos() as f64);
    figures
}
