//! Every input that a fuzz target keeps, replayed: `fuzz/seeds` holds what it begins with, `fuzz/finds` what has failed.

use std::fs;
use std::path::{Path, PathBuf};

use grantrie_testkit::fuzz::TARGETS;

fn files(kind: &str, target: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind).join(target);
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable directory").path()).collect();
    files.sort_unstable();
    files
}

#[test]
fn every_kept_input_passes() {
    for (name, target) in TARGETS {
        let seeds = files("seeds", name);
        assert!(!seeds.is_empty(), "the target {name} has no seeds");
        let finds = files("finds", name);
        println!("{name}: {} seeds, {} finds", seeds.len(), finds.len());
        for file in seeds.iter().chain(&finds) {
            println!("  {}", file.display());
            target(&fs::read(file).expect("a readable file"));
        }
    }
}
