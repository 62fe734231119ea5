//! What must hold of the reference model itself, on generated worlds: an oracle that is wrong is worse than none.

use grantrie::{Change, ChangeSet, Effect, PermissionDraft, Timestamp};
use grantrie_testkit::generate::{self, Dice, EDGES, Ids, NOON, Shape};
use grantrie_testkit::model::{Model, Outcome};
use grantrie_testkit::{OwnedRequest, Verdict, Why};

const SEEDS: u64 = 12;
const REQUESTS: usize = 60;

struct World {
    dice: Dice,
    ids: Ids,
    model: Model,
}

impl World {
    fn new(seed: u64, shape: Shape) -> Self {
        let mut world = Self { dice: Dice::new(seed), ids: Ids::default(), model: Model::default() };
        for set in generate::world(&mut world.dice, shape) {
            world.apply(&set);
        }
        world
    }

    fn apply(&mut self, set: &ChangeSet) {
        let ids = &mut self.ids;
        self.model.apply(set, &mut || ids.make(), NOON).expect("accepted");
    }

    fn request(&mut self) -> OwnedRequest {
        generate::request(&mut self.dice, &self.model)
    }

    fn ask(&self, request: &OwnedRequest) -> Verdict {
        self.model.decide(&request.as_request(), NOON)
    }
}

fn worlds() -> impl Iterator<Item = World> {
    Shape::ALL.into_iter().flat_map(|shape| (0..SEEDS).map(move |seed| World::new(seed, shape)))
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 0..5 {
        let (mut one, mut other) = (World::new(seed, Shape::Mixed), World::new(seed, Shape::Mixed));
        assert_eq!(one.model, other.model);
        assert_eq!(one.request(), other.request());
    }
}

#[test]
fn until_valid_until_time_alone_changes_nothing() {
    for mut world in worlds() {
        for _ in 0..REQUESTS {
            let request = world.request();
            let now = request.at.unwrap_or(NOON);
            let verdict = world.ask(&request);
            assert!(verdict.valid_until.is_none_or(|until| until > now), "{request:?} {verdict:?}");
            let near = |edge: &i64| [-1, 0, 1].map(|by| Timestamp::from_micros(NOON.as_micros() + edge + by));
            let later = EDGES.iter().flat_map(near).flatten().filter(|at| *at > now);
            for at in later.filter(|at| verdict.valid_until.is_none_or(|until| *at < until)) {
                let then = world.ask(&OwnedRequest { at: Some(at), ..request.clone() });
                assert_eq!(then.allowed, verdict.allowed, "{request:?} {verdict:?} at {at}");
            }
        }
    }
}

#[test]
fn a_deny_never_allows_and_an_allow_never_denies() {
    for mut world in worlds() {
        for effect in [Effect::Deny, Effect::Allow] {
            let requests: Vec<OwnedRequest> = (0..REQUESTS).map(|_| world.request()).collect();
            let before: Vec<bool> = requests.iter().map(|request| world.ask(request).allowed).collect();
            let draft = PermissionDraft { effect, ..generate::draft(&mut world.dice) };
            let replaces = world.model.permissions.iter().any(|known| {
                known.draft.effect == effect
                    && (&known.draft.namespace, &known.draft.principal, &known.draft.criteria)
                        == (&draft.namespace, &draft.principal, &draft.criteria)
                    && known.draft.pattern == draft.pattern
            });
            if replaces {
                continue;
            }
            let ids = &mut world.ids;
            let set = ChangeSet::from(Change::UpsertPermission(draft));
            if world.model.apply(&set, &mut || ids.make(), NOON).is_err() {
                continue; // The engine's 65th action.
            }
            for (request, before) in requests.iter().zip(before) {
                let after = world.ask(request).allowed;
                assert!(before == after || after == (effect == Effect::Allow), "{effect:?} {request:?}");
            }
        }
    }
}

#[test]
fn the_order_of_permissions_is_irrelevant() {
    for mut world in worlds() {
        let mut turned = world.model.clone();
        turned.permissions.reverse();
        for _ in 0..REQUESTS {
            let request = world.request();
            assert_eq!(turned.decide(&request.as_request(), NOON), world.ask(&request));
            assert_eq!(turned.matching(&request.as_request(), NOON), world.model.matching(&request.as_request(), NOON));
        }
    }
}

#[test]
fn the_decision_follows_from_what_explain_lists() {
    for mut world in worlds() {
        for _ in 0..REQUESTS {
            let request = world.request();
            let verdict = world.ask(&request);
            let applying: Vec<_> = world
                .model
                .matching(&request.as_request(), NOON)
                .into_iter()
                .filter(|(_, outcome)| *outcome == Outcome::Applies)
                .map(|(id, _)| world.model.permissions.iter().find(|known| known.id == id).expect("listed"))
                .collect();
            let any = |effect| applying.iter().any(|known| known.effect == effect);
            match verdict.reason {
                Why::Denied(id) => assert!(applying.iter().any(|known| known.id == id && known.effect == Effect::Deny)),
                Why::Granted(id) => {
                    assert!(applying.iter().any(|known| known.id == id) && !any(Effect::Deny), "{request:?}");
                }
                Why::NotSubscribed(_) => assert!(any(Effect::Allow) && !any(Effect::Deny), "{request:?}"),
                Why::NoGrant | Why::Invalid(_) => assert!(applying.is_empty(), "{request:?}"),
            }
        }
    }
}

#[test]
fn a_directory_user_and_the_same_user_with_all_its_memberships_named_are_answered_alike() {
    for mut world in worlds() {
        for _ in 0..REQUESTS {
            let request = world.request();
            let subject = request.subject.as_subject();
            let (Some(user), true) =
                (subject.user_id(), matches!(request.subject, grantrie_testkit::OwnedSubject::User(_)))
            else {
                continue;
            };
            let all = world.model.principals(&subject);
            let of = |kind| all.iter().filter(move |who| who.kind == kind).map(|who| who.id.as_str());
            let named = grantrie_testkit::OwnedSubject::named(
                user,
                of(grantrie::PrincipalKind::UserGroup),
                of(grantrie::PrincipalKind::PermProfile),
            );
            // A gate asks the named groups' own rows only: leave gates out.
            world.model.gates.clear();
            assert_eq!(world.ask(&OwnedRequest { subject: named, ..request.clone() }), world.ask(&request));
        }
    }
}
