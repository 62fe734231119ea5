//! The command answers every case of the corpus, as many as the engine and the reference model, and like them.

use std::path::Path;

use grantrie_testkit::corpus::{EngineFace, Face, ModelFace, ProcessFace, Report, load_dir, run};

#[test]
fn the_command_passes_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let files = load_dir(&corpus).unwrap_or_else(|error| panic!("{error}"));
    let mut command = ProcessFace::new(Path::new(env!("CARGO_BIN_EXE_grantrie"))).unwrap();
    let ask = |face: &mut dyn Face| -> Report { run(&files, face) };
    let (of_engine, of_model) = (ask(&mut EngineFace::default()), ask(&mut ModelFace::default()));
    let report = ask(&mut command);
    println!("{report}");
    let answered = [&of_engine, &of_model, &report].map(Report::answered);
    println!("answered: engine {}, model {}, command {}", answered[0], answered[1], answered[2]);
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.counts.values().all(|count| count.unsupported == 0), "{report}");
    assert_eq!((&of_engine.counts, &of_model.counts), (&report.counts, &report.counts));
    assert!(report.answered() >= 200, "{answered:?}");
}
