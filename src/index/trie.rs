//! A trie of the segments of patterns, and the three walks over it.
//!
//! Literal children, and globs by their [`Anchor`], stand in one hash table under (parent, text), so that a step down
//! costs the same whether a node has one child or a million. The table only proposes: every step compares the text.
//!
//! Walks are iterative and visit each node at most once. The two relations walk with a pattern in place of a name;
//! segment by segment they are exact because every segment can be chosen freely (see `irn`, which pads `**` to the
//! two segments that every name has before its last).

use std::sync::Arc;

use smallvec::SmallVec;

use super::anchor::{Anchor, Known};
use super::key::Seeds;
use crate::cow::{IdEntry, IdTable, Slab, SortedIds};
use crate::irn::Segment;
use crate::limits::{MAX_SEGMENTS, MIN_NAME_SEGMENTS};
use crate::{Irn, Pattern};

const ROOT: u32 = 0;

/// Fixed segments that every name has before a final `**` can begin.
const BEFORE_REST: usize = MIN_NAME_SEGMENTS - 1;

/// The trie. Patterns are known by a number that the caller gives.
#[derive(Debug, Clone)]
pub(crate) struct Trie {
    nodes: Slab<Node>,
    /// Literal and anchored glob children: the hash of parent and text to the child.
    children: IdTable,
    seeds: Seeds,
}

#[derive(Debug, Clone, Default)]
struct Node {
    parent: u32,
    /// The segment that leads here, as it is written.
    segment: Option<Arc<str>>,
    /// The pattern that ends here.
    ends: Option<u32>,
    /// The pattern that goes on from here with `**`.
    rest: Option<u32>,
    any: Option<u32>,
    literals: SortedIds,
    globs: Option<Box<Globs>>,
}

/// The glob children of a node.
#[derive(Debug, Clone, Default)]
struct Globs {
    all: SortedIds,
    /// Those without any known text (`?`, `??*`): there cannot be many.
    unanchored: SortedIds,
    /// The anchors that occur, with how many children have each.
    anchors: SmallVec<[(Anchor, u32); 4]>,
}

impl Node {
    fn is_unused(&self) -> bool {
        self.ends.is_none()
            && self.rest.is_none()
            && self.any.is_none()
            && self.literals.is_empty()
            && self.globs.as_ref().is_none_or(|globs| globs.all.is_empty())
    }

    fn is_glob(&self) -> bool {
        self.text().contains(['*', '?'])
    }

    fn text(&self) -> &str {
        self.segment.as_deref().unwrap_or_default()
    }
}

/// Nodes still to be visited, with how many segments lead to each.
type Pending = SmallVec<[(u32, usize); 16]>;

impl Trie {
    pub(crate) fn new(seeds: Seeds) -> Self {
        let mut nodes = Slab::default();
        nodes.insert(Node::default());
        Self { nodes, children: IdTable::default(), seeds }
    }

    /// Whether no number for a further node is left.
    pub(crate) fn is_full(&self) -> bool {
        self.nodes.len() >= (u32::MAX as usize).saturating_sub(MAX_SEGMENTS)
    }

    /// Adds a pattern that is not there, unless the trie [`is_full`](Self::is_full).
    pub(crate) fn insert(&mut self, pattern: &Pattern, number: u32) {
        let mut at = ROOT;
        for segment in pattern.segments() {
            if matches!(segment, Segment::Rest) {
                if let Some(node) = self.nodes.get_mut(at) {
                    node.rest = Some(number);
                }
                return;
            }
            match self.child(at, &segment).or_else(|| self.add_child(at, &segment)) {
                Some(child) => at = child,
                None => return,
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends = Some(number);
        }
    }

    /// Removes a pattern that is there, and the nodes that only it needed.
    pub(crate) fn remove(&mut self, pattern: &Pattern) {
        let mut at = ROOT;
        for segment in pattern.segments() {
            if matches!(segment, Segment::Rest) {
                if let Some(node) = self.nodes.get_mut(at) {
                    node.rest = None;
                }
                return self.prune(at);
            }
            match self.child(at, &segment) {
                Some(child) => at = child,
                None => return,
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends = None;
        }
        self.prune(at);
    }

    /// Visits the patterns that match a name.
    pub(crate) fn matching(&self, irn: &Irn<'_>, mut visit: impl FnMut(u32)) {
        let mut pending = Pending::from_slice(&[(ROOT, 0)]);
        while let Some((at, depth)) = pending.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            let Some(segment) = irn.segment(depth) else {
                node.ends.into_iter().for_each(&mut visit);
                continue;
            };
            node.rest.into_iter().for_each(&mut visit);
            self.step_by_text(at, node, segment, |child| pending.push((child, depth.saturating_add(1))));
        }
    }

    /// Visits the patterns that cover `sought`.
    pub(crate) fn covering(&self, sought: &Pattern, mut visit: impl FnMut(u32)) {
        let sought = Sought::of(sought);
        let mut pending = Pending::from_slice(&[(ROOT, 0)]);
        while let Some((at, depth)) = pending.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            // `**` takes at least one segment: a fixed one of those sought, or those that its own `**` stands for.
            if depth < sought.fixed() || sought.rest {
                node.rest.into_iter().for_each(&mut visit);
            }
            let Some(segment) = sought.segment(depth) else {
                if !sought.rest {
                    node.ends.into_iter().for_each(&mut visit);
                }
                continue;
            };
            let mut push = |child| pending.push((child, depth.saturating_add(1)));
            match segment {
                Segment::Literal(text) => self.step_by_text(at, node, text, push),
                Segment::Any | Segment::Rest => {
                    node.any.into_iter().for_each(&mut push);
                    self.globs(node)
                        .filter(|(_, glob)| Segment::Glob(glob).covers(Segment::Any))
                        .for_each(|(child, _)| push(child));
                }
                Segment::Glob(text) => {
                    node.any.into_iter().for_each(&mut push);
                    let sought = Segment::Glob(text);
                    self.globs(node)
                        .filter(|(_, glob)| Segment::Glob(glob).covers(sought))
                        .for_each(|(child, _)| push(child));
                }
            }
        }
    }

