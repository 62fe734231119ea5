//! The workload by which the engine is measured: a tenant of an AI platform, at any size and from any seed.
//!
//! One namespace up to 1,000 permissions, else four holding 55, 25, 15 and 5 %. Users N/5, groups N/10, profiles N/50; a
//! user is in 6 to 10 groups and has 2 profiles. 20 services of 10 types. 60 % of the patterns are exact (60 % of them UUIDs), 20 %
//! `service:type:*`, 5 % `service:*:*`, 15 % globs (prefix 60, suffix 20, infix 20). 45 % of the permissions are users',
//! 40 % groups', 15 % profiles'; 5 % deny. Half of the requests aim at an allow of the user, a tenth at a deny, the rest at
//! anything.

use grantrie::{Actions, Change, Pattern, PermissionDraft, Principal, UserRecord};

/// A small, fast, reproducible source of numbers (splitmix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// Begins at a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound` (which is at least 1).
    #[expect(clippy::cast_possible_truncation, reason = "below a usize")]
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }
}

/// One request of the workload.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The namespace.
    pub namespace: String,
    /// The user.
    pub user: String,
    /// The action.
    pub action: &'static str,
    /// The name.
    pub irn: String,
}

/// A world of the workload.
#[derive(Debug)]
pub struct Workload {
    numbers: Numbers,
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

const ACTIONS: [&str; 5] = ["READ", "CREATE", "EDIT", "DELETE", "RUN"];
const NAMES: [&str; 10] = ["alpha", "billing", "chat", "deploy", "east", "forge", "graph", "home", "index", "jobs"];

impl Workload {
    /// A world of so many permissions (at least 50).
    #[must_use]
    pub fn new(seed: u64, size: usize) -> Self {
        let size = size.max(50);
        let mut numbers = Numbers::new(seed);
        let (user_count, group_count, profile_count) = (size / 5, size / 10, size / 50);
        let mut users: Vec<User> = (0..user_count).map(|_| User::default()).collect();
        for user in &mut users {
            let groups = 6 + numbers.below(5);
            user.groups = (0..groups).map(|_| numbers.below(group_count)).collect();
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
                let user = numbers.below(user_count);
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
            let namespace = if size <= 1_000 { 0 } else { numbers.namespace() };
            let pattern = numbers.pattern();
            let action = if numbers.percent(20) { None } else { Some(ACTIONS[numbers.below(ACTIONS.len())]) };
            drafts.push(Grant { namespace, principal, pattern, action, deny: numbers.percent(5) });
        }
        Self { numbers, drafts, users, groups, profiles }
    }

