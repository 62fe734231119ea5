//! Permissions in the world: put and removed in both views at once.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::conditions::{Conditions, PackedConditions};
use super::touched::TouchedGrant;
use super::{Lookup, World};
use crate::Pattern;
use crate::cow::{Heap, IdEntry, SortedIds};
use crate::index::{Filing, Keys, Line, MAX_GRANTS, PatternHashes};
use crate::limits::MAX_ACTIONS;
use crate::model::{
    Action, Actions, ActionsRef, DraftRef, Effect, Permission, PermissionDraft, PermissionId, Timestamp,
};

/// A permission with its names as numbers. There may be millions: 40 bytes each.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The halves of its id; as one number it would have to stand at multiples of 16 bytes.
    id: [u64; 2],
    /// A bit for each action; all bits for all actions.
    actions: u64,
    /// One more than the number: a slot knows by the 0 that it is free.
    namespace: NonZeroU32,
    pub(crate) principal: u32,
    pub(crate) pattern: u32,
    /// One more than the number of its [`PackedConditions`], 0 for none, and two flags in the bits that no number reaches.
    conditions: u32,
}

const DENY: u32 = 1 << 31;
const ALL_ACTIONS: u32 = 1 << 30;

/// A permission with its names as numbers, to be added.
pub(super) struct Written {
    pub(super) id: PermissionId,
    pub(super) namespace: u32,
    pub(super) principal: u32,
    pub(super) pattern: u32,
    pub(super) is_deny: bool,
    pub(super) is_for_all_actions: bool,
    pub(super) actions: u64,
    pub(super) conditions: Option<PackedConditions>,
}

/// A draft with what is hashed of its texts: so they are hashed once, however often the draft is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashed<'a> {
    pub(crate) draft: DraftRef<'a>,
    pub(crate) pattern: PatternHashes<'a>,
    /// Of the principal's id.
    pub(crate) principal: u64,
}

/// Where a permission belongs: its names as numbers, and what its pattern is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    namespace: u32,
    principal: u32,
    pattern: u32,
    keys: Keys,
}

/// Why a permission cannot be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PutError {
    TooManyActions,
    KeyTaken(PermissionId),
    Full,
}

impl World {
    pub(crate) fn grant(&self, number: u32) -> Option<&Grant> {
        self.grants.get(number)
    }

    pub(crate) fn find_grant(&self, id: PermissionId) -> Option<u32> {
        let mut found = self.by_id.find(self.seeds.number(id.as_u128())).map(|entry| entry.id);
        found.find(|number| self.grants.get(*number).is_some_and(|grant| grant.id() == id))
    }

    /// Has the grants of a pattern fetched.
    pub(crate) fn fetch_grants_of_pattern(&self, number: u32) {
        self.patterns.kept(number).into_iter().for_each(SortedIds::fetch_last);
    }

    /// Has the bucket of an id with this hash fetched.
    pub(crate) fn fetch_permission(&self, hash: u64) {
        self.by_id.fetch_to_change(hash);
    }

