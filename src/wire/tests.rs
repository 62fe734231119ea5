//! Each refusal with its exact place, and what is read where there is none.

use super::*;
use crate::error::{Code, Refused};
use crate::model::{
    Actions, AttributeValue, Effect, GroupRecord, PermissionId, Principal, Subject, Subscriber, UserRecord,
};
use crate::{Change, ChangeSet, Engine, Limits, Problem};

pub(super) fn world(text: &str) -> Result<ChangeSet, Refused> {
    let whole = read_world(text.as_bytes(), &Limits::default());
    // A byte at a time, so that every token is cut everywhere: it must make no difference.
    let trickled = read_world(Trickle(text.as_bytes()), &Limits::default());
    assert_eq!(whole, trickled);
    // Loaded as it is read, it comes to the same as read first and applied then.
    let applied = read_world_with_places(text.as_bytes(), &Limits::default())
        .and_then(|(set, places)| Engine::new().apply(set).map_err(|refused| places.locate(refused)));
    assert_eq!(Engine::new().load(Trickle(text.as_bytes())), applied, "{text}");
    assert_eq!(Engine::new().load(text.as_bytes()), applied, "{text}");
    whole
}

struct Trickle<'a>(&'a [u8]);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some((first, rest)), Some(place)) = (self.0.split_first(), buffer.first_mut()) else { return Ok(0) };
        *place = *first;
        self.0 = rest;
        Ok(1)
    }
}

/// The text without its marks `▲`, and line and column of each.
fn unmark(text: &str) -> (String, Vec<(usize, usize)>) {
    let (mut plain, mut places, mut line, mut column) = (String::new(), Vec::new(), 1, 1);
    for c in text.chars() {
        match c {
            '▲' => places.push((line, column)),
            '\n' => (line, column) = (line + 1, 1),
            _ => column += 1,
        }
        plain.extend(Some(c).filter(|&c| c != '▲'));
    }
    (plain, places)
}

/// Code, field, line and column of every problem.
fn refusals(text: &str) -> Vec<(Code, String, (usize, usize))> {
    let refused = world(text).unwrap_err();
    refused.problems().iter().map(|p| (p.code, p.field.clone(), p.place.unwrap())).collect()
}

#[track_caller]
fn refusal(text: &str) -> Problem {
    let refused = world(&unmark(text).0).unwrap_err();
    assert_eq!(refused.problems().len(), 1, "{refused}");
    refused.problems()[0].clone()
}

/// One problem, at the mark `▲`.
#[track_caller]
fn one(marked: &str, code: Code, field: &str) {
    let (text, places) = unmark(marked);
    assert_eq!(refusals(&text), [(code, field.to_owned(), places[0])], "{marked}");
}

/// A world of one permission, with one of its parts replaced.
fn with(part: &str, replacement: &str) -> String {
    let good = r#"{"permissions":[
{"_namespace":"r_TmBKvZTI",
"_resourceDesc":{"_irn":"aisvc:agent:*"},
"_user":{"_type":"user","_id":"ann"},
"_actions":["READ"]}
]}"#;
    assert!(good.contains(part), "{part}");
    good.replace(part, replacement)
}

