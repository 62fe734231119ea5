//! Every input that a fuzz target keeps, replayed: `fuzz/seeds` holds what it begins with, `fuzz/finds` what has failed.

use std::fs;
use std::path::{Path, PathBuf};

use grantrie_server::fuzz::{TARGETS, answered};

fn files(kind: &str, target: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(target);
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

#[test]
fn every_kept_input_passes() {
    for (name, target) in TARGETS {
        let (seeds, finds) = (files("seeds", name), files("finds", name));
        assert!(!seeds.is_empty(), "the target {name} has no seeds");
        println!("{name}: {} seeds, {} finds", seeds.len(), finds.len());
        for file in seeds.iter().chain(&finds) {
            println!("  {}", file.display());
            target(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn the_seeds_come_through_to_every_interface() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/http");
    let status = |name: &str| answered(&fs::read(directory.join(name)).unwrap());
    for name in [
        "authorize-acs3",
        "authorize-rpc",
        "by-cube",
        "by-user",
        "changes",
        "check",
        "evaluation",
        "evaluation-own",
        "evaluations",
        "explain",
        "form",
        "lookup",
        "metrics",
        "pattern",
        "permissions-get",
        "permissions-put",
        "subscribe",
        "subscribed",
        "subscribed-old",
        "transfer",
    ] {
        assert_eq!(status(name), Some(200), "{name}");
    }
    assert_eq!(status("permissions-delete"), Some(204));
    assert_eq!((status("audit"), status("subscribe-unsigned"), status("path")), (Some(404), Some(401), Some(400)));
}