    pub(crate) fn hashed<'a>(&self, draft: DraftRef<'a>) -> Hashed<'a> {
        Hashed { draft, pattern: self.seeds.hashes(draft.pattern), principal: self.name_hash(draft.kind, draft.id) }
    }

    /// Where a draft belongs, its names becoming known if they are not.
    pub(crate) fn place(
        &mut self,
        Hashed { draft, pattern: hashes, principal }: &Hashed<'_>,
    ) -> Result<Place, PutError> {
        if self.grants.len() >= MAX_GRANTS || self.principals.is_full() || self.namespaces.is_full() {
            return Err(PutError::Full);
        }
        let pattern = self.patterns.intern_hashed(hashes).ok_or(PutError::Full)?;
        let known = self.namespaces.len();
        let namespace = self.namespaces.intern(draft.namespace, || 0).ok_or(PutError::Full)?;
        if self.namespaces.len() != known {
            self.touched.name(draft.namespace);
        }
        let principal = self.intern_hashed(*principal, draft.kind, draft.id).ok_or(PutError::Full)?;
        Ok(Place { namespace, principal, pattern, keys: hashes.keys(namespace) })
    }

    /// Where a draft belongs, if all its names are known.
    pub(crate) fn find_place(&self, Hashed { draft, pattern: hashes, .. }: &Hashed<'_>) -> Option<Place> {
        let namespace = self.namespaces.find(0, draft.namespace)?;
        let pattern = self.patterns.find_hashed(hashes)?;
        let principal = self.find_principal(draft.kind, draft.id)?;
        Some(Place { namespace, principal, pattern, keys: hashes.keys(namespace) })
    }

    /// The grant with the same namespace, principal, pattern, criteria and effect.
    pub(crate) fn find_same(&self, place: &Place, draft: &DraftRef<'_>) -> Option<u32> {
        let deny = draft.effect == Effect::Deny;
        let lines = self.grants_of(place.principal).find(&place.keys);
        let same = lines.filter(|line| line.pattern == place.pattern && line.namespace == place.namespace);
        same.filter(|line| line.is_deny() == deny).map(Line::grant).find(|number| {
            let conditions = self.grant(*number).and_then(|grant| self.conditions_of(grant));
            conditions.map_or(draft.criteria.is_empty(), |conditions| conditions.criteria.are(draft.criteria))
        })
    }

    /// Whether a grant is for the same actions and times as a draft with the same key.
    pub(crate) fn has_actions_and_times(&self, number: u32, draft: &DraftRef<'_>) -> bool {
        let Some(grant) = self.grant(number) else { return false };
        let is_for_all = draft.actions.are_all();
        let has_actions =
            grant.is_for_all_actions() == is_for_all && self.bits_of(draft.actions) == Some(grant.actions);
        let times = self.conditions_of(grant).map_or((None, None), |known| (known.not_before, known.expires_at));
        has_actions && times == (draft.not_before, draft.expires_at)
    }

    /// The ids of permissions that had expired at an instant, `most` of them at most.
    pub(crate) fn expired(&self, at: Timestamp, most: usize) -> Vec<PermissionId> {
        let end = |grant: &&Grant| self.conditions_of(grant).and_then(|conditions| conditions.expires_at);
        let expired = self.grants.iter().filter(|grant| end(grant).is_some_and(|end| end <= at));
        expired.map(Grant::id).take(most).collect()
    }

    /// The permission as it is written.
    pub(crate) fn permission(&self, number: u32) -> Option<Permission> {
        let grant = self.grant(number)?;
        let conditions = self.conditions_of(grant);
        let draft = PermissionDraft {
            namespace: self.namespaces.text(grant.namespace()).to_owned(),
            principal: self.principal(grant.principal)?,
            pattern: self.patterns.get(grant.pattern)?.to_pattern(),
            criteria: conditions.map(|known| known.criteria.to_attributes()).unwrap_or_default(),
            actions: self.actions_of(grant),
            effect: if grant.is_deny() { Effect::Deny } else { Effect::Allow },
            not_before: conditions.and_then(|known| known.not_before),
            expires_at: conditions.and_then(|known| known.expires_at),
        };
        Some(Permission { id: grant.id(), draft })
    }

    /// What a grant's line says is to be asked; nothing for most grants.
    pub(crate) fn conditions_of(&self, grant: &Grant) -> Option<Conditions<'_>> {
        self.packed_conditions_of(grant)?.unpack()
    }

    pub(crate) fn packed_conditions_of(&self, grant: &Grant) -> Option<&PackedConditions> {
        self.conditions.get(grant.conditions()?)
    }

    fn actions_of(&self, grant: &Grant) -> Actions {
        if grant.is_for_all_actions() {
            return Actions::All;
        }
        let named = self.actions.iter().enumerate().filter(|(bit, _)| grant.actions >> bit & 1 == 1);
        named.filter_map(|(_, name)| name.parse::<Action>().ok()).collect()
    }

    /// The bit of a registered action.
    #[inline]
    pub(crate) fn action_bit(&self, name: &str) -> Option<usize> {
        self.actions.bit(name)
    }

    /// The bits of a set of actions, if all of them are registered.
    fn bits_of(&self, actions: ActionsRef<'_>) -> Option<u64> {
        let bits = |bits: u64, name: &str| Some(bits | 1 << self.action_bit(name)?);
        match actions {
            ActionsRef::All => Some(u64::MAX),
            ActionsRef::Only(set) => set.iter().map(Action::as_str).try_fold(0, bits),
            ActionsRef::Known(known) => Action::known(known).try_fold(0, bits),
        }
    }

    /// The bits of a set of actions, those not known yet being registered: all of them, or none.
    pub(crate) fn register(&mut self, actions: ActionsRef<'_>) -> Result<u64, PutError> {
        match self.bits_of(actions) {
            Some(bits) => Ok(bits),
            None => self.register_new(actions),
        }
    }

    #[cold]
    fn register_new(&mut self, actions: ActionsRef<'_>) -> Result<u64, PutError> {
        let new = actions.only().filter(|name| self.action_bit(name).is_none()).count();
        if self.actions.len().saturating_add(new) > MAX_ACTIONS {
            return Err(PutError::TooManyActions);
        }
        let mut mask = 0;
        for name in actions.only() {
            let bit = match self.action_bit(name) {
                Some(bit) => bit,
                None => {
                    let bit = self.actions.len();
                    Arc::make_mut(&mut self.actions).push(name);
                    bit
                }
            };
            mask |= 1 << bit;
        }
        Ok(mask)
    }

    /// Adds a permission whose id and key are not taken.
    pub(crate) fn add_grant(&mut self, id: PermissionId, draft: &DraftRef<'_>, place: Place) -> Result<u32, PutError> {
        let actions = self.register(draft.actions)?;
        let Place { namespace, principal, pattern, keys } = place;
        let written = Written {
            id,
            namespace,
            principal,
            pattern,
            is_deny: draft.effect == Effect::Deny,
            is_for_all_actions: draft.actions.are_all(),
            actions,
            conditions: PackedConditions::of(draft),
        };
        self.insert_keyed(written, keys)
    }

    /// Adds a permission whose names are numbers already, and whose id and key are not taken.
    pub(super) fn add_written(&mut self, written: Written, pattern: &Pattern) -> Result<u32, PutError> {
        let keys = self.seeds.pattern(pattern.view(), written.namespace);
        self.insert_keyed(written, keys)
    }

    fn insert_keyed(&mut self, written: Written, keys: Keys) -> Result<u32, PutError> {
        let Written { id, namespace, principal, pattern, is_deny, is_for_all_actions, actions, conditions } = written;
        let conditions = self.put_conditions(None, conditions)?;
        let grant = Grant {
            id: halves(id),
            actions,
            namespace: NonZeroU32::MIN.saturating_add(namespace),
            principal,
            pattern,
            conditions: flags(is_deny, is_for_all_actions) | conditions,
        };
        let number = self.grants.insert(grant).ok_or(PutError::Full)?;
        self.by_id.insert(IdEntry::new(self.seeds.number(id.as_u128()), number));
        if let Some(holders) = self.patterns.kept_mut(pattern) {
            holders.insert(number, |x| x.cmp(&number));
        }
        if let Some(count) = self.namespaces.get_mut(namespace) {
            *count = count.saturating_add(1);
        }
        let Some(line) = self.grants.get(number).map(|grant| grant.line(number)) else { return Ok(number) };
        let Self { principals, patterns, seeds, touched, .. } = self;
        let keys_of = |line: Line| Some(seeds.pattern(patterns.get(line.pattern)?, line.namespace));
        principals.insert_line(principal, &keys, line, keys_of);
        if let Some(pattern) = patterns.get(pattern) {
            touched.grant(|| TouchedGrant { number, principal, namespace, filing: Filing::of(pattern, seeds) });
        }
        Ok(number)
    }

    /// Gives a grant the actions and times of a draft with the same key.
    pub(crate) fn update_grant(&mut self, number: u32, draft: &DraftRef<'_>) -> Result<(), PutError> {
        let actions = self.register(draft.actions)?;
        let Some(grant) = self.grants.get(number) else { return Ok(()) };
        let conditions = self.put_conditions(grant.conditions(), PackedConditions::of(draft))?;
        let Some(grant) = self.grants.get_mut(number) else { return Ok(()) };
        grant.actions = actions;
        grant.conditions = flags(draft.effect == Effect::Deny, draft.actions.are_all()) | conditions;
        let (line, principal, namespace) = (grant.line(number), grant.principal, grant.namespace());
        let keys = self.seeds.pattern(draft.pattern, namespace);
        self.principals.replace_line(principal, &keys, line);
        let Self { seeds, touched, .. } = self;
        touched.grant(|| TouchedGrant { number, principal, namespace, filing: Filing::of(draft.pattern, seeds) });
        Ok(())
    }

    /// Puts conditions in the place of those under this number, and answers one more than their number; 0 for none.
    fn put_conditions(&mut self, before: Option<u32>, conditions: Option<PackedConditions>) -> Result<u32, PutError> {
        if let Some(before) = before {
            self.conditions.remove(before);
        }
        let Some(conditions) = conditions else { return Ok(0) };
        let number = self.conditions.insert(conditions).ok_or(PutError::Full)?;
        // There are no more of them than grants, whose numbers leave room for the flags.
        Ok(number.saturating_add(1))
    }

    /// Removes a grant from both views, and what only it needed.
    pub(crate) fn remove_grant(&mut self, number: u32) {
        let Some(grant) = self.grants.remove(number) else { return };
        let namespace = grant.namespace();
        self.by_id.remove(self.seeds.number(grant.id().as_u128()), |entry| entry.id == number);
        if let Some(conditions) = grant.conditions() {
            self.conditions.remove(conditions);
        }
        if let Some(pattern) = self.patterns.get(grant.pattern) {
            let keys = self.seeds.pattern(pattern, namespace);
            self.principals.remove_line(grant.principal, &keys, number);
            let Self { seeds, touched, .. } = self;
            let principal = grant.principal;
            touched.grant(|| TouchedGrant { number, principal, namespace, filing: Filing::of(pattern, seeds) });
        }
        if let Some(holders) = self.patterns.kept_mut(grant.pattern) {
            holders.remove(|x| x.cmp(&number));
            if holders.is_empty() {
                self.patterns.remove(grant.pattern);
            }
        }
        if let Some(count) = self.namespaces.get_mut(namespace) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.namespaces.remove(namespace);
                self.touched.namespace(namespace);
            }
        }
        self.release_principal(grant.principal);
    }
}

