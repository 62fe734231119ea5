//! Every goal, with the name of the figure that is held against it.

use grantrie_testkit::workload::Shape;

/// On which side of the bound the figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    pub(crate) fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound) => figure <= bound,
            Self::AtLeast(bound) => figure >= bound,
        }
    }

    /// Of several figures the one that is farthest from the goal, or nearest to missing it.
    pub(crate) fn worst(self, figures: &[f64]) -> f64 {
        let fold = |start, pick: fn(f64, f64) -> f64| figures.iter().copied().fold(start, pick);
        match self {
            Self::AtMost(_) => fold(f64::NEG_INFINITY, f64::max),
            Self::AtLeast(_) => fold(f64::INFINITY, f64::min),
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The figure's name.
    pub(crate) figure: String,
    pub(crate) text: String,
    pub(crate) goal: Goal,
    /// What the figure is shown in.
    pub(crate) unit: &'static str,
}

/// The rows, in the order in which they are shown.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |figure: &str, text: &str, goal: Goal, unit: &'static str| {
        rows.push(Row { figure: figure.to_owned(), text: text.to_owned(), goal, unit });
    };
    for (form, bounds) in [("prepared", [400.0, 800.0, 1_600.0, 8.0]), ("string", [180.0, 350.0, 750.0, 3.5])] {
        let peers = ["iam-rs/prebuilt", "regorus/bytecode", "cedar/sliced", "casbin/cached"];
        for (peer, bound) in peers.into_iter().zip(bounds) {
            let text = format!("{form} at 10k: {peer} takes so many times as long");
            row(&format!("peer.{form}.{peer}"), &text, Goal::AtLeast(bound), "x");
        }
    }
    row("instructions.prepared", "instructions of a prepared check, at any size", Goal::AtMost(400.0), "");
    row("instructions.string", "instructions of a string check, at any size", Goal::AtMost(1_050.0), "");
    row("instructions.prepared.spread", "prepared: most of a size to least of a size", Goal::AtMost(1.15), "x");
    row("instructions.string.spread", "string: most of a size to least of a size", Goal::AtMost(1.15), "x");
    row("growth.prepared", "prepared: 1M to 1k, warm", Goal::AtMost(6.0), "x");
    row("growth.string", "string: 1M to 1k, warm", Goal::AtMost(4.5), "x");
    row("batch", "check_many, 256 of one subject at 1M, an item to an ordinary check", Goal::AtMost(0.6), "x");
    row("allocations", "allocations and frees of checks at 1M", Goal::AtMost(0.0), "");
    row("answers.wrong", "wrong answers", Goal::AtMost(0.0), "");
    for (size, count) in [("10k", "3,500"), ("100k", "31,000")] {
        for peer in ["globset", "regex-automata"] {
            let text = format!("PatternSet, {count} patterns: {peer} takes so many times as long to match");
            row(&format!("patterns.{size}.{peer}.match"), &text, Goal::AtLeast(3.0), "x");
            let text = format!("PatternSet, {count} patterns: {peer} takes so many times as long to build");
            row(&format!("patterns.{size}.{peer}.build"), &text, Goal::AtLeast(10.0), "x");
        }
    }
    row("patterns.change", "PatternSet: one added or removed at 31,000, to building it", Goal::AtMost(0.001), "x");
    row("memory.resident", "memory at 1M, all, a permission, after loading a world file", Goal::AtMost(250.0), "B");
    row("memory.changed", "memory at 1M, all, a permission, after ten changes more", Goal::AtMost(250.0), "B");
    row("memory.index", "memory at 1M, of it the check index, a permission", Goal::AtMost(90.0), "B");
    row("load.per_second", "world file of 1M: permissions a second", Goal::AtLeast(400_000.0), "/s");
    row("bulk.per_second", "change of 100k at 1M: permissions a second", Goal::AtLeast(300_000.0), "/s");
    row("update.p50", "one changed at 1M, seen by the next check: median", Goal::AtMost(5.0), "us");
    row("update.p99", "one changed at 1M, seen by the next check: p99", Goal::AtMost(25.0), "us");
    row("update.unseen", "changes that the next check did not see", Goal::AtMost(0.0), "");
    row("readers.paced", "a reader beside 1,000 changes a second", Goal::AtMost(1.1), "x");
    row("readers.flat_out", "a reader beside a writer flat out", Goal::AtMost(1.5), "x");
    row("sleeper.p50", "one changed while a reader sleeps: median", Goal::AtMost(5.0), "us");
    row("sleeper.p99", "one changed while a reader sleeps: p99", Goal::AtMost(25.0), "us");
    row("readers.freed", "blocks freed on a reader's thread", Goal::AtMost(0.0), "");
    row("threads.two", "two readers on two cores, to one", Goal::AtLeast(1.9), "x");
    for shape in Shape::ALL.into_iter().filter(|shape| *shape != Shape::HostileGlobs) {
        let size = shape.full_size();
        let (of, key) = (format!("{shape} ({size})"), format!("shape.{shape:?}"));
        row(&format!("{key}.check"), &format!("{of}: check, to the ordinary"), Goal::AtMost(4.0), "x");
        row(&format!("{key}.update"), &format!("{of}: change, to the ordinary"), Goal::AtMost(4.0), "x");
        row(&format!("{key}.update.p99"), &format!("{of}: change at p99, to the ordinary"), Goal::AtMost(10.0), "x");
        row(&format!("{key}.wrong"), &format!("{of}: wrong answers"), Goal::AtMost(0.0), "");
    }
    row("hostile.patterns", "hostile globs: twice as many", Goal::AtMost(2.5), "x");
    row("hostile.length", "hostile globs: names twice as long", Goal::AtMost(2.5), "x");
    rows
}
