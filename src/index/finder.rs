//! Numbers of patterns, found by a name whose known text they share.
//!
//! Patterns with the same literal segments are found by one hash of those. Most are known by how they begin: for them there is
//! one hash for each number of first segments, whatever comes behind. For all others there is one for each set of literal
//! segments that occurs. It finds the patterns without an anchor, and a [`Bunch`] of those with one for each frame.
//!
//! What must hold: a number is proposed for every name that its pattern matches, once. Others may be proposed too.
//! An insertion or a removal touches the number, its bunch and one count; the insertion that makes a bunch too large hashes its
//! few patterns.

use smallvec::SmallVec;

use super::anchors::{add, take};
use super::bunch::Bunch;
use super::key::Place;
use super::shape::Frame;
use super::texts::Texts;
use crate::cow::{ANY, Heap, NumberTable, Slab, Spot};
use crate::limits::MAX_SEGMENTS;

/// Bunches in a page: each may have a list of its own, which is copied with the page.
const BUNCHES: usize = 8;

/// The bit that tells the number of a bunch from that of a pattern.
const BUNCH: u32 = 1 << 31;

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    /// The patterns without an anchor, and the bunches of all others, by what is known of their literals.
    by_base: NumberTable,
    leads: Leads,
    scattered: Scattered,
    bunches: Slab<Framed, BUNCHES>,
}

/// The patterns with an anchor of one frame.
#[derive(Debug, Clone)]
struct Framed {
    frame: Frame,
    bunch: Bunch,
}

impl Heap for Framed {
    fn heap(&self) -> usize {
        self.bunch.heap()
    }
}

/// How many patterns have just so many first segments for literals.
#[derive(Debug, Clone, Default)]
struct Leads {
    counts: [u32; MAX_SEGMENTS + 1],
    /// A bit for each number of segments that occurs.
    occurring: u32,
}

impl Leads {
    fn change(&mut self, of: u32, change: impl FnOnce(&mut u32)) {
        let Some(count) = self.counts.get_mut(of as usize) else { return };
        change(count);
        let bit = 1_u32.wrapping_shl(of);
        self.occurring = if *count > 0 { self.occurring | bit } else { self.occurring & !bit };
    }
}

/// Other sets of literal segments, with how many patterns have each; ascending.
#[derive(Debug, Clone, Default)]
struct Scattered(SmallVec<[(u8, u32); 2]>);

impl Scattered {
    fn insert(&mut self, literals: u8) {
        match self.0.binary_search_by_key(&literals, |(literals, _)| *literals) {
            Ok(at) => self.0.get_mut(at).into_iter().for_each(|(_, count)| add(count)),
            Err(at) => self.0.insert(at, (literals, 1)),
        }
    }

    fn remove(&mut self, literals: u8) {
        if let Ok(at) = self.0.binary_search_by_key(&literals, |(literals, _)| *literals)
            && self.0.get_mut(at).is_some_and(|(_, count)| take(count))
        {
            self.0.remove(at);
        }
    }
}

impl Heap for Finder {
    fn heap(&self) -> usize {
        self.by_base.heap().saturating_add(self.scattered.0.heap()).saturating_add(self.bunches.heap())
    }
}

impl Finder {
    /// Has the bucket of the patterns with this base fetched, which is changed soon.
    pub(super) fn fetch_to_change(&self, base: u64) {
        self.by_base.fetch_to_change(base);
    }

    /// The first of the patterns without an anchor that have this base.
    pub(super) fn first(&self, base: u64) -> Option<u32> {
        self.by_base.find(base).find(|number| number & BUNCH == 0)
    }

    /// The numbers of patterns that may have this place.
    pub(super) fn find(&self, place: &Place) -> impl Iterator<Item = u32> {
        let (plain, bunch) = match place.shape.anchor {
            None => (Some(self.by_base.find(place.base).filter(|number| number & BUNCH == 0)), None),
            Some(_) => (None, self.bunch(place).and_then(|at| self.bunches.get(at))),
        };
        let bunched = bunch.into_iter().flat_map(|framed| framed.bunch.find(place.key));
        plain.into_iter().flatten().chain(bunched)
    }

    /// The number of the bunch that a place is in: of its base, or of one with the same hash.
    fn bunch(&self, place: &Place) -> Option<u32> {
        let bunches = self.by_base.find(place.base).filter(|number| number & BUNCH != 0).map(|number| number & !BUNCH);
        let is_of_frame = |at: &u32| self.bunches.get(*at).is_some_and(|framed| framed.frame == place.shape.frame);
        bunches.into_iter().find(is_of_frame)
    }

