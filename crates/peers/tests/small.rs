//! A whole run at a small size: every engine answers, and answers right; its file gives charts.

use std::collections::BTreeSet;
use std::process::{Command, Output};

const ROWS: [(&str, &str); 13] = [
    ("grantrie", "prepared"),
    ("grantrie", "string"),
    ("grantrie", "batch"),
    ("cedar", "whole"),
    ("cedar", "sliced"),
    ("casbin", "plain"),
    ("casbin", "cached"),
    ("regorus", "interpreter"),
    ("regorus", "bytecode"),
    ("iam-rs", "prebuilt"),
    ("pattern-set", "matching"),
    ("globset", "matching"),
    ("regex-automata", "matching"),
];

fn peers(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peers")).args(args).output().expect("the program")
}

#[test]
fn every_engine_answers_right_and_is_drawn() {
    let folder = std::env::temp_dir().join(format!("grantrie-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("peers.json");
    let path = file.to_str().expect("a path that is text");
    // 1,200 have four namespaces, 200 have one.
    let args = ["--sizes", "200,1200", "--requests", "300", "--rounds", "1", "--compare-ms", "600", "--json", path];
    let run = peers(&args);
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");

    let text = std::fs::read_to_string(&file).expect("a measured file");
    let measured: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let rows = measured["rows"].as_array().expect("rows");
    for size in [200, 1_200] {
        let of_size = rows.iter().filter(|row| row["size"] == size);
        let found: BTreeSet<_> = of_size.map(|row| (row["engine"].as_str(), row["variant"].as_str())).collect();
        let wanted: BTreeSet<_> = ROWS.iter().map(|(engine, variant)| (Some(*engine), Some(*variant))).collect();
        assert_eq!(found, wanted, "{said}");
    }
    for row in rows {
        for field in ["median_ns", "p99_ns", "load_ms", "bytes_per_grant", "allocs"] {
            assert!(row[field].as_f64().is_some_and(|value| value >= 0.0), "{field} of {row}");
        }
        assert!(row["wrong"] == 0 && row["checked"].as_u64() >= Some(2), "{row}");
        if row["engine"] == "grantrie" {
            assert_eq!(row["allocs"], 0.0, "{row}");
        }
    }

    let drawn = peers(&["chart", path]);
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let charts = ["time.svg", "patterns.svg", "memory.svg"].map(|name| std::fs::read_to_string(folder.join(name)));
    let charts = charts.map(|chart| chart.expect("a chart")).join("");
    for (engine, variant) in ROWS {
        assert!(charts.contains(&format!("{engine} {variant}\n")), "{engine} {variant} is not drawn");
    }
    std::fs::remove_dir_all(&folder).expect("the folder was there");
}

#[test]
fn an_engine_that_is_not_known_is_refused_with_those_that_are() {
    let run = peers(&["--only", "cedra"]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success() && said.contains("no engine `cedra`") && said.contains("cedar/sliced"), "{said}");
}

#[test]
fn an_engine_over_its_bound_is_capped_and_the_others_are_measured() {
    let args = ["--sizes", "100,200", "--requests", "50", "--rounds", "1", "--only", "grantrie/string,casbin/plain"];
    let run = peers(&[&args[..], &["--compare-ms", "100", "--memory-limit", "0"]].concat());
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}");
    assert!(said.contains("capped below"), "{said}");
}
