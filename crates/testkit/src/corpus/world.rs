//! A world of a corpus file in the engine's own types.

use std::collections::BTreeMap;

use grantrie::{
    Actions, AttributeValue, Attributes, Change, ChangeSet, Effect, GroupRecord, Membership, Pattern, Permission,
    PermissionDraft, PermissionId, Principal, PrincipalKind, Subscriber, Timestamp, UserRecord,
};

use super::format::{ChangeText, PermissionText, RecordText, WorldText};

/// A world: what [`World::changes`] puts into an empty engine.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// The permissions, with ascending ids.
    pub permissions: Vec<Permission>,
    /// The permissions' ids by label.
    pub labels: BTreeMap<String, PermissionId>,
    /// Listed users.
    pub users: Vec<UserRecord>,
    /// Listed groups.
    pub groups: Vec<GroupRecord>,
    /// Subscription rows: project, entity, whether enabled.
    pub subscriptions: Vec<(String, Subscriber, bool)>,
    /// Gated services.
    pub gates: Vec<String>,
    /// The setting that among groups' rows an enabled one wins.
    pub enabled_wins: bool,
}

impl World {
    /// The world that is written so.
    ///
    /// # Errors
    /// What cannot be read, and where.
    pub fn new(text: &WorldText) -> Result<Self, String> {
        let mut world = Self { gates: text.gates.clone(), enabled_wins: text.enabled_wins, ..Self::default() };
        for permission in &text.permissions {
            let id = PermissionId::from_u128(world.labels.len() as u128 + 1);
            if world.labels.insert(permission.label.clone(), id).is_some() {
                return Err(format!("label `{}` stands twice", permission.label));
            }
            world.permissions.push(Permission { id, draft: draft(permission)? });
        }
        world.users = text.users.iter().map(|(id, record)| user(id, record)).collect();
        world.groups = text.groups.iter().map(|(id, record)| group(id, record)).collect();
        for row in &text.subscriptions {
            world.subscriptions.push((row.project.clone(), subscriber(&row.who)?, row.enabled));
        }
        Ok(world)
    }

    /// The change set that makes this world of an empty one.
    #[must_use]
    pub fn changes(&self) -> ChangeSet {
        let permissions = self.permissions.iter().cloned().map(Change::RestorePermission);
        let groups = self.groups.iter().cloned().map(Change::PutGroup);
        let users = self.users.iter().cloned().map(Change::PutUser);
        let rows = self.subscriptions.iter().cloned().map(|(project, subscriber, enabled)| Change::SetSubscription {
            project,
            subscriber,
            enabled,
        });
        let gates = self.gates.iter().map(|service| Change::SetGate { service: service.clone(), gated: true });
        permissions.chain(groups).chain(users).chain(rows).chain(gates).collect()
    }

    /// The id that a label stands for; for one that the world does not have, an id that no permission has.
    #[must_use]
    pub fn id(&self, label: &str) -> PermissionId {
        // The high bit keeps it clear of the numbered ids.
        let bits = label.bytes().fold(0_u128, |bits, byte| bits.wrapping_mul(257).wrapping_add(byte.into()));
        let fresh = PermissionId::from_u128(bits | 1 << 127);
        self.labels.get(label).copied().unwrap_or(fresh)
    }

    /// The changes that are written so.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn change_set(&self, changes: &[ChangeText]) -> Result<ChangeSet, String> {
        changes.iter().map(|change| self.change(change)).collect()
    }

    fn change(&self, text: &ChangeText) -> Result<Change, String> {
        let permission =
            |text: &PermissionText| Ok::<_, String>(Permission { id: self.id(&text.label), draft: draft(text)? });
        let membership =
            |member: &str, of: &str| Ok::<_, String>(Membership { member: principal(member)?, of: principal(of)? });
        let subscribers = |texts: &[String]| texts.iter().map(|text| subscriber(text)).collect::<Result<Vec<_>, _>>();
        Ok(match text {
            ChangeText::Upsert { permission } => Change::UpsertPermission(draft(permission)?),
            ChangeText::Update { permission: text } => Change::UpdatePermission(permission(text)?),
            ChangeText::Restore { permission: text } => Change::RestorePermission(permission(text)?),
            ChangeText::Remove { label } => Change::RemovePermission(self.id(label)),
            ChangeText::PutUser { id, record } => Change::PutUser(user(id, record)),
            ChangeText::PutGroup { id, record } => Change::PutGroup(group(id, record)),
            ChangeText::AddMembership { member, of } => Change::AddMembership(membership(member, of)?),
            ChangeText::RemoveMembership { member, of } => Change::RemoveMembership(membership(member, of)?),
            ChangeText::RemovePrincipal { principal: text } => Change::RemovePrincipal(principal(text)?),
            ChangeText::Subscriptions { project, add, delete } => {
                Change::Subscriptions { project: project.clone(), add: subscribers(add)?, delete: subscribers(delete)? }
            }
            ChangeText::SetSubscription { project, who, enabled } => {
                Change::SetSubscription { project: project.clone(), subscriber: subscriber(who)?, enabled: *enabled }
            }
            ChangeText::ClearSubscription { project, who } => {
                Change::ClearSubscription { project: project.clone(), subscriber: subscriber(who)? }
            }
            ChangeText::SetGate { service, gated } => Change::SetGate { service: service.clone(), gated: *gated },
        })
    }
}

