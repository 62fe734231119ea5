//! The generated workload as every engine here is given it.
//!
//! Of permissions with one upsert key the last counts, as in Grantrie, so that all engines hold the same. Everything lies
//! in a few large vectors, which the allocator gives back whole: no engine moves into what a world leaves behind, and so the
//! growth of a process is its engine's.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use grantrie::{Actions, Effect, Principal, PrincipalKind};
use grantrie_testkit::workload::{Ask, Workload};
use serde::{Deserialize, Serialize};

/// Permissions, memberships and requests from one seed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) namespaces: Vec<String>,
    pub(crate) requests: Vec<Request>,
    text: String,
    principals: Vec<(Kind, Range<u32>)>,
    rows: Vec<Row>,
    /// The distinct patterns of the largest namespace, in order: found before any engine is loaded with them.
    patterns: Vec<Range<u32>>,
    held: Lists,
    memberships: Lists,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    pattern: Range<u32>,
    principal: u32,
    namespace: u8,
    /// Its place in the list of actions; none is any.
    action: Option<u8>,
    deny: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Kind {
    User,
    Group,
    Profile,
}

/// Lists of numbers, one for each principal, in one vector.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

/// One permission.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) kind: PrincipalKind,
    /// The id of the principal; of two kinds none are equal.
    pub(crate) principal: &'a str,
    /// Three segments, the first a literal.
    pub(crate) pattern: &'a str,
    /// None is any.
    pub(crate) action: Option<&'static str>,
    pub(crate) deny: bool,
}

/// One request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The number of the namespace.
    pub(crate) namespace: usize,
    /// The number of the user among the principals.
    pub(crate) user: u32,
    pub(crate) user_id: String,
    pub(crate) action: String,
    pub(crate) irn: String,
}

const ACTIONS: [&str; 5] = ["READ", "CREATE", "EDIT", "DELETE", "RUN"];

impl World {
    /// Makes a world.
    pub(crate) fn new(seed: u64, size: usize, requests: usize) -> Self {
        let mut workload = Workload::new(seed, size);
        let asks = workload.requests(requests, true);
        Making::default().world(&workload, asks)
    }

    /// Keeps it in a file, for [`read`](Self::read).
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = io::BufWriter::new(std::fs::File::create(path)?);
        postcard::to_io(self, &mut file).map_err(io::Error::other)?;
        io::Write::flush(&mut file)
    }

    /// A world that was kept.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        postcard::from_bytes(&std::fs::read(path)?).map_err(io::Error::other)
    }

    /// How many permissions there are.
    pub(crate) fn size(&self) -> usize {
        self.rows.len()
    }

    /// All permissions.
    pub(crate) fn grants(&self) -> impl Iterator<Item = Grant<'_>> {
        self.rows.iter().map(|row| self.grant(row))
    }

    /// The permissions of a user and of all groups and profiles that it is in.
    pub(crate) fn grants_of_user(&self, user: u32) -> impl Iterator<Item = Grant<'_>> {
        let holders = [user].into_iter().chain(self.memberships(user).iter().copied());
        holders.flat_map(|holder| self.held.of(holder)).map(|row| self.grant(&self.rows[*row as usize]))
    }

    /// The numbers of the groups and profiles that a principal is in.
    pub(crate) fn memberships(&self, principal: u32) -> &[u32] {
        self.memberships.of(principal)
    }

    /// The numbers of the users.
    pub(crate) fn users(&self) -> impl Iterator<Item = u32> {
        let all = (0_u32..).zip(&self.principals);
        all.filter(|(_, (kind, _))| matches!(kind, Kind::User)).map(|(number, _)| number)
    }

    /// The users that ask, each once.
    pub(crate) fn askers(&self) -> Vec<u32> {
        let mut askers: Vec<u32> = self.requests.iter().map(|request| request.user).collect();
        askers.sort_unstable();
        askers.dedup();
        askers
    }

    /// A principal by its number.
    pub(crate) fn principal(&self, number: u32) -> (PrincipalKind, &str) {
        let (kind, span) = &self.principals[number as usize];
        let kind = match kind {
            Kind::User => PrincipalKind::User,
            Kind::Group => PrincipalKind::UserGroup,
            Kind::Profile => PrincipalKind::PermProfile,
        };
        (kind, self.text(span))
    }

    /// The distinct patterns of the largest namespace, in order.
    pub(crate) fn patterns(&self) -> Vec<&str> {
        self.patterns.iter().map(|pattern| self.text(pattern)).collect()
    }

    fn grant(&self, row: &Row) -> Grant<'_> {
        let (kind, principal) = self.principal(row.principal);
        Grant {
            namespace: &self.namespaces[row.namespace as usize],
            kind,
            principal,
            pattern: self.text(&row.pattern),
            action: row.action.map(|action| ACTIONS[usize::from(action)]),
            deny: row.deny,
        }
    }

    fn text(&self, span: &Range<u32>) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }
}

