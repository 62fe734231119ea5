//! The table: each figure beside its goal.

/// What was found.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    text: String,
    figure: f64,
    unit: &'static str,
    goal: Option<Goal>,
}

/// On which side of the bound a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound) => figure <= bound,
            Self::AtLeast(bound) => figure >= bound,
        }
    }
}

impl Row {
    fn print(&self) {
        let Self { text, figure, unit, goal } = self;
        let shown = |figure: f64| match figure {
            large if large >= 100.0 => format!("{large:.0} {unit}"),
            small => format!("{small:.2} {unit}"),
        };
        let judged = goal.map(|goal| {
            let (sign, bound) = match goal {
                Goal::AtMost(bound) => ("<=", bound),
                Goal::AtLeast(bound) => (">=", bound),
            };
            format!("{sign} {:<8} {}", shown(bound), if goal.holds(*figure) { "pass" } else { "MISS" })
        });
        println!("{text:<60} {:>12}  {}", shown(*figure), judged.unwrap_or_default());
    }
}

impl Table {
    /// A figure that is only told.
    pub(crate) fn tell(&mut self, text: impl Into<String>, figure: f64, unit: &'static str) {
        self.put(Row { text: text.into(), figure, unit, goal: None });
    }

    /// A figure that is held against its goal.
    pub(crate) fn hold(&mut self, text: impl Into<String>, figure: f64, unit: &'static str, goal: Goal) {
        self.put(Row { text: text.into(), figure, unit, goal: Some(goal) });
    }

    /// Each is printed when it is found: all of them take minutes.
    fn put(&mut self, row: Row) {
        row.print();
        self.rows.push(row);
    }

    /// Prints how many goals hold; answers whether all do.
    pub(crate) fn judge(&self) -> bool {
        let judged = || self.rows.iter().filter_map(|row| Some((row.goal?, row.figure)));
        let (all, held) = (judged().count(), judged().filter(|(goal, figure)| goal.holds(*figure)).count());
        println!("{held} of {all} goals hold");
        held == all
    }
}