    /// Visits the patterns that `sought` covers.
    pub(crate) fn covered_by(&self, sought: &Pattern, mut visit: impl FnMut(u32)) {
        let sought = Sought::of(sought);
        let mut pending = Pending::from_slice(&[(ROOT, 0)]);
        while let Some((at, depth)) = pending.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            if sought.rest && sought.takes_all(depth) {
                node.rest.into_iter().for_each(&mut visit);
            }
            if if sought.rest { depth > sought.fixed() } else { depth == sought.fixed() } {
                node.ends.into_iter().for_each(&mut visit);
            }
            let mut push = |child| pending.push((child, depth.saturating_add(1)));
            let all = |push: &mut dyn FnMut(u32)| {
                node.any.into_iter().chain(node.literals.iter()).for_each(&mut *push);
                self.globs(node).for_each(|(child, _)| push(child));
            };
            match sought.segment(depth) {
                None if sought.rest => all(&mut push),
                None => {}
                Some(Segment::Any | Segment::Rest) => all(&mut push),
                Some(Segment::Literal(text)) => self.literal(at, text).into_iter().for_each(push),
                Some(Segment::Glob(text)) => {
                    let sought = Segment::Glob(text);
                    if sought.covers(Segment::Any) {
                        all(&mut push);
                        continue;
                    }
                    let literals =
                        node.literals.iter().filter_map(|child| Some((child, self.nodes.get(child)?.text())));
                    literals.filter(|(_, text)| sought.matches(text)).for_each(|(child, _)| push(child));
                    self.globs(node)
                        .filter(|(_, glob)| sought.covers(Segment::Glob(glob)))
                        .for_each(|(child, _)| push(child));
                }
            }
        }
    }

    /// The children whose segment matches this text.
    fn step_by_text(&self, at: u32, node: &Node, text: &str, mut push: impl FnMut(u32)) {
        node.any.into_iter().chain(self.literal(at, text)).for_each(&mut push);
        let Some(globs) = &node.globs else { return };
        let matches = |child: &u32| self.nodes.get(*child).is_some_and(|node| Segment::Glob(node.text()).matches(text));
        globs.unanchored.iter().filter(matches).for_each(&mut push);
        for (anchor, _) in &globs.anchors {
            for (place, window) in anchor.windows(text.as_bytes()).enumerate() {
                let hash = self.anchor_hash(at, *anchor, window);
                let anchored =
                    |node: &Node| node.is_glob() && Anchor::of(node.text()).is_some_and(|(of, _)| of == *anchor);
                let mut found = self.children.find(hash).map(|entry| entry.id);
                let mut found =
                    found.by_ref().filter(|child| self.is_child(*child, at, anchored) && matches(child)).peekable();
                // An infix that stands in the text twice has been found at its first place.
                if found.peek().is_some()
                    && anchor.windows(text.as_bytes()).take(place).all(|earlier| earlier != window)
                {
                    found.for_each(&mut push);
                }
            }
        }
    }

    /// The glob children of a node, with their text.
    fn globs<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = (u32, &'a str)> {
        let children = node.globs.iter().flat_map(|globs| globs.all.iter());
        children.filter_map(|child| Some((child, self.nodes.get(child)?.text())))
    }

    fn literal(&self, at: u32, text: &str) -> Option<u32> {
        let mut found = self.children.find(self.literal_hash(at, text)).map(|entry| entry.id);
        found.find(|child| self.is_child(*child, at, |node| node.text() == text))
    }

    fn child(&self, at: u32, segment: &Segment<'_>) -> Option<u32> {
        match segment {
            Segment::Literal(text) => self.literal(at, text),
            Segment::Any | Segment::Rest => self.nodes.get(at)?.any,
            Segment::Glob(text) => match Anchor::of(text) {
                Some((anchor, bytes)) => {
                    let mut found = self.children.find(self.anchor_hash(at, anchor, bytes)).map(|entry| entry.id);
                    found.find(|child| self.is_child(*child, at, |node| node.text() == *text))
                }
                None => {
                    let globs = self.nodes.get(at)?.globs.as_ref()?;
                    globs
                        .unanchored
                        .iter()
                        .find(|child| self.nodes.get(*child).is_some_and(|node| node.text() == *text))
                }
            },
        }
    }

    fn is_child(&self, child: u32, of: u32, is: impl Fn(&Node) -> bool) -> bool {
        self.nodes.get(child).is_some_and(|node| node.parent == of && node.segment.is_some() && is(node))
    }

    fn add_child(&mut self, at: u32, segment: &Segment<'_>) -> Option<u32> {
        let text: &str = match segment {
            Segment::Literal(text) | Segment::Glob(text) => text,
            Segment::Any | Segment::Rest => "*",
        };
        let child = self.nodes.insert(Node { parent: at, segment: Some(text.into()), ..Node::default() })?;
        let node = self.nodes.get_mut(at)?;
        match segment {
            Segment::Any | Segment::Rest => node.any = Some(child),
            Segment::Literal(text) => {
                node.literals.insert(child, |x| x.cmp(&child));
                self.children.insert(IdEntry::new(self.literal_hash(at, text), child));
            }
            Segment::Glob(text) => {
                let globs = node.globs.get_or_insert_default();
                globs.all.insert(child, |x| x.cmp(&child));
                match Anchor::of(text) {
                    None => {
                        globs.unanchored.insert(child, |x| x.cmp(&child));
                    }
                    Some((anchor, bytes)) => {
                        match globs.anchors.iter_mut().find(|(known, _)| *known == anchor) {
                            Some((_, count)) => *count = count.saturating_add(1),
                            None => globs.anchors.push((anchor, 1)),
                        }
                        self.children.insert(IdEntry::new(self.anchor_hash(at, anchor, bytes), child));
                    }
                }
            }
        }
        Some(child)
    }

    /// Removes nodes from here upwards for as long as nothing uses them.
    fn prune(&mut self, mut at: u32) {
        while at != ROOT && self.nodes.get(at).is_some_and(Node::is_unused) {
            let Some(node) = self.nodes.remove(at) else { return };
            self.forget_child(&node, at);
            at = node.parent;
        }
    }

    fn forget_child(&mut self, child: &Node, number: u32) {
        let text = child.text();
        let literal = self.literal_hash(child.parent, text);
        let anchored = Anchor::of(text).map(|(anchor, bytes)| (anchor, self.anchor_hash(child.parent, anchor, bytes)));
        let Some(parent) = self.nodes.get_mut(child.parent) else { return };
        if parent.any == Some(number) {
            parent.any = None;
        } else if parent.literals.remove(|x| x.cmp(&number)) {
            self.children.remove(literal, |entry| entry.id == number);
        } else if let Some(globs) = &mut parent.globs {
            globs.all.remove(|x| x.cmp(&number));
            match anchored {
                None => {
                    globs.unanchored.remove(|x| x.cmp(&number));
                }
                Some((anchor, hash)) => {
                    if let Some((_, count)) = globs.anchors.iter_mut().find(|(known, _)| *known == anchor) {
                        *count = count.saturating_sub(1);
                    }
                    globs.anchors.retain(|(_, count)| *count > 0);
                    self.children.remove(hash, |entry| entry.id == number);
                }
            }
            if globs.all.is_empty() {
                parent.globs = None;
            }
        }
    }

    fn literal_hash(&self, parent: u32, text: &str) -> u64 {
        self.seeds.text_in(u64::from(parent), text.as_bytes())
    }

    fn anchor_hash(&self, parent: u32, anchor: Anchor, known: Known<'_>) -> u64 {
        // The highest bit tells anchors from literals, whose room is the parent's number alone.
        self.seeds.in_room(u64::from(parent) | anchor.bits() << 32 | 1 << 63, self.seeds.known(known))
    }
}

