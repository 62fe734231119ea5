//! A tenant of an AI platform, at any size and from any seed: the ordinary workload.
//!
//! One namespace up to 1,000 permissions, else four holding 55, 25, 15 and 5 %. Users N/5, groups N/10, profiles N/50; a
//! user is in 6 to 10 groups and has 2 profiles. 20 services of 10 types. 60 % of the patterns are exact (60 % of them UUIDs), 20 %
//! `service:type:*`, 5 % `service:*:*`, 15 % globs (prefix 60, suffix 20, infix 20). 45 % of the permissions are users',
//! 40 % groups', 15 % profiles'; 5 % deny. Half of the requests aim at an allow of the user, a tenth at a deny, the rest at
//! anything.

use grantrie::{
    Actions, AttributeValue, Attributes, Change, GroupRecord, Pattern, PermissionDraft, Principal, Timestamp,
    UserRecord,
};

use super::names::Length;
use super::{ACTIONS, Ask, Edit, Numbers, group_id, profile_id, user_id};

/// In what a tenant differs from the ordinary one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// How many users there are.
    pub(super) users: usize,
    /// A user is in so many groups, and up to four more.
    pub(super) groups_per_user: usize,
    /// Groups in one another: chains of so many. Users are in the lowest.
    pub(super) depth: usize,
    /// How many namespaces there are; 4 are of the ordinary, unequal sizes.
    pub(super) namespaces: usize,
    pub(super) length: Length,
    /// Whether every permission has criteria and times.
    pub(super) conditions: bool,
}

/// A world of the workload.
#[derive(Debug)]
pub struct Workload {
    numbers: Numbers,
    form: Form,
    drafts: Vec<Grant>,
    users: Vec<User>,
    groups: Vec<Vec<usize>>,
    profiles: Vec<Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Grant {
    namespace: usize,
    principal: Principal,
    pattern: String,
    action: Option<&'static str>,
    deny: bool,
}

#[derive(Debug, Default)]
struct User {
    groups: Vec<usize>,
    profiles: Vec<usize>,
    grants: Vec<usize>,
}

/// The instants between which requests are judged, in seconds; half of the times of permissions lie among them.
const DAY: i64 = 1_900_000_000;

impl Workload {
    /// A world of so many permissions (at least 50).
    #[must_use]
    pub fn new(seed: u64, size: usize) -> Self {
        Self::of(seed, size, Form::ordinary(size))
    }

    pub(super) fn of(seed: u64, size: usize, form: Form) -> Self {
        let size = size.max(50);
        let mut numbers = Numbers::new(seed);
        let (group_count, profile_count) = ((size / 10).max(form.depth), size / 50);
        let chains = group_count / form.depth;
        let mut users: Vec<User> = (0..form.users.max(1)).map(|_| User::default()).collect();
        for user in &mut users {
            let groups = form.groups_per_user + numbers.below(5);
            user.groups = (0..groups).map(|_| numbers.below(chains) * form.depth).collect();
            user.profiles = (0..2).map(|_| numbers.below(profile_count)).collect();
            user.groups.sort_unstable();
            user.groups.dedup();
            user.profiles.sort_unstable();
            user.profiles.dedup();
        }
        let mut groups = vec![Vec::new(); group_count];
        let mut profiles = vec![Vec::new(); profile_count];
        let mut drafts = Vec::with_capacity(size);
        for index in 0..size {
            let holder = numbers.below(100);
            let principal = if holder < 45 {
                let user = numbers.below(users.len());
                users[user].grants.push(index);
                Principal::user(user_id(user))
            } else if holder < 85 {
                let group = numbers.below(group_count);
                groups[group].push(index);
                Principal::group(group_id(group))
            } else {
                let profile = numbers.below(profile_count);
                profiles[profile].push(index);
                Principal::profile(profile_id(profile))
            };
            let namespace = form.namespace(&mut numbers);
            let pattern = numbers.pattern(form.length);
            let action = if numbers.percent(20) { None } else { Some(numbers.pick(&ACTIONS)) };
            drafts.push(Grant { namespace, principal, pattern, action, deny: numbers.percent(5) });
        }
        Self { numbers, form, drafts, users, groups, profiles }
    }

