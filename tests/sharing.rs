//! What a subject may pass on: exactly what it holds itself, and no more.

use grantrie::{
    Actions, Change, ChangeSet, Code, Effect, Engine, GroupRecord, Membership, NotShareable, PermissionDraft,
    PermissionQuery, Principal, Subject, Timestamp, UserRecord,
};

const NOW: i64 = 1_000;

fn draft(principal: Principal, pattern: &str, actions: &[&str]) -> PermissionDraft {
    let actions = Actions::parse(actions.iter().copied()).unwrap();
    PermissionDraft::allow("n", principal, pattern.parse().unwrap(), actions)
}

fn engine(permissions: impl IntoIterator<Item = PermissionDraft>) -> Engine {
    let engine = Engine::builder().clock(|| Timestamp::from_seconds(NOW).unwrap()).build();
    engine.apply(permissions.into_iter().map(Change::UpsertPermission).collect::<ChangeSet>()).unwrap();
    engine
}

fn ann(pattern: &str, actions: &[&str]) -> PermissionDraft {
    draft(Principal::user("ann"), pattern, actions)
}

fn for_bob(pattern: &str, actions: &[&str]) -> PermissionDraft {
    draft(Principal::user("bob"), pattern, actions)
}

fn may(engine: &Engine, draft: &PermissionDraft) -> Result<(), NotShareable> {
    engine.snapshot().may_share(&Subject::user("ann"), draft)
}

fn lacks(action: &str) -> Result<(), NotShareable> {
    Err(NotShareable::NotHeld(action.to_owned()))
}

fn at(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_seconds(seconds)
}

#[test]
fn one_shares_the_actions_that_one_holds_where_one_holds_them_and_share() {
    let engine = engine([ann("a:b:*", &["READ", "SHARE"]), ann("a:c:*", &["READ", "EDIT"]), ann("a:**", &["RUN"])]);
    assert_eq!(may(&engine, &for_bob("a:b:*", &["READ"])), Ok(()));
    assert_eq!(may(&engine, &for_bob("a:b:1", &["READ", "RUN", "SHARE"])), Ok(()));
    assert_eq!(may(&engine, &for_bob("a:b:x-?", &["READ"])), Ok(()));
    assert_eq!(may(&engine, &for_bob("a:b:1", &["EDIT", "READ"])), lacks("EDIT"));
    assert_eq!(may(&engine, &for_bob("a:b:1", &["*"])), lacks("*"));
    assert_eq!(may(&engine, &for_bob("a:c:1", &["READ"])), lacks("SHARE"));
    // Wider in any segment, or in their number.
    for pattern in ["a:*:*", "*:b:*", "a:b:**", "a:b?:1", "a:**"] {
        assert_eq!(may(&engine, &for_bob(pattern, &["READ"])), lacks("SHARE"), "{pattern}");
    }
    let mut elsewhere = for_bob("a:b:1", &["READ"]);
    elsewhere.namespace = "m".to_owned();
    assert_eq!(may(&engine, &elsewhere), lacks("SHARE"));
}

#[test]
fn all_actions_are_shared_only_by_who_holds_them_all() {
    let engine = engine([ann("a:b:*", &["*"])]);
    assert_eq!(may(&engine, &for_bob("a:b:1", &["*"])), Ok(()));
    assert_eq!(may(&engine, &for_bob("a:b:1", &["NEVER_SEEN"])), Ok(()));
}

#[test]
fn a_deny_is_not_shared() {
    let engine = engine([ann("a:b:*", &["*"])]);
    let deny = PermissionDraft { effect: Effect::Deny, ..for_bob("a:b:1", &["READ"]) };
    assert_eq!(may(&engine, &deny), Err(NotShareable::Deny));
    assert_eq!(NotShareable::Deny.code(), Code::NotShareable);
}

