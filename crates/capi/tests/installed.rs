//! The library as a host in C has it: installed, compiled against, linked, run; plain, with AddressSanitizer, under valgrind.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use grantrie_testkit::corpus::{EngineFace, Face, HostFace, ModelFace, Report, load_dir, run as put};
use support::{Under, compile, compile_static, here, prefix, run, top};

/// The only block of C in the README.
fn readme_example() -> String {
    let readme = std::fs::read_to_string(here("README.md")).expect("a README");
    let block = readme.split_once("```c\n").and_then(|(_, rest)| rest.split_once("```")).expect("a block of C").0;
    block.to_owned()
}

#[test]
fn the_example_of_the_readme_is_the_one_that_runs() {
    let source = here("examples/check.c");
    assert_eq!(readme_example(), std::fs::read_to_string(&source).expect("the example"));
    for under in Under::ALL {
        assert_eq!(run(&mut under.command(&compile(&source, under)), ""), "allowed\n");
    }
}

#[test]
fn the_worked_example_answers_with_either_library() {
    let source = here("examples/gateway.c");
    let input = "ann READ aisvc:agent:support-bot\nann EDIT aisvc:agent:support-bot\neve RUN aisvc:tool:deploy-web-eu\n\
                 ann read aisvc:agent:support-bot\n! examples/changes.json\n! examples/none.json\n\
                 ann EDIT aisvc:agent:support-bot\n";
    let ask = |command: &mut Command| run(command.arg("examples/tenant.json"), input);
    let answers = ask(&mut Under::Nothing.command(&compile(&source, Under::Nothing)));
    let says = |line: &str| assert!(answers.lines().any(|answer| answer == line), "{line}: {answers}");
    says("ann READ aisvc:agent:support-bot: allowed");
    says("eve RUN aisvc:tool:deploy-web-eu: denied");
    says("ann read aisvc:agent:support-bot: denied");
    says("  lower_case_action at byte 0");
    says("changed: revision 2");
    assert!(
        answers.contains("\"outcome\":\"applies\"") && answers.contains("examples/none.json: cannot be read"),
        "{answers}"
    );
    // What a change file took away is gone for a subject that was prepared before.
    let edits: Vec<&str> = answers.lines().filter(|line| line.starts_with("ann EDIT")).collect();
    let expected = ["ann EDIT aisvc:agent:support-bot: allowed", "ann EDIT aisvc:agent:support-bot: denied"];
    assert_eq!(edits, expected, "{answers}");
    for under in [Under::AddressSanitizer, Under::Valgrind] {
        assert_eq!(ask(&mut under.command(&compile(&source, under))), answers, "{under:?}");
    }
    assert_eq!(ask(&mut Under::Nothing.command(&compile_static(&source))), answers, "static");
}

#[test]
fn every_exported_symbol_takes_nulls_and_lengths_that_are_none() {
    let source = here("tests/c/nulls.c");
    let mut nm = Command::new("nm");
    nm.args(["--dynamic", "--defined-only", "--format=posix"]).arg(prefix().join("lib/libgrantrie.so"));
    let listed = run(&mut nm, "");
    let exported: BTreeSet<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(exported.iter().all(|name| name.starts_with("grantrie_")), "{exported:?}");
    for under in Under::ALL {
        let called = run(&mut under.command(&compile(&source, under)), "");
        let called: BTreeSet<&str> = called.lines().collect();
        assert_eq!(called, exported, "not every symbol is called with nulls ({under:?})");
    }
    println!("{} symbols, each with nulls and garbage", exported.len());
}

#[test]
fn eight_threads_check_while_changes_are_applied() {
    let source = here("tests/c/threads.c");
    for (under, rounds) in [(Under::Nothing, "20000"), (Under::AddressSanitizer, "2000"), (Under::Valgrind, "50")] {
        print!("{under:?}: {}", run(under.command(&compile(&source, under)).arg(rounds), ""));
    }
}

#[test]
fn the_corpus_is_answered_in_c_as_by_engine_and_model() {
    let files = load_dir(&top().join("tests/corpus")).unwrap_or_else(|error| panic!("{error}"));
    let source = here("tests/c/corpus.c");
    let ask = |face: &mut dyn Face| -> Report { put(&files, face) };
    let (of_engine, of_model) = (ask(&mut EngineFace::default()), ask(&mut ModelFace::default()));
    for under in Under::ALL {
        let mut face = HostFace::start(&mut under.command(&compile(&source, under))).expect("the program starts");
        let report = ask(&mut face);
        let asked = face.end().unwrap_or_else(|error| panic!("{under:?}: {error}"));
        let answered = [&of_engine, &of_model, &report].map(Report::answered);
        println!(
            "{under:?}: answered: engine {}, model {}, C {} ({asked} questions)",
            answered[0], answered[1], answered[2]
        );
        assert!(report.failures.is_empty(), "{report}");
        assert!(report.counts.values().all(|count| count.unsupported == 0), "{report}");
        assert_eq!((&of_engine.counts, &of_model.counts), (&report.counts, &report.counts));
        assert!(report.answered() >= 200, "{answered:?}");
    }
}
