//! The writer's book: which seats are compiled from which principals.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ahash::RandomState;
use smallvec::SmallVec;

use super::desk::{Desk, Members, Order, SeatNames};
use super::{AT_ONCE, GRANTS, LATER, WATCHERS};
use crate::index::{Builder, Compiled, HeldGrant, MANY_ALIKE, Walked};
use crate::model::PrincipalKind;
use crate::world::{Changes, Lookup, Seated, Seating, World};

type Map<K, V> = HashMap<K, V, RandomState>;
type Set = HashSet<u32, RandomState>;

/// See the [module](self). Used by the one writer only.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Under their numbers, which are given out again.
    seats: Vec<Option<Seat>>,
    /// How many of them somebody has.
    taken: usize,
    /// Seats by the principals that they are compiled from.
    watching: Map<u32, SmallVec<[u32; 4]>>,
    in_namespace: Map<u32, Set>,
    /// Seats by the principals that their subjects name: they need to know when the number of one is given up.
    naming: Map<u32, Set>,
    /// Seats whose subjects have names that are not known, by the first of those.
    waiting: Map<Box<str>, SmallVec<[u32; 1]>>,
    /// Seats that stand empty because there was more to do than one change does, ascending.
    late: Vec<u32>,
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

/// Grants up to which a seat is changed one by one.
const SINGLE_CHANGES: usize = 32;

impl Book {
    /// Carries the desk's orders out. Answers what the other copy of the world lacks then.
    pub(crate) fn settle(&mut self, desk: &Desk, world: &mut World) -> Vec<Seating> {
        let mut due = BTreeSet::new();
        let mut left = BTreeSet::new();
        for order in desk.take_orders() {
            match order {
                Order::Sit { seat, serial, names } => {
                    self.put_seat(seat, Some(Seat { names, serial, state: State::Unlisted }));
                    left.remove(&seat);
                    due.insert(seat);
                }
                Order::Leave { seat } => {
                    self.unlist(seat);
                    self.put_seat(seat, None);
                    due.remove(&seat);
                    left.insert(seat);
                }
            }
        }
        let left = left.into_iter().map(|seat| Seating { seat, seated: Seated::Nothing });
        let due = due.into_iter().map(|seat| self.arrange(world, seat));
        let seatings: Vec<Seating> = left.chain(due).collect();
        seatings.iter().for_each(|seating| reseat(world, seating));
        seatings
    }

    /// Arranges every seat anew, for a world in which other numbers stand for the names.
    pub(crate) fn rearrange(&mut self, world: &mut World) {
        let numbered = (0..).zip(&self.seats);
        let seats: Vec<u32> = numbered.filter(|(_, taken)| taken.is_some()).map(|(seat, _)| seat).collect();
        seats.iter().for_each(|seat| self.unlist(*seat));
        for seat in seats {
            let seating = self.arrange(world, seat);
            world.reseat(&seating);
        }
    }

    /// Whether anybody has a seat.
    pub(crate) const fn is_empty(&self) -> bool {
        self.taken == 0
    }

    fn seat(&self, seat: u32) -> Option<&Seat> {
        self.seats.get(seat as usize)?.as_ref()
    }

    fn seat_mut(&mut self, seat: u32) -> Option<&mut Seat> {
        self.seats.get_mut(seat as usize)?.as_mut()
    }

    fn put_seat(&mut self, seat: u32, taken: Option<Seat>) {
        while self.seats.len() <= seat as usize {
            self.seats.push(None);
        }
        if let Some(slot) = self.seats.get_mut(seat as usize) {
            self.taken = self.taken.saturating_sub(slot.is_some().into()).saturating_add(taken.is_some().into());
            *slot = taken;
        }
    }

    /// Brings the seats in step with what was touched. Answers what the other copy of the world lacks then.
    pub(crate) fn follow(&mut self, world: &mut World) -> Vec<Seating> {
        let touched = world.touched.take();
        let mut due: Vec<u32> = Vec::new();
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
        sort(&mut due);
        let mut changes = Vec::new();
        for grant in touched.grants {
            for seat in self.watching.get(&grant.principal).into_iter().flatten() {
                let is_empty = is_among(&due, *seat) || is_among(&self.late, *seat);
                if !is_empty && self.is_in(*seat, grant.namespace) {
                    changes.push((*seat, grant));
                }
            }
        }
        // In the order of seats, and of each seat in the order in which they were made.
        changes.sort_by_key(|(seat, _)| *seat);
        let mut seatings = Vec::with_capacity(changes.len());
        for changes in changes.chunk_by(|(seat, _), (other, _)| seat == other) {
            let Some(seat) = changes.first().map(|(seat, _)| *seat) else { continue };
            match self.change(world, seat, changes.iter().map(|(_, grant)| *grant).collect()) {
                Some(seating) => seatings.push(seating),
                None => due.push(seat),
            }
        }
        world.touch_seats(&seatings);
        seatings.retain(|seating| {
            let done = world.reseat(seating);
            if !done {
                due.push(seating.seat);
            }
            done
        });
        sort(&mut due);
        let changed = seatings.len();
        if due.len() <= AT_ONCE {
            seatings.extend(due.into_iter().map(|seat| self.arrange(world, seat)));
            self.catch_up(world, &mut seatings);
        } else {
            // They stay in all lists. Those that are late already stand empty.
            due.retain(|seat| !is_among(&self.late, *seat));
            seatings.extend(due.iter().map(|seat| Seating { seat: *seat, seated: Seated::Nothing }));
            self.late.extend(due);
            self.late.sort();
        }
        seatings.iter().skip(changed).for_each(|seating| reseat(world, seating));
        seatings
    }

