//! Principals: found by their ids, each with a record of what a check reads, and when one is known at all.

use std::hint::black_box;
use std::sync::Arc;

use super::node::Node;
use super::record::{Kept, Record};
use super::{Lookup, World};
use crate::cow::{ANY, Heap, NumberTable, Pages, Slab, Spot, bytes_of, heap_of, shared};
use crate::index::{Grants, Keys, Line, NO_ROW, Row, Seeds, Sought, Summary, Table};
use crate::model::{Principal, PrincipalKind};

/// All principals, under numbers.
#[derive(Debug, Clone)]
pub(crate) struct Principals {
    records: Slab<Record, RECORDS>,
    /// Under the same numbers, side by side: most of what a check looks at is told by them alone that it is not meant.
    summaries: Vec<Summary>,
    /// What no check reads, under the same numbers.
    nodes: Pages<Option<Node>, NODES>,
    by_id: NumberTable,
    /// Of the few principals that have many grants.
    tables: Slab<Arc<Table>>,
    seeds: Seeds,
}

/// Records in a page: each is a block of its own, whose references are counted when the page is copied.
const RECORDS: usize = 16;

/// Nodes in a page: some have blocks of their own.
const NODES: usize = 32;

/// What a check reads of a principal.
#[derive(Clone, Copy)]
pub(crate) struct Holding<'a> {
    /// Of the grants: most names are told by it that nothing here is for them. Marked if there are principals above.
    pub(crate) summary: Summary,
    record: &'a Record,
    tables: &'a Slab<Arc<Table>>,
}

impl<'a> Holding<'a> {
    /// Of a user: its profiles and direct groups. Of a group: every group above it, and the profiles of all of them
    /// and of itself.
    #[inline]
    pub(crate) fn up(self) -> &'a [u32] {
        self.record.above()
    }

    /// The table of its grants, if they are not in a row.
    #[inline]
    pub(crate) fn table(self) -> Option<&'a Table> {
        match self.record.kept() {
            Kept::Row(_) => None,
            Kept::Table(number) => self.tables.get(number).map(|table| &**table),
        }
    }

    /// The row of its grants, if they are not in a table.
    #[inline(always)]
    pub(crate) fn row(self) -> Option<Row<'a>> {
        self.record.row()
    }

    #[inline]
    pub(crate) fn grants(self) -> Grants<'a> {
        match self.record.kept() {
            Kept::Row(row) => Grants::Row(row),
            Kept::Table(number) => self.tables.get(number).map_or(NONE, |table| Grants::Table(table)),
        }
    }
}

/// Some of a list of principals: a bit for each of the first, from the lowest on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    /// Those that must be looked at: they may have what is sought, or have others above them.
    pub(super) looked_at: u64,
    /// Of those, the ones that have others above them, and perhaps nothing that is sought.
    pub(super) marked: u64,
}

impl Chosen {
    /// As many as are asked at a time. There is one bit more, for whoever the list is of.
    pub(super) const MOST: usize = 63;

    const ALL: Self = Self { looked_at: u64::MAX >> 1, marked: u64::MAX >> 1 };
}

const NONE: Grants<'_> = Grants::Row(NO_ROW);

impl Principals {
    pub(super) fn new(seeds: Seeds) -> Self {
        Self {
            records: Slab::default(),
            summaries: Vec::new(),
            nodes: Pages::default(),
            by_id: NumberTable::default(),
            tables: Slab::default(),
            seeds,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.records.is_full()
    }

    /// See [`Slab::turns`].
    pub(super) const fn turns(&self) -> u64 {
        self.records.turns()
    }

    #[inline]
    fn hash(&self, room: u8, id: &str) -> u64 {
        self.seeds.text_in(room, id.as_bytes())
    }

    #[inline(always)]
    fn find_in(&self, spot: Spot<'_>, room: u8, id: &str) -> Option<(u32, &Record)> {
        for number in self.by_id.find_in(spot) {
            if let Some(record) = self.records.get(number)
                && record.is(room, id)
            {
                return Some((number, record));
            }
        }
        None
    }

    pub(crate) fn text(&self, number: u32) -> &str {
        self.records.get(number).map_or("", Record::id)
    }

    /// What no check reads of a principal.
    pub(crate) fn get(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize).and_then(Option::as_ref)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Node> {
        self.nodes.get_mut(number as usize).and_then(Option::as_mut)
    }

    /// The numbers that are given out, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..=u32::MAX).zip(self.nodes.iter()).filter(|(_, node)| node.is_some()).map(|(number, _)| number)
    }