/// A world of one permission with this value of a criterion.
fn criteria(value: &str) -> String {
    with(r#":*""#, &format!(r#":*","_criteria":{{"a":{value}}}"#))
}

const CRITERION: &str = "permissions[0]._resourceDesc._criteria.a";

#[test]
fn a_whole_world_is_read() {
    let read = world(
        r#" { "gates": ["aisvc"],
        "subscriptions": [ {"project_id":"p","ai_func":true}, {"ai_func":false,"group_id":"g","project_id":"p"},
                           {"project_id":"p","user_id":"u","ai_func":true} ],
        "directory": { "usergroups": [ {"group_id":"g","group_name":"Gruppe \u00e4\ud83d\ude00","groups":["top"],"permprofiles":["x"]} ],
                       "users": [ {"user_id":"u","user_name":"Ann","user_phone":"1","groups":["g"],"permprofiles":[]}, {"user_id":"v"} ] },
        "permissions": [
          {"_namespace":"n","_resourceDesc":{"_irn":"a:b:*","_criteria":{"t":"x","i":1,"f":1.5,"b":true,"e":-1E2}},"_user":{"_type":"permprofile","_id":"p"},
           "_actions":["READ","*"],"_effect":"DENY","_notBefore":"2026-01-01T00:00:00Z","_expiresAt":"2027-01-01T08:00:00+08:00"},
          {"_id":"01890000-0000-7000-8000-000000000001","_status":200,"_namespace":"n","_resourceDesc":{"_irn":"**"},"_user":{"_type":"user","_id":"u"},"_actions":["RUN","READ"]}
        ] }
        "#,
    )
    .unwrap();
    let [gate, project, group_row, user_row, group, user, plain, deny, restored] = &read.changes[..] else {
        panic!("{read:?}")
    };
    assert_eq!(*gate, Change::SetGate { service: "aisvc".into(), gated: true });
    let row = |subscriber, enabled| Change::SetSubscription { project: "p".into(), subscriber, enabled };
    assert_eq!(*project, row(Subscriber::Project, true));
    assert_eq!(*group_row, row(Subscriber::Group("g".into()), false));
    assert_eq!(*user_row, row(Subscriber::User("u".into()), true));
    assert_eq!(
        *group,
        Change::PutGroup(GroupRecord {
            group_id: "g".into(),
            group_name: Some("Gruppe ä😀".into()),
            groups: vec!["top".into()],
            permprofiles: vec!["x".into()],
        })
    );
    assert_eq!(
        *user,
        Change::PutUser(UserRecord {
            user_id: "u".into(),
            user_name: Some("Ann".into()),
            user_phone: Some("1".into()),
            groups: vec!["g".into()],
            permprofiles: vec![],
        })
    );
    assert_eq!(*plain, Change::PutUser(UserRecord { user_id: "v".into(), ..UserRecord::default() }));
    let Change::UpsertPermission(deny) = deny else { panic!("{deny:?}") };
    assert_eq!((deny.effect, &deny.actions, &deny.principal), (Effect::Deny, &Actions::All, &Principal::profile("p")));
    assert_eq!(deny.criteria["i"], AttributeValue::from(1_i64));
    assert_eq!(deny.criteria["f"], AttributeValue::from_f64(1.5).unwrap());
    assert_eq!(deny.criteria["e"], AttributeValue::from(-100_i64));
    assert_eq!(deny.expires_at.unwrap().to_string(), "2027-01-01T00:00:00Z");
    let Change::RestorePermission(restored) = restored else { panic!("{restored:?}") };
    assert_eq!(restored.id, PermissionId::from_u128(0x01890000_0000_7000_8000_000000000001));
    assert_eq!(restored.pattern.as_str(), "**");
}

#[test]
fn every_part_is_optional() {
    for empty in ["{}", " {\n} ", r#"{"directory":{}}"#, r#"{"permissions":[],"gates":[]}"#] {
        assert_eq!(world(empty).unwrap(), ChangeSet::default());
    }
}