/// A pattern that is sought by its relation to those in the trie, its `**` padded to the segments that names have.
struct Sought<'a> {
    segments: SmallVec<[Segment<'a>; MAX_SEGMENTS]>,
    rest: bool,
}

impl<'a> Sought<'a> {
    fn of(pattern: &'a Pattern) -> Self {
        let mut segments: SmallVec<[Segment<'a>; _]> =
            pattern.segments().filter(|s| !matches!(s, Segment::Rest)).collect();
        let rest = pattern.has_rest();
        while rest && segments.len() < BEFORE_REST {
            segments.push(Segment::Any);
        }
        Self { segments, rest }
    }

    fn fixed(&self) -> usize {
        self.segments.len()
    }

    fn segment(&self, index: usize) -> Option<Segment<'a>> {
        self.segments.get(index).copied()
    }

    /// Whether the fixed segments from this one on take whatever a stored `**` that begins there may hold.
    fn takes_all(&self, from: usize) -> bool {
        from.max(BEFORE_REST) >= self.fixed()
            && self.segments.iter().skip(from).all(|segment| match segment {
                Segment::Any | Segment::Rest => true,
                Segment::Glob(text) => Segment::Glob(text).covers(Segment::Any),
                Segment::Literal(_) => false,
            })
    }
}
