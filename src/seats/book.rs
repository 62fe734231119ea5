//! The writer's book: which seats are compiled from which principals.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ahash::RandomState;
use smallvec::SmallVec;

use super::desk::{Desk, Members, Order, SeatNames};
use super::{AT_ONCE, GRANTS, LATER, WATCHERS};
use crate::Pattern;
use crate::index::{Builder, Compiled, HeldGrant, Line, Walked};
use crate::model::PrincipalKind;
use crate::world::{Lookup, PackedConditions, Seating, TouchedGrant, World};

type Map<K, V> = HashMap<K, V, RandomState>;

/// See the [module](self). Used by the one writer only.
#[derive(Debug, Default)]
pub(crate) struct Book {
    seats: Map<u32, Seat>,
    /// Seats by the principals that they are compiled from.
    watching: Map<u32, SmallVec<[u32; 4]>>,
    in_namespace: Map<u32, BTreeSet<u32>>,
    /// Seats by the principals that their subjects name: they need to know when the number of one is given up.
    naming: Map<u32, BTreeSet<u32>>,
    /// Seats whose subjects have names that are not known, by the first of those.
    waiting: Map<Box<str>, SmallVec<[u32; 1]>>,
    /// Seats that stand empty because there was more to do than one change does.
    late: BTreeSet<u32>,
    /// From which of them on the next one is arranged, so that each has its turn.
    next_late: u32,
    builder: Builder,
}

/// Who sits on a seat.
#[derive(Debug)]
struct Seat {
    names: Arc<SeatNames>,
    serial: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not in the book's lists: about to be arranged.
    Unlisted,
    Waiting(Box<str>),
    Seated {
        namespace: u32,
        own: u32,
        own_is_walked: bool,
        watched: SmallVec<[u32; 16]>,
        named: Named,
    },
}

type Named = SmallVec<[u32; 4]>;

/// Grants that changed, of one seat.
type Changes = SmallVec<[TouchedGrant; 4]>;

/// Grants up to which a seat is changed one by one.
const SINGLE_CHANGES: usize = 32;

impl Book {
    /// Carries the desk's orders out.
    pub(crate) fn settle(&mut self, desk: &Desk, world: &World) -> Vec<Seating> {
        let mut due = BTreeSet::new();
        let mut left = BTreeSet::new();
        for order in desk.take_orders() {
            match order {
                Order::Sit { seat, serial, names } => {
                    self.seats.insert(seat, Seat { names, serial, state: State::Unlisted });
                    left.remove(&seat);
                    due.insert(seat);
                }
                Order::Leave { seat } => {
                    self.unlist(seat);
                    self.seats.remove(&seat);
                    due.remove(&seat);
                    left.insert(seat);
                }
            }
        }
        let left = left.into_iter().map(|seat| (seat, None));
        let due: Vec<Seating> = due.into_iter().map(|seat| (seat, self.arrange(world, seat))).collect();
        left.chain(due).collect()
    }

    /// Arranges every seat anew, for a world in which other numbers stand for the names.
    pub(crate) fn rearrange(&mut self, world: &World) -> Vec<Seating> {
        let seats: Vec<u32> = self.seats.keys().copied().collect();
        seats.iter().for_each(|seat| self.unlist(*seat));
        seats.into_iter().map(|seat| (seat, self.arrange(world, seat))).collect()
    }

    /// Whether anybody has a seat.
    pub(crate) fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Brings the seats in step with what was touched.
    pub(crate) fn follow(&mut self, world: &mut World) -> Vec<Seating> {
        let touched = world.touched.take();
        let world = &*world;
        let mut due: BTreeSet<u32> = BTreeSet::new();
        for principal in &touched.principals {
            due.extend(self.watching.get(principal).into_iter().flatten());
        }
        for principal in &touched.released {
            due.extend(self.watching.get(principal).into_iter().flatten());
            due.extend(self.naming.get(principal).into_iter().flatten());
        }
        for namespace in &touched.namespaces {
            due.extend(self.in_namespace.get(namespace).into_iter().flatten());
        }
        if !self.waiting.is_empty() {
            due.extend(touched.names.iter().filter_map(|name| self.waiting.get(name)).flatten());
        }
        let mut changes: BTreeMap<u32, Changes> = BTreeMap::new();
        for grant in touched.grants {
            for seat in self.watching.get(&grant.principal).into_iter().flatten() {
                if !due.contains(seat) && !self.late.contains(seat) && self.is_in(*seat, grant.namespace) {
                    changes.entry(*seat).or_default().push(grant);
                }
            }
        }
        let mut seatings = Vec::new();
        for (seat, changes) in changes {
            match self.change(world, seat, &changes) {
                Some(compiled) => seatings.push((seat, Some(compiled))),
                None => {
                    due.insert(seat);
                }
            }
        }
        if due.len() <= AT_ONCE {
            seatings.extend(due.into_iter().map(|seat| (seat, self.arrange(world, seat))));
            self.catch_up(world, &mut seatings);
        } else {
            // They stay in all lists.
            seatings.extend(due.iter().map(|seat| (*seat, None)));
            self.late.extend(due);
        }
        seatings
    }

