//! The Rust host, by which the others are measured.

use std::collections::HashMap;
use std::fs::File;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use grantrie::{Engine, PreparedSubject, Question, Request, Subject};

use crate::work::{self, Line};

/// Items that are timed together.
const PIECE: usize = 512;
/// Items of a batch.
const BATCH: usize = 256;
/// How often all questions are asked.
const TURNS: usize = 5;

/// See [`Task::Host`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Host {
    world: PathBuf,
    questions: PathBuf,
    /// Only this many prepared checks, for counting their instructions.
    #[arg(long)]
    count: Option<usize>,
}

impl Host {
    pub(crate) fn run(&self) -> Result<(), String> {
        let lines = work::read(&self.questions)?;
        let file = File::open(&self.world).map_err(|error| format!("{}: {error}", self.world.display()))?;
        let engine = Engine::new();
        engine.load(file).map_err(|refused| refused.to_string())?;
        let mut prepared: HashMap<(&str, &str), PreparedSubject> = HashMap::new();
        for Line { namespace, user, .. } in &lines {
            if !prepared.contains_key(&(namespace.as_str(), user.as_str())) {
                let subject = engine.prepare(namespace, &Subject::user(user), None);
                prepared.insert((namespace, user), subject.map_err(|invalid| invalid.to_string())?);
            }
        }
        let subjects: Vec<&PreparedSubject> =
            lines.iter().map(|line| &prepared[&(line.namespace.as_str(), line.user.as_str())]).collect();
        let question = |at: usize| Question::new(&lines[at].action, &lines[at].irn);
        if let Some(count) = self.count {
            let all = |_| (0..count.min(lines.len())).filter(|at| one(&engine, subjects[*at], &question(*at))).count();
            // What a subject and a thread do once, they have done.
            println!("{}", [0, 1].map(all)[1]);
            return Ok(());
        }
        row("prepared", lines.len(), PIECE, |at| usize::from(engine.is_allowed_for(subjects[at], &question(at))));
        row("check", lines.len(), PIECE, |at| usize::from(engine.check_for(subjects[at], &question(at)).allowed));
        batches("single", lines.len(), |from| {
            let (subject, action) = (subjects[from], &lines[from].action);
            let one = |line: &&Line| engine.is_allowed_for(subject, &Question::new(action, &line.irn));
            lines[from..from + BATCH].iter().filter(one).count()
        });
        let mut answers = Vec::with_capacity(BATCH);
        let mut many = |from: usize, action: fn(&Line) -> &str, of: Option<&Line>| {
            let asked = lines[from..from + BATCH].iter();
            let questions = asked.map(|line| Question::new(action(of.unwrap_or(line)), &line.irn));
            let done = engine.are_allowed_for(subjects[from], questions, &mut answers);
            done.map(|()| answers.iter().filter(|allowed| **allowed).count()).unwrap_or_default()
        };
        batches("list", lines.len(), |from| many(from, |line| &line.action, Some(&lines[from])));
        batches("batch", lines.len(), |from| many(from, |line| &line.action, None));
        row("names", lines.len(), PIECE, |at| {
            let Line { namespace, user, action, irn } = &lines[at];
            usize::from(engine.is_allowed(&Request::new(namespace, Subject::user(user), action, irn)))
        });
        Ok(())
    }
}

/// One check. Its name is what callgrind is told to count.
#[inline(never)]
pub(crate) fn one(engine: &Engine, subject: &PreparedSubject, question: &Question<'_>) -> bool {
    black_box(engine.is_allowed_for(subject, question))
}

/// Times items in pieces.
fn row(name: &str, items: usize, piece: usize, mut one: impl FnMut(usize) -> usize) {
    let mut pieces = Vec::new();
    let mut allowed: usize = (0..items).map(&mut one).sum();
    for _ in 0..TURNS {
        allowed = 0;
        for from in (0..items).step_by(piece) {
            let to = (from + piece).min(items);
            let begun = Instant::now();
            allowed += black_box((from..to).map(&mut one).sum::<usize>());
            pieces.push(nanoseconds(begun) / count(to - from));
        }
    }
    write(name, &mut pieces, allowed);
}

/// Times whole batches.
fn batches(name: &str, items: usize, mut one: impl FnMut(usize) -> usize) {
    let whole = || (0..items + 1 - BATCH).step_by(BATCH);
    let mut pieces = Vec::new();
    let mut allowed: usize = whole().map(&mut one).sum();
    for _ in 0..TURNS {
        allowed = 0;
        for from in whole() {
            let begun = Instant::now();
            allowed += black_box(one(from));
            pieces.push(nanoseconds(begun) / count(BATCH));
        }
    }
    write(name, &mut pieces, allowed);
}

fn write(row: &str, pieces: &mut [f64], allowed: usize) {
    pieces.sort_unstable_by(f64::total_cmp);
    let percentile = |percent: usize| pieces[(pieces.len() * percent / 100).min(pieces.len() - 1)];
    let line = serde_json::json!({
        "host": "rust", "row": row, "median_ns": percentile(50), "p99_ns": percentile(99), "allowed": allowed,
    });
    println!("{line}");
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a measurement")]
fn nanoseconds(begun: Instant) -> f64 {
    begun.elapsed().as_nanos() as f64
}

#[expect(clippy::cast_precision_loss, reason = "items of a measurement")]
fn count(items: usize) -> f64 {
    items as f64
}