    /// Adds a number with marks, unless there are as many as there can be. `place_of` says where others belong.
    pub(super) fn insert(&mut self, place: &Place, number: u32, marks: u8, place_of: impl Fn(u32) -> Option<Place>) {
        if place.shape.anchor.is_none() {
            self.by_base.insert(place.base, number, marks);
            return self.count(place.shape.frame, add, Scattered::insert);
        }
        let frame = place.shape.frame;
        let at = self.bunch(place).or_else(|| {
            let at = self.bunches.insert(Framed { frame, bunch: Bunch::default() })?;
            self.by_base.insert(place.base, at | BUNCH, ANY);
            Some(at)
        });
        if let Some(framed) = at.and_then(|at| self.bunches.get_mut(at)) {
            framed.bunch.insert(place, number, place_of);
            self.count(frame, add, Scattered::insert);
        }
    }

    /// Gives a number other marks.
    pub(super) fn mark(&mut self, place: &Place, number: u32, marks: u8) {
        if place.shape.anchor.is_none() {
            self.by_base.mark(place.base, number, marks);
        }
    }

    /// Removes a number from its place.
    pub(super) fn remove(&mut self, place: &Place, number: u32) -> bool {
        let was_there = match place.shape.anchor {
            None => self.by_base.remove(place.base, number),
            Some(_) => self.remove_bunched(place, number),
        };
        if was_there {
            self.count(place.shape.frame, |count| _ = take(count), Scattered::remove);
        }
        was_there
    }

    fn remove_bunched(&mut self, place: &Place, number: u32) -> bool {
        let Some(at) = self.bunch(place) else { return false };
        let Some(Framed { bunch, .. }) = self.bunches.get_mut(at) else { return false };
        let was_there = bunch.remove(place, number);
        if bunch.is_empty() {
            self.bunches.remove(at);
            self.by_base.remove(place.base, at | BUNCH);
        }
        was_there
    }

    /// Changes how many patterns have the literal segments of a frame.
    fn count(&mut self, frame: Frame, count: impl FnOnce(&mut u32), scattered: impl FnOnce(&mut Scattered, u8)) {
        if frame.scattered() == 0 {
            self.leads.change(frame.leading(), count);
        } else {
            scattered(&mut self.scattered, frame.literals);
        }
    }

    /// Visits what stands for the numbers of all patterns that have one of these marks and may match the name (or cover the
    /// pattern) in the namespace, each once. Those with an anchor are visited whatever their marks. `of` says what stands for a
    /// number; much of it is visited later, so that it had better be fetched.
    #[inline]
    pub(super) fn visit<T: Copy + Default>(
        &self,
        texts: &Texts<'_>,
        namespace: u32,
        marks: u8,
        of: impl Fn(u32) -> T,
        mut visit: impl FnMut(T),
    ) {
        let mut some = Few::default();
        let mut look = |key| {
            if !some.has_room() {
                self.visit_others(&std::mem::take(&mut some), texts, marks, &of, &mut visit);
            }
            some.push(self.by_base.seek(key));
        };
        // Two loops rather than a chain of both, which would keep what it knows in memory.
        for count in Bits(self.leads.occurring & texts.leads()) {
            look(texts.lead_key(count, namespace));
        }
        for (literals, _) in self.scattered.0.iter().filter(|(literals, _)| texts.has(*literals)) {
            look(texts.scattered_key(*literals, namespace));
        }
        self.visit_some(&some, texts, marks, &of, &mut visit);
    }

    /// The same as [`visit_some`](Self::visit_some), no part of its caller: seldom is there more than what is looked for together.
    #[inline(never)]
    fn visit_others<T: Copy + Default>(
        &self,
        some: &Few<Spot<'_>>,
        texts: &Texts<'_>,
        marks: u8,
        of: &impl Fn(u32) -> T,
        visit: &mut impl FnMut(T),
    ) {
        self.visit_some(some, texts, marks, of, visit);
    }