    /// The world as changes: directory first.
    ///
    /// # Panics
    /// If the engine's parser refuses what is made here.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let users = self.users().map(Change::PutUser);
        let chains = (0..self.groups.len()).filter_map(|group| self.chain(group));
        let drafts = (0..self.drafts.len()).map(|index| Change::UpsertPermission(self.draft(index)));
        chains.chain(users).chain(drafts).collect()
    }

    /// The users with their memberships.
    pub fn users(&self) -> impl Iterator<Item = UserRecord> {
        (0..self.users.len()).map(|index| self.user(index))
    }

    /// How many permissions are put; of those with one key the last counts.
    #[must_use]
    pub fn size(&self) -> usize {
        self.drafts.len()
    }

    fn user(&self, index: usize) -> UserRecord {
        let user = &self.users[index];
        UserRecord {
            user_id: user_id(index),
            groups: user.groups.iter().map(|group| group_id(*group)).collect(),
            permprofiles: user.profiles.iter().map(|profile| profile_id(*profile)).collect(),
            ..UserRecord::default()
        }
    }

    /// A group that is in the next one of its chain; nothing for the last.
    fn chain(&self, group: usize) -> Option<Change> {
        let next = group + 1;
        let inside = !next.is_multiple_of(self.form.depth) && next < self.groups.len();
        let record =
            || GroupRecord { group_id: group_id(group), groups: vec![group_id(next)], ..GroupRecord::default() };
        inside.then(|| Change::PutGroup(record()))
    }

    /// Writes the world as a world file.
    ///
    /// # Errors
    /// What went wrong with writing.
    pub fn write_world(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(out, "{{\"directory\": {{\"users\": [")?;
        for index in 0..self.users.len() {
            let UserRecord { user_id, groups, permprofiles, .. } = self.user(index);
            let record = serde_json::json!({ "user_id": user_id, "groups": groups, "permprofiles": permprofiles });
            writeln!(out, "{}{record}", if index == 0 { "" } else { "," })?;
        }
        writeln!(out, "]}}, \"permissions\": [")?;
        for (index, grant) in self.drafts.iter().enumerate() {
            let permission = serde_json::json!({
                "_namespace": namespace(grant.namespace),
                "_resourceDesc": { "_irn": grant.pattern },
                "_user": { "_type": grant.principal.kind.as_str(), "_id": grant.principal.id },
                "_actions": [grant.action.unwrap_or("*")],
                "_effect": if grant.deny { "DENY" } else { "ALLOW" },
            });
            writeln!(out, "{}{permission}", if index == 0 { "" } else { "," })?;
        }
        writeln!(out, "]}}")
    }

    /// One of the permissions.
    ///
    /// # Panics
    /// If there is none of this index.
    #[must_use]
    pub fn draft(&self, index: usize) -> PermissionDraft {
        let grant = &self.drafts[index];
        let actions = grant.action.map_or(Actions::All, |action| Actions::parse([action]).expect("an action"));
        let pattern = Pattern::parse(&grant.pattern).expect("a pattern");
        let make = if grant.deny { PermissionDraft::deny } else { PermissionDraft::allow };
        let mut draft = make(&namespace(grant.namespace), grant.principal.clone(), pattern, actions);
        if self.form.conditions {
            draft.criteria = criteria(index);
            (draft.not_before, draft.expires_at) = times(index);
        }
        draft
    }

    /// Requests, users drawn by Zipf's law with exponent 1 (`warm`) or evenly.
    #[must_use]
    pub fn requests(&mut self, count: usize, warm: bool) -> Vec<Ask> {
        (0..count).map(|_| self.request(warm)).collect()
    }

    /// For each of so many users, drawn as by [`requests`](Self::requests), so many requests in one namespace.
    #[must_use]
    pub fn requests_of_one(&mut self, users: usize, count: usize, warm: bool) -> Vec<Vec<Ask>> {
        let of_one = |_| {
            let user = self.asker(warm);
            let namespace = self.request_of(user).namespace;
            let in_it = |ask: Ask| Ask { namespace: namespace.clone(), ..ask };
            (0..count).map(|_| in_it(self.request_of(user))).collect()
        };
        (0..users).map(of_one).collect()
    }

    fn request(&mut self, warm: bool) -> Ask {
        let user = self.asker(warm);
        self.request_of(user)
    }

    fn asker(&mut self, warm: bool) -> usize {
        let users = self.users.len();
        // The ranks are scattered over the users.
        if warm { self.numbers.zipf(users).wrapping_mul(7_919) % users } else { self.numbers.below(users) }
    }