    /// Which of the first of these may have what is sought. This is where a check by names spends most of its time: a function
    /// of its own, whose few values stay in registers.
    #[inline(never)]
    pub(super) fn choose(&self, principals: &[u32], sought: Sought) -> Chosen {
        let principals = principals.get(..Chosen::MOST).unwrap_or(principals);
        let summaries = &*self.summaries;
        let (mut all, mut looked_at) = (Summary::NOTHING, 0);
        for principal in principals.iter().rev() {
            // There is one for each; without it, whoever it is would be looked at.
            let Some(summary) = summaries.get(*principal as usize) else { return Chosen::ALL };
            all = all.or(*summary);
            looked_at = looked_at << 1 | u64::from(summary.has_one_of(sought));
        }
        if all.is_plain() { Chosen { looked_at, marked: 0 } } else { self.choose_more(looked_at, principals) }
    }

    /// The same, where heads do not tell all of some.
    #[inline(never)]
    fn choose_more(&self, mut looked_at: u64, principals: &[u32]) -> Chosen {
        let mut marked = 0;
        for (principal, place) in principals.iter().zip(0_u32..) {
            let summary = self.summary(*principal);
            looked_at |= u64::from(!summary.is_plain()).wrapping_shl(place);
            marked |= u64::from(summary.is_marked()).wrapping_shl(place);
        }
        Chosen { looked_at, marked }
    }

    /// What tells of the names that a principal's grants may be for; of none, nothing.
    #[inline]
    fn summary(&self, number: u32) -> Summary {
        self.summaries.get(number as usize).copied().unwrap_or_default()
    }

