//! What is read quickly, against the same read a byte at a time, which never is.

use super::plain::{permission, user};
use super::tests::world;
use crate::model::Span;
use crate::{Engine, PermissionQuery};

const PERMISSIONS: [&str; 8] = [
    r#"{"_namespace":"n","_resourceDesc":{"_irn":"a:b:*"},"_user":{"_type":"user","_id":"u"},"_actions":["READ"]}"#,
    r#"{"_actions":["*","RUN"],"_effect":"DENY","_user":{"_id":"g g","_type":"usergroup"},"_namespace":"n","_resourceDesc":{"_irn":"**"}}"#,
    r#"{ "_id" : "01890000-0000-7000-8000-000000000001" , "_namespace" : "n", "_resourceDesc" : { "_irn" : "a:b:c" } ,
        "_user" : { "_type" : "permprofile" ,
          "_id" : "p" } , "_actions" : [ "READ" , "EDIT" ] , "_effect" : "ALLOW" }"#,
    r#"{"_namespace":"n","_resourceDesc":{"_irn":"a:b:x?*y"},"_user":{"_type":"user","_id":"u"},"_actions":["ASSIGN"],
        "_notBefore":"2026-01-01T00:00:00Z","_expiresAt":"2027-01-01T00:00:00Z"}"#,
    // All else is left to the exact reader.
    r#"{"_namespace":"n","_resourceDesc":{"_irn":"a:b:*"},"_user":{"_type":"user","_id":"u"},"_actions":["DEPLOY"]}"#,
    r#"{"_namespace":"n","_resourceDesc":{"_irn":"a:b:*","_criteria":{"x":1}},"_user":{"_type":"user","_id":"u"},"_actions":["*"]}"#,
    r#"{"_namespace":"\u006e","_resourceDesc":{"_irn":"a:b:*"},"_user":{"_type":"user","_id":"\u00e9é"},"_actions":["*"]}"#,
    r#"{"_namespace":"n","_status":200,"_resourceDesc":{"_irn":"a:b:*"},"_user":{"_type":"user","_id":"u"},"_actions":["*"]}"#,
];

const USERS: [&str; 4] = [
    r#"{"user_id":"u"}"#,
    r#"{"permprofiles":["p","q"],"groups":["g","h","i"],"user_name":"","user_id":"u","user_phone":"+1 2"}"#,
    r#"{ "groups" : [ ] ,
        "permprofiles" : [ "p" , "p" ] , "user_id" : "a user" }"#,
    r#"{"user_id":"u","user_name":"Zoë","groups":["\t"]}"#,
];

/// A file with these permissions and users.
fn file(permissions: &[&str], users: &[&str]) -> String {
    let (permissions, users) = (permissions.join(",\n"), users.join(" , "));
    format!("{{\"directory\":{{\"users\":[{users}]}},\n\"permissions\":[{permissions}]}}")
}

/// Reads and loads a file in both ways, and makes sure that it comes to the same.
fn compare(text: &str) {
    let Ok(set) = world(text) else { return };
    let (loaded, applied) = (Engine::new(), Engine::new());
    let results = (loaded.load(text.as_bytes()), applied.apply(set));
    assert_eq!(results.0.is_ok(), results.1.is_ok(), "{text}");
    let of = |engine: &Engine| {
        let permissions = engine.permissions(&PermissionQuery::default()).items;
        let mut drafts: Vec<_> = permissions.into_iter().map(|permission| format!("{:?}", permission.draft)).collect();
        drafts.sort_unstable();
        (drafts, ["u", "a user"].map(|id| engine.user(id)), engine.counts())
    };
    assert_eq!(of(&loaded), of(&applied), "{text}");
}

#[test]
fn what_is_plain_is_read_quickly_and_all_else_is_not() {
    let quick = PERMISSIONS.map(|text| permission(text.as_bytes()).is_some());
    assert_eq!(quick, [true, true, true, true, false, false, false, false]);
    let quick = USERS.map(|text| user(text.as_bytes(), &mut Vec::new()).is_some());
    assert_eq!(quick, [true, true, true, false]);
    let mut ids: Vec<Span> = Vec::new();
    let (spelled, _) = user(USERS[1].as_bytes(), &mut ids).unwrap();
    let user = spelled.user(USERS[1], &ids).to_record();
    assert_eq!((user.groups.join(","), user.permprofiles.join(",")), ("g,h,i".to_owned(), "p,q".to_owned()));
    assert_eq!((user.user_name.as_deref(), user.user_phone.as_deref()), (Some(""), Some("+1 2")));
}

#[test]
fn it_comes_to_the_same() {
    for permission in PERMISSIONS {
        assert!(world(&file(&[permission], &[])).is_ok(), "{permission}");
        compare(&file(&[permission, PERMISSIONS[0]], &[]));
    }
    for user in USERS {
        compare(&file(&[], &[user]));
        // Twice in one file is a problem.
        compare(&file(&[], &[user, user]));
    }
    compare(&file(&PERMISSIONS, &USERS[1..]));
}

/// Bytes taken away, put in and changed at random: mostly a problem, and then the same one at the same place.
#[test]
fn what_is_wrong_is_wrong_in_the_same_way() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let pieces = [
        "\"",
        "\\",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        " ",
        "\n",
        "\u{7f}",
        "é",
        "*",
        "**",
        "?",
        "\"_id\":\"x\",",
        "null",
        "0",
        "a",
        "\"READ\"",
        "\"groups\":[],",
        "\\u0041",
        "\t",
        "\u{1}",
    ];
    for _ in 0..6_000 {
        let text = file(&[PERMISSIONS[random(4)], PERMISSIONS[random(4)]], &[USERS[random(3)]]);
        let mut text: Vec<char> = text.chars().collect();
        for _ in 0..=random(2) {
            let at = random(text.len());
            match random(3) {
                0 => drop(text.remove(at)),
                1 => drop(text.splice(at..at, pieces[random(pieces.len())].chars())),
                _ => drop(text.splice(at..=at, pieces[random(pieces.len())].chars())),
            }
        }
        compare(&text.into_iter().collect::<String>());
    }
}

/// A permission and a user whose ids, lists or patterns are at their bounds, and just beyond.
#[test]
fn bounds_are_the_same() {
    for length in [0, 1, 255, 256, 257, 1_024, 1_025] {
        let long = "x".repeat(length);
        for text in [
            PERMISSIONS[0].replace("\"u\"", &format!("\"{long}\"")),
            PERMISSIONS[0].replace("\"n\"", &format!("\"{long}\"")),
            PERMISSIONS[0].replace("a:b:*", &format!("a:b:{long}*")),
            PERMISSIONS[0].replace("\"READ\"", ""),
        ] {
            compare(&file(&[&text], &[]));
        }
        compare(&file(&[], &[&USERS[0].replace("\"u\"", &format!("\"{long}\""))]));
        let groups: Vec<String> = (0..length).map(|n| format!("\"{n}\"")).collect();
        compare(&file(&[], &[&format!("{{\"user_id\":\"u\",\"groups\":[{}]}}", groups.join(","))]));
    }
}
