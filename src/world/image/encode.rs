//! Writing an image.

use super::{MAGIC, flag, value};
use crate::cow::Pages;
use crate::index::Line;
use crate::model::{AttributeValue, Attributes, PrincipalKind};
use crate::world::{Grant, World, principal_room};

/// The image of a world. The same world makes the same image; the work is in its size.
pub(crate) fn encode(world: &World) -> Vec<u8> {
    let principals = in_order(world);
    let mut image = Image { world, out: Vec::new(), order: Order::of(world, &principals) };
    image.out.extend_from_slice(MAGIC);
    image.number(world.revision.0);
    image.names(world.actions.len(), world.actions.iter());
    image.names(world.gates.len(), world.gates.iter().map(|gate| &**gate));
    let Order { namespaces, patterns, projects, .. } = &mut image.order;
    let [namespaces, patterns, projects] =
        [namespaces, patterns, projects].map(|places| std::mem::take(&mut places.listed));
    image.names(namespaces.len(), namespaces.iter().map(|number| world.namespaces.text(*number)));
    let text = |number: &u32| world.patterns.get(*number).map_or("", |pattern| pattern.as_str());
    image.names(patterns.len(), patterns.iter().map(text));
    image.length(projects.len());
    for project in projects {
        image.text(world.projects.text(project));
        image.row(world.projects.get(project).and_then(|project| project.row));
    }
    image.length(principals.len());
    for principal in &principals {
        image.principal(*principal);
    }
    for principal in principals {
        image.grants(principal);
    }
    image.out
}

/// All principals, each after those that it is in: a group's closure is larger than that of any group above it.
fn in_order(world: &World) -> Vec<u32> {
    let mut principals: Vec<u32> = world.principals.numbers().collect();
    principals.sort_by_cached_key(|number| {
        let rank = match world.kind_of(*number) {
            Some(PrincipalKind::UserGroup) => (1, world.up_from(*number).len()),
            Some(PrincipalKind::User) => (2, 0),
            Some(PrincipalKind::PermProfile) | None => (0, 0),
        };
        (rank, world.principals.text(*number))
    });
    principals
}

/// Which place each number of a world has among those that are written.
struct Order {
    principals: Places,
    namespaces: Places,
    patterns: Places,
    projects: Places,
}

#[derive(Default)]
struct Places {
    /// By number.
    place: Pages<Option<u32>>,
    listed: Vec<u32>,
}

impl Places {
    fn list(&mut self, number: u32) {
        while self.place.len() <= number as usize {
            self.place.push(None);
        }
        if let Some(place @ None) = self.place.get_mut(number as usize) {
            *place = u32::try_from(self.listed.len()).ok();
            self.listed.push(number);
        }
    }

    fn of(&self, number: u32) -> u64 {
        self.place.get(number as usize).copied().flatten().map_or(u64::MAX, u64::from)
    }
}

impl Order {
    fn of(world: &World, principals: &[u32]) -> Self {
        let mut order = Self {
            principals: Places::default(),
            namespaces: Places::default(),
            patterns: Places::default(),
            projects: Places::default(),
        };
        for principal in principals {
            order.principals.list(*principal);
            for grant in grants_of(world, *principal) {
                order.namespaces.list(grant.namespace());
                order.patterns.list(grant.pattern);
            }
        }
        let mut projects: Vec<u32> = world.projects.numbers().collect();
        projects.sort_unstable_by_key(|project| world.projects.text(*project));
        projects.into_iter().for_each(|project| order.projects.list(project));
        order
    }
}

/// The grants of a principal, by ascending id.
fn grants_of(world: &World, principal: u32) -> Vec<&Grant> {
    let numbers = world.grants_of(principal).iter().map(Line::grant);
    let mut grants: Vec<&Grant> = numbers.filter_map(|number| world.grant(number)).collect();
    grants.sort_unstable_by_key(|grant| grant.id());
    grants
}

