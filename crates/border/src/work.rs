//! What is asked: a world file, and questions about it as lines.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use grantrie_testkit::workload::Workload;

/// See [`Task::Work`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Work {
    /// Where `world.json` and `questions.tsv` go.
    directory: PathBuf,
    /// Permissions of the world.
    #[arg(long, default_value_t = 10_000)]
    permissions: usize,
    /// Questions.
    #[arg(long, default_value_t = 20_480)]
    questions: usize,
    /// The seed of both.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One question.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) namespace: String,
    pub(crate) user: String,
    pub(crate) action: String,
    pub(crate) irn: String,
}

impl Work {
    pub(crate) fn write(&self) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.directory.display());
        std::fs::create_dir_all(&self.directory).map_err(failed)?;
        let open = |name: &str| File::create(self.directory.join(name)).map(BufWriter::new).map_err(failed);
        let mut workload = Workload::new(self.seed, self.permissions);
        let mut world = open("world.json")?;
        workload.write_world(&mut world).and_then(|()| world.flush()).map_err(failed)?;
        let mut questions = open("questions.tsv")?;
        for ask in workload.requests(self.questions, true) {
            writeln!(questions, "{}\t{}\t{}\t{}", ask.namespace, ask.user, ask.action, ask.irn).map_err(failed)?;
        }
        questions.flush().map_err(failed)
    }
}

/// The questions of a file.
pub(crate) fn read(path: &std::path::Path) -> Result<Vec<Line>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = |line: &str| {
        let parts: Vec<&str> = line.split('\t').collect();
        let [namespace, user, action, irn] = parts[..] else { return Err(format!("no question: {line}")) };
        let [namespace, user, action, irn] = [namespace, user, action, irn].map(str::to_owned);
        Ok(Line { namespace, user, action, irn })
    };
    text.lines().map(line).collect()
}