#[test]
fn what_a_deny_takes_anywhere_in_the_pattern_is_not_shared() {
    let deny = |pattern: &str, actions: &[&str]| PermissionDraft { effect: Effect::Deny, ..ann(pattern, actions) };
    let all = || ann("a:b:*", &["*"]);
    let taken = engine([all(), deny("*:*:secret", &["READ"])]);
    assert_eq!(may(&taken, &for_bob("a:b:1", &["READ"])), Ok(()));
    assert_eq!(may(&taken, &for_bob("a:b:*", &["READ"])), lacks("READ"));
    assert_eq!(may(&taken, &for_bob("a:b:*", &["EDIT"])), Ok(()));
    assert_eq!(may(&taken, &for_bob("a:b:*", &["*"])), lacks("*"));
    assert_eq!(may(&engine([all(), deny("a:b:1", &["SHARE"])]), &for_bob("a:b:*", &["READ"])), lacks("SHARE"));
    // One with criteria, or one that begins later, counts; one that is over does not.
    let mut under_criteria = deny("a:b:*", &["READ"]);
    under_criteria.criteria.insert("stage".to_owned(), "draft".into());
    let later = PermissionDraft { not_before: at(NOW + 1), ..deny("a:b:*", &["READ"]) };
    for deny in [under_criteria, later] {
        assert_eq!(may(&engine([all(), deny]), &for_bob("a:b:1", &["READ"])), lacks("READ"));
    }
    let over = PermissionDraft { expires_at: at(NOW), ..deny("a:b:*", &["READ"]) };
    assert_eq!(may(&engine([all(), over]), &for_bob("a:b:1", &["READ"])), Ok(()));
}

#[test]
fn what_ends_is_not_shared_for_longer() {
    let until = |end| PermissionDraft { expires_at: at(end), ..ann("a:b:*", &["*"]) };
    let engine_until = |end| engine([until(end)]);
    let given = |end: Option<Timestamp>| PermissionDraft { expires_at: end, ..for_bob("a:b:1", &["READ"]) };
    assert_eq!(may(&engine_until(NOW + 10), &given(at(NOW + 10))), Ok(()));
    assert_eq!(may(&engine_until(NOW + 10), &given(at(NOW + 11))), lacks("SHARE"));
    assert_eq!(may(&engine_until(NOW + 10), &given(None)), lacks("SHARE"));
    assert_eq!(may(&engine_until(NOW), &given(at(NOW))), lacks("SHARE"));
    let not_yet = PermissionDraft { not_before: at(NOW + 1), ..ann("a:b:*", &["*"]) };
    assert_eq!(may(&engine([not_yet]), &given(None)), lacks("SHARE"));
}

#[test]
fn what_holds_under_criteria_is_shared_under_them_too() {
    let with = |mut draft: PermissionDraft, names: &[&str]| {
        draft.criteria.extend(names.iter().map(|name| ((*name).to_owned(), "x".into())));
        draft
    };
    let engine = engine([with(ann("a:b:*", &["*"]), &["stage"])]);
    assert_eq!(may(&engine, &for_bob("a:b:1", &["READ"])), lacks("SHARE"));
    assert_eq!(may(&engine, &with(for_bob("a:b:1", &["READ"]), &["other"])), lacks("SHARE"));
    assert_eq!(may(&engine, &with(for_bob("a:b:1", &["READ"]), &["stage", "other"])), Ok(()));
    let mut differs = with(for_bob("a:b:1", &["READ"]), &["stage"]);
    differs.criteria.insert("stage".to_owned(), "y".into());
    assert_eq!(may(&engine, &differs), lacks("SHARE"));
}

