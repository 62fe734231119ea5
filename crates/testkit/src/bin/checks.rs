//! A number of checks and little else, to be counted under callgrind: `cargo xtask instructions`.
//!
//! `counted_string` and `counted_prepared` are one check each, and the call of it; `counted_matching` is one search for all patterns
//! of a set that match a name. Whoever counts looks at these alone, so making the world, the requests and the prepared subjects does
//! not count, and neither does a subject's first check.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::process::{Command, ExitCode, Stdio};

use grantrie::{Change, ChangeSet, Engine, Irn, Pattern, PatternSet, PreparedSubject, Question, Request, Subject};
use grantrie_testkit::workload::{Ask, Shape, Workload};

const USAGE: &str = "usage: checks PERMISSIONS|SHAPE|patterns=PERMISSIONS CHECKS SEED [late]";

/// What is asked.
enum World {
    /// An ordinary one, of so many permissions.
    Ordinary(usize),
    /// One in which something is extreme, at its full size.
    Shape(Shape),
    /// The patterns of the largest namespace of an ordinary one.
    Patterns(usize),
}

impl World {
    fn parse(text: &str) -> Option<Self> {
        if let Some(permissions) = text.strip_prefix("patterns=") {
            return permissions.parse().ok().map(Self::Patterns);
        }
        let shape = Shape::ALL.into_iter().find(|shape| format!("{shape:?}") == text);
        shape.map(Self::Shape).or_else(|| text.parse().ok().map(Self::Ordinary))
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (parsed, late) = match &*args {
        [world, checks, seed, more @ ..] => {
            let numbers = checks.parse().ok().zip(seed.parse().ok());
            (World::parse(world).zip(numbers), more.first().is_some_and(|more| more == "late"))
        }
        _ => (None, false),
    };
    let Some((world, (checks, seed))) = parsed else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (changes, asks) = match world {
        World::Ordinary(permissions) => {
            let mut workload = Workload::new(seed, permissions);
            (workload.changes(), workload.requests(checks, true))
        }
        World::Shape(shape) => {
            let shaped = shape.world(seed, shape.full_size(), checks);
            (shaped.changes, shaped.asks)
        }
        World::Patterns(permissions) => {
            let mut workload = Workload::new(seed, permissions);
            let (set, asks) = (largest_set(workload.changes()), workload.requests(checks, true));
            if late {
                count_from_here();
            }
            println!("{} patterns match {checks} names", matching(&set, &asks));
            return ExitCode::SUCCESS;
        }
    };
    let engine = Engine::new();
    if let Err(refused) = engine.apply(ChangeSet::new(changes)) {
        eprintln!("error: {refused}");
        return ExitCode::FAILURE;
    }
    if late {
        count_from_here();
    }
    println!("{} and {} of {checks} allowed", strings(&engine, &asks), prepared(&engine, &asks));
    ExitCode::SUCCESS
}

/// The patterns of the namespace that has most.
fn largest_set(changes: Vec<Change>) -> PatternSet {
    let mut of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for change in changes {
        if let Change::UpsertPermission(draft) = change {
            of.entry(draft.namespace).or_default().insert(draft.pattern.to_string());
        }
    }
    let largest = of.into_values().max_by_key(BTreeSet::len).unwrap_or_default();
    let patterns: Vec<Pattern> = largest.iter().filter_map(|text| text.parse().ok()).collect();
    let mut set = PatternSet::new();
    set.extend(&patterns);
    set
}

fn matching(set: &PatternSet, asks: &[Ask]) -> usize {
    let names: Vec<Irn<'_>> = asks.iter().filter_map(|ask| Irn::parse(&ask.irn).ok()).collect();
    names.iter().map(|name| counted_matching(set, name)).sum()
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

/// One search. Its name is what callgrind is told to count.
#[inline(never)]
fn counted_matching(set: &PatternSet, name: &Irn<'_>) -> usize {
    let mut found = 0;
    set.for_each_matching(name, |_| found += 1);
    black_box(found)
}
