//! Every input that the fuzz target `capi` keeps, replayed.

#[path = "support/fuzz.rs"]
mod target;

use std::path::Path;

#[test]
fn every_kept_input_passes() {
    let mut replayed = 0;
    for kind in ["seeds", "finds"] {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join("capi");
        for file in std::fs::read_dir(directory).into_iter().flatten() {
            let path = file.expect("a readable directory").path();
            println!("{}", path.display());
            target::capi(&std::fs::read(path).expect("a readable file"));
            replayed += 1;
        }
    }
    assert!(replayed > 0, "the target has no seeds");
}
