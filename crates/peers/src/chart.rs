//! Charts of measured files, as SVG: nothing in them is written by hand.
//!
//! A file may hold what this program measured (`rows` with an `engine`), or, as `cargo xtask goals --json` writes it, the time of
//! changes (`update`: `p50_ns`, `p99_ns`, and a `histogram` of pairs of nanoseconds and a count) and how a check grows (`curves`, each
//! a `name` and its `points`: grants and nanoseconds); each chart for which there is something is drawn. They have a white ground, so that they can be read on a dark page too.

mod lines;
mod update;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::results::Row;
use lines::{Lines, Series};
use update::Update;

/// See [`Task::Chart`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Chart {
    /// Measured files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where the charts go; beside the first file if it is not given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What charts are drawn of.
#[derive(Debug, Deserialize)]
struct Measured {
    #[serde(default, deserialize_with = "rows_of_engines")]
    rows: Vec<Row>,
    /// Null in it, or in one of its fields, where changes were not measured.
    #[serde(default, deserialize_with = "known")]
    update: Option<Update>,
    #[serde(default)]
    curves: Vec<Curve>,
    #[serde(default)]
    machine: String,
    #[serde(default)]
    date: String,
}

/// What a check takes against something that grows.
#[derive(Debug, Deserialize)]
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The rows that are of an engine. The file of the goals has rows of its own.
fn rows_of_engines<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Row>, D::Error> {
    let rows = Vec::<serde_json::Value>::deserialize(from)?;
    let of_engines = rows.into_iter().filter(|row| row.get("engine").is_some());
    of_engines.map(serde_json::from_value).collect::<Result<_, _>>().map_err(D::Error::custom)
}

fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Update>, D::Error> {
    let update = serde_json::Value::deserialize(from)?;
    let unknown = update.as_object().is_none_or(|fields| fields.values().any(serde_json::Value::is_null));
    if unknown { Ok(None) } else { serde_json::from_value(update).map(Some).map_err(D::Error::custom) }
}

const PATTERNS: [&str; 3] = ["pattern-set", "globset", "regex-automata"];

impl Chart {
    pub(crate) fn draw(&self) -> Result<(), String> {
        let beside = self.files.first().and_then(|file| file.parent()).unwrap_or(Path::new("."));
        let out = self.out.as_deref().unwrap_or(beside);
        for file in &self.files {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let measured = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            for (name, svg) in charts(&measured)? {
                let path = out.join(name);
                std::fs::write(&path, svg).map_err(|error| format!("{}: {error}", path.display()))?;
                println!("{}", path.display());
            }
        }
        Ok(())
    }
}

/// Each chart with the name of its file.
fn charts(measured: &Measured) -> Result<Vec<(&'static str, String)>, String> {
    let Measured { rows, update, curves, machine, date } = measured;
    let note: Vec<&str> = [machine, date].into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let note = note.join(", ");
    let is_matcher = |row: &&Row| PATTERNS.contains(&row.engine.as_str());
    let checks = || rows.iter().filter(|row| !is_matcher(row));
    let all = [
        Lines {
            file: "time.svg",
            title: "Time of a check against permissions",
            note: &note,
            unit: lines::time,
            series: series(checks(), |row| (row.size, row.median_ns)),
        },
        Lines {
            file: "patterns.svg",
            title: "All patterns that match a name: time against patterns",
            note: &note,
            unit: lines::time,
            series: series(rows.iter().filter(is_matcher), |row| (row.holds, row.median_ns)),
        },
        Lines {
            file: "memory.svg",
            title: "Memory for each permission held, against permissions",
            note: &note,
            unit: lines::bytes,
            series: series(checks(), |row| (row.size, row.bytes_per_grant)),
        },
        Lines {
            file: "shapes.svg",
            title: "Time of a prepared check against the grants of one principal",
            note: &note,
            unit: lines::time,
            series: COLOURS.into_iter().zip(curves).map(line).collect(),
        },
    ];
    let mut drawn = Vec::new();
    for chart in all.iter().filter(|chart| !chart.series.is_empty()) {
        drawn.push((chart.file, chart.draw()?));
    }
    if let Some(update) = update {
        drawn.push(("update.svg", update.draw(&note)?));
    }
    Ok(drawn)
}

/// A series for each engine and variant; what is not above zero cannot stand on a logarithmic scale.
fn series<'a>(rows: impl Iterator<Item = &'a Row>, point: impl Fn(&Row) -> (usize, f64)) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for row in rows {
        let name = format!("{} {}", row.engine, row.variant);
        let (x, y) = point(row);
        if y <= 0.0 {
            continue;
        }
        let point = (crate::worker::count(x), y);
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => all.push(Series { engine: row.engine.clone(), name, points: vec![point] }),
        }
    }
    all
}

/// Engines whose colours curves have: the first is that beside which the others stand.
const COLOURS: [&str; 5] = ["grantrie", "cedar", "casbin", "regorus", "iam-rs"];

fn line((engine, Curve { name, points }): (&str, &Curve)) -> Series {
    Series { engine: engine.to_owned(), name: name.clone(), points: points.clone() }
}

/// What drawing says when it fails.
fn failed(error: impl std::fmt::Display) -> String {
    format!("a chart could not be drawn: {error}")
}

#[cfg(test)]
mod tests;
