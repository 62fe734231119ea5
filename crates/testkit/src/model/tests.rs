//! The model's tricky bits, on worlds of a few lines.

use grantrie::{
    Actions, Attributes, Change, ChangeSet, Code, Effect, Effected, GroupRecord, Membership, Memberships, Pattern,
    PermissionDraft, PermissionId, Principal, Request, Subject, Subscriber, SubscriptionLevel, Timestamp,
};

use super::*;
use crate::Why;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).expect("a small instant")
}

fn draft(principal: Principal, pattern: &str) -> PermissionDraft {
    let pattern = Pattern::parse(pattern).expect("a pattern");
    PermissionDraft::allow("ns", principal, pattern, Actions::All)
}

fn group(id: &str, groups: &[&str]) -> Change {
    let groups = groups.iter().map(|&id| id.to_owned()).collect();
    Change::PutGroup(GroupRecord { group_id: id.to_owned(), groups, ..GroupRecord::default() })
}

fn membership(member: Principal, of: Principal) -> Change {
    Change::AddMembership(Membership { member, of })
}

fn row(who: Subscriber, enabled: bool) -> Change {
    Change::SetSubscription { project: "p".to_owned(), subscriber: who, enabled }
}

fn the_group(id: &str) -> Subscriber {
    Subscriber::Group(id.to_owned())
}

/// A model, and ids counted from 1.
struct World {
    model: Model,
    made: u128,
}

