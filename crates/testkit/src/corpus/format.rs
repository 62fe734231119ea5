//! What a corpus file holds, as it is written.
//!
//! ```toml
//! about = "what the file shows"
//!
//! [world]
//! permissions = [
//!   { label = "all", principal = "usergroup:staff", pattern = "aisvc:**", actions = ["READ"] },
//! ]
//! users.ann = { groups = ["staff"] }
//! subscriptions = [{ project = "p", who = "project", enabled = true }]
//! gates = ["aisvc"]
//!
//! [cases]
//! check = [
//!   { name = "a member reads", user = "ann", project = "p", action = "READ", irn = "aisvc:agent:1", reason = "granted", by = "all" },
//! ]
//! ```
//!
//! Permissions get their ids in the order in which they are written, so of two the first has the lower id. Principals
//! are `user:…`, `usergroup:…`, `permprofile:…`; entities with subscription rows are `project`, `usergroup:…`, `user:…`.
//! The namespace is `ns` and the instant 2026-01-01T00:00:00Z unless a case says otherwise. In the texts of patterns
//! and names, `<256*x>` stands for 256 times `x`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the file shows.
    pub about: String,
    /// The world.
    #[serde(default)]
    pub world: WorldText,
    /// The cases.
    pub cases: Cases,
}

/// A world.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorldText {
    /// Permissions, each with its label.
    pub permissions: Vec<PermissionText>,
    /// Users by id.
    pub users: BTreeMap<String, RecordText>,
    /// Groups by id.
    pub groups: BTreeMap<String, RecordText>,
    /// Subscription rows.
    pub subscriptions: Vec<RowText>,
    /// Gated services.
    pub gates: Vec<String>,
    /// Whether among groups' rows an enabled one wins.
    pub enabled_wins: bool,
}

/// A permission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionText {
    /// By what the cases of the file call it.
    pub label: String,
    /// Where; `ns` if absent.
    #[serde(default = "namespace")]
    pub namespace: String,
    /// For whom.
    pub principal: String,
    /// On what.
    pub pattern: String,
    /// For what; `*` is all.
    pub actions: Vec<String>,
    /// `ALLOW` if absent.
    pub effect: Option<String>,
    /// Attributes that must be equal.
    #[serde(default)]
    pub criteria: toml::Table,
    /// From when on.
    pub not_before: Option<String>,
    /// Until when.
    pub expires_at: Option<String>,
}

/// A user or group of the directory.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordText {
    /// The name that people see.
    pub name: Option<String>,
    /// The phone number; of users only.
    pub phone: Option<String>,
    /// Direct groups.
    pub groups: Vec<String>,
    /// Attached profiles.
    pub permprofiles: Vec<String>,
}

/// A subscription row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowText {
    /// The project.
    pub project: String,
    /// Whose row.
    pub who: String,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// Cases by kind.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cases {
    /// Requests.
    pub check: Vec<CheckCase>,
    /// A pattern and a name.
    pub pattern: Vec<PatternCase>,
    /// Two patterns.
    pub relation: Vec<RelationCase>,
    /// A text to parse.
    pub parse: Vec<ParseCase>,
    /// A user's subscription.
    pub resolve: Vec<ResolveCase>,
    /// Lists of permissions.
    pub lookup: Vec<LookupCase>,
    /// A project's subscription rows.
    pub rows: Vec<RowsCase>,
    /// Change sets and what is so afterwards.
    pub change: Vec<ChangeCase>,
}

/// A request and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckCase {
    /// What it shows.
    pub name: String,
    /// Where; `ns` if absent.
    #[serde(default = "namespace")]
    pub namespace: String,
    /// The user. Without one, the only profile of `permprofiles` asks alone.
    pub user: Option<String>,
    /// Named groups. If these or `permprofiles` are present, exactly those count; else the directory's.
    pub groups: Option<Vec<String>>,
    /// Named profiles.
    pub permprofiles: Option<Vec<String>>,
    /// The project.
    pub project: Option<String>,
    /// The action.
    pub action: String,
    /// The name.
    pub irn: String,
    /// The resource's attributes; absent if none are known.
    pub attributes: Option<toml::Table>,
    /// The instant.
    pub at: Option<String>,
    /// `granted`, `denied`, `no_grant`, `not_subscribed` or `invalid`. Only what is granted is allowed.
    pub reason: String,
    /// The label of the permission that grants or denies; of a permission that a change of the case adds, `new`.
    pub by: Option<String>,
    /// The level that closed the gate.
    pub level: Option<String>,
    /// The field that is invalid.
    pub field: Option<String>,
    /// The instant at which time alone could change the answer; absent for never.
    pub valid_until: Option<String>,
}

