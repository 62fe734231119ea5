//! Lines on two logarithmic scales, each with its name at its right end.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::failed;

/// A chart.
pub(super) struct Lines<'a> {
    pub(super) file: &'static str,
    pub(super) title: &'a str,
    pub(super) note: &'a str,
    /// How a value is written.
    pub(super) unit: fn(f64) -> String,
    pub(super) series: Vec<Series>,
}

/// One line.
pub(super) struct Series {
    /// All of one engine have one colour.
    pub(super) engine: String,
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// In pixels.
pub(super) const SIZE: (u32, u32) = (860, 480);
pub(super) const INK: RGBColor = RGBColor(40, 44, 52);
pub(super) const GRID: RGBColor = RGBColor(226, 229, 233);
/// Sizes of text; plotters makes them a fifth smaller.
pub(super) const AXIS: i32 = 15;
pub(super) const NAME: i32 = 16;
const NAMES: u32 = 196;
const LINE: i32 = 16;

impl Lines<'_> {
    /// The chart as SVG.
    pub(super) fn draw(&self) -> Result<String, String> {
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            root.fill(&WHITE).map_err(failed)?;
            title(&root, self.title, self.note)?;
            let points = || self.series.iter().flat_map(|series| &series.points);
            let mut chart = ChartBuilder::on(&root)
                .margin_top(52)
                .margin_left(8)
                .margin_right(NAMES)
                .margin_bottom(8)
                .x_label_area_size(30)
                .y_label_area_size(62)
                .build_cartesian_2d(
                    decades(points().map(|point| point.0)).log_scale(),
                    decades(points().map(|point| point.1)).log_scale(),
                )
                .map_err(failed)?;
            chart
                .configure_mesh()
                .bold_line_style(GRID)
                .light_line_style(TRANSPARENT)
                .axis_style(INK)
                .label_style(("sans-serif", AXIS).into_font().color(&INK))
                .x_label_formatter(&|value| number(*value))
                .y_label_formatter(&|value| (self.unit)(*value))
                .draw()
                .map_err(failed)?;
            let mut names = Vec::new();
            for (index, series) in self.series.iter().enumerate() {
                let color = color(&series.engine);
                let width = if is_own(&series.engine) { 3 } else { 2 };
                let line = series.points.iter().copied();
                chart.draw_series(LineSeries::new(line.clone(), color.stroke_width(width))).map_err(failed)?;
                // Variants of one engine differ by their marks.
                let before = self.series[..index].iter().filter(|other| other.engine == series.engine).count();
                match before {
                    0 => chart.draw_series(line.map(|at| Circle::new(at, 4, color.filled()))),
                    1 => chart.draw_series(line.map(|at| TriangleMarker::new(at, 6, color.filled()))),
                    _ => chart.draw_series(line.map(|at| Cross::new(at, 4, color.stroke_width(2)))),
                }
                .map_err(failed)?;
                if let Some(last) = series.points.last() {
                    names.push((chart.backend_coord(last), series.name.as_str(), color));
                }
            }
            write_names(&root, names)?;
            root.present().map_err(failed)?;
        }
        Ok(svg)
    }
}

/// Each name beside the end of its line, as near as the others leave room.
fn write_names(
    root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    mut names: Vec<((i32, i32), &str, RGBColor)>,
) -> Result<(), String> {
    names.sort_by_key(|((_, y), ..)| *y);
    let bottom = i32::try_from(SIZE.1).unwrap_or(i32::MAX) - 12;
    let mut lowest = bottom;
    // From below: none under the frame, then each at least a line above the next.
    let mut heights: Vec<i32> = Vec::new();
    for ((_, y), ..) in names.iter().rev() {
        lowest = (*y).min(lowest);
        heights.push(lowest);
        lowest -= LINE;
    }
    heights.reverse();
    let left = i32::try_from(SIZE.0 - NAMES).unwrap_or_default() + 10;
    for (((x, y), name, color), height) in names.into_iter().zip(heights) {
        let style = ("sans-serif", NAME).into_font().color(&color).pos(Pos::new(HPos::Left, VPos::Center));
        root.draw(&PathElement::new(vec![(x + 5, y), (left - 3, height)], color.mix(0.5))).map_err(failed)?;
        root.draw(&Text::new(name, (left, height), style)).map_err(failed)?;
    }
    Ok(())
}

/// The title, and below it where and when it was measured.
pub(super) fn title(
    root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    note: &str,
) -> Result<(), String> {
    let large = ("sans-serif", 22).into_font().color(&INK);
    let small = ("sans-serif", AXIS).into_font().color(&INK.mix(0.75));
    root.draw(&Text::new(title, (14, 10), large)).map_err(failed)?;
    root.draw(&Text::new(note, (14, 32), small)).map_err(failed)
}

/// The whole decades that hold all values.
fn decades(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    10_f64.powf(low)..10_f64.powf(if high > low { high } else { low + 1.0 })
}

fn is_own(engine: &str) -> bool {
    matches!(engine, "grantrie" | "pattern-set")
}

/// The colours of Okabe and Ito, which differ for everybody; the last for whoever comes next.
fn color(engine: &str) -> RGBColor {
    match engine {
        "grantrie" | "pattern-set" => RGBColor(0, 114, 178),
        "cedar" => RGBColor(213, 94, 0),
        "casbin" => RGBColor(0, 140, 100),
        "regorus" => RGBColor(180, 90, 140),
        "iam-rs" => RGBColor(170, 120, 0),
        "globset" => RGBColor(213, 94, 0),
        "regex-automata" => RGBColor(0, 140, 100),
        _ => RGBColor(90, 90, 90),
    }
}

/// A number of things, short.
fn number(value: f64) -> String {
    let units = [(1e6, "M"), (1e3, "k")];
    let found = units.iter().find(|(size, _)| value >= *size).copied();
    let (size, unit) = found.unwrap_or((1.0, ""));
    format!("{:.0}{unit}", value / size)
}

/// A time, on an axis.
pub(super) fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "us")];
    let (size, unit) = units.into_iter().find(|(size, _)| nanoseconds >= *size).unwrap_or((1.0, "ns"));
    format!("{:.0} {unit}", nanoseconds / size)
}

/// An amount of memory, on an axis.
pub(super) fn bytes(bytes: f64) -> String {
    format!("{}B", number(bytes))
}