#[test]
fn what_groups_and_profiles_hold_counts_and_a_profile_alone_has_its_own() {
    let (group, profile) = (Principal::group("staff"), Principal::profile("sharer"));
    let engine = engine([draft(group.clone(), "a:b:*", &["READ"]), draft(profile.clone(), "a:b:*", &["SHARE"])]);
    let given = for_bob("a:b:1", &["READ"]);
    assert_eq!(may(&engine, &given), lacks("SHARE"));
    let join = |member: Principal, of: Principal| Change::AddMembership(Membership { member, of });
    let (ann, everyone) = (Principal::user("ann"), Principal::group("everyone"));
    let joins = [join(everyone.clone(), group), join(ann, everyone.clone()), join(everyone, profile)];
    engine.apply(ChangeSet::from(joins)).unwrap();
    assert_eq!(may(&engine, &given), Ok(()));
    let named = Subject::user_with("ann", &["staff"], &[]);
    assert_eq!(engine.snapshot().may_share(&named, &given), lacks("SHARE"));
    let alone = Subject::permprofile("sharer");
    assert_eq!(engine.snapshot().may_share(&alone, &given), lacks("READ"));
    assert_eq!(engine.snapshot().may_share(&alone, &for_bob("a:b:1", &["SHARE"])), Ok(()));
    let principals = engine.snapshot().principals(&Subject::user("ann")).unwrap();
    let names: Vec<_> = principals.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["user:ann", "usergroup:everyone", "usergroup:staff", "permprofile:sharer"]);
}

#[test]
fn users_are_listed_where_the_directory_lists_one() {
    let engine = engine([for_bob("a:b:1", &["READ"])]);
    engine.apply(Change::PutGroup(GroupRecord { group_id: "staff".to_owned(), ..GroupRecord::default() })).unwrap();
    assert!(!engine.snapshot().lists_users(), "a user with a permission is known, not listed");
    engine.apply(Change::PutUser(UserRecord { user_id: "ann".to_owned(), ..UserRecord::default() })).unwrap();
    assert!(engine.snapshot().lists_users());
    engine.apply(Change::RemovePrincipal(Principal::user("ann"))).unwrap();
    assert!(!engine.snapshot().lists_users());
}

#[test]
fn nobody_shares_who_is_none() {
    let engine = engine([]);
    let nobody = engine.snapshot().may_share(&Subject::user(""), &for_bob("a:b:1", &["READ"]));
    assert!(matches!(nobody, Err(NotShareable::Invalid(_))));
    assert!(engine.snapshot().principals(&Subject::user("")).is_err());
    assert_eq!(may(&engine, &for_bob("a:b:1", &["READ"])), lacks("SHARE"));
}

#[test]
fn kept_permissions_are_paged_and_counted_by_themselves() {
    let engine = engine((0..10).map(|i| for_bob(&format!("a:b:{i}"), if i % 2 == 0 { &["READ"] } else { &["EDIT"] })));
    let page = |offset, limit| {
        let query = PermissionQuery { offset, limit, ..PermissionQuery::default() };
        engine.snapshot().permissions_where(&query, |permission| permission.actions.contains("READ"))
    };
    let all = page(0, None);
    assert_eq!((all.total, all.items.len()), (5, 5));
    assert!(all.items.iter().all(|permission| permission.actions.contains("READ")));
    let middle = page(1, Some(2));
    assert_eq!((middle.total, &middle.items[..]), (5, &all.items[1..3]));
    assert_eq!((page(0, Some(0)).total, page(0, Some(0)).items.len(), page(9, None).items.len()), (5, 0, 0));
}

#[test]
fn the_same_permission_is_the_one_with_the_same_key() {
    let engine = engine([for_bob("a:b:1", &["READ"])]);
    let snapshot = engine.snapshot();
    let same = snapshot.same_permission(&for_bob("a:b:1", &["EDIT"])).unwrap();
    assert_eq!(Some(same.id), engine.permissions(&PermissionQuery::default()).items.first().map(|found| found.id));
    assert!(snapshot.same_permission(&ann("a:b:1", &["READ"])).is_none());
    assert!(snapshot.same_permission(&for_bob("a:b:*", &["READ"])).is_none());
    let deny = PermissionDraft { effect: Effect::Deny, ..for_bob("a:b:1", &["READ"]) };
    assert!(snapshot.same_permission(&deny).is_none());
}