    /// Visits what is in some places.
    #[inline(always)]
    fn visit_some<T: Copy + Default>(
        &self,
        some: &Few<Spot<'_>>,
        texts: &Texts<'_>,
        marks: u8,
        of: &impl Fn(u32) -> T,
        visit: &mut impl FnMut(T),
    ) {
        let (mut plain, mut bunches) = (Few::default(), Few::default());
        // No `for_each`: what it is given is not always made part of this.
        for spot in some.iter() {
            self.by_base.visit(spot, marks, &mut |number| {
                if number & BUNCH == 0 {
                    let one = of(number);
                    if !plain.push(one) {
                        visit(one);
                    }
                } else if !bunches.push(number) {
                    self.visit_bunch(number, texts, &mut |number| visit(of(number)));
                }
            });
        }
        // What was found alone is fetched while the bunches are searched.
        for number in bunches.iter() {
            self.visit_bunch(number, texts, &mut |number| visit(of(number)));
        }
        for one in plain.iter() {
            visit(one);
        }
    }

    /// Visits the numbers of a bunch.
    #[inline(never)]
    fn visit_bunch(&self, number: u32, texts: &Texts<'_>, visit: &mut impl FnMut(u32)) {
        if let Some(framed) = self.bunches.get(number & !BUNCH).filter(|it| texts.fit(it.frame)) {
            framed.bunch.visit(texts.segment(framed.frame.anchored), texts.secret(), visit);
        }
    }
}

/// Keys that are looked for together: the memory for one is on its way while others are looked at.
const TOGETHER: usize = 4;

/// A few of something.
#[derive(Debug, Clone, Copy)]
struct Few<T> {
    items: [T; TOGETHER],
    count: usize,
}

impl<T: Copy + Default> Default for Few<T> {
    #[inline(always)]
    fn default() -> Self {
        Self { items: [T::default(); TOGETHER], count: 0 }
    }
}

impl<T: Copy> Few<T> {
    #[inline(always)]
    const fn has_room(&self) -> bool {
        self.count < TOGETHER
    }

    /// Adds one; false if there is no room.
    #[inline(always)]
    fn push(&mut self, item: T) -> bool {
        let Some(place) = self.items.get_mut(self.count) else { return false };
        *place = item;
        self.count = self.count.wrapping_add(1);
        true
    }

    #[inline(always)]
    fn iter(&self) -> impl Iterator<Item = T> {
        self.items.iter().take(self.count).copied()
    }
}

/// The numbers of the bits that are set.
struct Bits(u32);

impl Iterator for Bits {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let Self(bits) = self;
        if *bits == 0 {
            return None;
        }
        let first = bits.trailing_zeros() as usize;
        *bits &= bits.wrapping_sub(1);
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Seeds;
    use super::*;
    use crate::{Irn, Pattern};

    struct Patterns {
        seeds: Seeds,
        finder: Finder,
        all: Vec<Pattern>,
    }

    impl Patterns {
        fn new(texts: impl IntoIterator<Item = String>) -> Self {
            let mut patterns = Self { seeds: Seeds::default(), finder: Finder::default(), all: Vec::new() };
            texts.into_iter().for_each(|text| patterns.insert(&text));
            patterns
        }

        fn insert(&mut self, text: &str) {
            let id = u32::try_from(self.all.len()).unwrap();
            self.all.push(text.parse().unwrap());
            let place_of = |id: u32| Some(self.seeds.hashes(self.all.get(id as usize)?.view()).place(0));
            let place = place_of(id).unwrap();
            self.finder.insert(&place, id, ANY, place_of);
        }

        fn remove(&mut self, id: u32) -> bool {
            let place = self.seeds.hashes(self.all[id as usize].view()).place(0);
            self.finder.remove(&place, id)
        }

        /// How many patterns are proposed for a name, and how many of them match.
        fn proposed(&self, name: &str) -> (usize, usize) {
            let name = Irn::parse(name).unwrap();
            let (mut proposed, mut matching) = (0, 0);
            let texts = Texts::of_irn(&name, &self.seeds);
            self.finder.visit(
                &texts,
                0,
                ANY,
                |id| id,
                |id| {
                    proposed += 1;
                    matching += usize::from(self.all[id as usize].matches(&name));
                },
            );
            (proposed, matching)
        }
    }

