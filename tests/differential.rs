//! The engine and the reference model say the same: 200,000 checks, and everything that can be read back.
//!
//! `cargo xtask differential` runs on for as long as one likes.

use grantrie_testkit::differential;

#[test]
fn the_engine_is_the_model_in_200_000_checks() {
    let report = differential::run(1, 200_000).unwrap_or_else(|difference| panic!("{difference}"));
    println!("{report}");
    // A run that compares little would find little.
    for (what, share) in [("allowed", report.allowed), ("denied", report.denied), ("gated", report.gated)] {
        assert!(share > report.checks / 50, "too few checks are {what}: {report}");
    }
    assert!(report.invalid > report.checks / 200 && report.refused > report.applied / 100, "{report}");
}
