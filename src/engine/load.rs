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
