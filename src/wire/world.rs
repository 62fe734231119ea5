//! The world file: permissions, directory, subscriptions and gates, streamed into one change set.

use std::io::Read;

use super::document::{Document, Path, Rejection, Shape};
use super::lexer::{Place, Stop};
use super::permission;
use super::places::Places;
use crate::error::{Code, Refused};
use crate::limits::Limits;
use crate::model::{GroupRecord, Span, Spelled, SpelledUser, Subscriber, UserRecord, check_id};
use crate::{Change, ChangeSet, Irn};

const WORLD: Shape = Shape {
    what: "a world",
    required: &[],
    optional: &["permissions", "directory", "subscriptions", "gates"],
    refused: &[],
};

const DIRECTORY: Shape =
    Shape { what: "the directory", required: &[], optional: &["users", "usergroups"], refused: &[] };

const USER: Shape = Shape {
    what: "a user",
    required: &["user_id"],
    optional: &["user_name", "user_phone", "groups", "permprofiles"],
    refused: &[],
};

const GROUP: Shape = Shape {
    what: "a user group",
    required: &["group_id"],
    optional: &["group_name", "groups", "permprofiles"],
    refused: &[],
};

const SUBSCRIPTION: Shape = Shape {
    what: "a subscription row",
    required: &["project_id", "ai_func"],
    optional: &["group_id", "user_id"],
    refused: &[],
};

/// Reads a world file: one JSON object with any of `permissions`, `directory`, `subscriptions` and `gates`, in any order.
///
/// Streamed: memory is what the change set takes, whatever the input. A permission without `_id` becomes an upsert, one
/// with `_id` is restored under it. Whether the changes fit each other (a cycle of groups, an id given twice) is judged
/// when they are applied; see [`read_world_with_places`].
///
/// ```
/// use grantrie::{Limits, read_world};
/// let world = r#"{ "permissions": [ {
///     "_namespace": "r_TmBKvZTI",
///     "_user": { "_type": "usergroup", "_id": "analysts" },
///     "_resourceDesc": { "_irn": "aisvc:agent:*" },
///     "_actions": [ "READ", "RUN" ]
/// } ] }"#;
/// assert_eq!(read_world(world.as_bytes(), &Limits::default())?.changes.len(), 1);
///
/// let refused = read_world(&br#"{ "gates": [ "aisvc", 7 ] }"#[..], &Limits::default()).unwrap_err();
/// assert_eq!(refused.to_string(), "line 1, column 23: gates[1]: found a number, expected a text [505 wrong_type]");
/// # Ok::<(), grantrie::Refused>(())
/// ```
///
/// # Errors
/// Every problem, with field, line and column; reading goes on after each, except where the text is not JSON.
/// [`Limits::reported_problems`] of them are listed, the rest counted.
pub fn read_world(reader: impl Read, limits: &Limits) -> Result<ChangeSet, Refused> {
    read_world_with_places(reader, limits).map(|(changes, _)| changes)
}

/// Like [`read_world`], and keeps where each change stands in the file (8 bytes each), so that what
/// [`Engine::apply`](crate::Engine::apply) refuses can be located in it with [`Places::locate`].
/// [`Engine::load`](crate::Engine::load) does both, and needs no memory for the changes.
///
/// ```
/// use grantrie::{Engine, Limits, read_world_with_places};
/// let world = r#"{ "directory": { "usergroups": [
///     { "group_id": "a", "groups": [ "b" ] },
///     { "group_id": "b", "groups": [ "a" ] }
/// ] } }"#;
/// let (changes, places) = read_world_with_places(world.as_bytes(), &Limits::default())?;
/// let refused = Engine::new().apply(changes).map_err(|refused| places.locate(refused)).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "line 3, column 5: directory.usergroups[1].groups: a cycle of groups: `b` in `a` in `b` [304 membership_cycle]"
/// );
/// # Ok::<(), grantrie::Refused>(())
/// ```
///
/// # Errors
/// As [`read_world`].
pub fn read_world_with_places(mut reader: impl Read, limits: &Limits) -> Result<(ChangeSet, Places), Refused> {
    let mut changes = Vec::new();
    stream_world(&mut reader, limits, &mut changes).map(|places| (ChangeSet::new(changes), places))
}

/// Who takes the changes of a world file, in the order of the file.
pub(crate) trait Taker {
    fn take(&mut self, change: Change);

    /// Takes a permission as it stands in this text.
    fn take_permission(&mut self, text: &str, permission: Spelled);

    /// Takes a user as it stands in this text, with its groups and profiles.
    fn take_user(&mut self, text: &str, user: SpelledUser, ids: &[Span]);

