//! Writing a world file: what [`read_world`](super::read_world) reads.

use std::io::{self, Write};

use super::change_json::{Group, Row, User, value};
use super::permission::PermissionDocument;
use crate::model::{GroupRecord, PrincipalKind, Subscriber, UserRecord};
use crate::world::World;

/// Writes a world, an item to a line; the same world is the same text.
pub(crate) fn write_world(world: &World, out: impl Write) -> io::Result<()> {
    let mut file = File { out, separator: "\n" };
    file.out.write_all(b"{\"permissions\":[")?;
    let mut numbers: Vec<_> =
        world.by_id.iter().filter_map(|entry| Some((world.grant(entry.id)?.id(), entry.id))).collect();
    numbers.sort_unstable();
    for permission in numbers.into_iter().filter_map(|(_, number)| world.permission(number)) {
        file.item(&value(&PermissionDocument(&permission)))?;
    }
    file.begin("],\n\"directory\":{\"usergroups\":[")?;
    for number in sorted(world, PrincipalKind::UserGroup) {
        if let Some(group) = group(world, number) {
            file.item(&value(&Group::of(&group)))?;
        }
    }
    file.begin("],\n\"users\":[")?;
    for number in sorted(world, PrincipalKind::User) {
        if let Some(user) = user(world, number) {
            file.item(&value(&User::of(&user)))?;
        }
    }
    file.begin("]},\n\"subscriptions\":[")?;
    let mut projects: Vec<&str> = world.projects.numbers().map(|number| world.projects.text(number)).collect();
    projects.sort_unstable();
    for project in projects {
        let rows = world.subscriptions(project, 0, None);
        let groups = rows.groups.into_iter().map(|row| (Subscriber::Group(row.group_id), row.ai_func));
        let users = rows.users.items.into_iter().map(|row| (Subscriber::User(row.user_id), row.ai_func));
        let own = rows.project.map(|enabled| (Subscriber::Project, enabled));
        for (subscriber, enabled) in own.into_iter().chain(groups).chain(users) {
            file.item(&value(&Row::of(project, &subscriber, Some(enabled))))?;
        }
    }
    file.begin("],\n\"gates\":[")?;
    for gate in world.gates.iter() {
        file.item(&value(&**gate))?;
    }
    file.out.write_all(b"\n]}\n")?;
    file.out.flush()
}

struct File<W> {
    out: W,
    separator: &'static str,
}

impl<W: Write> File<W> {
    /// Ends one list and begins another.
    fn begin(&mut self, text: &str) -> io::Result<()> {
        self.separator = "\n";
        self.out.write_all(b"\n")?;
        self.out.write_all(text.as_bytes())
    }

    fn item(&mut self, json: &str) -> io::Result<()> {
        self.out.write_all(self.separator.as_bytes())?;
        self.separator = ",\n";
        self.out.write_all(json.as_bytes())
    }
}

/// The principals of a kind, by id.
fn sorted(world: &World, kind: PrincipalKind) -> Vec<u32> {
    let of_kind = |number: &u32| world.kind_of(*number) == Some(kind);
    let mut numbers: Vec<u32> = world.principals.numbers().filter(of_kind).collect();
    numbers.sort_unstable_by_key(|number| world.principals.text(*number));
    numbers
}

/// What the directory lists of a group, or would list so that its memberships are told.
fn group(world: &World, number: u32) -> Option<GroupRecord> {
    world.group_record(number).or_else(|| {
        let (group_id, groups, permprofiles) = world.memberships_of(number)?;
        Some(GroupRecord { group_id, group_name: None, groups, permprofiles })
    })
}

/// What the directory lists of a user, or would list so that its memberships are told.
fn user(world: &World, number: u32) -> Option<UserRecord> {
    world.user_record(number).or_else(|| {
        let (user_id, groups, permprofiles) = world.memberships_of(number)?;
        Some(UserRecord { user_id, user_name: None, user_phone: None, groups, permprofiles })
    })
}