/// A pattern, a name and whether the one matches the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternCase {
    /// What it shows.
    pub name: String,
    /// The pattern.
    pub pattern: String,
    /// The name.
    pub irn: String,
    /// The answer.
    pub matches: bool,
}

/// Two patterns and how they relate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationCase {
    /// What it shows.
    pub name: String,
    /// The one.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether every name that `b` matches is matched by `a`.
    pub covers: bool,
    /// Whether some name is matched by both; asked in both orders.
    pub overlaps: bool,
}

/// A text and whether it parses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseCase {
    /// What it shows.
    pub name: String,
    /// As what: `name`, `pattern` or `action`.
    #[serde(rename = "as")]
    pub grammar: String,
    /// The text.
    pub text: String,
    /// The name of the error's code; absent if the text is fine.
    pub error: Option<String>,
    /// The byte at which the error is; absent if it may be said of any.
    pub offset: Option<usize>,
}

/// A user in a project and whether `ai_func` is enabled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveCase {
    /// What it shows.
    pub name: String,
    /// The project.
    pub project: String,
    /// The user.
    pub user: String,
    /// Named groups; the directory's if absent.
    pub groups: Option<Vec<String>>,
    /// The answer.
    pub enabled: bool,
    /// The level that decided: `user`, `group`, `project` or `default`.
    pub level: String,
    /// The entities whose rows decided.
    #[serde(default)]
    pub rows: Vec<String>,
}

/// A pattern or name, and the permissions that are listed for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupCase {
    /// What it shows.
    pub name: String,
    /// Where; `ns` if absent.
    #[serde(default = "namespace")]
    pub namespace: String,
    /// The text.
    pub irn: String,
    /// Whether those that the text covers are meant; else those that cover it.
    #[serde(default)]
    pub pattern_match: bool,
    /// Labels of the permissions listed, in any order.
    pub labels: Vec<String>,
}

/// A project and all its rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsCase {
    /// What it shows.
    pub name: String,
    /// The project.
    pub project: String,
    /// Entities with a row, and whether it is enabled.
    pub rows: BTreeMap<String, bool>,
}

/// A change set that is applied to the file's world, and what is so afterwards. Each case begins with that world.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCase {
    /// What it shows.
    pub name: String,
    /// A change set that is applied first and must be accepted.
    #[serde(default)]
    pub first: Vec<ChangeText>,
    /// The change set.
    pub changes: Vec<ChangeText>,
    /// Names of the codes of all problems, in any order; nothing is applied then. Absent if the set is accepted.
    #[serde(default)]
    pub errors: Vec<String>,
    /// How many audit entries it leaves; absent if that is not the point.
    pub effects: Option<usize>,
    /// What is so afterwards.
    #[serde(default)]
    pub then: Cases,
}

/// One change.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what the same fields of a change say")]
pub enum ChangeText {
    /// Puts a permission by its key. The label is for reading only.
    Upsert {
        permission: PermissionText,
    },
    /// Replaces the permission with this label's id.
    Update {
        permission: PermissionText,
    },
    /// Adds a permission with its label's id; a label that the world does not have is a new id.
    Restore {
        permission: PermissionText,
    },
    /// Removes the permission with this label's id.
    Remove {
        label: String,
    },
    PutUser {
        id: String,
        #[serde(default)]
        record: RecordText,
    },
    PutGroup {
        id: String,
        #[serde(default)]
        record: RecordText,
    },
    AddMembership {
        member: String,
        of: String,
    },
    RemoveMembership {
        member: String,
        of: String,
    },
    RemovePrincipal {
        principal: String,
    },
    Subscriptions {
        project: String,
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        delete: Vec<String>,
    },
    SetSubscription {
        project: String,
        who: String,
        enabled: bool,
    },
    ClearSubscription {
        project: String,
        who: String,
    },
    SetGate {
        service: String,
        gated: bool,
    },
}

fn namespace() -> String {
    "ns".to_owned()
}