    /// Arranges some of the seats that were put off.
    fn catch_up(&mut self, world: &World, seatings: &mut Vec<Seating>) {
        for _ in 0..LATER {
            let from_here = self.late.get(self.late.partition_point(|seat| *seat < self.next_late));
            let Some(seat) = from_here.or_else(|| self.late.first()).copied() else { return };
            self.next_late = seat.saturating_add(1);
            seatings.push(self.arrange(world, seat));
        }
    }

    /// Whether a seat is for this namespace.
    fn is_in(&self, seat: u32, namespace: u32) -> bool {
        let is_in = |seat: &Seat| matches!(seat.state, State::Seated { namespace: of, .. } if of == namespace);
        self.seat(seat).is_some_and(is_in)
    }

    /// A seat with single grants changed; `None` if it had better be arranged anew.
    fn change(&self, world: &World, seat: u32, mut changes: Changes) -> Option<Seating> {
        let Seat { serial, state, .. } = self.seat(seat)?;
        let State::Seated { own, own_is_walked, .. } = state else { return None };
        let is_compiled = world.seat(seat, *serial).is_some() && changes.len() <= SINGLE_CHANGES;
        changes.retain(|grant| !(*own_is_walked && grant.principal == *own));
        let fit = changes.iter().all(|grant| world.grants_of(grant.principal).len() <= GRANTS);
        (is_compiled && fit).then_some(Seating { seat, seated: Seated::Changed(changes) })
    }

    /// Compiles what belongs on a seat, and lists whom it watches from now on.
    fn arrange(&mut self, world: &World, seat: u32) -> Seating {
        let seated = self.compile(world, seat).map_or(Seated::Nothing, Seated::Anew);
        Seating { seat, seated }
    }

    fn compile(&mut self, world: &World, seat: u32) -> Option<Compiled> {
        self.unlist(seat);
        let Seat { names, serial, .. } = self.seat(seat)?;
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
        if let Some(entry) = self.seat_mut(seat) {
            entry.state = state;
        }
        compiled
    }

    /// Takes a seat out of all lists.
    fn unlist(&mut self, seat: u32) {
        if let Ok(at) = self.late.binary_search(&seat) {
            self.late.remove(at);
        }
        let Some(entry) = self.seat_mut(seat) else { return };
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
        let (directory, named) = match &found.members {
            FoundMembers::Directory => (world.up_from(found.own), &[][..]),
            FoundMembers::Named(named) => (&[][..], &**named),
        };
        directory.iter().chain(named).for_each(|principal| world.touch_grants(*principal));
        let mut seen =
            Set::with_capacity_and_hasher(directory.len().saturating_add(named.len()), RandomState::default());
        seen.insert(found.own);
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

/// Makes what is to become of a seat so in the first of both copies of the world.
fn reseat(world: &mut World, Seating { seat, seated }: &Seating) {
    let seated = match seated {
        Seated::Anew(compiled) => Seated::Anew(compiled.for_other_copy()),
        other => other.clone(),
    };
    world.reseat(&Seating { seat: *seat, seated });
}

fn sort(seats: &mut Vec<u32>) {
    seats.sort_unstable();
    seats.dedup();
}

fn is_among(sorted: &[u32], seat: u32) -> bool {
    sorted.binary_search(&seat).is_ok()
}

fn add(lists: &mut Map<u32, Set>, of: u32, seat: u32) {
    lists.entry(of).or_default().insert(seat);
}

fn remove(lists: &mut Map<u32, Set>, of: u32, seat: u32) {
    if let Some(seats) = lists.get_mut(&of) {
        seats.remove(&seat);
        if seats.is_empty() {
            lists.remove(&of);
        }
    }
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

    /// Adds the grants of a principal, which is watched then; false if they are too many, or found quicker where they are.
    fn add(&mut self, principal: u32) -> bool {
        let grants = self.world.grants_of(principal);
        if grants.len() > GRANTS {
            return false;
        }
        let before = (self.held.len(), self.words);
        let (world, namespace) = (self.world, self.namespace);
        let lines = || grants.iter().filter(|line| line.namespace == namespace);
        // First all are touched: one after the other they would be waited for.
        lines().for_each(|line| world.patterns.touch_number(line.pattern));
        for line in lines() {
            let Some(pattern) = self.world.patterns.get(line.pattern) else { continue };
            let held = self.world.held(line, pattern);
            self.words = self.words.saturating_add(held.words());
            self.held.push(held);
        }
        let has_table = world.holding(principal).is_some_and(|holding| holding.table().is_some());
        let is_better_walked = has_table && are_alike(self.held.get(before.0..).unwrap_or_default());
        if !is_better_walked && Builder::fits(self.held.len(), self.words) {
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
        builder.compile(serial, self.namespace, &self.walked, &self.held)
    }
}

/// Whether so many of these would be compared with a name one after the other that a table finds quicker what matches it.
fn are_alike(held: &[HeldGrant<'_>]) -> bool {
    let mut alike: SmallVec<[u64; GRANTS]> = held.iter().filter_map(|held| held.filing.alike()).collect();
    alike.sort_unstable();
    alike.chunk_by(u64::eq).any(|alike| alike.len() >= MANY_ALIKE)
}