fn draft(text: &PermissionText) -> Result<PermissionDraft, String> {
    let at = |error: &dyn std::fmt::Display| format!("permission `{}`: {error}", text.label);
    let effect = match text.effect.as_deref() {
        None | Some("ALLOW") => Effect::Allow,
        Some("DENY") => Effect::Deny,
        Some(other) => return Err(at(&format!("effect `{other}`"))),
    };
    let actions = Actions::parse(text.actions.iter().map(String::as_str));
    Ok(PermissionDraft {
        namespace: expand(&text.namespace),
        principal: principal(&text.principal).map_err(|error| at(&error))?,
        pattern: Pattern::parse(&expand(&text.pattern)).map_err(|error| at(&error))?,
        criteria: attributes(&text.criteria).map_err(|error| at(&error))?,
        actions: actions.map_err(|invalid| at(&invalid.error))?,
        effect,
        not_before: text.not_before.as_deref().map(instant).transpose().map_err(|error| at(&error))?,
        expires_at: text.expires_at.as_deref().map(instant).transpose().map_err(|error| at(&error))?,
    })
}

fn user(id: &str, text: &RecordText) -> UserRecord {
    let RecordText { name, phone, groups, permprofiles } = text.clone();
    UserRecord { user_id: expand(id), user_name: name, user_phone: phone, groups, permprofiles }
}

fn group(id: &str, text: &RecordText) -> GroupRecord {
    let RecordText { name, groups, permprofiles, .. } = text.clone();
    GroupRecord { group_id: expand(id), group_name: name, groups, permprofiles }
}

fn principal(text: &str) -> Result<Principal, String> {
    let (kind, id) = text.split_once(':').ok_or_else(|| format!("principal `{text}` has no kind"))?;
    let kind: PrincipalKind = kind.parse().map_err(|error| format!("principal `{text}`: {error}"))?;
    Ok(Principal { kind, id: expand(id) })
}

pub(super) fn subscriber(text: &str) -> Result<Subscriber, String> {
    if text == "project" {
        return Ok(Subscriber::Project);
    }
    let Principal { kind, id } = principal(text)?;
    match kind {
        PrincipalKind::User => Ok(Subscriber::User(id)),
        PrincipalKind::UserGroup => Ok(Subscriber::Group(id)),
        PrincipalKind::PermProfile => Err(format!("`{text}` can have no row")),
    }
}

pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}

pub(super) fn attributes(table: &toml::Table) -> Result<Attributes, String> {
    let value = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(AttributeValue::from(expand(text))),
        toml::Value::Integer(number) => Some(AttributeValue::from(*number)),
        toml::Value::Float(number) => AttributeValue::from_f64(*number),
        toml::Value::Boolean(flag) => Some(AttributeValue::from(*flag)),
        _ => None,
    };
    let pair = |(name, found): (&String, &toml::Value)| {
        Ok((expand(name), value(found).ok_or_else(|| format!("attribute `{name}` is no text, number or boolean"))?))
    };
    table.iter().map(pair).collect()
}

/// Writes out `<256*x>` as 256 times `x`.
pub(super) fn expand(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let repeated = after.split_once('>').and_then(|(inside, after)| {
            let (count, what) = inside.split_once('*')?;
            Some((what.repeat(count.parse().ok()?), after))
        });
        written.push_str(before);
        rest = match repeated {
            Some((run, after)) => {
                written.push_str(&run);
                after
            }
            None => {
                written.push('<');
                after
            }
        };
    }
    written.push_str(rest);
    written
}
