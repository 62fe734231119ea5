//! A world file, applied while it is read.

use std::io::Read;
use std::sync::Arc;

use super::{Engine, Note, Shared};
use crate::change::{Change, Loading, Revision};
use crate::error::Refused;
use crate::ids::Ids;
use crate::model::{Span, Spelled, SpelledUser, Timestamp};
use crate::wire::{Taker, read_world_with_places, stream_world};

impl Engine {
    /// Reads a world file and applies it: all of it, or nothing.
    ///
    /// The same as [`apply`](Self::apply) of what [`read_world`](crate::read_world) reads, but each change is made as soon as
    /// it is read, on a copy that is published at the end: no change set is kept, so that a large world takes little more
    /// memory than the engine does afterwards, and less time. Meanwhile readers read on; other writers wait, so what is
    /// slow to read is better read first.
    ///
    /// ```
    /// use grantrie::{Engine, Request, Subject};
    /// let world = r#"{ "permissions": [ {
    ///     "_namespace": "acme",
    ///     "_user": { "_type": "user", "_id": "ann" },
    ///     "_resourceDesc": { "_irn": "aisvc:agent:*" },
    ///     "_actions": [ "READ" ]
    /// } ] }"#;
    /// let engine = Engine::new();
    /// engine.load(world.as_bytes())?;
    /// assert!(engine.is_allowed(&Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7")));
    ///
    /// let cycle = r#"{ "directory": { "usergroups": [
    ///     { "group_id": "a", "groups": [ "b" ] },
    ///     { "group_id": "b", "groups": [ "a" ] }
    /// ] } }"#;
    /// assert_eq!(
    ///     engine.load(cycle.as_bytes()).unwrap_err().to_string(),
    ///     "line 3, column 5: directory.usergroups[1].groups: a cycle of groups: `b` in `a` in `b` [304 membership_cycle]"
    /// );
    /// # Ok::<(), grantrie::Refused>(())
    /// ```
    ///
    /// # Errors
    /// Every problem with field, line and column, and nothing was applied: of the document's form, or if it has none,
    /// those that showed when it was applied. [`Limits::reported_problems`](crate::Limits) of them are listed, the rest
    /// counted.
    pub fn load(&self, mut reader: impl Read) -> Result<Revision, Refused> {
        let Shared { published, settings, audit, ids, keeper, .. } = &*self.shared;
        if let Some(keep) = keeper {
            let (set, places) = read_world_with_places(reader, &settings.limits)?;
            return keep(set).map_err(|refused| places.locate(refused));
        }
        let (limits, at) = (&settings.limits, (settings.clock)());
        let mut writing = published.write();
        let mut spare = self.shared.spare(&mut writing);
        let mut effected = audit.as_ref().map(|_| Vec::new());
        let mut taking =
            Taking { loading: Loading::new(Arc::make_mut(&mut spare), limits, effected.as_mut()), ids, at };
        let places = stream_world(&mut reader, limits, &mut taking)?;
        let (executed, lacks) = taking.loading.finish();
        let concluded = self.conclude(writing, spare, executed, || lacks, Note { actor: None, at, effected });
        concluded.map_err(|refused| places.locate(refused))
    }
}

/// Takes changes from the file and makes them.
struct Taking<'a> {
    loading: Loading<'a>,
    ids: &'a Ids,
    at: Timestamp,
}

impl Taker for Taking<'_> {
    fn take(&mut self, change: Change) {
        self.loading.take(change, self.ids.next(self.at));
    }

    fn take_permission(&mut self, text: &str, permission: Spelled) {
        self.loading.take_permission(text, permission, self.ids.next(self.at));
    }

    fn take_user(&mut self, text: &str, user: SpelledUser, ids: &[Span]) {
        self.loading.take_user(text, user, ids, self.ids.next(self.at));
    }

    fn repeated(&mut self) -> Vec<(usize, usize)> {
        self.loading.repeated()
    }
}
#[cfg(test)]
mod tests {
    use std::io::{Error, Read};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use crate::{Engine, Limits, Request, Subject, read_world_with_places};

    const MANY: usize = 2_000;

    /// A file of many batches, with some that belongs to many before it at its end.
    fn file(end: &str) -> String {
        let permission = |n: usize| {
            format!(
                r#"{{"_namespace":"n","_user":{{"_type":"user","_id":"u{n}"}},"_resourceDesc":{{"_irn":"a:b:{n}"}},"_actions":["*"]}}"#
            )
        };
        let permissions: Vec<String> = (0..MANY).map(permission).collect();
        let users: Vec<String> = (0..MANY).map(|n| format!(r#"{{"user_id":"u{n}"}}"#)).collect();
        let (permissions, users) = (permissions.join(",\n"), users.join(",\n"));
        format!(r#"{{"permissions":[{permissions}],"directory":{{"users":[{users}],"usergroups":[{end}]}}}}"#)
    }

    fn may(engine: &Engine, n: usize) -> bool {
        let (user, name) = (format!("u{n}"), format!("a:b:{n}"));
        engine.is_allowed(&Request::new("n", Subject::user(&user), "READ", &name))
    }

    #[test]
    fn it_is_the_same_as_what_is_read_first_and_applied_then() {
        let cycle = r#"{"group_id":"x","groups":["y"]},{"group_id":"y","groups":["x"]}"#;
        let twice = r#"{"group_id":"x"},{"group_id":"y"},{"group_id":"x"}"#;
        for (end, problems) in [("", 0), (cycle, 1), (twice, 1)] {
            let text = file(end);
            let (loaded, applied) = (Engine::new(), Engine::new());
            let read = read_world_with_places(text.as_bytes(), &Limits::default());
            let read = read.and_then(|(set, places)| applied.apply(set).map_err(|refused| places.locate(refused)));
            let done = loaded.load(text.as_bytes());
            assert_eq!(done, read, "{end}");
            assert_eq!(done.map_or_else(|refused| refused.problems().len(), |_| 0), problems);
            assert_eq!(loaded.counts(), applied.counts());
            assert!([0, MANY / 2, MANY - 1].iter().all(|n| may(&loaded, *n) == (problems == 0)));
        }
    }

    /// What ends, after so many bytes, as it says.
    struct Ending<'a, F>(&'a [u8], F);

    impl<F: FnMut() -> Error> Read for Ending<'_, F> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            if self.0.is_empty() { Err((self.1)()) } else { self.0.read(buffer) }
        }
    }

    #[test]
    fn a_reader_that_fails_or_panics_leaves_the_world_as_it_was() {
        let (engine, text) = (Engine::new(), file(""));
        engine.load(text.as_bytes()).unwrap();
        let other = text.replace("a:b:", "a:c:");
        for length in [0, 10, other.len() / 2, other.len() - 1] {
            let part = &other.as_bytes()[..length];
            let refused = engine.load(Ending(part, || Error::other("the cable was pulled"))).unwrap_err();
            assert!(refused.to_string().contains("the cable was pulled"), "{refused}");
            let panics = || engine.load(Ending(part, || panic!("{length} bytes")));
            let panic = catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>(), Some(&format!("{length} bytes")));
            assert!((0..MANY).all(|n| may(&engine, n)) && engine.counts().permissions == MANY);
        }
        engine.load(other.as_bytes()).unwrap();
        assert!(engine.counts().permissions == 2 * MANY && may(&engine, MANY - 1));
    }
}
