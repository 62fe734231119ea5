//! The rows as lines of text.

use crate::results::Row;

/// The heads of the columns.
pub(crate) fn head() -> String {
    format!(
        "{:>9}  {:<24} {:>10} {:>10} {:>21} {:>11} {:>9} {:>9} {:>8} {:>7} {:>13}",
        "size",
        "engine",
        "median",
        "p99",
        "rounds",
        "x prepared",
        "x string",
        "load",
        "B/grant",
        "allocs",
        "wrong/checked"
    )
}

/// One row. For patterns the second ratio is to `PatternSet`.
pub(crate) fn line(row: &Row) -> String {
    let ratio = |ratio: Option<f64>| ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    format!(
        "{:>9}  {:<24} {:>10} {:>10} {:>21} {:>11} {:>9} {:>9} {:>8.0} {:>7.1} {:>13}",
        row.size,
        format!("{}/{}", row.engine, row.variant),
        time(row.median_ns),
        time(row.p99_ns),
        format!("{}..{}", time(row.spread_ns[0]), time(row.spread_ns[1])),
        ratio(row.to_prepared),
        ratio(row.to_string),
        time(row.load_ms * 1e6),
        row.bytes_per_grant,
        row.allocs,
        format!("{}/{}", row.wrong, row.checked)
    )
}

/// A time in the unit that suits it.
pub(crate) fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "us")];
    let found = units.iter().find(|(size, _)| nanoseconds >= *size);
    let (size, unit) = found.copied().unwrap_or((1.0, "ns"));
    let value = nanoseconds / size;
    if value < 10.0 { format!("{value:.2} {unit}") } else { format!("{value:.0} {unit}") }
}
