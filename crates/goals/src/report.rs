//! The table: each figure beside its goal.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::curves::{self, Curve};
use crate::figures::{Figures, median};
use crate::missed::Said;
use crate::rows::{Goal, Row, rows};

/// What all runs found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seeds: Vec<u64>,
    pub(crate) runs: Vec<Figures>,
}

struct Judged {
    row: Row,
    figures: Vec<f64>,
}

impl Judged {
    /// The goal must hold for the median of the runs; a figure that nothing measured misses it.
    fn holds(&self) -> bool {
        !self.figures.is_empty() && self.row.goal.holds(self.median())
    }

    fn median(&self) -> f64 {
        median(self.figures.clone())
    }
}

impl Report {
    fn judged(&self) -> impl Iterator<Item = Judged> {
        rows().into_iter().map(|row| {
            let figures = self.runs.iter().filter_map(|run| run.values.get(&row.figure).copied()).collect();
            Judged { row, figures }
        })
    }

    /// The figures that were measured and miss their goals.
    pub(crate) fn missed(&self) -> Vec<String> {
        let missed = self.judged().filter(|judged| !judged.figures.is_empty() && !judged.holds());
        missed.map(|judged| judged.row.figure).collect()
    }

    /// Prints the table, and answers how many rows miss their goal, and of how many.
    pub(crate) fn print(&self) -> (usize, usize) {
        let width = rows().iter().map(|row| row.text.chars().count()).max().unwrap_or(0);
        println!("\n{:<width$}  {:>11} {:>11} {:>12}", "", "median", "worst", "goal");
        let (mut missed, mut all) = (Vec::new(), 0);
        for judged in self.judged() {
            let Row { text, goal, unit, .. } = &judged.row;
            let (sign, bound) = match goal {
                Goal::AtMost(bound) => ("<=", *bound),
                Goal::AtLeast(bound) => (">=", *bound),
            };
            let holds = judged.holds();
            let shown =
                |figure: f64| if judged.figures.is_empty() { "unknown".to_owned() } else { number(figure, unit) };
            let (median, worst) = (shown(judged.median()), shown(goal.worst(&judged.figures)));
            let verdict = if holds { "pass" } else { "MISS" };
            let bound = format!("{sign} {}", number(bound, unit));
            println!("{text:<width$}  {median:>11} {worst:>11} {bound:>12}  {verdict}");
            all += 1;
            if !holds {
                missed.push(format!("{text}: {median}, goal {bound}"));
            }
        }
        println!();
        let curves = Curve::of(&self.runs);
        if !curves.is_empty() {
            println!("{}\n", curves::table(&curves));
        }
        for (seed, run) in self.seeds.iter().zip(&self.runs) {
            for note in &run.notes {
                println!("seed {seed}: {note}");
            }
        }
        for miss in &missed {
            println!("MISS {miss}");
        }
        let (held, runs, seeds) = (all - missed.len(), self.runs.len(), &self.seeds);
        println!("{held} of {all} goals hold, in the median of {runs} runs (seeds {seeds:?})");
        (missed.len(), all)
    }

    /// Everything that was measured, and what was said of what missed its goal.
    pub(crate) fn json(&self, said: &Said) -> Value {
        let judged = self.judged().map(|judged| {
            let (kind, bound) = match judged.row.goal {
                Goal::AtMost(bound) => ("at_most", bound),
                Goal::AtLeast(bound) => ("at_least", bound),
            };
            let known = !judged.figures.is_empty();
            json!({
                "figure": judged.row.figure,
                "text": judged.row.text,
                "unit": judged.row.unit,
                "goal": { kind: bound },
                "median": known.then(|| judged.median()),
                "worst": known.then(|| judged.row.goal.worst(&judged.figures)),
                "runs": judged.figures,
                "holds": judged.holds(),
            })
        });
        let of = |name: &str| median(self.runs.iter().filter_map(|run| run.values.get(name).copied()).collect());
        let histogram = self.runs.iter().map(|run| &run.histogram).find(|histogram| !histogram.is_empty());
        json!({
            "seeds": self.seeds,
            "rows": judged.collect::<Vec<_>>(),
            "runs": self.runs.iter().map(|run| &run.values).collect::<Vec<_>>(),
            "notes": self.runs.iter().map(|run| &run.notes).collect::<Vec<_>>(),
            "missed": said,
            "curves": Curve::of(&self.runs),
            "update": { "p50_ns": of("update.p50.ns"), "p99_ns": of("update.p99.ns"), "histogram": histogram },
        })
    }
}

/// A number as short as it is told apart, with its unit.
fn number(figure: f64, unit: &str) -> String {
    let mut text = String::new();
    let digits = if figure == 0.0 || figure.abs() >= 100.0 {
        0
    } else if figure.abs() >= 0.1 {
        2
    } else {
        5
    };
    // Writing to a text does not fail.
    let _ = write!(text, "{figure:.digits$}");
    if unit.is_empty() { text } else { format!("{text} {unit}") }
}
