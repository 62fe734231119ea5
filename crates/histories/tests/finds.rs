//! Every input that the fuzz target `store` keeps, replayed: `fuzz/seeds` holds what it begins with, `fuzz/finds` what failed.

use std::fs;
use std::path::{Path, PathBuf};

fn files(kind: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join("store");
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

#[test]
fn every_kept_input_passes() {
    let (seeds, finds) = (files("seeds"), files("finds"));
    assert!(!seeds.is_empty(), "the target has no seeds");
    println!("store: {} seeds, {} finds", seeds.len(), finds.len());
    for file in seeds.iter().chain(&finds) {
        println!("  {}", file.display());
        grantrie_histories::fuzz(&fs::read(file).unwrap());
    }
}
