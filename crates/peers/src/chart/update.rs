//! How long one change takes until the next check sees it.

use plotters::prelude::*;
use serde::Deserialize;

use super::failed;
use super::lines::{AXIS, GRID, INK, NAME, SIZE, time, title};

/// Times of single changes.
#[derive(Debug, Deserialize)]
pub(super) struct Update {
    p50_ns: f64,
    p99_ns: f64,
    /// Nanoseconds, and how many changes took so long and less than the next.
    histogram: Vec<(f64, u64)>,
}

impl Update {
    /// The histogram as SVG, with the median and the 99th percentile.
    pub(super) fn draw(&self, note: &str) -> Result<String, String> {
        let Self { p50_ns, p99_ns, histogram } = self;
        let (Some((low, _)), Some((high, _))) = (histogram.first(), histogram.last()) else {
            return Err("the histogram of changes is empty".to_owned());
        };
        let (low, high) = (low.max(1.0), (high * 1.5).max(p99_ns * 1.2).max(low * 10.0));
        let highest = histogram.iter().map(|(_, count)| *count).max().unwrap_or(1);
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            root.fill(&WHITE).map_err(failed)?;
            title(&root, "Time from a change to the check that sees it", note)?;
            let mut chart = ChartBuilder::on(&root)
                .margin_top(52)
                .margin_left(8)
                .margin_right(24)
                .margin_bottom(8)
                .x_label_area_size(30)
                .y_label_area_size(62)
                .build_cartesian_2d((low..high).log_scale(), 0..highest + highest / 10 + 1)
                .map_err(failed)?;
            chart
                .configure_mesh()
                .bold_line_style(GRID)
                .light_line_style(TRANSPARENT)
                .axis_style(INK)
                .label_style(("sans-serif", AXIS).into_font().color(&INK))
                .x_labels(5)
                .x_label_formatter(&|value| time(*value))
                .draw()
                .map_err(failed)?;
            let ends = histogram.iter().skip(1).map(|(begin, _)| *begin).chain([high]);
            let bars = histogram.iter().zip(ends).map(|((begin, count), end)| {
                let bar = [(begin.max(1.0), 0), (end, *count)];
                Rectangle::new(bar, RGBColor(0, 114, 178).mix(0.7).filled())
            });
            chart.draw_series(bars).map_err(failed)?;
            for (name, at, color) in [("median", *p50_ns, INK), ("99th percentile", *p99_ns, RGBColor(213, 94, 0))] {
                let line = LineSeries::new([(at, 0), (at, highest)], color.stroke_width(2));
                chart.draw_series(line).map_err(failed)?;
                let (x, y) = chart.backend_coord(&(at, highest));
                let style = ("sans-serif", NAME).into_font().color(&color);
                root.draw(&Text::new(format!("{name} {}", crate::table::time(at)), (x + 4, y - 16), style))
                    .map_err(failed)?;
            }
            root.present().map_err(failed)?;
        }
        Ok(svg)
    }
}
