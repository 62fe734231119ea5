//! The shapes: worlds in which one thing is extreme.

use std::fmt;

use grantrie::{Change, Membership, Principal};

use super::names::Length;
use super::one_holder::{self, Patterns};
use super::tenant::Form;
use super::{Ask, Edit, Workload, group_id, profile_id, user_id};

/// What is extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// One group has all grants; 1,000 users are in it.
    GroupGrants,
    /// Every user is in 500 groups.
    ManyGroups,
    /// Groups are nested ten deep.
    Nested,
    /// One user has many globs inside one `service:type`.
    Globs,
    /// One user has many patterns that are wild in their first segments.
    WildFirst,
    /// Names of eight segments.
    LongNames,
    /// Ten grants in each of many namespaces.
    Namespaces,
    /// One user has all grants.
    UserGrants,
    /// All grants have criteria and times.
    Conditions,
    /// A group with as many members as there are grants, whose memberships change.
    Membership,
    /// One user has many globs like `a*aa*a*…`, and asks with long runs of `a`.
    HostileGlobs,
    /// One user has many names that are equal under common hashes of text.
    Colliding,
}

/// A world of a shape.
#[derive(Debug)]
pub struct Shaped {
    /// The world, to be applied to an empty engine.
    pub changes: Vec<Change>,
    /// Requests that fit it.
    pub asks: Vec<Ask>,
    /// Changes to make while it answers.
    pub edits: Vec<Edit>,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 12] = [
        Self::GroupGrants,
        Self::ManyGroups,
        Self::Nested,
        Self::Globs,
        Self::WildFirst,
        Self::LongNames,
        Self::Namespaces,
        Self::UserGrants,
        Self::Conditions,
        Self::Membership,
        Self::HostileGlobs,
        Self::Colliding,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GroupGrants => "a group with all grants",
            Self::ManyGroups => "users in 500 groups",
            Self::Nested => "groups nested 10 deep",
            Self::Globs => "globs of one user under one service:type",
            Self::WildFirst => "patterns of one user, wild in the first segments",
            Self::LongNames => "names of 8 segments",
            Self::Namespaces => "namespaces with 10 grants each",
            Self::UserGrants => "a user with all grants",
            Self::Conditions => "all grants with criteria and times",
            Self::Membership => "memberships of a group with all members",
            Self::HostileGlobs => "hostile globs of one user",
            Self::Colliding => "names of one user that collide",
        }
    }

    /// The number of permissions (of members, for [`Membership`](Self::Membership)) at which the shape is measured.
    #[must_use]
    pub const fn full_size(self) -> usize {
        match self {
            Self::GroupGrants | Self::ManyGroups | Self::Nested => 100_000,
            Self::LongNames | Self::Conditions | Self::Membership => 100_000,
            Self::Globs | Self::WildFirst | Self::Colliding => 10_000,
            Self::Namespaces | Self::UserGrants => 1_000_000,
            Self::HostileGlobs => 100,
        }
    }

    /// A world of this shape and size (at least 50), and so many requests.
    #[must_use]
    pub fn world(self, seed: u64, size: usize, asks: usize) -> Shaped {
        let size = size.max(50);
        let ordinary = Form::ordinary(size);
        let tenant = |form| of_tenant(Workload::of(seed, size, form), asks);
        let one_user = |patterns| one_holder::world(seed, size, &Principal::user(user_id(7)), patterns, asks);
        match self {
            Self::GroupGrants => {
                one_holder::world(seed, size, &Principal::group(group_id(7)), Patterns::Ordinary, asks)
            }
            Self::ManyGroups => tenant(Form { users: (size / 50).min(1_000), groups_per_user: 500, ..ordinary }),
            Self::Nested => tenant(Form { depth: 10, groups_per_user: 1, ..ordinary }),
            Self::Globs => one_user(Patterns::Globs),
            Self::WildFirst => one_user(Patterns::WildFirst),
            Self::LongNames => tenant(Form { length: Length::Eight, ..ordinary }),
            Self::Namespaces => tenant(Form { namespaces: size / 10, ..ordinary }),
            Self::UserGrants => one_user(Patterns::Ordinary),
            Self::Conditions => tenant(Form { conditions: true, ..ordinary }),
            Self::Membership => membership(seed, size, asks),
            Self::HostileGlobs => one_user(Patterns::Hostile),
            Self::Colliding => one_user(Patterns::Colliding),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn of_tenant(mut workload: Workload, asks: usize) -> Shaped {
    let changes = workload.changes();
    Shaped { asks: workload.requests(asks, true), edits: workload.edits(2_000), changes }
}

/// An ordinary tenant, all of whose users, and many more, are in one group besides.
fn membership(seed: u64, members: usize, asks: usize) -> Shaped {
    let mut shaped = of_tenant(Workload::new(seed, members), asks);
    let crowd = Principal::group("crowd");
    let into = |member: Principal, of: &Principal| Membership { member, of: of.clone() };
    let all = (0..members).map(|user| Change::AddMembership(into(Principal::user(user_id(user)), &crowd)));
    shaped.changes.extend(all);
    let edit = |turn: usize| {
        let edge = match turn % 4 {
            // Somebody who joins, a profile for all of them, a group that they are all in from now on, and a group more in it.
            0 => into(Principal::user(format!("new-{turn}")), &crowd),
            1 => into(crowd.clone(), &Principal::profile(profile_id(turn))),
            2 => into(crowd.clone(), &Principal::group(group_id(turn))),
            _ => into(Principal::group(format!("team-{turn}")), &crowd),
        };
        [Change::AddMembership(edge.clone()), Change::RemoveMembership(edge)]
    };
    shaped.edits = (0..2_000).map(edit).collect();
    shaped
}