    /// What a check reads of a principal.
    #[inline]
    pub(super) fn holding(&self, number: u32) -> Option<Holding<'_>> {
        Some(self.held(number, self.records.get(number)?))
    }

    /// Has the beginning of the record of a principal fetched.
    #[inline(always)]
    pub(super) fn fetch_beginning(&self, number: u32) {
        self.records.get(number).into_iter().for_each(Record::fetch_beginning);
    }

    #[inline]
    fn held<'a>(&'a self, number: u32, record: &'a Record) -> Holding<'a> {
        Holding { summary: self.summary(number), record, tables: &self.tables }
    }

    /// The number of a principal with this hash, which is added if it is not there; `None` if there is no room.
    fn intern(&mut self, hash: u64, room: u8, id: &str) -> Option<u32> {
        if let Some((number, _)) = self.find_in(self.by_id.spot(hash), room, id) {
            return Some(number);
        }
        let number = self.records.insert(Record::new(room, id)?)?;
        while self.nodes.len() <= number as usize {
            self.nodes.push(None);
            if self.summaries.len() == self.summaries.capacity() {
                // Not to twice its size: it is one run of memory.
                self.summaries.reserve_exact((self.summaries.len() / 8).max(64));
            }
            self.summaries.push(Summary::default());
        }
        if let Some(slot) = self.nodes.get_mut(number as usize) {
            *slot = Some(Node::default());
        }
        self.by_id.insert(hash, number, ANY);
        Some(number)
    }

    /// Removes a principal that has no grants and nobody above it.
    fn remove(&mut self, number: u32) {
        if let Some(slot) = self.nodes.get_mut(number as usize) {
            *slot = None;
        }
        if let Some(record) = self.records.remove(number) {
            self.by_id.remove(self.hash(record.room(), record.id()), number);
        }
    }

    /// Puts what `change` makes of a record in its place.
    fn change(&mut self, number: u32, change: impl FnOnce(&Record) -> Record) {
        if let Some(record) = self.records.get_mut(number) {
            *record = change(record);
        }
        let Some(holding) = self.holding(number) else { return };
        let summary = holding.grants().summary();
        // Nobody is below a user: what is above it is looked at with it.
        let is_marked = !holding.up().is_empty() && holding.record.room() != room(PrincipalKind::User);
        let summary = if is_marked { summary.marked() } else { summary };
        if let Some(slot) = self.summaries.get_mut(number as usize) {
            *slot = summary;
        }
    }

    /// Adds the line of a grant. `keys_of` finds the keys of a line.
    pub(super) fn insert_line(&mut self, number: u32, keys: &Keys, line: Line, keys_of: impl Fn(Line) -> Option<Keys>) {
        let Some(record) = self.records.get(number) else { return };
        match record.kept() {
            Kept::Row(row) => match row.with(keys.head, line) {
                Some(row) => self.change(number, |record| record.with_row(&row)),
                None => {
                    let mut table = row.to_table(&keys_of);
                    table.insert(keys, line, keys_of);
                    // There are no more of them than principals, which had numbers left.
                    if let Some(table) = self.tables.insert(Arc::new(table)) {
                        self.change(number, |record| record.with_table(table));
                    }
                }
            },
            Kept::Table(table) => {
                if let Some(table) = self.tables.get_mut(table) {
                    Arc::make_mut(table).insert(keys, line, keys_of);
                }
            }
        }
    }

    /// Replaces the line of the same grant, which must have the same keys.
    pub(super) fn replace_line(&mut self, number: u32, keys: &Keys, line: Line) {
        let Some(record) = self.records.get(number) else { return };
        match record.kept() {
            Kept::Row(row) => {
                let row = row.with_replaced(line);
                self.change(number, |record| record.with_row(&row));
            }
            Kept::Table(table) => {
                if let Some(table) = self.tables.get_mut(table) {
                    Arc::make_mut(table).replace(keys, line);
                }
            }
        }
    }

    /// Removes the line of a grant.
    pub(super) fn remove_line(&mut self, number: u32, keys: &Keys, grant: u32) {
        let Some(record) = self.records.get(number) else { return };
        match record.kept() {
            Kept::Row(row) => {
                let row = row.without(grant);
                self.change(number, |record| record.with_row(&row));
            }
            Kept::Table(place) => {
                let Some(table) = self.tables.get_mut(place).map(Arc::make_mut) else { return };
                table.remove(keys, grant);
                if let Some(row) = table.to_row() {
                    self.tables.remove(place);
                    self.change(number, |record| record.with_row(&row));
                }
            }
        }
    }

    /// The bytes of what a check reads, and of what it does not.
    pub(super) fn heap(&self) -> (usize, usize) {
        let tables = self.tables.heap();
        let read = [self.records.heap(), self.summaries.heap(), self.by_id.heap(), tables];
        (read.into_iter().fold(0, usize::saturating_add), self.nodes.heap())
    }
}

impl Lookup for Principals {
    #[inline]
    fn find(&self, room: u8, id: &str) -> Option<u32> {
        Some(self.find_in(self.by_id.spot(self.hash(room, id)), room, id)?.0)
    }

    #[inline]
    fn is(&self, number: u32, room: u8, id: &str) -> bool {
        self.records.get(number).is_some_and(|record| record.is(room, id))
    }
}

impl Heap for Arc<Table> {
    fn heap(&self) -> usize {
        shared(bytes_of::<Table>(1)).saturating_add(heap_of([&**self]))
    }
}

/// The room of a kind among the ids of principals.
pub(crate) const fn room(kind: PrincipalKind) -> u8 {
    match kind {
        PrincipalKind::User => 0,
        PrincipalKind::UserGroup => 1,
        PrincipalKind::PermProfile => 2,
    }
}

impl World {
    #[inline]
    pub(crate) fn find_principal(&self, kind: PrincipalKind, id: &str) -> Option<u32> {
        self.principals.find(room(kind), id)
    }