impl Lists {
    fn new(lists: &[Vec<u32>]) -> Self {
        let mut made = Self::default();
        for list in lists {
            made.items.extend(list);
            made.ends.push(number(made.items.len()));
        }
        made
    }

    fn of(&self, index: u32) -> &[u32] {
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.items[begin as usize..self.ends[index as usize] as usize]
    }
}

#[derive(Default)]
struct Making {
    namespaces: Vec<String>,
    text: String,
    numbers: HashMap<Principal, u32>,
    principals: Vec<(Kind, Range<u32>)>,
    memberships: Vec<Vec<u32>>,
}

impl Making {
    fn world(mut self, workload: &Workload, asks: Vec<Ask>) -> World {
        for user in workload.users() {
            let number = self.principal(&Principal::user(user.user_id));
            let groups = user.groups.iter().map(Principal::group);
            let above: Vec<Principal> = groups.chain(user.permprofiles.iter().map(Principal::profile)).collect();
            let above = above.iter().map(|principal| self.principal(principal)).collect();
            self.memberships[number as usize] = above;
        }
        // Known before any engine is asked, so that the largest has the number 0.
        for index in 0..if workload.size() <= 1_000 { 1 } else { 4 } {
            self.namespaces.push(format!("r_ns{index:05}"));
        }
        let mut rows: Vec<Row> = Vec::with_capacity(workload.size());
        let mut known: HashMap<(u8, u32, String, bool), usize> = HashMap::new();
        for index in 0..workload.size() {
            let draft = workload.draft(index);
            let namespace = u8::try_from(self.namespace(&draft.namespace)).expect("a handful of namespaces");
            let principal = self.principal(&draft.principal);
            let (deny, action) = (draft.effect == Effect::Deny, only_action(&draft.actions));
            let pattern = draft.pattern.as_str();
            let next = rows.len();
            let at = *known.entry((namespace, principal, pattern.to_owned(), deny)).or_insert(next);
            if let Some(row) = rows.get_mut(at) {
                row.action = action;
            } else {
                rows.push(Row { pattern: put(&mut self.text, pattern), principal, namespace, action, deny });
            }
        }
        let mut held = vec![Vec::new(); self.principals.len()];
        for (index, row) in rows.iter().enumerate() {
            held[row.principal as usize].push(number(index));
        }
        let requests = asks.into_iter().map(|ask| self.request(ask)).collect();
        let Self { namespaces, text, principals, memberships, .. } = self;
        let (held, memberships) = (Lists::new(&held), Lists::new(&memberships));
        let mut patterns: Vec<Range<u32>> = Vec::new();
        patterns.extend(rows.iter().filter(|row| row.namespace == 0).map(|row| row.pattern.clone()));
        let text_of = |span: &Range<u32>| &text[span.start as usize..span.end as usize];
        patterns.sort_unstable_by_key(|span| text_of(span));
        patterns.dedup_by_key(|span| text_of(span));
        World { namespaces, requests, text, principals, rows, patterns, held, memberships }
    }

    fn request(&mut self, ask: Ask) -> Request {
        let Ask { namespace, user, action, irn, .. } = ask;
        assert_eq!(irn.split(':').count(), 3, "the models of the peers are for names of three segments");
        let number = self.principal(&Principal::user(user.as_str()));
        Request { namespace: self.namespace(&namespace), user: number, user_id: user, action: action.to_owned(), irn }
    }

    fn namespace(&self, name: &str) -> usize {
        self.namespaces.iter().position(|known| known == name).expect("one of the workload's namespaces")
    }

    fn principal(&mut self, principal: &Principal) -> u32 {
        if let Some(known) = self.numbers.get(principal) {
            return *known;
        }
        let next = number(self.principals.len());
        let kind = match principal.kind {
            PrincipalKind::User => Kind::User,
            PrincipalKind::UserGroup => Kind::Group,
            PrincipalKind::PermProfile => Kind::Profile,
        };
        self.principals.push((kind, put(&mut self.text, &principal.id)));
        self.memberships.push(Vec::new());
        self.numbers.insert(principal.clone(), next);
        next
    }
}

fn put(text: &mut String, part: &str) -> Range<u32> {
    let begin = number(text.len());
    text.push_str(part);
    begin..number(text.len())
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a workload of less than 4 GiB of text")
}

fn only_action(actions: &Actions) -> Option<u8> {
    if *actions == Actions::All {
        return None;
    }
    let known = ACTIONS.iter().position(|name| actions.names().eq([*name]));
    known
        .map(|place| u8::try_from(place).expect("a handful of actions"))
        .or_else(|| panic!("{actions:?} is not one action"))
}