    fn request_of(&mut self, user: usize) -> Ask {
        let aim = self.numbers.below(10);
        let wanted = if aim < 5 {
            Some(false)
        } else if aim < 6 {
            Some(true)
        } else {
            None
        };
        let mut candidates = self.grants_of(user);
        candidates.retain(|grant| wanted == Some(self.drafts[*grant].deny));
        let aim = if candidates.is_empty() { None } else { Some(self.numbers.pick(&candidates)) };
        let (space, action, irn) = match aim {
            None => {
                let space = self.form.namespace(&mut self.numbers);
                (space, self.numbers.pick(&ACTIONS), self.numbers.name(self.form.length))
            }
            Some(grant) => {
                let grant = self.drafts[grant].clone();
                let action = grant.action.unwrap_or_else(|| self.numbers.pick(&ACTIONS));
                (grant.namespace, action, self.numbers.fill(&grant.pattern))
            }
        };
        let (attributes, at) = if self.form.conditions {
            let seconds = DAY + i64::try_from(self.numbers.below(86_400)).unwrap_or(0);
            let about = aim.unwrap_or_else(|| self.numbers.below(self.drafts.len()));
            (Some(attributes(about)), Timestamp::from_seconds(seconds))
        } else {
            (None, None)
        };
        Ask { namespace: namespace(space), user: user_id(user), action, irn, attributes, at }
    }

    /// The permissions of a user, its groups, those above them, and its profiles.
    fn grants_of(&self, user: usize) -> Vec<usize> {
        let known = &self.users[user];
        let chain = |group: &usize| *group..(*group + self.form.depth).min(self.groups.len());
        let of_groups = known.groups.iter().flat_map(chain).flat_map(|group| &self.groups[group]);
        let of_profiles = known.profiles.iter().flat_map(|profile| &self.profiles[*profile]);
        known.grants.iter().chain(of_groups).chain(of_profiles).copied().collect()
    }

    /// Changes of one permission each: other actions, then its own again.
    #[must_use]
    pub fn edits(&mut self, count: usize) -> Vec<Edit> {
        let edit = |_| {
            let index = self.numbers.below(self.drafts.len());
            let own = self.draft(index);
            [Change::UpsertPermission(with_other_actions(&own)), Change::UpsertPermission(own)]
        };
        (0..count).map(edit).collect()
    }
}

/// The same permission with other actions than it has.
pub(super) fn with_other_actions(own: &PermissionDraft) -> PermissionDraft {
    let other = if own.actions.contains("READ") { "EDIT" } else { "READ" };
    PermissionDraft { actions: Actions::parse([other]).expect("an action"), ..own.clone() }
}

impl Form {
    pub(super) const fn ordinary(size: usize) -> Self {
        Self {
            users: size / 5,
            groups_per_user: 6,
            depth: 1,
            namespaces: if size <= 1_000 { 1 } else { 4 },
            length: Length::Three,
            conditions: false,
        }
    }

    fn namespace(&self, numbers: &mut Numbers) -> usize {
        match self.namespaces {
            1 => 0,
            4 => match numbers.below(100) {
                0..55 => 0,
                55..80 => 1,
                80..95 => 2,
                _ => 3,
            },
            many => numbers.below(many),
        }
    }
}

/// One to three attributes.
fn criteria(index: usize) -> Attributes {
    let all: [(&str, AttributeValue); 3] =
        [("stage", ["draft", "live"][index % 2].into()), ("level", 1_i64.into()), ("internal", true.into())];
    all.into_iter().take(1 + index % 3).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a request about this permission knows: it fits, and there is more of it.
fn attributes(index: usize) -> Attributes {
    let mut known = criteria(2 + index % 2 * 3);
    known.extend(criteria(index));
    known.insert("owner".to_owned(), "ann".into());
    known
}

/// Every permission expires, one in four during the day; one in four begins during it.
fn times(index: usize) -> (Option<Timestamp>, Option<Timestamp>) {
    let within = i64::try_from(index.wrapping_mul(7_919) % 86_400).unwrap_or(0);
    let begin = if index.is_multiple_of(4) { DAY + within } else { DAY - 1 - within };
    let end = if index % 4 == 1 { DAY + within + 1 } else { DAY + 90_000 + within };
    (Timestamp::from_seconds(begin), Timestamp::from_seconds(end))
}

fn namespace(index: usize) -> String {
    format!("r_ns{index:05}")
}
