//! `grantrie pattern`: its words, its JSON, its exit status.

mod run;

use run::{Ran, grantrie};

fn pattern(arguments: &[&str]) -> Ran {
    grantrie(&[&["pattern"], arguments].concat(), b"")
}

#[track_caller]
fn says(arguments: &[&str], status: i32, out: &str) {
    let ran = pattern(arguments);
    assert_eq!((ran.status, &*ran.out, &*ran.err), (status, out, ""));
}

#[test]
fn a_text_is_a_pattern_or_not() {
    says(&["aisvc:agent:prod-*"], 0, "yes: aisvc:agent:prod-* is a pattern\n");
    let no = "no: not a pattern: `aisvc:agent`: at byte 11: found the end, expected at least 3 segments, or a final `**` \
              (names have at least 3 segments) [108 pattern_matches_nothing]\n";
    says(&["aisvc:agent"], 1, no);
    says(&["--", "-a:b:*"], 0, "yes: -a:b:* is a pattern\n");
    assert_eq!(pattern(&[""]).status, 1);
    let json = pattern(&["a:b:*", "--json"]);
    assert_eq!((json.status, &*json.out), (0, "{\"pattern\":\"a:b:*\",\"valid\":true}\n"));
    let json = pattern(&["a:b**", "--json"]);
    let error = serde_json::json!({ "field": "pattern", "code": 109, "name": "misplaced_double_star", "offset": 4 });
    assert_eq!((json.status, &json.json()["valid"], &json.json()["error"]), (1, &false.into(), &error));
    assert!(json.json()["message"].as_str().unwrap().contains("at byte 4"));
}

#[test]
fn relations_are_answered() {
    says(&["a:b:*", "--matches", "a:b:c"], 0, "yes: a:b:* matches a:b:c\n");
    says(&["a:b:*", "--matches", "a:b:c:d"], 1, "no: a:b:* does not match a:b:c:d\n");
    says(&["a:b:*", "--covers", "a:b:x-*"], 0, "yes: a:b:* covers a:b:x-*\n");
    says(&["a:b:x-*", "--covers", "a:b:*"], 1, "no: a:b:x-* does not cover a:b:*\n");
    says(&["a:b:x*", "--overlaps", "a:b:*y"], 0, "yes: a:b:x* overlaps a:b:*y\n");
    let all = ["a:b:x*", "--matches", "a:b:x", "--covers", "a:b:*", "--overlaps", "*:*:*"];
    says(&all, 1, "yes: a:b:x* matches a:b:x\nno: a:b:x* does not cover a:b:*\nyes: a:b:x* overlaps *:*:*\n");
    let json = pattern(&[&all[..], &["--json"]].concat());
    let expected = "{\"pattern\":\"a:b:x*\",\"valid\":true,\"matches\":true,\"covers\":false,\"overlaps\":true}\n";
    assert_eq!((json.status, &*json.out), (1, expected));
    says(&["a:b:*", "--matches", "-a:b:c"], 1, "no: a:b:* does not match -a:b:c\n");
}

#[test]
fn a_question_that_cannot_be_answered_is_an_error() {
    for (arguments, field, err) in [
        (["a:b", "--matches", "a:b:c"], "pattern", "not a pattern: `a:b`"),
        (["a:b:*", "--matches", "a:b:*"], "matches", "a name has no wildcards"),
        (["a:b:*", "--covers", "a:b"], "covers", "--covers is no pattern"),
        (["a:b:*", "--overlaps", "a:b: "], "overlaps", "--overlaps is no pattern"),
    ] {
        let ran = pattern(&arguments);
        assert_eq!((ran.status, &*ran.out), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(err), "{}", ran.err);
        let json = pattern(&[&arguments[..], &["--json"]].concat());
        assert_eq!((json.status, &*json.err), (2, ""), "{arguments:?}");
        assert_eq!(json.json()["error"]["field"], field);
        assert_eq!(json.json()["valid"], field != "pattern");
        assert_eq!(json.json().get(arguments[1].trim_start_matches('-')), None);
    }
}