    /// Arranges some of the seats that were put off.
    fn catch_up(&mut self, world: &World, seatings: &mut Vec<Seating>) {
        for _ in 0..LATER {
            let from_here = self.late.range(self.next_late..).next();
            let Some(seat) = from_here.or_else(|| self.late.first()).copied() else { return };
            self.next_late = seat.saturating_add(1);
            seatings.push((seat, self.arrange(world, seat)));
        }
    }

    /// Whether a seat is for this namespace.
    fn is_in(&self, seat: u32, namespace: u32) -> bool {
        self.seats
            .get(&seat)
            .is_some_and(|seat| matches!(&seat.state, State::Seated { namespace: of, .. } if *of == namespace))
    }

    /// A seat with single grants changed; `None` if it had better be arranged anew.
    fn change(&mut self, world: &World, seat: u32, changes: &Changes) -> Option<Compiled> {
        let Self { seats, builder, .. } = self;
        let Seat { serial, state, .. } = seats.get(&seat)?;
        let State::Seated { namespace, own, own_is_walked, .. } = state else { return None };
        let compiled = world.seat(seat, *serial).filter(|_| changes.len() <= SINGLE_CHANGES)?;
        builder.begin_with(compiled);
        for TouchedGrant { number, principal, .. } in changes {
            if *own_is_walked && principal == own {
                continue;
            }
            if world.grants_of(*principal).len() > GRANTS {
                return None;
            }
            builder.remove(*number);
            let grant = world.grant(*number);
            if let Some(grant) = grant.filter(|grant| grant.principal == *principal && grant.namespace() == *namespace)
            {
                let pattern = world.patterns.get(grant.pattern)?;
                let head = world.seeds.pattern(pattern, *namespace).head;
                builder.add(&world.seeds, held(world, head, grant.line(*number), pattern))?;
            }
        }
        if builder.is_worn() { None } else { Some(builder.finish()) }
    }

    /// Compiles what belongs on a seat, and lists whom it watches from now on.
    fn arrange(&mut self, world: &World, seat: u32) -> Option<Compiled> {
        self.unlist(seat);
        let Seat { names, serial, .. } = self.seats.get(&seat)?;
        let (names, serial) = (Arc::clone(names), *serial);
        let (state, compiled) = match find(world, &names) {
            Err(unknown) => {
                self.waiting.entry(unknown.clone()).or_default().push(seat);
                (State::Waiting(unknown), None)
            }
            Ok(mut found) => {
                let plan = self.plan(world, &found);
                plan.watched.iter().for_each(|principal| self.watching.entry(*principal).or_default().push(seat));
                add(&mut self.in_namespace, found.namespace, seat);
                let named = found.members.take_named();
                named.iter().for_each(|principal| add(&mut self.naming, *principal, seat));
                let compiled = plan.compile(&mut self.builder, serial);
                let Plan { own_is_walked, watched, .. } = plan;
                (State::Seated { namespace: found.namespace, own: found.own, own_is_walked, watched, named }, compiled)
            }
        };
        if let Some(entry) = self.seats.get_mut(&seat) {
            entry.state = state;
        }
        compiled
    }

    /// Takes a seat out of all lists.
    fn unlist(&mut self, seat: u32) {
        self.late.remove(&seat);
        let Some(entry) = self.seats.get_mut(&seat) else { return };
        match std::mem::replace(&mut entry.state, State::Unlisted) {
            State::Unlisted => {}
            State::Waiting(unknown) => {
                if let Some(waiting) = self.waiting.get_mut(&unknown) {
                    waiting.retain(|other| *other != seat);
                    if waiting.is_empty() {
                        self.waiting.remove(&unknown);
                    }
                }
            }
            State::Seated { namespace, watched, named, .. } => {
                for principal in watched {
                    if let Some(watching) = self.watching.get_mut(&principal) {
                        watching.retain(|other| *other != seat);
                        if watching.is_empty() {
                            self.watching.remove(&principal);
                        }
                    }
                }
                remove(&mut self.in_namespace, namespace, seat);
                named.iter().for_each(|principal| remove(&mut self.naming, *principal, seat));
            }
        }
    }