    /// The users, groups, subscription rows and gates that were listed again: the place among the changes, and that of
    /// the same before it; ascending. Which one was meant?
    fn repeated(&mut self) -> Vec<(usize, usize)>;
}

/// Reads a world file, handing over each change as it is read, and keeps where each stands.
pub(crate) fn stream_world(reader: &mut dyn Read, limits: &Limits, taker: &mut dyn Taker) -> Result<Places, Refused> {
    let mut document = Document::new(reader, limits);
    let mut world = World { taker, count: 0, places: Places::default(), excess: false };
    let read = world.read(&mut document);
    if read.is_ok() {
        world.report_repetitions(&mut document);
    }
    document.finish(read).map(|()| world.places)
}

/// A world file being read.
struct World<'t> {
    taker: &'t mut dyn Taker,
    /// How many changes were taken.
    count: usize,
    places: Places,
    excess: bool,
}

impl World<'_> {
    fn read(&mut self, document: &mut Document<'_>) -> Result<(), Stop> {
        document.object(&Path::Top, &WORLD, |document, key, path| match key {
            "permissions" => self.permissions(document, path),
            "directory" => self.directory(document, path),
            "subscriptions" => self.list(document, path, "subscriptions", read_subscription),
            _ => self.list(document, path, "gates", read_gate),
        })?;
        Ok(())
    }

    fn directory(&mut self, document: &mut Document<'_>, path: &Path<'_>) -> Result<(), Stop> {
        document.object(path, &DIRECTORY, |document, key, path| match key {
            "users" => self.users(document, path),
            _ => self.list(document, path, "directory.usergroups", read_group),
        })?;
        Ok(())
    }

    fn permissions(&mut self, document: &mut Document<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let plain = |taker: &mut dyn Taker, document: &mut Document<'_>| {
            let (text, permission) = document.plain_permission()?;
            taker.take_permission(text, permission);
            Some(())
        };
        self.list_with(document, path, "permissions", plain, permission::read)
    }

    fn users(&mut self, document: &mut Document<'_>, path: &Path<'_>) -> Result<(), Stop> {
        let plain = |taker: &mut dyn Taker, document: &mut Document<'_>| {
            let (text, user, ids) = document.plain_user()?;
            taker.take_user(text, user, ids);
            Some(())
        };
        self.list_with(document, path, "directory.users", plain, read_user)
    }

    /// Reads a list of changes, whose path is `name`.
    fn list(
        &mut self,
        document: &mut Document<'_>,
        path: &Path<'_>,
        name: &'static str,
        read: impl Fn(&mut Document<'_>, &Path<'_>) -> Result<Option<Change>, Stop>,
    ) -> Result<(), Stop> {
        self.list_with(document, path, name, |_, _| None, read)
    }

    /// The same, where `plain` takes those that are read quickly.
    fn list_with(
        &mut self,
        document: &mut Document<'_>,
        path: &Path<'_>,
        name: &'static str,
        plain: impl Fn(&mut dyn Taker, &mut Document<'_>) -> Option<()>,
        read: impl Fn(&mut Document<'_>, &Path<'_>) -> Result<Option<Change>, Stop>,
    ) -> Result<(), Stop> {
        self.places.begin(name, self.count);
        document.list(path, |document, path| {
            let place = document.place()?;
            if self.count < document.limits.changes_per_set && plain(self.taker, document).is_some() {
                self.taken(place);
                return Ok(());
            }
            let change = read(document, path)?;
            self.take(document, path, place, change);
            Ok(())
        })?;
        Ok(())
    }

    /// Takes the change that was read at a place, if it could be.
    fn take(&mut self, document: &mut Document<'_>, path: &Path<'_>, place: Place, change: Option<Change>) {
        let Some(change) = change else { return };
        let limit = document.limits.changes_per_set;
        if self.count < limit {
            self.taker.take(change);
            self.taken(place);
        } else if !self.excess {
            self.excess = true;
            let message = format_args!("more than {limit} items in one world (limit `changes_per_set`)");
            document.report(path, place, Code::ChangeSetTooLarge, message);
        }
    }

    fn taken(&mut self, place: Place) {
        self.places.push(place, None);
        self.count = self.count.saturating_add(1);
    }

    /// Reports what is listed twice.
    fn report_repetitions(&mut self, document: &mut Document<'_>) {
        for (later, earlier) in self.taker.repeated() {
            let (Some(place), Some(first)) = (self.places.get(later), self.places.get(earlier)) else { continue };
            let Some((list, index)) = self.places.list_of(later) else { continue };
            let path = Path::Top;
            let path = path.key(list);
            let message = format_args!("listed already at line {}, column {}", first.line, first.column);
            document.report(&path.item(index), place, Code::ContradictoryChange, message);
        }
    }
}

impl Taker for Vec<Change> {
    fn take(&mut self, change: Change) {
        self.push(change);
    }

