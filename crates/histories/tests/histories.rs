//! Random histories: the store is the model, whatever happens to it. `cargo xtask histories` runs on for as long as one likes.

use grantrie_histories::{Tally, live};
use grantrie_testkit::Choices;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Out of bytes, which are made fewer and smaller where one fails: as the fuzz target has them.
    #[test]
    fn the_store_is_the_model(bytes in prop::collection::vec(any::<u8>(), 0..1_500)) {
        let lived = live(Choices::of_bytes(&bytes), 100);
        prop_assert!(lived.is_ok(), "{:#?}", lived.err());
    }
}

/// From seeds that stay the same, so that it is known what is reached.
#[test]
fn everything_happens_in_a_few_histories() {
    let mut all = Tally::default();
    for seed in 0..24 {
        all.add(&live(Choices::seeded(seed), 60).unwrap_or_else(|found| panic!("seed {seed}: {found:#?}")));
    }
    // Two commits in a row that a crash tore, the later the shorter: what is left of the first is no damage.
    all.add(&live(Choices::seeded(778_181), 100).unwrap_or_else(|found| panic!("{found:#?}")));
    println!("{all}");
    let Tally { applied, refused, crashes, torn, compacted, trimmed, restored, last_good, purged, .. } = all;
    for (what, count) in [
        ("applied", applied),
        ("refused", refused),
        ("crashes", crashes),
        ("torn", torn),
        ("compacted", compacted),
        ("trimmed", trimmed),
        ("restored", restored),
        ("last good", last_good),
        ("purged", purged),
        ("exported", all.exported),
    ] {
        assert!(count >= 10, "only {count} {what}: {all}");
    }
}
