//! Files that nobody means well with: each ends in a clear error, quickly and in little memory.

mod run;

use run::{grantrie, scratch};

/// Validates a file of these bytes; answers what was said of it, after checking status and memory.
fn validate(name: &str, bytes: &[u8]) -> String {
    let dir = scratch(name);
    let path = dir.file("world.json", bytes);
    let ran = grantrie(&["validate", "--stats", &path], b"");
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.out.contains("bad: "), "{}", ran.out);
    if let Some(memory) = ran.err.split(", ").find_map(|part| part.trim().strip_suffix(" MiB of memory at most")) {
        assert!(memory.parse::<u64>().unwrap() < 64, "{name}: {}", ran.err);
    }
    ran.out.replace(&path, "FILE")
}

#[test]
fn ten_megabytes_of_garbage() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let garbage: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(10 << 17)
    .flatten()
    .collect();
    assert!(validate("garbage", &garbage).starts_with("FILE:1:1: "));
    let inside = [b"{\"permissions\":[", &garbage[..]].concat();
    assert!(validate("garbage-inside", &inside).contains("[501 syntax]"));
    assert!(validate("zeros", &vec![0; 10 << 20]).contains("found byte 0x00"));
    assert!(validate("blanks", &vec![b'\n'; 10 << 20]).starts_with("FILE:10485761:1: "));
}

#[test]
fn a_string_of_a_hundred_megabytes() {
    let long = vec![b'x'; 100 << 20];
    let said = validate("long-string", &[b"{\"gates\":[\"", &long[..], b"\"]}"].concat());
    assert!(said.starts_with("FILE:1:11: gates[0]: a string longer than 65536 bytes"), "{said}");
    let said = validate("long-key", &[b"{\"", &long[..], b"\":1}"].concat());
    assert!(said.starts_with("FILE:1:2: a string longer than"), "{said}");
    let said = validate("unended-string", &[b"{\"gates\":[\"", &long[..]].concat());
    assert!(said.contains("the document ends inside a string"), "{said}");
    let digits = vec![b'1'; 100 << 20];
    let said = validate("long-number", &[b"{\"gates\":[", &digits[..]].concat());
    assert!(said.contains("a number longer than 65536 bytes"), "{said}");
}

#[test]
fn ten_thousand_nested_arrays() {
    let said = validate("nested", &b"[".repeat(10_000));
    assert!(said.contains("FILE:1:17: nested deeper than 16"), "{said}");
    let said = validate("nested-inside", &[b"{\"gates\":", &b"[".repeat(10_000)[..]].concat());
    assert!(said.contains("[506 too_deep]"), "{said}");
    let said = validate("nested-objects", &b"{\"a\":".repeat(10_000));
    assert!(said.contains("[506 too_deep]"), "{said}");
}

#[test]
fn a_truncated_file() {
    let whole = std::fs::read(run::example("tenant.json")).unwrap();
    for part in [1, 2, 3, 4] {
        let said = validate(&format!("truncated-{part}"), &whole[..whole.len() * part / 5]);
        assert!(said.contains("the document ends"), "{said}");
    }
    assert!(validate("empty", b"").contains("the document ends where a JSON value is expected"));
}

#[test]
fn a_million_bad_items_are_counted() {
    let said = validate("bad-items", &[b"{\"gates\":[", &b"7,".repeat(999_999)[..], b"7]}"].concat());
    assert!(said.contains("1000000 problems, 999900 of them not listed"), "{said}");
}

#[test]
fn terminals_are_not_painted_by_foreign_text() {
    let world = r#"{"permissions":[{"_namespace":"n","_user":{"_type":"user","_id":"u"},
        "_resourceDesc":{"_irn":"a:b:*","_criteria":{"k\u001b[31m":1}},"_actions":["*"]}], "\u001b[2J":1}"#;
    let ran = grantrie(&["validate", "-"], world.as_bytes());
    assert!(ran.status == 2 && !ran.out.contains('\u{1b}'), "{:?}", ran.out);
    let world = world.replace(r#", "\u001b[2J":1"#, "");
    let question = ["check", "--data", "-", "--namespace", "n", "--user", "u", "--action", "A", "--irn", "a:b:c"];
    let ran = grantrie(&[&question[..], &["--explain"]].concat(), world.as_bytes());
    assert!(ran.status == 1 && !ran.out.contains('\u{1b}'), "{:?}", ran.out);
    let painted = r#"{"project_id":"p","add":{"users":["\u001b[31m","\u001b[31m"]}}"#;
    let changes = format!(r#"{{"changes":[{{"subscriptions":{painted}}},{{"\u001b[2J":1}}]}}"#);
    let form = grantrie(&["validate", &run::example("tenant.json"), "--changes", "-"], changes.as_bytes());
    let meaning = changes.replace(r#",{"\u001b[2J":1}"#, "");
    let meaning = grantrie(&["validate", &run::example("tenant.json"), "--changes", "-"], meaning.as_bytes());
    let pattern = grantrie(&["pattern", "a:b:\u{1b}[31m"], b"");
    for (ran, status) in [(form, 2), (meaning, 2), (pattern, 1)] {
        assert!(ran.status == status && !ran.out.is_empty() && !ran.out.contains('\u{1b}'), "{:?}", ran.out);
    }
}

#[test]
fn a_bad_change_file_ends_in_a_clear_error() {
    let deep = [b"{\"changes\":".to_vec(), b"[".repeat(10_000)].concat();
    let long = [b"{\"actor\":\"".to_vec(), b"x".repeat(10_000_000), b"\",\"changes\":[]}".to_vec()].concat();
    let whole = std::fs::read(run::example("changes.json")).unwrap();
    for (changes, says) in [
        (b"garbage".repeat(100_000), "[501 syntax]"),
        (deep, "[506 too_deep]"),
        (long, "[507 string_too_long]"),
        (whole[..whole.len() / 2].to_vec(), "the document ends"),
        (Vec::new(), "the document ends where a JSON value is expected"),
    ] {
        let ran = grantrie(&["validate", &run::example("tenant.json"), "--changes", "-"], &changes);
        assert!(ran.status == 2 && ran.out.contains(says) && ran.err.is_empty(), "{says}: {}{}", ran.out, ran.err);
    }
}