struct Image<'a> {
    world: &'a World,
    out: Vec<u8>,
    order: Order,
}

impl Image<'_> {
    /// A number, seven bits to a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(0x80 | u8::try_from(number & 0x7F).unwrap_or(0));
            number >>= 7;
        }
        self.out.push(u8::try_from(number).unwrap_or(0));
    }

    fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    fn names<'n>(&mut self, count: usize, names: impl Iterator<Item = &'n str>) {
        self.length(count);
        names.for_each(|name| self.text(name));
    }

    fn row(&mut self, row: Option<bool>) {
        self.out.push(match row {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.out.push(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn principal(&mut self, principal: u32) {
        let world = self.world;
        let Some((node, kind)) = world.principals.get(principal).zip(world.kind_of(principal)) else { return };
        self.out.push(principal_room(kind));
        self.text(world.principals.text(principal));
        self.out.push(u8::from(node.listing.is_some()));
        if let Some(listing) = &node.listing {
            self.optional_text(listing.name.as_deref());
            self.optional_text(listing.phone.as_deref());
        }
        let mut above: Vec<u64> = world.memberships(principal).map(|of| self.order.principals.of(of)).collect();
        above.sort_unstable();
        self.length(above.len());
        above.into_iter().for_each(|of| self.number(of));
        let rows = &node.more().rows;
        let mut rows: Vec<(u64, bool)> =
            rows.iter().map(|(project, row)| (self.order.projects.of(*project), *row)).collect();
        rows.sort_unstable();
        self.length(rows.len());
        for (project, enabled) in rows {
            self.number(project);
            self.row(Some(enabled));
        }
    }

    fn grants(&mut self, principal: u32) {
        let grants = grants_of(self.world, principal);
        self.length(grants.len());
        for grant in grants {
            self.grant(grant);
        }
    }

    fn grant(&mut self, grant: &Grant) {
        let conditions = self.world.conditions_of(grant);
        let not_before = conditions.and_then(|conditions| conditions.not_before);
        let expires_at = conditions.and_then(|conditions| conditions.expires_at);
        let criteria = conditions.map(|conditions| conditions.criteria).filter(|criteria| !criteria.is_empty());
        let flags = [
            (flag::DENY, grant.is_deny()),
            (flag::ALL_ACTIONS, grant.is_for_all_actions()),
            (flag::NOT_BEFORE, not_before.is_some()),
            (flag::EXPIRES_AT, expires_at.is_some()),
            (flag::CRITERIA, criteria.is_some()),
        ];
        self.out.push(flags.iter().filter(|(_, is)| *is).fold(0, |flags, (flag, _)| flags | flag));
        self.out.extend_from_slice(&grant.id().as_u128().to_be_bytes());
        self.number(self.order.namespaces.of(grant.namespace()));
        self.number(self.order.patterns.of(grant.pattern));
        if !grant.is_for_all_actions() {
            self.number(grant.actions());
        }
        for instant in [not_before, expires_at].into_iter().flatten() {
            self.out.extend_from_slice(&instant.as_micros().to_be_bytes());
        }
        if let Some(criteria) = criteria {
            self.attributes(&criteria.to_attributes());
        }
    }

    fn attributes(&mut self, attributes: &Attributes) {
        self.length(attributes.len());
        for (name, of) in attributes {
            self.text(name);
            match of {
                AttributeValue::Text(text) => {
                    self.out.push(value::TEXT);
                    self.text(text);
                }
                AttributeValue::Flag(flag) => self.out.push(if *flag { value::TRUE } else { value::FALSE }),
                AttributeValue::Number(number) => match number.as_whole() {
                    Some(whole) => {
                        self.out.push(value::WHOLE);
                        self.out.extend_from_slice(&whole.to_be_bytes());
                    }
                    None => {
                        self.out.push(value::FRACTION);
                        self.out.extend_from_slice(&number.as_f64().to_bits().to_be_bytes());
                    }
                },
            }
        }
    }
}
