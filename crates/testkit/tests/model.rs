//! The reference model answers every case of the corpus.

use std::path::Path;

use grantrie_testkit::corpus::{ModelFace, load_dir, run};

#[test]
fn the_model_passes_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let files = load_dir(&corpus).unwrap_or_else(|error| panic!("{error}"));
    let report = run(&files, &mut ModelFace::default());
    println!("{report}");
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.counts.values().all(|count| count.unsupported == 0), "{report}");
    assert!(report.answered() >= 600, "{report}");
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    for file in load_dir(&corpus).unwrap_or_else(|error| panic!("{error}")) {
        let cases = &file.cases;
        let names = cases.check.iter().map(|case| &case.name);
        let names = names.chain(cases.pattern.iter().map(|case| &case.name));
        let names = names.chain(cases.relation.iter().map(|case| &case.name));
        let names = names.chain(cases.parse.iter().map(|case| &case.name));
        let names = names.chain(cases.resolve.iter().map(|case| &case.name));
        let names = names.chain(cases.lookup.iter().map(|case| &case.name));
        let names = names.chain(cases.rows.iter().map(|case| &case.name));
        let names = names.chain(cases.change.iter().map(|case| &case.name));
        let mut names: Vec<&String> = names.collect();
        names.sort();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{}: {twice:?}", file.name);
    }
}