    /// The world as changes: directory first.
    ///
    /// # Panics
    /// If the engine's parser refuses what is made here.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let users = self.users.iter().enumerate().map(|(index, user)| {
            Change::PutUser(UserRecord {
                user_id: user_id(index),
                groups: user.groups.iter().map(|group| group_id(*group)).collect(),
                permprofiles: user.profiles.iter().map(|profile| profile_id(*profile)).collect(),
                ..UserRecord::default()
            })
        });
        users.chain((0..self.drafts.len()).map(|index| Change::UpsertPermission(self.draft(index)))).collect()
    }

    /// Writes the world as a world file.
    ///
    /// # Errors
    /// What went wrong with writing.
    pub fn write_world(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(out, "{{\"directory\": {{\"users\": [")?;
        for (index, user) in self.users.iter().enumerate() {
            let record = serde_json::json!({
                "user_id": user_id(index),
                "groups": user.groups.iter().map(|group| group_id(*group)).collect::<Vec<_>>(),
                "permprofiles": user.profiles.iter().map(|profile| profile_id(*profile)).collect::<Vec<_>>(),
            });
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
        make(&namespace(grant.namespace), grant.principal.clone(), pattern, actions)
    }

    /// Requests, users drawn by Zipf's law with exponent 1 (`warm`) or evenly.
    #[must_use]
    pub fn requests(&mut self, count: usize, warm: bool) -> Vec<Ask> {
        (0..count).map(|_| self.request(warm)).collect()
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a draw")]
    fn request(&mut self, warm: bool) -> Ask {
        let users = self.users.len();
        let user = if warm {
            // The inverse of the continuous Zipf distribution with exponent 1; the ranks are scattered over the users.
            let uniform = self.numbers.below(1 << 53) as f64 / (1_u64 << 53) as f64;
            let rank = (users as f64).powf(uniform) as usize;
            rank.min(users - 1).wrapping_mul(7_919) % users
        } else {
            self.numbers.below(users)
        };
        let aim = self.numbers.below(10);
        let wanted = if aim < 5 {
            Some(false)
        } else if aim < 6 {
            Some(true)
        } else {
            None
        };
        let known = &self.users[user];
        let of_groups = known.groups.iter().flat_map(|group| &self.groups[*group]);
        let of_profiles = known.profiles.iter().flat_map(|profile| &self.profiles[*profile]);
        let all = known.grants.iter().chain(of_groups).chain(of_profiles);
        let candidates: Vec<usize> = all.copied().filter(|grant| wanted == Some(self.drafts[*grant].deny)).collect();
        let (space, action, irn) = if candidates.is_empty() {
            let space = if self.drafts.len() <= 1_000 { 0 } else { self.numbers.namespace() };
            (space, ACTIONS[self.numbers.below(ACTIONS.len())], self.numbers.name())
        } else {
            let grant = self.drafts[candidates[self.numbers.below(candidates.len())]].clone();
            let action = grant.action.unwrap_or_else(|| ACTIONS[self.numbers.below(ACTIONS.len())]);
            (grant.namespace, action, self.numbers.fill(&grant.pattern))
        };
        Ask { namespace: namespace(space), user: user_id(user), action, irn }
    }
}

impl Numbers {
    fn namespace(&mut self) -> usize {
        match self.below(100) {
            0..55 => 0,
            55..80 => 1,
            80..95 => 2,
            _ => 3,
        }
    }

    fn service_and_type(&mut self) -> String {
        format!("svc{}:type{}", self.below(20), self.below(10))
    }

    fn id(&mut self) -> String {
        if self.percent(60) { self.uuid() } else { self.word() }
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xFFFF,
            a & 0xFFF,
            b >> 52,
            b & 0xFFFF_FFFF_FFFF
        )
    }

    fn word(&mut self) -> String {
        format!("{}-{}-{}", NAMES[self.below(10)], NAMES[self.below(10)], self.below(10_000))
    }

    fn name(&mut self) -> String {
        format!("{}:{}", self.service_and_type(), self.id())
    }

    fn pattern(&mut self) -> String {
        match self.below(100) {
            0..60 => self.name(),
            60..80 => format!("{}:*", self.service_and_type()),
            80..85 => format!("svc{}:*:*", self.below(20)),
            _ => {
                let service = self.service_and_type();
                let (a, b, n) = (NAMES[self.below(10)], NAMES[self.below(10)], self.below(1_000));
                match self.below(100) {
                    0..60 => format!("{service}:{a}-{b}-{n}*"),
                    60..80 => format!("{service}:*-{b}-{n}"),
                    _ => format!("{service}:*-{b}-{n}*"),
                }
            }
        }
    }

    /// A name that a pattern of this workload matches.
    fn fill(&mut self, pattern: &str) -> String {
        let mut segments: Vec<String> = pattern.split(':').map(str::to_owned).collect();
        for (index, segment) in segments.iter_mut().enumerate() {
            if segment == "*" {
                *segment = if index == 1 { format!("type{}", self.below(10)) } else { self.id() };
            } else if segment.contains('*') {
                *segment = segment.replace('*', NAMES[self.below(10)]);
            }
        }
        segments.join(":")
    }
}

fn namespace(index: usize) -> String {
    format!("r_ns{index:05}")
}

fn user_id(index: usize) -> String {
    format!("1f159053-657b-40f4-9897-{index:012x}")
}

fn group_id(index: usize) -> String {
    format!("8885bcc45da1f762015d{index:012x}")
}

fn profile_id(index: usize) -> String {
    format!("profile-{index:08}")
}
