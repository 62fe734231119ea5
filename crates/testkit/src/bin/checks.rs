//! A number of checks and little else, to be counted under callgrind: `cargo xtask instructions`.
//!
//! `counted_string` and `counted_prepared` are one check each, and the call of it. Whoever counts looks at these alone, so
//! making the world, the requests and the prepared subjects does not count, and neither does a subject's first check.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};

use grantrie::{ChangeSet, Engine, PreparedSubject, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Workload};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [permissions, checks, seed] = *args.iter().filter_map(|text| text.parse().ok()).collect::<Vec<usize>>() else {
        eprintln!("usage: checks PERMISSIONS CHECKS SEED [late]");
        return ExitCode::from(2);
    };
    let mut workload = Workload::new(seed as u64, permissions);
    let engine = Engine::new();
    if let Err(refused) = engine.apply(ChangeSet::new(workload.changes())) {
        eprintln!("error: {refused}");
        return ExitCode::FAILURE;
    }
    let asks = workload.requests(checks, true);
    if args.last().is_some_and(|last| last == "late") {
        count_from_here();
    }
    println!("{} and {} of {checks} allowed", strings(&engine, &asks), prepared(&engine, &asks));
    ExitCode::SUCCESS
}

/// Tells callgrind to begin: until then, a program runs under it ten times as fast.
fn count_from_here() {
    let mut control = Command::new("callgrind_control");
    let told = control.args(["--instr=on", &std::process::id().to_string()]).stdout(Stdio::null()).spawn();
    let Ok(mut told) = told else { return };
    // Not `wait`: a program that sleeps in the kernel does not hear of it.
    while let Ok(None) = told.try_wait() {
        std::hint::spin_loop();
    }
}

fn strings(engine: &Engine, asks: &[Ask]) -> usize {
    // A thread's first read sets up its place among the readers.
    let _ = engine.revision();
    let request = |ask| {
        let Ask { namespace, user, action, irn, .. }: &Ask = ask;
        Request::new(namespace, Subject::user(user), action, irn)
    };
    asks.iter().map(request).filter(|request| counted_string(engine, request)).count()
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
        counted_prepared(engine, subject, &question)
    };
    asks.iter().filter(allowed).count()
}

/// One check. Its name is what callgrind is told to count.
#[inline(never)]
fn counted_string(engine: &Engine, request: &Request<'_>) -> bool {
    black_box(engine.is_allowed(request))
}

/// One check. Its name is what callgrind is told to count.
#[inline(never)]
fn counted_prepared(engine: &Engine, subject: &PreparedSubject, question: &Question<'_>) -> bool {
    black_box(engine.is_allowed_for(subject, question))
}