    /// Where a user is found: what is read there is fetched meanwhile.
    #[inline(always)]
    pub(crate) fn seek_user(&self, id: &str) -> Spot<'_> {
        self.principals.by_id.seek(self.principals.hash(room(PrincipalKind::User), id))
    }

    /// The number of a user, and what a check reads of it.
    #[inline]
    pub(crate) fn find_user(&self, spot: Spot<'_>, id: &str) -> Option<(u32, Holding<'_>)> {
        let (number, record) = self.principals.find_in(spot, room(PrincipalKind::User), id)?;
        Some((number, self.principals.held(number, record)))
    }

    /// The number of a principal, which becomes known if it is not; `None` if there is no room.
    pub(crate) fn intern_principal(&mut self, kind: PrincipalKind, id: &str) -> Option<u32> {
        self.intern_hashed(self.name_hash(kind, id), kind, id)
    }

    /// The same for an id whose [hash](Self::name_hash) is known.
    pub(crate) fn intern_hashed(&mut self, hash: u64, kind: PrincipalKind, id: &str) -> Option<u32> {
        let known = self.principals.len();
        let number = self.principals.intern(hash, room(kind), id)?;
        if self.principals.len() != known {
            self.touched.name(id);
        }
        Some(number)
    }

    pub(crate) fn kind_of(&self, number: u32) -> Option<PrincipalKind> {
        let known = self.principals.records.get(number)?.room();
        PrincipalKind::ALL.into_iter().find(|kind| room(*kind) == known)
    }

    pub(crate) fn principal(&self, number: u32) -> Option<Principal> {
        let kind = self.kind_of(number)?;
        Some(Principal { kind, id: self.principals.text(number).to_owned() })
    }

    /// Forgets a principal on which nothing hangs.
    pub(crate) fn release_principal(&mut self, number: u32) {
        if self.grants_of(number).is_empty()
            && self.up_from(number).is_empty()
            && self.principals.get(number).is_some_and(Node::is_unused)
        {
            self.principals.remove(number);
            self.touched.release(number);
        }
    }

    /// What a check needs of a principal.
    #[inline]
    pub(crate) fn holding(&self, principal: u32) -> Option<Holding<'_>> {
        self.principals.holding(principal)
    }

    /// The hash by which an id is found.
    pub(crate) fn name_hash(&self, kind: PrincipalKind, id: &str) -> u64 {
        self.principals.hash(room(kind), id)
    }

    /// Has the bucket of an id with this hash fetched.
    pub(crate) fn fetch_name(&self, hash: u64) {
        self.principals.by_id.fetch_to_change(hash);
    }

    /// The number that is found by the hash of an id, most likely that of the id.
    pub(crate) fn number_of(&self, hash: u64) -> Option<u32> {
        self.principals.by_id.find(hash).next()
    }

    /// Has fetched what is found by its number of a principal whose record is about to change.
    pub(crate) fn fetch_holder(&self, number: u32) {
        self.principals.records.fetch_to_change(number);
        black_box(self.principals.summary(number));
    }

    /// Has fetched what is found by its number of a group or profile whose users are about to change.
    pub(crate) fn fetch_group(&self, number: u32) {
        black_box(self.principals.records.get(number).is_some());
        self.principals.nodes.fetch_to_change(number as usize);
    }

    /// Touches the grants of a principal.
    pub(crate) fn touch_grants(&self, principal: u32) {
        black_box(self.up_from(principal).last());
    }

    /// Has the record of a principal fetched.
    pub(crate) fn fetch_record(&self, number: u32) {
        self.principals.records.get(number).into_iter().for_each(Record::fetch);
    }

    /// Has fetched where a new user of a group or profile will stand.
    pub(crate) fn fetch_members(&self, number: u32) {
        self.principals.get(number).into_iter().for_each(|node| node.users.fetch_last());
    }

    /// The grants of a principal.
    pub(crate) fn grants_of(&self, principal: u32) -> Grants<'_> {
        self.holding(principal).map_or(NONE, Holding::grants)
    }

    /// The principals above one; see [`Holding::up`].
    #[inline]
    pub(crate) fn up_from(&self, principal: u32) -> &[u32] {
        self.holding(principal).map(Holding::up).unwrap_or_default()
    }

    pub(crate) fn set_up(&mut self, principal: u32, up: &[u32]) {
        if self.up_from(principal) == up {
            return;
        }
        self.principals.change(principal, |record| record.with_above(up));
        self.touched.principal(principal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_small() {
        assert_eq!((Slab::<Record, RECORDS>::SLOT, size_of::<Summary>()), (16, 8));
    }
}