    #[test]
    fn few_are_proposed_that_do_not_match() {
        let letter = |n: usize| char::from(b"abcdefghijklmnopqrstuvwxyz"[n % 26]);
        let text = |n: usize| {
            (0..n % 29 + 5).map(|i| letter(n * 7 + i * i * n % 251)).chain(n.to_string().chars()).collect::<String>()
        };
        let globs = (0..10_000).map(|n| match n % 4 {
            0 => format!("a:b:{}*", text(n)),
            1 => format!("a:b:*{}", text(n)),
            2 => format!("a:b:*{}*", text(n)),
            _ => format!("a:b:{}*{}", text(n), text(n / 2)),
        });
        let patterns = Patterns::new(globs);
        let (mut proposed, mut matching) = (0, 0);
        for pattern in &patterns.all {
            let (more, meant) = patterns.proposed(&pattern.as_str().replace('*', "-~-"));
            assert!(meant >= 1, "{pattern}");
            (proposed, matching) = (proposed + more, matching + meant);
        }
        assert!(proposed - matching < patterns.all.len() / 10, "{proposed} proposed, {matching} match");
        assert_eq!(patterns.proposed("a:c:abc"), (0, 0));
    }

    #[test]
    fn a_hostile_name_is_proposed_each_pattern_once() {
        let runs = (1..60).flat_map(|n| {
            let run = "a".repeat(n);
            [format!("a:b:*{run}*"), format!("a:b:{run}*"), format!("a:b:*{run}"), format!("a:b:{run}*{run}")]
        });
        let nested = (1..8).map(|n| format!("a:b:{}", "a*".repeat(n)));
        let patterns = Patterns::new(runs.chain(nested));
        let all = patterns.all.len();
        assert_eq!(patterns.proposed(&format!("a:b:{}", "a".repeat(256))), (all, all));
        assert_eq!(patterns.proposed(&format!("a:b:{}", "b".repeat(256))), (0, 0));
    }

    #[test]
    fn a_bunch_is_found_while_it_grows_and_shrinks() {
        let text = |n: u32| match n % 5 {
            0 => format!("a:b:pre{n}-*"),
            1 => format!("a:b:*-post{n}"),
            2 => format!("a:b:*-mid{n}-*"),
            3 => format!("a:b:{n}*:*"),
            _ => format!("a:b:x*-{n}-*y"),
        };
        let name = |n: u32| text(n).replace('*', "~");
        let mut patterns = Patterns::new([]);
        for n in 0..130 {
            patterns.insert(&text(n));
            let places: Vec<_> =
                patterns.all.iter().map(|pattern| patterns.seeds.hashes(pattern.view()).place(0)).collect();
            let found = |id: u32| patterns.finder.find(&places[id as usize]).any(|found| found == id);
            assert!((0..=n).all(|id| patterns.proposed(&name(id)).1 >= 1 && found(id)), "{n}");
        }
        for n in 0..130 {
            assert!(patterns.remove(n));
            assert!((n + 1..130).all(|left| patterns.proposed(&name(left)).1 >= 1), "{n}");
        }
        assert_eq!((patterns.finder.bunches.len(), patterns.finder.by_base.len()), (0, 0));
    }

    #[test]
    fn edges_of_every_length_are_found_among_many() {
        let text = |length: usize, shape: usize| {
            let long = "abcdefg".repeat(37)[length % 7..][..length].to_owned();
            ["a:b:~*", "a:b:*~", "a:b:x*~", "a:b:~*z"][shape].replace('~', &long)
        };
        let all = (1..250).flat_map(|length| (0..4).map(move |shape| text(length, shape)));
        let mut patterns = Patterns::new(all);
        for id in 0..patterns.all.len() {
            let name = patterns.all[id].as_str().replace('*', "-");
            assert!(patterns.proposed(&name).1 >= 1, "{name}");
        }
        assert!((0..996).step_by(2).all(|id| patterns.remove(id)));
        for id in (1..patterns.all.len()).step_by(2) {
            let name = patterns.all[id].as_str().replace('*', "-");
            let mut found = false;
            let irn = Irn::parse(&name).unwrap();
            let texts = Texts::of_irn(&irn, &patterns.seeds);
            patterns.finder.visit(&texts, 0, ANY, |number| number, |number| found |= number as usize == id);
            assert!(found, "{name}");
        }
    }

    #[test]
    fn nothing_is_left_of_what_was_removed() {
        let texts = (0..600).map(|n| match n % 3 {
            0 => format!("a:b{n}:x{n}*yyyyyy{n}"),
            1 => format!("a:b:*-{n}-*:**"),
            _ => format!("*:b:{n}"),
        });
        let mut patterns = Patterns::new(texts);
        assert!((0..600).all(|id| patterns.remove(id) && !patterns.remove(id)));
        let Finder { by_base, leads, scattered, bunches } = patterns.finder;
        assert_eq!((by_base.len(), bunches.len(), scattered.0.len()), (0, 0, 0));
        assert_eq!((leads.occurring, leads.counts), (0, [0; 9]));
    }
}
