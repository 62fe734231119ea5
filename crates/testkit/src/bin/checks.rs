//! A number of checks and little else, to be counted under callgrind: `cargo xtask instructions`.
//!
//! `counted_check` is one check and the call of it. Whoever counts looks at that function alone, so making the world, the
//! requests and the prepared subjects does not count, and neither does the first check of each subject.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;

use grantrie::{ChangeSet, Engine, PreparedSubject, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Workload};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = args.iter().skip(1).filter_map(|text| text.parse().ok()).collect();
    let (Some(form @ ("string" | "prepared")), [permissions, checks, seed]) =
        (args.first().map(String::as_str), &numbers[..])
    else {
        eprintln!("usage: checks string|prepared PERMISSIONS CHECKS SEED");
        return ExitCode::from(2);
    };
    let mut workload = Workload::new(*seed as u64, *permissions);
    let engine = Engine::new();
    if let Err(refused) = engine.apply(ChangeSet::new(workload.changes())) {
        eprintln!("error: {refused}");
        return ExitCode::FAILURE;
    }
    let asks = workload.requests(*checks, true);
    let allowed = if form == "string" { strings(&engine, &asks) } else { prepared(&engine, &asks) };
    println!("{allowed} of {checks} allowed");
    ExitCode::SUCCESS
}

fn strings(engine: &Engine, asks: &[Ask]) -> usize {
    // A thread's first read sets up its place among the readers.
    let _ = engine.revision();
    let request = |ask| {
        let Ask { namespace, user, action, irn, .. }: &Ask = ask;
        Request::new(namespace, Subject::user(user), action, irn)
    };
    asks.iter().map(request).filter(|request| counted_check(|| engine.is_allowed(request))).count()
}

fn prepared(engine: &Engine, asks: &[Ask]) -> usize {
    let mut subjects: HashMap<(&str, &str), PreparedSubject> = HashMap::new();
    for ask in asks {
        let subject = subjects.entry((&ask.namespace, &ask.user)).or_insert_with(|| {
            engine.prepare(&ask.namespace, &Subject::user(&ask.user), None).expect("the workload's names are valid")
        });
        // What a subject does once, it has done.
        black_box(engine.is_allowed_for(subject, &Question::new(ask.action, &ask.irn)));
    }
    let allowed = |ask: &&Ask| {
        let subject = &subjects[&(&*ask.namespace, &*ask.user)];
        let question = Question::new(ask.action, &ask.irn);
        counted_check(|| engine.is_allowed_for(subject, &question))
    };
    asks.iter().filter(allowed).count()
}

/// One check. Its name is what callgrind is told to count.
#[inline(never)]
fn counted_check(check: impl FnOnce() -> bool) -> bool {
    black_box(check())
}
