//! A number of checks and nothing else, to be counted: `valgrind --tool=callgrind --toggle-collect='*Engine*is_allowed*'
//! target/release/checks string 1000 2000` prints the instructions of 2,000 checks on 1,000 permissions.

use std::process::ExitCode;

use grantrie::{ChangeSet, Engine, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Workload};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = args.iter().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (Some(form @ ("string" | "prepared")), [permissions, checks]) =
        (args.first().map(String::as_str), &numbers[..])
    else {
        eprintln!("usage: checks string|prepared PERMISSIONS CHECKS");
        return ExitCode::from(2);
    };
    let mut workload = Workload::new(7, *permissions);
    let engine = Engine::new();
    if let Err(refused) = engine.apply(ChangeSet::new(workload.changes())) {
        eprintln!("error: {refused}");
        return ExitCode::FAILURE;
    }
    let asks = workload.requests(*checks, true);
    let allowed = if form == "string" {
        let allowed = |ask: &&Ask| {
            engine.is_allowed(&Request::new(&ask.namespace, Subject::user(&ask.user), ask.action, &ask.irn))
        };
        asks.iter().filter(allowed).count()
    } else {
        let prepare = |ask: &Ask| engine.prepare(&ask.namespace, &Subject::user(&ask.user), None).expect("valid names");
        let subjects: Vec<_> = asks.iter().map(prepare).collect();
        let pairs = asks.iter().zip(&subjects);
        pairs.filter(|(ask, subject)| engine.is_allowed_for(subject, &Question::new(ask.action, &ask.irn))).count()
    };
    println!("{allowed} of {checks} allowed");
    ExitCode::SUCCESS
}
