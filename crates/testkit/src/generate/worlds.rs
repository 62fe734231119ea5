//! Whole worlds, as valid change sets for an empty engine.

use grantrie::{Change, ChangeSet, GroupRecord, Pattern, PermissionDraft, Principal, UserRecord};

use super::Dice;
use super::changes::valid_change_by_key;
use super::drafts::{GROUPS, PROFILES, PROJECTS, USERS, draft, subscriber};

/// What a world is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Some of everything.
    Mixed,
    /// One group with hundreds of permissions, most of them literals.
    HugePrincipal,
    /// One group with hundreds of globs beneath the same two segments.
    ManyGlobs,
    /// Permissions that begin with wildcards.
    WildPrefixes,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 4] = [Self::Mixed, Self::HugePrincipal, Self::ManyGlobs, Self::WildPrefixes];
}

/// A world of this shape: directory, subscriptions and gates, permissions, and then some changes of all that.
pub fn world(dice: &mut Dice, shape: Shape) -> Vec<ChangeSet> {
    let mut sets = vec![directory(dice), subscriptions(dice), permissions(dice, shape)];
    for _ in 0..dice.below(4) {
        sets.push((0..=dice.below(4)).map(|_| valid_change_by_key(dice)).collect());
    }
    sets
}

/// Nested groups with diamonds: each group is in up to three of those before it.
fn directory(dice: &mut Dice) -> ChangeSet {
    let mut changes = Vec::new();
    for n in 0..GROUPS.len() {
        changes.push(Change::PutGroup(group(dice, n)));
    }
    for id in USERS {
        if !dice.one_in(5) {
            changes.push(Change::PutUser(user(dice, id)));
        }
    }
    changes.into_iter().collect()
}

/// The group with this index, in groups before it.
pub(super) fn group(dice: &mut Dice, n: usize) -> GroupRecord {
    let groups =
        if n == 0 { Vec::new() } else { (0..dice.below(4)).map(|_| GROUPS[dice.below(n)].to_owned()).collect() };
    GroupRecord { group_id: GROUPS[n].to_owned(), group_name: None, groups, permprofiles: profiles(dice) }
}

pub(super) fn user(dice: &mut Dice, id: &str) -> UserRecord {
    let groups = (0..dice.below(3)).map(|_| dice.pick(&GROUPS).to_owned()).collect();
    let user_name = dice.one_in(3).then(|| format!("name of {id}"));
    UserRecord { user_id: id.to_owned(), user_name, user_phone: None, groups, permprofiles: profiles(dice) }
}

fn profiles(dice: &mut Dice) -> Vec<String> {
    if dice.one_in(4) { vec![dice.pick(&PROFILES).to_owned()] } else { Vec::new() }
}

fn subscriptions(dice: &mut Dice) -> ChangeSet {
    let mut changes: Vec<Change> = Vec::new();
    for _ in 0..dice.below(12) {
        let (project, subscriber) = (dice.pick(&PROJECTS).to_owned(), subscriber(dice));
        changes.push(Change::SetSubscription { project, subscriber, enabled: !dice.one_in(3) });
    }
    for service in ["aisvc", "a"] {
        if dice.one_in(2) {
            changes.push(Change::SetGate { service: service.to_owned(), gated: true });
        }
    }
    changes.into_iter().collect()
}

fn permissions(dice: &mut Dice, shape: Shape) -> ChangeSet {
    let count = match shape {
        Shape::Mixed => 10 + dice.below(60),
        Shape::HugePrincipal | Shape::ManyGlobs => 150 + dice.below(150),
        Shape::WildPrefixes => 40 + dice.below(60),
    };
    (0..count).map(|n| Change::UpsertPermission(shaped(dice, shape, n))).collect()
}

/// A permission of a world of this shape.
pub(super) fn shaped(dice: &mut Dice, shape: Shape, n: usize) -> PermissionDraft {
    let mut draft = draft(dice);
    let text = match shape {
        Shape::Mixed => return draft,
        _ if dice.one_in(8) => return draft,
        Shape::HugePrincipal => format!("aisvc:{}:id-{n}", dice.pick(&["agent", "tool", "*"])),
        Shape::ManyGlobs => {
            let (letter, number) = (dice.pick(&["a", "b", "é", "?"]), dice.below(40));
            let glob = match dice.below(4) {
                0 => format!("{letter}{number}*"),
                1 => format!("*{number}{letter}"),
                2 => format!("{letter}*{number}"),
                _ => format!("*{letter}{number}*"),
            };
            format!("aisvc:agent:{glob}")
        }
        Shape::WildPrefixes => {
            let own = draft.pattern.as_str().to_owned();
            let rest = own.split_once(':').map_or("**", |(_, rest)| rest);
            format!("{}:{rest}", dice.pick(&["*", "a*", "*svc", "?", "*a*"]))
        }
    };
    if let Ok(pattern) = Pattern::parse(&text) {
        draft.pattern = pattern;
    }
    if shape != Shape::WildPrefixes {
        draft.principal = Principal::group("g1");
    }
    draft
}
