//! `grantrie validate`: every problem of a world file, or of changes to it, with line and column.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use grantrie::{Engine, Limits};

use crate::failure::{ERROR, Failure};
use crate::load::{self, Bad, Loaded, Setting};
use crate::output::plural;
use crate::output::problems::{self, Report};
use crate::output::{self, DIM, GOOD};

/// Check a world file, and changes to it: report every problem with line and column
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Validate {
    /// The world file (`-` for standard input)
    #[arg(value_name = "WORLD")]
    world: PathBuf,

    #[command(flatten)]
    setting: Setting,

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
Examples:
  grantrie validate examples/tenant.json
  grantrie validate examples/tenant.json --changes examples/changes.json --json

Exit status: 0 the world is good and takes the changes, 2 either has problems or cannot be read.";

impl Validate {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        self.setting.one_stdin(&[(&self.world, "WORLD")])?;
        let mut limits = Limits::default();
        limits.reported_problems = self.max_problems;
        let start = Instant::now();
        // Notes are taken only where there are effects to count.
        let count = !self.setting.changes.is_empty();
        let loaded = load::world(&self.world, &self.setting, &limits, count)?;
        if self.stats {
            let mut stderr = anstream::stderr().lock();
            let _ = writeln!(stderr, "{DIM}took {:.2} s{}{DIM:#}", start.elapsed().as_secs_f64(), peak_memory());
            if let Ok(Loaded { engine, .. }) = &loaded {
                let _ = writeln!(stderr, "{DIM}{}{DIM:#}", memory_use(engine));
            }
        }
        let mut out = BufWriter::new(anstream::stdout().lock());
        let written = match &loaded {
            Ok(loaded) if self.json => output::json(&mut out, &Report::good(loaded.effects)),
            Ok(loaded) => self.write_good(&mut out, loaded),
            Err(Bad { file, refused }) if self.json => output::json(&mut out, &Report::of_file(file, refused)),
            Err(Bad { file, refused }) => problems::lines(&mut out, file, refused),
        };
        output::or_unread(written.and_then(|()| out.flush()))?;
        Ok(if loaded.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(ERROR) })
    }

    fn write_good(&self, out: &mut impl Write, Loaded { engine, effects }: &Loaded) -> std::io::Result<()> {
        let counts = engine.counts();
        let (permissions, patterns) = (plural(counts.permissions, "permission"), plural(counts.patterns, "pattern"));
        let (principals, namespaces) = (plural(counts.principals, "principal"), plural(counts.namespaces, "namespace"));
        let path = self.world.display();
        write!(out, "{GOOD}good:{GOOD:#} {path}: {permissions}, {patterns}, {principals}, {namespaces}")?;
        if let Some(effects) = effects {
            write!(out, "; the changes have {}", plural(*effects, "effect"))?;
        }
        writeln!(out)
    }
}

/// What the engine takes memory for.
fn memory_use(engine: &Engine) -> String {
    let (used, permissions) = (engine.memory(), engine.counts().permissions.max(1));
    let parts = [
        ("check index", used.check_index),
        ("permissions", used.permissions),
        ("lookups", used.lookups),
        ("directory", used.directory),
    ];
    let parts: Vec<String> = parts.iter().map(|(name, bytes)| format!("{name} {}", bytes / permissions)).collect();
    let total = used.total() / permissions;
    format!("{} KiB in use, {total} bytes a permission: {}", used.total() / 1024, parts.join(", "))
}

/// The most memory that this process has had, where the system says so.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    peak.map_or_else(String::new, |kib: u64| format!(", {} MiB of memory at most", kib / 1024))
}
