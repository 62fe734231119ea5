//! The engine answers every case of the corpus.

use std::path::Path;

use grantrie_testkit::corpus::{EngineFace, load_dir, run};

#[test]
fn the_engine_passes_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = load_dir(&corpus).unwrap_or_else(|error| panic!("{error}"));
    let report = run(&files, &mut EngineFace::default());
    println!("{report}");
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.counts.values().all(|count| count.unsupported == 0), "{report}");
}