#[test]
fn keys_are_known_single_and_complete() {
    use Code::{DuplicateKey, MissingKey, UnknownKey};
    let p = |field: &str| format!("permissions[0].{field}");
    one(r#"{▲"permission":[]}"#, UnknownKey, "permission");
    one("{\"gates\":[],\n ▲\"gates\":[]}", DuplicateKey, "gates");
    one(r#"{"permissions":[],▲"\u0070ermissions":[]}"#, DuplicateKey, "permissions");
    one(&with(r#","_id":"ann""#, r#","_id":"ann", ▲"_id":"bob""#), DuplicateKey, &p("_user._id"));
    one(&with(r#"["READ"]"#, r#"["READ"],▲"_actions":["*"]"#), DuplicateKey, &p("_actions"));
    one(&with(r#":*""#, r#":*","_criteria":{"a":1,"b":2,▲"a":1}"#), DuplicateKey, &p("_resourceDesc._criteria.a"));
    one(&with(r#"{"_namespace""#, r#"{▲"namespace":1,"_namespace""#), UnknownKey, &p("namespace"));
    one(&with(r#"{"_namespace":"r_TmBKvZTI","#, "▲{"), MissingKey, &p("_namespace"));
    one(&with(r#"{"_irn":"aisvc:agent:*""#, "▲{"), MissingKey, &p("_resourceDesc._irn"));
    one(&with(r#"{"_type":"user","#, "▲{"), MissingKey, &p("_user._type"));
    one(r#"{"directory":{"users":[▲{}]}}"#, MissingKey, "directory.users[0].user_id");
    let inside = r#"{"directory":{"usergroups":[{"group_id":"g",▲"x":[{}]}]}}"#;
    one(inside, UnknownKey, "directory.usergroups[0].x");
    one(r#"{"directory":{"usergroups":[▲{}]}}"#, MissingKey, "directory.usergroups[0].group_id");
    one(r#"{"subscriptions":[▲{"ai_func":true}]}"#, MissingKey, "subscriptions[0].project_id");

    let sub = with(r#":*""#, r#":*",▲"_subresourceDesc":{"_type":"relateditem"}"#);
    one(&sub, UnknownKey, &p("_resourceDesc._subresourceDesc"));
    assert!(refusal(&sub).message.contains("widen the grant"));
}

#[test]
fn values_are_of_their_types() {
    use Code::WrongType;
    let p = |field: &str| format!("permissions[0].{field}");
    one("▲[]", WrongType, "");
    one(" ▲7", WrongType, "");
    one(r#"{"permissions":▲{}}"#, WrongType, "permissions");
    one(r#"{"permissions": ▲null}"#, WrongType, "permissions");
    one(r#"{"permissions":[▲[]]}"#, WrongType, "permissions[0]");
    one(r#"{"directory":▲[]}"#, WrongType, "directory");
    one(r#"{"gates":["a",▲true]}"#, WrongType, "gates[1]");
    one(&with(r#""r_TmBKvZTI""#, "▲7"), WrongType, &p("_namespace"));
    one(&with(r#""ann""#, "▲null"), WrongType, &p("_user._id"));
    one(&with(r#"["READ"]"#, r#"▲"READ""#), WrongType, &p("_actions"));
    one(&with(r#"["READ"]"#, r#"["READ",▲null]"#), WrongType, &p("_actions[1]"));
    one(&with(r#"["READ"]"#, r#"["READ"],"_status":▲"200""#), WrongType, &p("_status"));
    one(r#"{"subscriptions":[{"project_id":"p","ai_func":▲"true"}]}"#, WrongType, "subscriptions[0].ai_func");
    for value in ["null", "[1]", r#"{"a":1}"#] {
        one(&criteria(&format!("▲{value}")), WrongType, CRITERION);
    }
    assert!(refusal(&with(r#""ann""#, "null")).message.contains("leave the key out"));
}

#[test]
fn values_mean_something() {
    let p = |field: &str| format!("permissions[0].{field}");
    let kind = with(r#""user""#, r#"▲"group""#);
    one(&kind, Code::UnknownPrincipalKind, &p("_user._type"));
    assert_eq!(refusal(&kind).item, Some(0));
    assert!(refusal(&kind).message.contains("`user`, `usergroup` or `permprofile`"));

    let action = with(r#"["READ"]"#, r#"["READ", ▲"EDIt"]"#);
    one(&action, Code::LowerCaseAction, &p("_actions[1]"));
    assert_eq!(refusal(&action).offset, Some(3));
    assert!(refusal(&action).message.contains("upper case"));

    let pattern = with(r#""aisvc:agent:*""#, r#"▲"aisvc::*""#);
    one(&pattern, Code::EmptySegment, &p("_resourceDesc._irn"));
    assert_eq!(refusal(&pattern).offset, Some(6));

    one(&with(r#"["READ"]"#, "▲[ ]"), Code::NoActions, &p("_actions"));
    one(&with(r#""ann""#, r#"▲"""#), Code::InvalidId, &p("_user._id"));
    one(&with(r#""r_TmBKvZTI""#, r#"▲"a\u0000""#), Code::InvalidId, &p("_namespace"));
    let add = |more: &str| with(r#"["READ"]"#, &format!(r#"["READ"],{more}"#));
    one(&add(r#""_id":▲"0189""#), Code::InvalidUuid, &p("_id"));
    one(&add(r#""_effect":▲"deny""#), Code::UnknownEffect, &p("_effect"));
    one(&add(r#""_expiresAt":▲"2026-13-01T00:00:00Z""#), Code::InvalidTime, &p("_expiresAt"));
    one(&add(r#""_notBefore":▲"tomorrow""#), Code::InvalidTime, &p("_notBefore"));
    let window = r#"{"_notBefore":"2026-01-01T00:00:00Z","_expiresAt":"2026-01-01T00:00:00Z","_namespace""#;
    one(&with(r#"{"_namespace""#, &format!("▲{window}")), Code::EmptyTimeWindow, &p("_expiresAt"));
    one(&criteria("▲1e999"), Code::InvalidAttribute, CRITERION);
    one(&criteria(&format!("▲\"{}\"", "x".repeat(1025))), Code::InvalidAttribute, CRITERION);
    assert!(world(&criteria(&format!("\"{}\"", "x".repeat(1024)))).is_ok());

    one(r#"{"gates":[▲"a:b"]}"#, Code::InvalidId, "gates[0]");
    one(r#"{"gates":[▲"a*"]}"#, Code::WildcardInName, "gates[0]");
    let both = r#"{"subscriptions":[▲{"project_id":"p","ai_func":true,"user_id":"u","group_id":"g"}]}"#;
    one(both, Code::ContradictoryChange, "subscriptions[0]");
}

#[test]
fn what_is_listed_twice_is_refused() {
    let users = r#"{"directory":{"users":[
{"user_id":"u"},
{"user_id":"v"},
  ▲{"user_id":"u"}]}}"#;
    one(users, Code::ContradictoryChange, "directory.users[2]");
    assert!(refusal(users).message.contains("line 2, column 1"));
    one(r#"{"gates":["a",▲"a"]}"#, Code::ContradictoryChange, "gates[1]");
    let rows = r#"{"subscriptions":[{"project_id":"p","ai_func":true},{"project_id":"q","ai_func":true},
        ▲{"project_id":"p","ai_func":false}]}"#;
    one(rows, Code::ContradictoryChange, "subscriptions[2]");
}

#[test]
fn all_problems_are_reported_and_reading_goes_on_after_each() {
    let text = r#"{"permissions":[
  {"_namespace":▲"","_resourceDesc":{"_irn":▲"a:b"},"_user":▲{"_type":▲"users"},"_actions":[▲"read"]},
  {"_namespace":"n","_resourceDesc":{"_irn":"a:b:c"},"_user":{"_type":"user","_id":"u"},"_actions":["READ"]},
  ▲17 ],
 "gates":[▲null] ▲"#;
    let (text, places) = unmark(text);
    let refused = world(&text).unwrap_err();
    let mut found: Vec<_> = refused.problems().iter().map(|p| (p.place.unwrap(), p.code)).collect();
    found.sort_unstable();
    let codes = [
        Code::InvalidId,
        Code::PatternMatchesNothing,
        Code::MissingKey,
        Code::UnknownPrincipalKind,
        Code::LowerCaseAction,
        Code::WrongType,
        Code::WrongType,
        Code::Syntax,
    ];
    assert_eq!(found, places.into_iter().zip(codes).collect::<Vec<_>>());
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let text = format!("{{\"gates\":[{}7]}}", "7,".repeat(249));
    let refused = world(&text).unwrap_err();
    assert_eq!((refused.problems().len(), refused.unlisted()), (100, 150));
}

#[test]
fn columns_count_characters() {
    one(r#"{"gates":["äöü😀",▲7]}"#, Code::WrongType, "gates[1]");
    one(r#"{▲"gäte":7}"#, Code::UnknownKey, "gäte");
    one("{\"gates\":[\"äa\"],\r\n▲\"ö\":1}", Code::UnknownKey, "ö");
}

#[test]
fn what_is_not_json_ends_the_reading() {
    let syntax = |text: &str, says: &str| {
        let (text, places) = unmark(text);
        let problem = refusal(&text);
        assert_eq!((problem.code, problem.place), (Code::Syntax, Some(places[0])), "{text}: {problem}");
        assert!(problem.message.contains(says), "{text}: {problem}");
    };
    syntax("▲", "ends where a JSON value");
    syntax(" \n ▲", "ends where a JSON value");
    syntax("▲hello", "found `h`");
    syntax("▲\u{feff}{}", "0xEF");
    syntax("{▲", "a key");
    syntax("{▲]", "found `]`");
    syntax(r#"{"gates"▲"#, "`:`");
    syntax(r#"{"gates":▲"#, "a JSON value");
    syntax(r#"{"gates":["a" ▲"b"]}"#, "`,` or `]`");
    syntax(r#"{"gates":["a",▲]}"#, "found `]`");
    syntax(r#"{"gates":[],▲}"#, "a key");
    syntax(r#"{"gates":["a]}▲"#, "ends inside a string");
    syntax("{\"gates\":[\"a▲\nb\"]}", "control character 0x0A");
    syntax(r#"{"gates":["ä▲\x"]}"#, "escape");
    syntax(r#"{"gates":["aä\n▲\ud800"]}"#, "surrogate");
    syntax(r#"{"gates":["a\▲"#, "escaped character");
    syntax(r#"{"subscriptions":[{"ai_func":tru▲}"#, "`true`");
    for number in
        ["▲01", "▲1.", "▲-", "▲1e", "▲1e+", "0▲x10", "▲1-1", "▲--1", "▲1.e1", "▲.5", "▲+1", "▲NaN", "▲Infinity"]
    {
        syntax(&criteria(number), "");
    }
}

#[test]
fn the_end_is_the_end() {
    one("{}\n▲{}", Code::TrailingText, "");
    one("{} ▲x", Code::TrailingText, "");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let text = with("READ", "READ");
    for (end, _) in text.char_indices() {
        let refused = world(&text[..end]).unwrap_err();
        assert_eq!(refused.problems().last().unwrap().code, Code::Syntax, "{end}: {refused}");
    }
}

#[test]
fn invalid_utf_8_is_refused_with_its_place() {
    let refused = read_world(&b"{\"gates\":[\"\xC3\xA4b\xFFc\"]}"[..], &Limits::default()).unwrap_err();
    assert_eq!((refused.problems()[0].code, refused.problems()[0].place), (Code::Syntax, Some((1, 14))));
}

#[test]
fn nesting_is_bounded() {
    let (nested, places) = unmark(&format!("{{\"gates\":[{}▲{}", "[".repeat(14), "[".repeat(10_000)));
    let refused = world(&nested).unwrap_err();
    let last = refused.problems().last().unwrap();
    assert_eq!((last.code, last.place), (Code::TooDeep, Some(places[0])));
    assert!(last.message.contains("json_depth"));
    let within = format!("{{\"gates\":[{}{}]}}", "[".repeat(14), "]".repeat(14));
    assert_eq!(refusal(&within).code, Code::WrongType);
}

#[test]
fn strings_are_bounded_and_reading_goes_on_after_them() {
    let long = r"xä\n".repeat(30_000);
    let (text, places) = unmark(&format!("{{\"gates\":[▲\"{long}\",▲7]}}"));
    let expected = [(Code::StringTooLong, "gates[0]", places[0]), (Code::WrongType, "gates[1]", places[1])];
    assert_eq!(refusals(&text), expected.map(|(code, field, place)| (code, field.to_owned(), place)));
    one(&format!("{{▲\"{long}\":[{{}}]}}"), Code::StringTooLong, "");
    one(&criteria(&format!("▲{}", "1".repeat(70_000))), Code::Syntax, "");
}

#[test]
fn lists_are_bounded() {
    let limits =
        Limits { changes_per_set: 2, criteria_per_permission: 1, memberships_per_principal: 2, ..Limits::default() };
    let refused = |text: &str, code: Code| {
        let (text, places) = unmark(text);
        let refused = read_world(text.as_bytes(), &limits).unwrap_err();
        let found: Vec<_> = refused.problems().iter().map(|p| (p.code, p.place)).collect();
        assert_eq!(found, [(code, Some(places[0]))], "{refused}");
    };
    refused(r#"{"gates":["a","b",▲"c","d"]}"#, Code::ChangeSetTooLarge);
    refused(r#"{"directory":{"users":[{"user_id":"u","groups":▲["a","b","c"]}]}}"#, Code::TooManyMemberships);
    refused(&with(r#":*""#, r#":*","_criteria":▲{"a":1,"b":2}"#), Code::TooManyCriteria);
    let actions: Vec<_> = (0..65).map(|i| format!("\"A{i}\"")).collect();
    refused(&with(r#"["READ"]"#, &format!("▲[{}]", actions.join(","))), Code::TooManyActions);
}

#[test]
fn an_unreadable_file_says_so() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let refused = read_world(Broken, &Limits::default()).unwrap_err();
    assert_eq!(refused.problems()[0].code, Code::Unreadable);
    assert!(refused.to_string().contains("the disk is gone"));
}

#[test]
fn what_the_engine_refuses_is_located() {
    let (text, places) = unmark(
        r#"{"gates":["aisvc"],
 "directory":{"usergroups":[
  {"group_id":"a","groups":["b"]},
  ▲{"group_id":"b","groups":["a"]} ]}}"#,
    );
    let (changes, located) = read_world_with_places(text.as_bytes(), &Limits::default()).unwrap();
    let refused = located.locate(Engine::new().apply(changes).unwrap_err());
    let problem = &refused.problems()[0];
    assert_eq!((problem.code, problem.place), (Code::MembershipCycle, Some(places[0])));
    assert_eq!(problem.field, "directory.usergroups[1].groups");
}

#[test]
fn a_permission_is_written_as_it_is_read() {
    let item = concat!(
        r#"{"_id":"01890000-0000-7000-8000-000000000001","_namespace":"n\"s","_resourceDesc":{"_irn":"a:b-?:**","#,
        r#""_criteria":{"b":true,"big":18446744073709551615,"f":0.1,"i":-3,"t":"ä"}},"#,
        r#""_user":{"_type":"usergroup","_id":"g"},"_actions":["EDIT","READ"],"_effect":"DENY","#,
        r#""_notBefore":"2026-01-01T00:00:00Z","_expiresAt":"2026-01-01T00:00:00.25Z"}"#,
    );
    let read = |item: &str| match world(&format!("{{\"permissions\":[{item}]}}")).unwrap().changes.pop() {
        Some(Change::RestorePermission(permission)) => permission,
        other => panic!("{other:?}"),
    };
    assert_eq!(permission_json(&read(item)), item);
    let plain = concat!(
        r#"{"_id":"01890000-0000-7000-8000-000000000001","_namespace":"n","_resourceDesc":{"_irn":"**"},"#,
        r#""_user":{"_type":"user","_id":"u"},"_actions":["*"]}"#,
    );
    assert_eq!(permission_json(&read(plain)), plain);
    let mut large = read(plain);
    large.draft.criteria.insert("n".to_owned(), AttributeValue::from_f64(18_446_744_073_709_551_616.0).unwrap());
    assert_eq!(read(&permission_json(&large)), large);
}

fn request(json: &str) -> Result<RequestDocument, Refused> {
    RequestDocument::read(json.as_bytes(), &Limits::default())
}

#[test]
fn a_request_says_who_asks() {
    let base = r#""namespace":"n","action":"READ","irn":"a:b:c""#;
    let ask = |who: &str| request(&format!("{{{base}{who}}}"));
    let subject = |who: &str, expected: Subject<'_>| {
        ask(who).unwrap().with_request(|request| assert_eq!(request.subject, expected, "{who}"));
    };
    subject(r#","user":"u""#, Subject::user("u"));
    subject(r#","user":"u","groups":[]"#, Subject::user_with("u", &[], &[]));
    subject(r#","user":"u","permprofiles":[]"#, Subject::user_with("u", &[], &[]));
    subject(r#","user":"u","permprofiles":["p"],"groups":["g","h"]"#, Subject::user_with("u", &["g", "h"], &["p"]));
    subject(r#","permprofiles":["p"]"#, Subject::permprofile("p"));
    for (who, field) in [
        ("", "user"),
        (r#","permprofiles":[]"#, "user"),
        (r#","permprofiles":["p","q"]"#, "permprofiles"),
        (r#","groups":[]"#, "groups"),
        (r#","groups":["g"],"permprofiles":["p"]"#, "groups"),
    ] {
        let refused = ask(who).unwrap_err();
        assert_eq!((refused.problems()[0].code, &*refused.problems()[0].field), (Code::InvalidSubject, field), "{who}");
    }
    // What was made by hand and never read is still denied.
    let unread = RequestDocument { permprofiles: Some(vec!["p".into(), "q".into()]), ..RequestDocument::default() };
    unread.with_request(|request| assert_eq!(request.subject, Subject::permprofile("")));
}

#[test]
fn a_request_says_what_is_known() {
    let base = r#""user":"u","namespace":"n","action":"READ","irn":"a:b:c""#;
    let ask = |more: &str| request(&format!("{{{base}{more}}}"));
    assert_eq!(ask("").unwrap().attributes, None);
    assert_eq!(ask(r#","attributes":{}"#).unwrap().attributes, Some(Default::default()));
    let full = ask(r#","attributes":{"a":1,"b":"x"},"project":"p","at":"2026-01-01T00:00:00Z""#).unwrap();
    full.with_request(|request| {
        assert_eq!(request.attributes.unwrap().len(), 2);
        assert_eq!(request.project, Some("p"));
        assert_eq!(request.at.unwrap().to_string(), "2026-01-01T00:00:00Z");
    });
    let code = |more: &str| ask(more).unwrap_err().problems()[0].code;
    assert_eq!(code(r#","attributes":null"#), Code::WrongType);
    assert_eq!(code(r#","attributes":{"a":null}"#), Code::WrongType);
    assert_eq!(code(r#","at":"now""#), Code::InvalidTime);
    assert_eq!(code(r#","time":"now""#), Code::UnknownKey);
    assert_eq!(code(r#","user":"v""#), Code::DuplicateKey);
    assert_eq!(code(r#","groups":"g""#), Code::WrongType);
    assert_eq!(request("{}").unwrap_err().problems().len(), 3);
    assert_eq!(request("[]").unwrap_err().problems().len(), 1);
    assert_eq!(request("").unwrap_err().problems()[0].code, Code::Syntax);
    assert_eq!(request(&format!("{{{base}}} {{}}")).unwrap_err().problems()[0].code, Code::TrailingText);
}
