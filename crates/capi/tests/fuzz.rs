//! Every input that the fuzz target `capi` keeps, replayed, and what chance makes of them: the fuzzer needs a C++ compiler
//! and time, this needs neither.

#[path = "support/fuzz.rs"]
mod target;

use std::path::Path;

use grantrie_testkit::Choices;

fn kept() -> Vec<Vec<u8>> {
    let directories =
        ["seeds", "finds"].map(|kind| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind));
    let files = directories.iter().flat_map(|kind| std::fs::read_dir(kind.join("capi")).into_iter().flatten());
    let mut paths: Vec<_> = files.map(|file| file.expect("a readable directory").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a readable file")).collect()
}

#[test]
fn every_kept_input_passes() {
    let kept = kept();
    assert!(!kept.is_empty(), "the target has no seeds");
    kept.iter().for_each(|input| target::capi(input));
}

#[test]
fn what_chance_makes_of_kept_inputs_passes() {
    let kept = kept();
    let mut choices = Choices::seeded(1);
    for _ in 0..1_500 {
        let mut input = choices.pick(&kept).clone();
        let other = choices.pick(&kept).clone();
        for _ in 0..=choices.below(6) {
            let at = choices.below(input.len() + 1);
            match choices.below(4) {
                0 if at < input.len() => drop(input.remove(at)),
                1 => input.insert(at, u8::try_from(choices.below(256)).expect("a byte")),
                2 if at < input.len() => input[at] ^= 1 << choices.below(8),
                _ => {
                    let from = choices.below(other.len() + 1);
                    input.splice(at..at, other[from..].iter().copied());
                }
            }
        }
        target::capi(&input);
    }
}
