//! What other engines take, as the program `peers` measures it beside Grantrie in one run.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::figures::Figures;

#[derive(Debug, Deserialize)]
struct Results {
    rows: Vec<Row>,
    capped: Vec<Capped>,
}

/// An engine that was not measured.
#[derive(Debug, Deserialize)]
struct Capped {
    engine: String,
    variant: String,
    size: usize,
    why: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    engine: String,
    variant: String,
    size: usize,
    /// Permissions or patterns that it holds.
    holds: f64,
    median_ns: f64,
    load_ms: f64,
    wrong: u64,
    note: Option<String>,
}

const DECIDING: &str = "grantrie/prepared,grantrie/string,iam-rs/prebuilt,regorus/bytecode,cedar/sliced,casbin/cached";
const MATCHING: &str = "pattern-set,globset,regex-automata";

/// Measures at 10,000 permissions, and patterns of as many and of 100,000: about 3,500 and 31,000 in the largest namespace.
///
/// # Errors
/// The program is not built, or fails.
pub(crate) fn measure(bin: &Path, seed: u64) -> Result<Figures, String> {
    let Results { mut rows, mut capped } = run(bin, seed, &["10000", DECIDING])?;
    let patterns = run(bin, seed, &["10000,100000", MATCHING])?;
    rows.extend(patterns.rows);
    capped.extend(patterns.capped);
    let mut figures = Figures::default();
    for row in &rows {
        let Row { engine, variant, size, median_ns, wrong, .. } = row;
        figures.put(format!("peers.{engine}/{variant}.{size}.ns"), *median_ns);
        if *wrong > 0 {
            figures.notes.push(format!("{engine}/{variant} at {size}: {wrong} wrong answers, so it is not compared"));
        }
        figures.notes.extend(row.note.iter().map(|note| format!("{engine}/{variant} at {size}: {note}")));
    }
    figures.notes.extend(capped.iter().map(|cap| {
        let Capped { engine, variant, size, why } = cap;
        format!("{engine}/{variant} at {size} was not measured: {why}")
    }));
    let find = |engine: &str, variant: &str, size| {
        let mut known = rows.iter();
        // One that answers wrongly is not faster than anything.
        known.find(|row| row.engine == engine && row.variant == variant && row.size == size && row.wrong == 0)
    };
    for form in ["prepared", "string"] {
        let Some(own) = find("grantrie", form, 10_000) else { continue };
        for row in rows.iter().filter(|row| row.size == 10_000 && row.engine != "grantrie") {
            let Row { engine, variant, .. } = row;
            figures.put(format!("peer.{form}.{engine}/{variant}"), row.median_ns / own.median_ns);
        }
        figures.put(format!("peer.own.{form}.ns"), own.median_ns);
    }
    for (size, name) in [(10_000, "10k"), (100_000, "100k")] {
        let Some(own) = find("pattern-set", "matching", size) else { continue };
        figures.put(format!("patterns.{name}.count"), own.holds);
        for engine in ["globset", "regex-automata"] {
            let Some(other) = find(engine, "matching", size) else { continue };
            figures.put(format!("patterns.{name}.{engine}.match"), other.median_ns / own.median_ns);
            figures.put(format!("patterns.{name}.{engine}.build"), other.load_ms / own.load_ms);
        }
    }
    Ok(figures)
}

fn run(bin: &Path, seed: u64, [sizes, only]: &[&str; 2]) -> Result<Results, String> {
    let file = bin.join(format!("peers.{}.json", std::process::id()));
    let program = bin.join("peers");
    let mut command = Command::new(&program);
    command.args(["--sizes", sizes, "--only", only, "--seed", &seed.to_string()]).arg("--json").arg(&file);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    if !status.success() {
        return Err(format!("{}: {status}", program.display()));
    }
    let text = std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let _ = std::fs::remove_file(&file);
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}