impl Grant {
    #[inline]
    pub(crate) const fn id(&self) -> PermissionId {
        let [high, low] = self.id;
        PermissionId::from_u128((high as u128) << 64 | low as u128)
    }

    pub(crate) const fn namespace(&self) -> u32 {
        self.namespace.get().wrapping_sub(1)
    }

    #[inline]
    pub(crate) const fn is_deny(&self) -> bool {
        self.conditions & DENY != 0
    }

    pub(super) const fn actions(&self) -> u64 {
        self.actions
    }

    pub(super) const fn is_for_all_actions(&self) -> bool {
        self.conditions & ALL_ACTIONS != 0
    }

    #[inline]
    const fn conditions(&self) -> Option<u32> {
        (self.conditions & !(DENY | ALL_ACTIONS)).checked_sub(1)
    }

    pub(crate) fn line(&self, number: u32) -> Line {
        let line = Line::new(number, self.pattern, self.namespace(), self.actions);
        line.with(self.is_deny(), self.is_for_all_actions(), self.conditions().is_some())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the id")]
const fn halves(id: PermissionId) -> [u64; 2] {
    let bits = id.as_u128();
    [(bits >> 64) as u64, bits as u64]
}

const fn flags(is_deny: bool, is_for_all_actions: bool) -> u32 {
    let deny = if is_deny { DENY } else { 0 };
    if is_for_all_actions { deny | ALL_ACTIONS } else { deny }
}

impl Heap for Grant {
    fn heap(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::Grant;
    use crate::cow::Slab;

    #[test]
    fn a_grant_is_small() {
        assert_eq!((size_of::<Grant>(), Slab::<Grant>::SLOT), (40, 40));
    }
}
