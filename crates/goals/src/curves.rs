//! The cost curves: what a prepared check takes against how many grants one principal has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use grantrie_testkit::workload::Shape;
use serde::Serialize;

use crate::figures::{Figures, median};

/// Beside what the others stand.
pub(crate) const ORDINARY: &str = "ordinary";

/// What is measured: at the first size a principal is still compiled.
const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// Each with what it is called here, and the size up to which it is measured.
const SHAPES: [(Shape, &str, usize); 4] = [
    (Shape::GroupGrants, "a group's grants", 100_000),
    (Shape::UserGrants, "a user's grants", 1_000_000),
    (Shape::Globs, "globs of one type", 100_000),
    (Shape::WildFirst, "wild first segments", 100_000),
];

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Curve {
    pub(crate) name: String,
    /// Grants, and nanoseconds of a check.
    pub(crate) points: Vec<(usize, f64)>,
}

impl Curve {
    /// The sizes, each with the shapes that are measured there.
    pub(crate) fn by_size() -> BTreeMap<usize, Vec<Shape>> {
        let shapes = |size| SHAPES.into_iter().filter(move |(.., most)| size <= *most).map(|(shape, ..)| shape);
        SIZES.into_iter().map(|size| (size, shapes(size).collect())).collect()
    }

    /// The name of what was measured of a shape, or of the ordinary workload.
    pub(crate) fn figure(of: &str, size: usize) -> String {
        format!("curve.{of}.{size}.ns")
    }

    /// The lines that these runs have points of, the ordinary one first.
    pub(crate) fn of(runs: &[Figures]) -> Vec<Self> {
        let of = |key: &str, name: &str| {
            let at = |size| {
                median(runs.iter().filter_map(|run| run.values.get(&Self::figure(key, size)).copied()).collect())
            };
            let points = SIZES.into_iter().map(|size| (size, at(size))).filter(|(_, time)| *time > 0.0);
            Self { name: name.to_owned(), points: points.collect() }
        };
        let shapes = SHAPES.into_iter().map(|(shape, name, _)| of(&format!("{shape:?}"), name));
        [of(ORDINARY, ORDINARY)].into_iter().chain(shapes).filter(|curve| !curve.points.is_empty()).collect()
    }
}

/// A table of them.
pub(crate) fn table(curves: &[Curve]) -> String {
    let width = curves.iter().map(|curve| curve.name.chars().count()).max().unwrap_or(0);
    let mut table = format!("{:<width$}", "ns of a prepared check, by grants");
    SIZES.iter().for_each(|size| _ = write!(table, " {size:>9}"));
    for Curve { name, points } in curves {
        let _ = write!(table, "\n{name:<width$}");
        for size in SIZES {
            let time =
                points.iter().find(|(at, _)| *at == size).map_or_else(String::new, |(_, time)| format!("{time:.0}"));
            let _ = write!(table, " {time:>9}");
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_is_measured_as_far_as_it_goes() {
        let by_size = Curve::by_size();
        assert_eq!(by_size[&100].len(), SHAPES.len());
        assert_eq!(by_size[&1_000_000], [Shape::UserGrants]);
    }

    #[test]
    fn a_line_is_the_median_of_the_runs() {
        let runs = [30.0, 10.0, 20.0].map(|time| {
            let mut figures = Figures::default();
            figures.put(Curve::figure("Globs", 1_000), time);
            figures
        });
        let curves = Curve::of(&runs);
        assert_eq!(curves, [Curve { name: "globs of one type".to_owned(), points: vec![(1_000, 20.0)] }]);
        assert_eq!(table(&curves).lines().count(), 2);
    }
}