    fn take_permission(&mut self, text: &str, permission: Spelled) {
        self.push(Change::put(permission.id, permission.draft(text).to_draft()));
    }

    fn take_user(&mut self, text: &str, user: SpelledUser, ids: &[Span]) {
        self.push(Change::PutUser(user.user(text, ids).to_record()));
    }

    fn repeated(&mut self) -> Vec<(usize, usize)> {
        let mut keys: Vec<(Key<'_>, usize)> = self.iter().zip(0..).filter_map(|(c, i)| Some((key(c)?, i))).collect();
        keys.sort_unstable();
        let mut repeated: Vec<(usize, usize)> = keys
            .windows(2)
            .filter_map(|pair| match pair {
                [(first, earlier), (second, later)] if first == second => Some((*later, *earlier)),
                _ => None,
            })
            .collect();
        repeated.sort_unstable();
        repeated
    }
}

/// What may be listed once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    User(&'a str),
    Group(&'a str),
    Row(&'a str, &'a Subscriber),
    Gate(&'a str),
}

fn key(change: &Change) -> Option<Key<'_>> {
    match change {
        Change::PutUser(user) => Some(Key::User(&user.user_id)),
        Change::PutGroup(group) => Some(Key::Group(&group.group_id)),
        Change::SetSubscription { project, subscriber, .. } => Some(Key::Row(project, subscriber)),
        Change::SetGate { service, .. } => Some(Key::Gate(service)),
        _ => None,
    }
}

pub(super) fn read_user(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let before = document.found();
    let mut user = UserRecord::default();
    document.object(path, &USER, |document, key, path| {
        match key {
            "user_id" => user.user_id = document.id(path)?.unwrap_or_default(),
            "user_name" => user.user_name = document.any_text(path)?,
            "user_phone" => user.user_phone = document.any_text(path)?,
            "groups" => user.groups = document.ids(path)?.unwrap_or_default(),
            _ => user.permprofiles = document.ids(path)?.unwrap_or_default(),
        }
        Ok(())
    })?;
    Ok((document.found() == before).then_some(Change::PutUser(user)))
}

pub(super) fn read_group(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let before = document.found();
    let mut group = GroupRecord::default();
    document.object(path, &GROUP, |document, key, path| {
        match key {
            "group_id" => group.group_id = document.id(path)?.unwrap_or_default(),
            "group_name" => group.group_name = document.any_text(path)?,
            "groups" => group.groups = document.ids(path)?.unwrap_or_default(),
            _ => group.permprofiles = document.ids(path)?.unwrap_or_default(),
        }
        Ok(())
    })?;
    Ok((document.found() == before).then_some(Change::PutGroup(group)))
}

pub(super) fn read_subscription(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let row = read_row(document, path, &SUBSCRIPTION)?;
    Ok(row.and_then(|(project, subscriber, enabled)| {
        Some(Change::SetSubscription { project, subscriber, enabled: enabled? })
    }))
}

/// Reads a subscription row: project, entity, and what it says, if this shape has that.
pub(super) fn read_row(
    document: &mut Document<'_>,
    path: &Path<'_>,
    shape: &Shape,
) -> Result<Option<(String, Subscriber, Option<bool>)>, Stop> {
    let before = document.found();
    let place = document.place()?;
    let (mut project, mut enabled, mut group, mut user) = (None, None, None, None);
    document.object(path, shape, |document, key, path| {
        match key {
            "project_id" => project = document.id(path)?,
            "ai_func" => enabled = document.flag(path)?,
            "group_id" => group = document.id(path)?,
            _ => user = document.id(path)?,
        }
        Ok(())
    })?;
    if group.is_some() && user.is_some() {
        let message = format_args!("a row belongs to a group or to a user, not to both");
        document.report(path, place, Code::ContradictoryChange, message);
    }
    let subscriber = match (group, user) {
        (Some(group), _) => Subscriber::Group(group),
        (None, Some(user)) => Subscriber::User(user),
        (None, None) => Subscriber::Project,
    };
    Ok(project.filter(|_| document.found() == before).map(|project| (project, subscriber, enabled)))
}

fn read_gate(document: &mut Document<'_>, path: &Path<'_>) -> Result<Option<Change>, Stop> {
    let service = document.text(path, |service| {
        check_id(service)?;
        if service.contains(':') {
            let message = "a gate is a service, the first segment of names; `:` ends it";
            return Err(Rejection::Other(Code::InvalidId, message.to_owned()));
        }
        // What may be a service is what may be the first segment of a name.
        Irn::parse(&format!("{service}:type:id"))?;
        Ok(service.to_owned())
    })?;
    Ok(service.map(|service| Change::SetGate { service, gated: true }))
}
