//! Numbers of patterns, found by a name whose known text they share.
//!
//! Most patterns are known by how they begin: those are found by the hash of so many first segments of a name. For each other
//! frame that occurs there is one hash more. It finds the patterns without an anchor, or the [`Bunch`] of those with one.
//!
//! What must hold: a number is proposed for every name that its pattern matches, once. Others may be proposed too.
//! An insertion or a removal touches the number, its bunch and the count of one frame; the insertion that makes a bunch too
//! large hashes its few patterns.

use smallvec::SmallVec;

use super::anchors::{add, take};
use super::bunch::Bunch;
use super::key::Place;
use super::shape::{Frame, Shape};
use super::texts::Texts;
use crate::cow::{ANY, Heap, NumberTable, Slab};
use crate::limits::MAX_SEGMENTS;

/// Bunches in a page: each may have a list of its own, which is copied with the page.
const BUNCHES: usize = 8;

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    /// The patterns without an anchor.
    plain: NumberTable,
    leads: Leads,
    /// The frames of those that are known by more than how they begin.
    frames: Frames,
    /// All others, by what is known of their literals.
    bunches: Slab<Bunch, BUNCHES>,
    by_base: NumberTable,
    /// The frames of those.
    anchored_frames: Frames,
}

/// How many patterns are known by nothing but so many first segments.
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

/// Frames, with how many patterns have each; ascending.
#[derive(Debug, Clone, Default)]
struct Frames(SmallVec<[(Frame, u32); 3]>);

impl Frames {
    fn insert(&mut self, frame: Frame) {
        match self.0.binary_search_by_key(&frame, |(frame, _)| *frame) {
            Ok(at) => self.0.get_mut(at).into_iter().for_each(|(_, count)| add(count)),
            Err(at) => self.0.insert(at, (frame, 1)),
        }
    }

    fn remove(&mut self, frame: Frame) {
        if let Ok(at) = self.0.binary_search_by_key(&frame, |(frame, _)| *frame)
            && self.0.get_mut(at).is_some_and(|(_, count)| take(count))
        {
            self.0.remove(at);
        }
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = Frame> {
        self.0.iter().map(|(frame, _)| *frame)
    }
}

impl Heap for Finder {
    fn heap(&self) -> usize {
        let plain = self.plain.heap().saturating_add(self.frames.0.heap());
        let bunches = self.bunches.heap().saturating_add(self.by_base.heap());
        plain.saturating_add(bunches).saturating_add(self.anchored_frames.0.heap())
    }
}

impl Finder {
    /// Touches the bucket of a pattern without an anchor.
    pub(super) fn touch(&self, key: u64) -> usize {
        self.plain.touch(key)
    }

    /// The numbers of patterns that may have this place.
    pub(super) fn find(&self, place: &Place) -> impl Iterator<Item = u32> {
        let (plain, bunch) = match place.shape.anchor {
            None => (Some(self.plain.find(place.key)), None),
            Some(_) => (None, self.bunch(place.base)),
        };
        let bunched = bunch.into_iter().flat_map(|bunch| bunch.find(place.key));
        plain.into_iter().flatten().chain(bunched)
    }

    /// The bunch of a base, or of one with the same hash.
    #[inline]
    fn bunch(&self, base: u64) -> Option<&Bunch> {
        self.bunches.get(self.by_base.first(base)?)
    }

    /// Adds a number with marks, unless there are as many as there can be. `place_of` says where others belong.
    pub(super) fn insert(&mut self, place: &Place, number: u32, marks: u8, place_of: impl Fn(u32) -> Option<Place>) {
        if place.shape.anchor.is_none() {
            self.change_count(place.shape, add, Frames::insert);
            return self.plain.insert(place.key, number, marks);
        }
        let bunch = self.by_base.first(place.base).or_else(|| {
            let bunch = self.bunches.insert(Bunch::default())?;
            self.by_base.insert(place.base, bunch, ANY);
            Some(bunch)
        });
        if let Some(bunch) = bunch.and_then(|bunch| self.bunches.get_mut(bunch)) {
            bunch.insert(place, number, place_of);
            self.anchored_frames.insert(place.shape.frame);
        }
    }

    /// Gives a number other marks.
    pub(super) fn mark(&mut self, place: &Place, number: u32, marks: u8) {
        if place.shape.anchor.is_none() {
            self.plain.mark(place.key, number, marks);
        }
    }

    /// Removes a number from its place.
    pub(super) fn remove(&mut self, place: &Place, number: u32) -> bool {
        if place.shape.anchor.is_none() {
            let was_there = self.plain.remove(place.key, number);
            if was_there {
                self.change_count(place.shape, |count| _ = take(count), Frames::remove);
            }
            return was_there;
        }
        let Some(at) = self.by_base.first(place.base) else { return false };
        let Some(bunch) = self.bunches.get_mut(at) else { return false };
        let was_there = bunch.remove(place, number);
        if was_there {
            if bunch.is_empty() {
                self.bunches.remove(at);
                self.by_base.remove(place.base, at);
            }
            self.anchored_frames.remove(place.shape.frame);
        }
        was_there
    }

    /// Changes how many patterns of a shape without an anchor there are.
    fn change_count(&mut self, shape: Shape, count: impl FnOnce(&mut u32), frame: impl FnOnce(&mut Frames, Frame)) {
        if shape.is_lead() {
            self.leads.change(shape.frame.leading(), count);
        } else {
            frame(&mut self.frames, shape.frame);
        }
    }

    /// Visits the numbers of all patterns that have one of these marks and may match the name (or cover the pattern) in the
    /// namespace, each once. Those with an anchor are visited whatever their marks.
    #[inline]
    pub(super) fn visit(&self, texts: &Texts<'_>, namespace: u32, marks: u8, mut visit: impl FnMut(u32)) {
        let mut leads = self.leads.occurring & texts.leads();
        while leads != 0 {
            let key = texts.lead_key(leads.trailing_zeros() as usize, namespace);
            self.plain.visit(key, marks, &mut visit);
            leads &= leads.wrapping_sub(1);
        }
        for frame in self.frames.iter().filter(|frame| texts.fit(*frame)) {
            self.plain.visit(texts.base(frame, namespace), marks, &mut visit);
        }
        for frame in self.anchored_frames.iter().filter(|frame| texts.fit(*frame)) {
            if let Some(bunch) = self.bunch(texts.base(frame, namespace)) {
                bunch.visit(texts.segment(frame.anchored), texts.secret(), &mut visit);
            }
        }
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
            self.finder.visit(&Texts::of_irn(&name, &self.seeds), 0, ANY, |id| {
                proposed += 1;
                matching += usize::from(self.all[id as usize].matches(&name));
            });
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
    fn nothing_is_left_of_what_was_removed() {
        let texts = (0..600).map(|n| match n % 3 {
            0 => format!("a:b{n}:x{n}*yyyyyy{n}"),
            1 => format!("a:b:*-{n}-*:**"),
            _ => format!("*:b:{n}"),
        });
        let mut patterns = Patterns::new(texts);
        assert!((0..600).all(|id| patterns.remove(id) && !patterns.remove(id)));
        let Finder { plain, leads, frames, bunches, by_base, anchored_frames } = patterns.finder;
        assert_eq!((plain.len(), bunches.len(), by_base.len()), (0, 0, 0));
        assert_eq!((leads.occurring, leads.counts), (0, [0; 9]));
        assert_eq!((frames.0.len(), anchored_frames.0.len()), (0, 0));
    }
}
