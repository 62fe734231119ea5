//! Reading an image.

use std::sync::Arc;

use super::{MAGIC, flag, value};
use crate::index::MAX_GRANTS;
use crate::limits::MAX_ACTIONS;
use crate::model::{AttributeValue, Attributes, PermissionId, PrincipalKind, Subscriber, Timestamp};
use crate::subscription::GroupConflict;
use crate::world::conditions::PackedConditions;
use crate::world::permissions::Written;
use crate::world::{ActionNames, Listing, World};
use crate::{Pattern, Revision};

/// The world that an image was made of, or nothing if it is no image that this version can read.
pub(crate) fn decode(image: &[u8], conflict: GroupConflict) -> Option<World> {
    let mut world = World::new(conflict);
    let rest = image.strip_prefix(MAGIC)?;
    let mut image = Image { rest };
    world.revision = Revision(image.number()?);
    let actions = image.texts()?;
    if actions.len() > MAX_ACTIONS || !actions.iter().all(|name| crate::Action::check(name).is_ok()) {
        return None;
    }
    world.actions = Arc::new(ActionNames::new(actions));
    world.gates = Arc::new(image.texts()?.into_iter().map(Into::into).collect());
    let namespaces = image.listed(|image| world.namespaces.intern(image.text()?, || 0))?;
    let patterns = image.listed(|image| {
        let pattern = Pattern::parse(image.text()?).ok()?;
        let number = world.patterns.intern(&pattern)?;
        Some((number, pattern))
    })?;
    let projects = image.listed(|image| {
        let (project, row) = (image.text()?, image.row()?);
        // One without a row of its own becomes known with the first row in it.
        row.is_none_or(|_| world.set_row(project, &Subscriber::Project, row)).then_some(project)
    })?;
    let mut numbers = Vec::new();
    for _ in 0..image.count()? {
        let number = image.principal(&mut world, &numbers, &projects)?;
        numbers.push(number);
    }
    for principal in numbers {
        for _ in 0..image.count()? {
            let (grant, pattern) = image.grant(principal, &namespaces, &patterns)?;
            if world.grants.len() >= MAX_GRANTS {
                return None;
            }
            world.add_written(grant, pattern).ok()?;
        }
    }
    image.rest.is_empty().then_some(world)
}

/// What is left to read.
struct Image<'a> {
    rest: &'a [u8],
}

impl<'a> Image<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// How many items follow: each takes a byte at least.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        str::from_utf8(bytes).ok()
    }

    fn listed<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| item(self)).collect()
    }

    fn texts(&mut self) -> Option<Vec<&'a str>> {
        self.listed(Self::text)
    }

    fn row(&mut self) -> Option<Option<bool>> {
        match self.byte()? {
            0 => Some(None),
            1 => Some(Some(false)),
            2 => Some(Some(true)),
            _ => None,
        }
    }

    fn optional_text(&mut self) -> Option<Option<String>> {
        match self.byte()? {
            0 => Some(None),
            1 => Some(Some(self.text()?.to_owned())),
            _ => None,
        }
    }

    fn principal(&mut self, world: &mut World, known: &[u32], projects: &[&str]) -> Option<u32> {
        let kind = match self.byte()? {
            0 => PrincipalKind::User,
            1 => PrincipalKind::UserGroup,
            2 => PrincipalKind::PermProfile,
            _ => return None,
        };
        let id = self.text()?;
        let number = world.intern_principal(kind, id)?;
        let listing = match self.byte()? {
            0 => None,
            1 => Some(Listing { name: self.optional_text()?, phone: self.optional_text()? }),
            _ => return None,
        };
        world.set_listing(number, listing);
        let above = self.listed(|image| known.get(image.index()?).copied())?;
        // All of these are known with their closures, and nobody is below yet: each closure is made once.
        if !above.is_empty() {
            world.set_memberships(number, &above, &above, &[]);
            world.refresh(number);
        }
        for _ in 0..self.count()? {
            let (project, row) = (projects.get(self.index()?)?, self.row()?);
            let subscriber = match kind {
                PrincipalKind::UserGroup => Subscriber::Group(id.to_owned()),
                PrincipalKind::User => Subscriber::User(id.to_owned()),
                PrincipalKind::PermProfile => return None,
            };
            world.set_row(project, &subscriber, Some(row?)).then_some(())?;
        }
        Some(number)
    }

    fn grant<'p>(
        &mut self,
        principal: u32,
        namespaces: &[u32],
        patterns: &'p [(u32, Pattern)],
    ) -> Option<(Written, &'p Pattern)> {
        let flags = self.byte()?;
        let is = |flag: u8| flags & flag != 0;
        let id = PermissionId::from_u128(u128::from_be_bytes(self.array()?));
        let namespace = *namespaces.get(self.index()?)?;
        let (number, pattern) = patterns.get(self.index()?)?;
        let actions = if is(flag::ALL_ACTIONS) { u64::MAX } else { self.number()? };
        let mut instant = |flag: u8| match is(flag) {
            true => Timestamp::from_micros(i64::from_be_bytes(self.array()?)).map(Some),
            false => Some(None),
        };
        let (not_before, expires_at) = (instant(flag::NOT_BEFORE)?, instant(flag::EXPIRES_AT)?);
        let criteria = if is(flag::CRITERIA) { self.attributes()? } else { Attributes::new() };
        let written = Written {
            id,
            namespace,
            principal,
            pattern: *number,
            is_deny: is(flag::DENY),
            is_for_all_actions: is(flag::ALL_ACTIONS),
            actions,
            conditions: PackedConditions::pack(not_before, expires_at, &criteria),
        };
        Some((written, pattern))
    }

    fn attributes(&mut self) -> Option<Attributes> {
        let count = self.count()?;
        (0..count).map(|_| Some((self.text()?.to_owned(), self.value()?))).collect()
    }

    fn value(&mut self) -> Option<AttributeValue> {
        match self.byte()? {
            value::TEXT => Some(self.text()?.into()),
            value::WHOLE => AttributeValue::from_whole(i128::from_be_bytes(self.array()?)),
            value::FRACTION => AttributeValue::from_f64(f64::from_bits(u64::from_be_bytes(self.array()?))),
            value::FALSE => Some(false.into()),
            value::TRUE => Some(true.into()),
            _ => None,
        }
    }
}
