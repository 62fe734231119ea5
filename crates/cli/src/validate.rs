//! `grantrie validate`: every problem of a world file, with line and column.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use grantrie::{Engine, Limits, Problem, Refused};
use serde::Serialize;

use crate::failure::{ERROR, Failure};
use crate::load::{self, plural};
use crate::output::{self, BAD, DIM, GOOD};

/// Check a world file: report every problem with line and column
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Validate {
    /// The world file (`-` for standard input)
    #[arg(value_name = "WORLD")]
    world: PathBuf,

    /// List so many problems at most; the rest are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_problems: usize,

    /// Say how long it took and how much memory at most, on stderr
    #[arg(long)]
    stats: bool,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Example:
  grantrie validate examples/tenant.json

Exit status: 0 the world is good, 2 it has problems or cannot be read.";

#[derive(Serialize)]
struct Report<'a> {
    valid: bool,
    problems: Vec<Entry<'a>>,
    /// Problems beyond those that are listed.
    unlisted: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: u16,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    message: &'a str,
}

impl Validate {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut limits = Limits::default();
        limits.reported_problems = self.max_problems;
        let start = Instant::now();
        let loaded = load::world(&self.world, &limits)?;
        if self.stats {
            let mut stderr = anstream::stderr().lock();
            let _ = writeln!(stderr, "{DIM}took {:.2} s{}{DIM:#}", start.elapsed().as_secs_f64(), peak_memory());
        }
        let mut out = BufWriter::new(anstream::stdout().lock());
        let written = match &loaded {
            _ if self.json => output::json(&mut out, &report(&loaded)),
            Ok(engine) => self.write_good(&mut out, engine),
            Err(refused) => self.write_problems(&mut out, refused),
        };
        output::or_unread(written.and_then(|()| out.flush()))?;
        Ok(if loaded.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(ERROR) })
    }

    fn write_good(&self, out: &mut impl Write, engine: &Engine) -> std::io::Result<()> {
        let counts = engine.counts();
        let (permissions, patterns) = (plural(counts.permissions, "permission"), plural(counts.patterns, "pattern"));
        let (principals, namespaces) = (plural(counts.principals, "principal"), plural(counts.namespaces, "namespace"));
        let path = self.world.display();
        writeln!(out, "{GOOD}good:{GOOD:#} {path}: {permissions}, {patterns}, {principals}, {namespaces}")
    }

    fn write_problems(&self, out: &mut impl Write, refused: &Refused) -> std::io::Result<()> {
        let path = self.world.display();
        for problem in refused.problems() {
            if let Some((line, column)) = problem.place {
                write!(out, "{path}:{line}:{column}: ")?;
            } else {
                write!(out, "{path}: ")?;
            }
            if !problem.field.is_empty() {
                write!(out, "{}: ", problem.field)?;
            }
            writeln!(out, "{} {DIM}[{} {}]{DIM:#}", problem.message, problem.code.number(), problem.code)?;
        }
        let count = refused.problems().len().saturating_add(refused.unlisted());
        write!(out, "{BAD}bad:{BAD:#} {path}: {}", plural(count, "problem"))?;
        if refused.unlisted() > 0 {
            write!(out, ", {} of them not listed (--max-problems lists more)", refused.unlisted())?;
        }
        writeln!(out)
    }
}

fn report(loaded: &Result<Engine, Refused>) -> Report<'_> {
    match loaded {
        Ok(_) => Report { valid: true, problems: Vec::new(), unlisted: 0 },
        Err(refused) => Report {
            valid: false,
            problems: refused.problems().iter().map(Entry::from).collect(),
            unlisted: refused.unlisted(),
        },
    }
}

impl<'a> From<&'a Problem> for Entry<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            code: problem.code.number(),
            name: problem.code.name(),
            line: problem.place.map(|(line, _)| line),
            column: problem.place.map(|(_, column)| column),
            field: &problem.field,
            item: problem.item,
            offset: problem.offset,
            message: &problem.message,
        }
    }
}

/// The most memory that this process has had, where the system says so.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    peak.map_or_else(String::new, |kib: u64| format!(", {} MiB of memory at most", kib / 1024))
}
