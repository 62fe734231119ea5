//! The gathered figures as SVG: a group of bars for each row, a bar for each host. A white ground, so that it can be read on a
//! dark page too.

use std::path::PathBuf;

use clap::Args;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::gather::{Figure, Figures};

/// See [`Task::Chart`](crate::Task).
#[derive(Debug, Args)]
pub(crate) struct Chart {
    /// What was gathered.
    json: PathBuf,
    /// The chart.
    svg: PathBuf,
}

const WIDTH: i32 = 860;
const BAR: i32 = 20;
const INK: RGBColor = RGBColor(40, 44, 52);
const GRID: RGBColor = RGBColor(226, 229, 233);
/// Where bars begin and end.
const LEFT: i32 = 210;
const RIGHT: i32 = WIDTH - 130;
const TOP: i32 = 64;

impl Chart {
    pub(crate) fn draw(&self) -> Result<(), String> {
        let at = |path: &PathBuf, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(&self.json).map_err(|error| at(&self.json, &error))?;
        let figures: Figures = serde_json::from_str(&text).map_err(|error| at(&self.json, &error))?;
        std::fs::write(&self.svg, svg(&figures)?).map_err(|error| at(&self.svg, &error))?;
        println!("{}", self.svg.display());
        Ok(())
    }
}

fn svg(figures: &Figures) -> Result<String, String> {
    let mut rows: Vec<&Figure> = figures.rows.iter().collect();
    rows.sort_by(|a, b| (a.row.as_str(), a.median_ns).partial_cmp(&(b.row.as_str(), b.median_ns)).expect("numbers"));
    let groups = 1 + rows.windows(2).filter(|pair| pair[0].row != pair[1].row).count();
    let lines = i32::try_from(rows.len()).unwrap_or(0) * BAR + i32::try_from(groups).unwrap_or(0) * 12;
    let height = u32::try_from(TOP + lines + 40).unwrap_or(400);
    let most = rows.iter().map(|row| row.median_ns).fold(10.0, f64::max).log10().ceil();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height)).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let say = |text: &str, x: i32, y: i32, size: i32, at: HPos| {
            let style = ("sans-serif", size).into_font().color(&INK).pos(Pos::new(at, VPos::Center));
            root.draw(&Text::new(text.to_owned(), (x, y), style)).map_err(failed)
        };
        say("One item, beside the same in Rust", 14, 20, 22, HPos::Left)?;
        let note =
            format!("median of {} rounds, 10,000 permissions; {}, {}", figures.rounds, figures.machine, figures.date);
        say(&note, 14, 44, 15, HPos::Left)?;
        let bottom = TOP + lines;
        let mut decade = 0.0;
        while decade <= most {
            let x = place(10_f64.powf(decade), most);
            root.draw(&PathElement::new(vec![(x, TOP), (x, bottom)], GRID)).map_err(failed)?;
            say(&time(10_f64.powf(decade)), x, bottom + 14, 15, HPos::Center)?;
            decade += 1.0;
        }
        let mut y = TOP;
        let mut group = "";
        for row in rows {
            if row.row != group {
                y += 12;
                group = &row.row;
            }
            let end = place(row.median_ns.max(1.0), most);
            let bar = Rectangle::new([(LEFT, y + 3), (end.max(LEFT + 1), y + BAR - 3)], color(&row.host).filled());
            root.draw(&bar).map_err(failed)?;
            say(&format!("{} {}", row.row, row.host), LEFT - 8, y + BAR / 2, 16, HPos::Right)?;
            let more = row.more_ns.map(|more| format!(" ({more:+.0})")).unwrap_or_default();
            say(&format!("{:.0} ns{more}", row.median_ns), end + 6, y + BAR / 2, 16, HPos::Left)?;
            y += BAR;
        }
        root.present().map_err(failed)?;
    }
    Ok(svg)
}

/// Where a time stands on a logarithmic scale from one nanosecond on.
fn place(nanoseconds: f64, most: f64) -> i32 {
    let part = nanoseconds.log10() / most;
    #[expect(clippy::cast_possible_truncation, reason = "a place within the picture")]
    let right = (f64::from(RIGHT - LEFT) * part).round() as i32;
    LEFT + right
}

fn time(nanoseconds: f64) -> String {
    let units = [(1e6, "ms"), (1e3, "us")];
    let (size, unit) = units.into_iter().find(|(size, _)| nanoseconds >= *size).unwrap_or((1.0, "ns"));
    format!("{:.0} {unit}", nanoseconds / size)
}

/// The colours of Okabe and Ito, which differ for everybody; the last for whoever comes next.
fn color(host: &str) -> RGBColor {
    match host {
        "rust" => RGBColor(213, 94, 0),
        "c" => RGBColor(0, 114, 178),
        "python" => RGBColor(0, 140, 100),
        "node" => RGBColor(170, 120, 0),
        _ => RGBColor(90, 90, 90),
    }
}

fn failed(error: impl std::fmt::Display) -> String {
    format!("the chart could not be drawn: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_host_is_drawn() {
        let row = |host: &str, row: &str| {
            format!(r#"{{"host": "{host}", "row": "{row}", "median_ns": 61.4, "p99_ns": 90.0, "more_ns": 9.6}}"#)
        };
        let rows = [row("rust", "prepared"), row("c", "prepared"), row("python", "empty")].join(",");
        let text = format!(r#"{{"date": "a day", "machine": "a machine", "rounds": 7, "rows": [{rows}]}}"#);
        let drawn = svg(&serde_json::from_str(&text).expect("figures")).expect("a chart");
        for text in ["prepared rust", "prepared c", "empty python", "61 ns (+10)", "a machine, a day"] {
            assert!(drawn.contains(text), "{text}: {drawn}");
        }
    }
}