impl World {
    fn of(changes: Vec<Change>) -> Self {
        let mut world = Self { model: Model::default(), made: 0 };
        world.apply(changes).expect("accepted");
        world
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<Vec<Effected>, Vec<Code>> {
        let mut ids = || {
            self.made += 1;
            PermissionId::from_u128(self.made)
        };
        self.model.apply(&ChangeSet::new(changes), &mut ids, at(0))
    }

    fn ask(&self, subject: Subject<'_>, now: i64) -> crate::Verdict {
        self.model.decide(&Request::new("ns", subject, "READ", "a:b:c"), at(now))
    }

    fn resolve(&self, user: &str) -> (bool, SubscriptionLevel, Vec<Subscriber>) {
        self.model.resolve("p", user, Memberships::Directory)
    }
}

#[test]
fn a_diamond_reaches_the_top_once_and_a_cycle_is_refused() {
    let mut world = World::of(vec![
        group("left", &["top"]),
        group("right", &["top"]),
        group("low", &["left", "right"]),
        membership(Principal::user("ann"), Principal::group("low")),
        membership(Principal::group("top"), Principal::profile("kit")),
        Change::UpsertPermission(draft(Principal::profile("kit"), "a:b:*")),
    ]);
    assert_eq!(world.model.principals(&Subject::user("ann")).len(), 6);
    assert_eq!(world.ask(Subject::user("ann"), 0).reason, Why::Granted(PermissionId::from_u128(1)));
    assert_eq!(world.apply(vec![group("top", &["low"])]), Err(vec![Code::MembershipCycle]));
    let own = membership(Principal::group("top"), Principal::group("top"));
    assert_eq!(world.apply(vec![own]), Err(vec![Code::MembershipCycle]));
}

#[test]
fn a_refused_set_changes_nothing_and_reports_every_problem() {
    let mut world = World::of(vec![group("g", &[])]);
    let before = world.model.clone();
    let nothing = PermissionDraft { actions: Actions::Only(BTreeSet::new()), ..draft(Principal::user(""), "a:b:c") };
    let problems = world.apply(vec![
        Change::UpsertPermission(draft(Principal::user("ann"), "a:b:c")),
        Change::UpsertPermission(nothing),
        Change::RemovePermission(PermissionId::from_u128(99)),
        group("g", &["g"]),
    ]);
    let expected = vec![Code::InvalidId, Code::NoActions, Code::UnknownPermission, Code::MembershipCycle];
    assert_eq!(problems, Err(expected));
    assert_eq!(world.model, before);
}

#[test]
fn the_window_is_half_open_and_valid_until_names_its_edges() {
    let mut window = draft(Principal::user("ann"), "a:b:c");
    (window.not_before, window.expires_at) = (Some(at(10)), Some(at(20)));
    let world = World::of(vec![Change::UpsertPermission(window)]);
    let granted = Why::Granted(PermissionId::from_u128(1));
    let ask = |now| (world.ask(Subject::user("ann"), now).reason, world.ask(Subject::user("ann"), now).valid_until);
    assert_eq!(ask(9), (Why::NoGrant, Some(at(10))));
    assert_eq!(ask(10), (granted, Some(at(20))));
    assert_eq!(ask(19), (granted, Some(at(20))));
    assert_eq!(ask(20), (Why::NoGrant, None));
}

#[test]
fn the_longest_applying_permission_is_named_then_the_lowest_id() {
    let until = |end: Option<i64>, pattern: &str| {
        Change::UpsertPermission(PermissionDraft { expires_at: end.map(at), ..draft(Principal::user("ann"), pattern) })
    };
    let world = World::of(vec![until(Some(5), "a:b:c"), until(Some(9), "a:b:*"), until(Some(9), "a:**")]);
    let answer = world.ask(Subject::user("ann"), 0);
    assert_eq!((answer.reason, answer.valid_until), (Why::Granted(PermissionId::from_u128(2)), Some(at(9))));
    let world = World::of(vec![until(Some(5), "a:b:c"), until(None, "a:b:*")]);
    let answer = world.ask(Subject::user("ann"), 0);
    assert_eq!((answer.reason, answer.valid_until), (Why::Granted(PermissionId::from_u128(2)), None));
}

#[test]
fn a_later_deny_ends_a_grant() {
    let mut later = PermissionDraft { effect: Effect::Deny, ..draft(Principal::user("ann"), "a:**") };
    later.not_before = Some(at(30));
    let world = World::of(vec![
        Change::UpsertPermission(draft(Principal::user("ann"), "a:b:c")),
        Change::UpsertPermission(later),
    ]);
    assert_eq!(world.ask(Subject::user("ann"), 0).valid_until, Some(at(30)));
    assert_eq!(world.ask(Subject::user("ann"), 30).reason, Why::Denied(PermissionId::from_u128(2)));
}

#[test]
fn explain_lists_what_matches_with_what_became_of_it() {
    let criteria = Attributes::from([("kind".to_owned(), "x".into())]);
    let with =
        |effect| PermissionDraft { criteria: criteria.clone(), effect, ..draft(Principal::user("ann"), "a:b:c") };
    let create = Actions::parse(["CREATE"]).expect("an action");
    let world = World::of(vec![
        Change::UpsertPermission(with(Effect::Allow)),
        Change::UpsertPermission(with(Effect::Deny)),
        Change::UpsertPermission(PermissionDraft { actions: create, ..draft(Principal::user("ann"), "a:**") }),
        Change::UpsertPermission(draft(Principal::user("bob"), "a:**")),
    ]);
    let outcomes = |attributes: Option<&Attributes>| {
        let request = Request { attributes, ..Request::new("ns", Subject::user("ann"), "READ", "a:b:c") };
        world.model.matching(&request, at(0)).into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(None), [Outcome::CriteriaUnknown, Outcome::Applies, Outcome::WrongAction]);
    assert_eq!(outcomes(Some(&criteria)), [Outcome::Applies, Outcome::Applies, Outcome::WrongAction]);
    let other = Attributes::new();
    assert_eq!(outcomes(Some(&other)), [Outcome::CriteriaDiffer, Outcome::CriteriaDiffer, Outcome::WrongAction]);
}

#[test]
fn the_rows_that_decide_are_the_nearest_with_the_deciding_value() {
    let mut world = World::of(vec![
        group("low", &["left", "right"]),
        group("left", &["top"]),
        group("right", &["top"]),
        membership(Principal::user("ann"), Principal::group("low")),
        row(the_group("left"), true),
        row(the_group("top"), false),
    ]);
    assert_eq!(world.resolve("ann"), (false, SubscriptionLevel::Group, vec![the_group("top")]));
    world.apply(vec![row(the_group("right"), true)]).expect("accepted");
    let both = vec![the_group("left"), the_group("right")];
    assert_eq!(world.resolve("ann"), (true, SubscriptionLevel::Group, both));
    world.model.enabled_wins = true;
    world.apply(vec![row(the_group("right"), false)]).expect("accepted");
    assert_eq!(world.resolve("ann"), (true, SubscriptionLevel::Group, vec![the_group("left")]));
}

#[test]
fn deletes_run_from_the_top_down_whatever_their_order() {
    // `a` is below `z`: by id alone it would be judged first, while `z` still enables it.
    let mut world = World::of(vec![group("a", &["m"]), group("m", &["z"]), row(the_group("z"), true)]);
    let delete = vec![the_group("a"), the_group("z"), Subscriber::User("ann".to_owned())];
    let effects = world.apply(vec![Change::Subscriptions { project: "p".to_owned(), add: Vec::new(), delete }]);
    assert_eq!(effects.expect("accepted").len(), 1);
    assert_eq!(world.model.subscriptions("p"), []);
}

#[test]
fn sixty_four_actions_and_no_more_even_after_removal() {
    let named = |n: usize, pattern: &str| {
        let names: Vec<String> = (0..n).map(|n| format!("X{n}")).collect();
        let actions = Actions::parse(names.iter().map(String::as_str)).expect("actions");
        Change::UpsertPermission(PermissionDraft { actions, ..draft(Principal::user("ann"), pattern) })
    };
    let mut world = World::of(vec![named(57, "a:b:c")]);
    assert_eq!(world.apply(vec![named(58, "a:b:d")]), Err(vec![Code::TooManyActions]));
    world.apply(vec![Change::RemovePermission(PermissionId::from_u128(1))]).expect("accepted");
    assert_eq!(world.apply(vec![named(58, "a:b:d")]), Err(vec![Code::TooManyActions]));
}

#[test]
fn what_is_so_already_leaves_no_trace() {
    let mut world = World::of(vec![
        group("g", &["h"]),
        Change::UpsertPermission(draft(Principal::user("ann"), "a:b:c")),
        row(Subscriber::Project, true),
        Change::SetGate { service: "a".to_owned(), gated: true },
    ]);
    let before = world.model.clone();
    let again = vec![
        group("g", &["h", "h"]),
        Change::UpsertPermission(draft(Principal::user("ann"), "a:b:c")),
        row(Subscriber::Project, true),
        Change::SetGate { service: "a".to_owned(), gated: true },
        Change::SetGate { service: "b".to_owned(), gated: false },
        Change::RemovePrincipal(Principal::user("nobody")),
        Change::ClearSubscription { project: "p".to_owned(), subscriber: the_group("g") },
        membership(Principal::group("g"), Principal::group("h")),
    ];
    assert_eq!(world.apply(again), Ok(Vec::new()));
    assert_eq!(world.model, before);
}

#[test]
fn removing_a_group_takes_everything_that_hangs_on_it() {
    let mut world = World::of(vec![
        group("g", &["h"]),
        membership(Principal::user("ann"), Principal::group("g")),
        Change::UpsertPermission(draft(Principal::group("g"), "a:b:c")),
        row(the_group("g"), true),
    ]);
    let effects = world.apply(vec![Change::RemovePrincipal(Principal::group("g"))]).expect("accepted");
    let [Effected::PrincipalRemoved { permissions, memberships, subscriptions, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!((permissions.len(), memberships.len(), subscriptions.len()), (1, 2, 1));
    assert_eq!(world.ask(Subject::user_with("ann", &["g"], &[]), 0).reason, Why::NoGrant);
    assert!(world.model.groups.is_empty() && world.model.memberships.is_empty() && world.model.rows.is_empty());
}