    /// What to compile of a subject, and what to walk.
    fn plan<'w>(&self, world: &'w World, found: &Found) -> Plan<'w> {
        let is_popular =
            |principal: u32| self.watching.get(&principal).is_some_and(|watching| watching.len() >= WATCHERS);
        let mut plan = Plan::new(world, found.namespace);
        // Its own principal is watched in any case: what is above it is compiled here.
        if is_popular(found.own) {
            plan.hopeless = true;
            return plan;
        }
        plan.own_is_walked = !plan.add(found.own);
        if plan.own_is_walked {
            plan.watched.push(found.own);
            plan.walked.push(Walked { principal: found.own, with_above: false });
        }
        let mut seen = BTreeSet::from([found.own]);
        let (directory, named) = match &found.members {
            FoundMembers::Directory => (world.up_from(found.own), &[][..]),
            FoundMembers::Named(named) => (&[][..], &**named),
        };
        for member in named.iter().filter(|member| seen.insert(**member)) {
            if is_popular(*member) || !plan.add(*member) {
                plan.walked.push(Walked { principal: *member, with_above: false });
            }
        }
        for direct in directory {
            if !seen.insert(*direct) {
                continue;
            }
            if is_popular(*direct) || !plan.add(*direct) {
                // What is above it is walked from there at each check, so it need not be watched.
                plan.walked.push(Walked { principal: *direct, with_above: true });
                continue;
            }
            for above in world.up_from(*direct).iter().filter(|above| seen.insert(**above)) {
                if is_popular(*above) || !plan.add(*above) {
                    plan.walked.push(Walked { principal: *above, with_above: false });
                }
            }
        }
        plan
    }
}

fn add(lists: &mut Map<u32, BTreeSet<u32>>, of: u32, seat: u32) {
    lists.entry(of).or_default().insert(seat);
}

fn remove(lists: &mut Map<u32, BTreeSet<u32>>, of: u32, seat: u32) {
    if let Some(seats) = lists.get_mut(&of) {
        seats.remove(&seat);
        if seats.is_empty() {
            lists.remove(&of);
        }
    }
}

/// A grant as it is compiled.
fn held<'w>(world: &'w World, head: u32, line: Line, pattern: &'w Pattern) -> HeldGrant<'w> {
    let conditional = if line.flagged().is_conditional() { world.grant(line.grant()) } else { None };
    let packed = conditional.and_then(|grant| world.packed_conditions_of(grant));
    HeldGrant { head, line, pattern, conditions: packed.map_or(&[][..], PackedConditions::bytes) }
}

/// A subject's names as numbers.
struct Found {
    namespace: u32,
    own: u32,
    members: FoundMembers,
}

enum FoundMembers {
    Directory,
    Named(Named),
}

impl FoundMembers {
    fn take_named(&mut self) -> Named {
        match self {
            Self::Directory => Named::new(),
            Self::Named(named) => std::mem::take(named),
        }
    }
}

/// The numbers of a subject's names, or the first name that is not known.
fn find(world: &World, names: &SeatNames) -> Result<Found, Box<str>> {
    let principal = |kind, id: &str| world.find_principal(kind, id).ok_or_else(|| Box::<str>::from(id));
    let namespace = world.namespaces.find(0, &names.namespace).ok_or_else(|| names.namespace.clone())?;
    let own = principal(names.kind, &names.id)?;
    let members = match &names.members {
        Members::Directory => FoundMembers::Directory,
        Members::Alone => FoundMembers::Named(SmallVec::new()),
        Members::Named { groups, permprofiles } => {
            let groups = groups.iter().map(|id| principal(PrincipalKind::UserGroup, id));
            let profiles = permprofiles.iter().map(|id| principal(PrincipalKind::PermProfile, id));
            FoundMembers::Named(groups.chain(profiles).collect::<Result<_, _>>()?)
        }
    };
    Ok(Found { namespace, own, members })
}

/// What a seat will be compiled from.
struct Plan<'w> {
    world: &'w World,
    namespace: u32,
    held: Vec<HeldGrant<'w>>,
    words: usize,
    watched: SmallVec<[u32; 16]>,
    walked: SmallVec<[Walked; 4]>,
    own_is_walked: bool,
    hopeless: bool,
}

impl<'w> Plan<'w> {
    fn new(world: &'w World, namespace: u32) -> Self {
        Self {
            world,
            namespace,
            held: Vec::new(),
            words: 0,
            watched: SmallVec::new(),
            walked: SmallVec::new(),
            own_is_walked: false,
            hopeless: false,
        }
    }

    /// Adds the grants of a principal, which is watched then; false if they are too many.
    fn add(&mut self, principal: u32) -> bool {
        let grants = self.world.grants_of(principal);
        if grants.len() > GRANTS {
            return false;
        }
        let before = (self.held.len(), self.words);
        for (head, line) in grants.headed().filter(|(_, line)| line.namespace == self.namespace) {
            let Some(pattern) = self.world.patterns.get(line.pattern) else { continue };
            let held = held(self.world, head, line, pattern);
            self.words = self.words.saturating_add(held.words());
            self.held.push(held);
        }
        if Builder::fits(self.held.len(), self.words) {
            self.watched.push(principal);
            return true;
        }
        self.held.truncate(before.0);
        self.words = before.1;
        false
    }

    fn compile(&self, builder: &mut Builder, serial: u64) -> Option<Compiled> {
        if self.hopeless {
            return None;
        }
        builder.begin(serial, self.namespace, &self.walked, &self.held)?;
        self.held.iter().try_for_each(|held| builder.add(&self.world.seeds, *held))?;
        Some(builder.finish())
    }
}
