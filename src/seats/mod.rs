//! Seats: how prepared subjects stay compiled while the world changes.
//!
//! A host that prepares a subject gets a *seat*. The writer keeps the subject's compiled grants on it, in every version
//! of the world, so that a check reads them and nothing else; no reader ever compiles, allocates or waits.
//!
//! ```text
//! prepare, drop ─ Desk (takes orders, never waits for the writer)
//!                   │ orders
//! change ─ World ─ Book (who is compiled from whom) ─ seatings ─ World::reseat ─ published
//!            └ touched ┘
//! ```
//!
//! What must hold:
//! - what stands on a seat under a subject's serial number is what a walk over that version would find;
//! - a seat without it costs time only: the subject is then asked by its names;
//! - one change touches at most [`WATCHERS`] seats for each principal that it changes. A principal that more seats watch
//!   is compiled into no further ones: those walk it at each check, with everything above it;
//! - one change arranges few seats anew. Where more are due (who is above a group of many has changed), they stand empty,
//!   and each later change arranges some of them.

mod book;
mod desk;

pub(crate) use book::Book;
pub(crate) use desk::{Desk, Members, SeatNames, Ticket};

/// Seats that a principal is compiled into, at most.
const WATCHERS: usize = 128;

/// Seats that one change arranges anew, at most; if more are due, it empties them all.
const AT_ONCE: usize = 4;

/// Seats of those that a later change arranges besides.
const LATER: usize = 2;

/// Grants of a principal that is compiled, at most. One with more is found quicker in its own table.
const GRANTS: usize = 128;

#[cfg(test)]
mod tests {
    use crate::index::Compiled;
    use crate::{
        Actions, Change, ChangeSet, Engine, Membership, PermissionDraft, PermissionQuery, PreparedSubject, Principal,
        Question, Subject,
    };

    fn allow(holder: Principal, pattern: &str) -> Change {
        Change::UpsertPermission(PermissionDraft::allow("n", holder, pattern.parse().unwrap(), Actions::All))
    }

    fn filled(engine: &Engine) -> usize {
        engine.world().seats.iter().filter(|seat| seat.is_some()).count()
    }

    #[test]
    fn what_is_too_much_for_one_change_stands_empty_and_is_made_up_for() {
        let engine = Engine::new();
        let (crowd, profile) = (Principal::group("crowd"), Principal::profile("p"));
        let users: Vec<String> = (0..40).map(|n| format!("u{n}")).collect();
        let into =
            |user: &String| Change::AddMembership(Membership { member: Principal::user(user), of: crowd.clone() });
        let own = |user: &String| allow(Principal::user(user), "a:b:own");
        let world = users.iter().flat_map(|user| [into(user), own(user)]);
        engine.apply(world.chain([allow(profile.clone(), "a:b:c")]).collect::<ChangeSet>()).unwrap();
        let prepare = |user: &String| engine.prepare("n", &Subject::user(user), None).unwrap();
        let subjects: Vec<PreparedSubject> = users.iter().map(prepare).collect();
        assert_eq!(filled(&engine), users.len());
        let all = |irn: &str| subjects.iter().all(|one| engine.is_allowed_for(one, &Question::new("READ", irn)));
        let none = |irn: &str| !subjects.iter().any(|one| engine.is_allowed_for(one, &Question::new("READ", irn)));
        assert!(all("a:b:own") && none("a:b:c"));

        let edge = Membership { member: crowd, of: profile.clone() };
        engine.apply(Change::AddMembership(edge.clone())).unwrap();
        assert_eq!(filled(&engine), 0);
        assert!(all("a:b:own") && all("a:b:c"));
        // Changes of what a seat that stands empty would be compiled from.
        engine.apply(allow(profile, "a:b:d")).unwrap();
        assert!(all("a:b:d"));
        for n in 0..users.len() {
            engine.apply(allow(Principal::user("other"), &format!("a:b:{n}"))).unwrap();
            assert!(all("a:b:own") && all("a:b:c") && all("a:b:d") && none("a:b:e"));
        }
        assert_eq!(filled(&engine), users.len());
        engine.apply(Change::RemoveMembership(edge)).unwrap();
        assert!(all("a:b:own") && none("a:b:c") && none("a:b:d"));
    }

    /// Patterns that a table would not tell apart either stay compiled.
    #[test]
    fn patterns_without_a_telling_piece_are_compiled() {
        for (between, walked) in [("*", 0), ("-x-", 1)] {
            let engine = Engine::new();
            let texts = (0..60).map(|n| format!("a:b:*{}{between}{}*", n % 10, n / 10));
            engine.apply(texts.map(|text| allow(Principal::user("u"), &text)).collect::<ChangeSet>()).unwrap();
            let _subject = engine.prepare("n", &Subject::user("u"), None).unwrap();
            let world = engine.world();
            assert_eq!(world.seats.iter().flatten().flat_map(Compiled::walked).count(), walked, "{between}");
        }
    }

    /// What a table finds quicker is not compiled: neither at first nor once a principal has come to that.
    #[test]
    fn patterns_that_only_a_comparison_tells_apart_are_left_to_a_table() {
        let engine = Engine::new();
        let user = Principal::user("u");
        let names = (0..40).map(|n| allow(user.clone(), &format!("a:b:name-{n}")));
        let edges = (0..40).map(|n| allow(user.clone(), &format!("a:b:edge{n}*")));
        engine.apply(names.chain(edges).collect::<ChangeSet>()).unwrap();
        let subject = engine.prepare("n", &Subject::user("u"), None).unwrap();
        let is_walked = |engine: &Engine| {
            let world = engine.world();
            world.seats.iter().flatten().flat_map(Compiled::walked).count() == 1
        };
        // All edges begin alike.
        assert!(is_walked(&engine));
        let all: Vec<_> = (8..40).map(|n| format!("a:b:edge{n}*")).collect();
        for text in &all {
            let known = engine.permissions(&PermissionQuery::default()).items;
            let id = known.iter().find(|it| it.draft.pattern.as_str() == text).unwrap().id;
            engine.apply(Change::RemovePermission(id)).unwrap();
        }
        drop(subject);
        let subject = engine.prepare("n", &Subject::user("u"), None).unwrap();
        assert!(!is_walked(&engine));
        let is_allowed = |irn: &str| engine.is_allowed_for(&subject, &Question::new("READ", irn));
        for (n, text) in all.iter().enumerate() {
            engine.apply(allow(user.clone(), text)).unwrap();
            assert_eq!(is_walked(&engine), n + 9 >= 16, "{n}");
            assert!(is_allowed(&text.replace('*', "-7")) && is_allowed("a:b:name-7") && !is_allowed("a:b:edge"));
        }
    }
}
