use super::*;

fn measured(text: &str) -> Measured {
    serde_json::from_str(text).expect("a measured file")
}

fn row(engine: &str, variant: &str, size: usize) -> String {
    format!(
        r#"{{"engine": "{engine}", "variant": "{variant}", "size": {size}, "holds": {size}, "median_ns": {size}.5,
        "p99_ns": 900.0, "spread_ns": [1.0, 2.0], "to_prepared": null, "to_string": 2.0, "load_ms": 1.0,
        "bytes_per_grant": 80.0, "allocs": 0.0, "wrong": 0, "checked": 5, "timed": 5}}"#
    )
}

#[test]
fn every_series_of_the_file_is_drawn() {
    let rows: Vec<String> = crate::engines::ALL
        .iter()
        .flat_map(|kind| [1_000, 10_000].map(|size| row(kind.engine, kind.variant, size)))
        .collect();
    let file = measured(&format!(r#"{{"rows": [{}], "machine": "a machine", "date": "a day"}}"#, rows.join(",")));
    let drawn = charts(&file).expect("charts");
    assert_eq!(drawn.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["time.svg", "patterns.svg", "memory.svg"]);
    for kind in &crate::engines::ALL {
        let is_matcher = PATTERNS.contains(&kind.engine);
        for (file, svg) in &drawn {
            let wanted = is_matcher == (*file == "patterns.svg");
            let name = format!("{} {}\n", kind.engine, kind.variant);
            assert_eq!(svg.contains(&name), wanted, "{name} in {file}");
        }
    }
    assert!(drawn.iter().all(|(_, svg)| svg.contains("a machine, a day")));
}

#[test]
fn a_file_with_times_of_changes_gives_their_histogram() {
    let file =
        measured(r#"{"update": {"p50_ns": 1500, "p99_ns": 9000, "histogram": [[1000, 5], [2000, 3], [8000, 1]]}}"#);
    let drawn = charts(&file).expect("a chart");
    assert_eq!(drawn.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["update.svg"]);
    assert!(drawn[0].1.contains("median 1.50 us") && drawn[0].1.contains("99th percentile 9.00 us"));
}

#[test]
fn what_is_zero_is_left_out_of_a_logarithmic_scale() {
    let text = row("grantrie", "string", 1_000).replace("80.0", "0.0");
    let drawn = charts(&measured(&format!(r#"{{"rows": [{text}]}}"#))).expect("charts");
    assert_eq!(drawn.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["time.svg"]);
}

#[test]
fn rows_that_are_of_no_engine_and_changes_that_were_not_measured_are_passed_over() {
    let goals = r#"{"rows": [{"figure": "string.10k"}], "update": {"p50_ns": null, "p99_ns": 4, "histogram": null}}"#;
    assert!(charts(&measured(goals)).expect("no chart").is_empty());
}

#[test]
fn a_file_with_curves_gives_a_line_for_each() {
    let file = measured(
        r#"{"curves": [{"name": "ordinary", "points": [[100, 40.0], [1000, 41.5]]}, {"name": "globs", "points": [[100, 41.0]]}]}"#,
    );
    let drawn = charts(&file).expect("a chart");
    assert_eq!(drawn.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["shapes.svg"]);
    assert!(drawn[0].1.contains("ordinary\n") && drawn[0].1.contains("globs\n"));
}
