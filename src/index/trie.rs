//! A trie of the leading segments of patterns: for the patterns that one covers.
//!
//! Names and covering patterns are sought by text that they share ([`finder`](super::finder)); the patterns that
//! `aisvc:**` covers share only their beginning. A node stands for the segments up to it, as they are written, and lists
//! the patterns that have just one segment more: last segments, of which there are as many as patterns, have no node. A
//! node is found by its whole path at once, because most patterns that are put have one that is there.
//!
//! Walks are iterative and visit each node at most once. Segment by segment they are exact because every segment can be
//! chosen freely (see `irn`, which pads `**` to the two segments that every name has before its last).

use smallvec::SmallVec;

use super::key::Seeds;
use crate::cow::{Heap, IdEntry, IdTable, Slab, SortedIds};
use crate::irn::{PatternRef, Segment, last_colon};
use crate::limits::{MAX_SEGMENTS, MIN_NAME_SEGMENTS};

const ROOT: u32 = 0;

/// Nodes in a page: each has a text of its own, which is copied with it.
const NODES: usize = 16;

/// Fixed segments that every name has before a final `**` can begin.
const BEFORE_REST: usize = MIN_NAME_SEGMENTS - 1;

/// The trie. Patterns are known by a number that the caller gives.
#[derive(Debug, Clone)]
pub(super) struct Trie {
    nodes: Slab<Node, NODES>,
    /// By the hash of all segments that lead there.
    by_path: IdTable,
    seeds: Seeds,
}

#[derive(Debug, Clone, Default)]
struct Node {
    parent: u32,
    /// The segment that leads here, as it is written.
    segment: Box<[u8]>,
    children: SortedIds,
    /// The pattern that goes on here with `**`.
    rest: Option<u32>,
    /// The patterns that have one segment more and end there.
    leaves: SortedIds,
}

impl Node {
    fn is_unused(&self) -> bool {
        self.rest.is_none() && self.leaves.is_empty() && self.children.is_empty()
    }
}

impl Heap for Node {
    fn heap(&self) -> usize {
        self.segment.len().saturating_add(self.children.heap()).saturating_add(self.leaves.heap())
    }
}

impl Heap for Trie {
    fn heap(&self) -> usize {
        self.nodes.heap().saturating_add(self.by_path.heap())
    }
}

/// What a walk meets.
pub(super) enum Met {
    /// A pattern that is covered.
    Covered(u32),
    /// A pattern that may be covered: its last segment was not looked at.
    Perhaps(u32),
    /// The text of a pattern that is covered, if there is one.
    Text(Vec<u8>),
}

impl Trie {
    pub(super) fn new(seeds: Seeds) -> Self {
        let mut nodes = Slab::default();
        nodes.insert(Node::default());
        Self { nodes, by_path: IdTable::default(), seeds }
    }

    /// Whether there may be no number left for the nodes of a further pattern.
    pub(super) fn is_full(&self) -> bool {
        self.nodes.len() >= (u32::MAX as usize).saturating_sub(MAX_SEGMENTS)
    }

    /// Adds a pattern that is not there, unless the trie [`is_full`](Self::is_full).
    pub(super) fn insert(&mut self, pattern: PatternRef<'_>, number: u32) {
        let (leading, last) = split(pattern.bytes());
        let mut missing: SmallVec<[&[u8]; MAX_SEGMENTS]> = SmallVec::new();
        let mut at = self.find(leading);
        let mut path = leading;
        while let (None, Some(there)) = (at, path) {
            missing.push(there);
            (path, _) = split(there);
            at = self.find(path);
        }
        for path in missing.into_iter().rev() {
            at = at.and_then(|at| self.add_child(at, path));
        }
        let Some(node) = at.and_then(|at| self.nodes.get_mut(at)) else { return };
        if last == b"**" {
            node.rest = Some(number);
        } else {
            node.leaves.insert(number, |x| x.cmp(&number));
        }
    }

    /// Removes a pattern that is there, and the nodes that only it needed.
    pub(super) fn remove(&mut self, pattern: PatternRef<'_>, number: u32) {
        let (leading, last) = split(pattern.bytes());
        let Some(at) = self.find(leading) else { return };
        let Some(node) = self.nodes.get_mut(at) else { return };
        if last == b"**" {
            node.rest = None;
        } else {
            node.leaves.remove(|x| x.cmp(&number));
        }
        self.prune(at, leading);
    }

    /// Visits all patterns that `sought` covers, and others that it may cover.
    pub(super) fn covered_by(&self, sought: PatternRef<'_>, mut visit: impl FnMut(Met)) {
        let sought = Sought::of(sought);
        let fixed = sought.segments.len();
        // Nodes still to be visited, with how many segments lead to each.
        let mut pending: SmallVec<[(u32, usize); 16]> = SmallVec::from_slice(&[(ROOT, 0)]);
        while let Some((at, depth)) = pending.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            let segment = sought.segments.get(depth).copied();
            let ends_here = depth.saturating_add(1) == fixed;
            match segment {
                None => {
                    // Only behind the fixed segments of a pattern with `**`: whatever follows is covered.
                    node.rest.into_iter().chain(node.leaves.iter()).for_each(|number| visit(Met::Covered(number)));
                }
                Some(_) if sought.rest => {
                    // Only `**` stands for enough segments, if it is padded to as many as are sought.
                    node.rest.filter(|_| fixed <= BEFORE_REST).into_iter().for_each(|n| visit(Met::Perhaps(n)));
                }
                Some(Segment::Literal(text)) if ends_here => visit(Met::Text(self.text(at, text))),
                Some(Segment::Any) if ends_here => node.leaves.iter().for_each(|n| visit(Met::Covered(n))),
                Some(_) if ends_here => node.leaves.iter().for_each(|n| visit(Met::Perhaps(n))),
                Some(_) => {}
            }
            let mut push = |child| pending.push((child, depth.saturating_add(1)));
            match segment {
                _ if ends_here && !sought.rest => {}
                Some(Segment::Literal(text)) => self.child(at, text).into_iter().for_each(push),
                None | Some(Segment::Any | Segment::Rest) => node.children.iter().for_each(push),
                Some(glob) => {
                    let covered = |child: &u32| {
                        self.nodes.get(*child).is_some_and(|node| glob.covers(Segment::of(&node.segment)))
                    };
                    node.children.iter().filter(covered).for_each(&mut push);
                }
            }
        }
    }

    /// The segments that lead to a node, and one more.
    fn text(&self, mut at: u32, last: &[u8]) -> Vec<u8> {
        let mut segments: SmallVec<[&[u8]; MAX_SEGMENTS]> = SmallVec::from_slice(&[last]);
        while at != ROOT
            && let Some(node) = self.nodes.get(at)
        {
            segments.push(&node.segment);
            at = node.parent;
        }
        segments.reverse();
        segments.join(&b':')
    }

    fn child(&self, at: u32, segment: &[u8]) -> Option<u32> {
        self.find(Some(&self.text(at, segment)))
    }

    /// The node that these segments lead to, the root without any.
    fn find(&self, path: Option<&[u8]>) -> Option<u32> {
        let Some(path) = path else { return Some(ROOT) };
        let mut found = self.by_path.find(self.seeds.bytes(path)).map(|entry| entry.id);
        found.find(|node| self.leads_to(path, *node))
    }

    fn leads_to(&self, path: &[u8], mut at: u32) -> bool {
        let mut left = path;
        while at != ROOT
            && let Some(node) = self.nodes.get(at)
        {
            // No segment has a `:`, so it ends where the one before it does.
            match left.strip_suffix(&*node.segment) {
                Some([before @ .., b':']) => (left, at) = (before, node.parent),
                Some([]) => return node.parent == ROOT,
                _ => return false,
            }
        }
        false
    }

    fn add_child(&mut self, at: u32, path: &[u8]) -> Option<u32> {
        let (_, segment) = split(path);
        let child = self.nodes.insert(Node { parent: at, segment: segment.into(), ..Node::default() })?;
        self.by_path.insert(IdEntry::new(self.seeds.bytes(path), child));
        self.nodes.get_mut(at)?.children.insert(child, |x| x.cmp(&child));
        Some(child)
    }

    /// Removes nodes from here upwards for as long as nothing uses them.
    fn prune(&mut self, mut at: u32, mut path: Option<&[u8]>) {
        while let Some(there) = path
            && self.nodes.get(at).is_some_and(Node::is_unused)
        {
            let Some(node) = self.nodes.remove(at) else { return };
            self.by_path.remove(self.seeds.bytes(there), |entry| entry.id == at);
            if let Some(parent) = self.nodes.get_mut(node.parent) {
                parent.children.remove(|x| x.cmp(&at));
            }
            at = node.parent;
            (path, _) = split(there);
        }
    }
}

/// All segments but the last, if there are any, and the last.
fn split(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match last_colon(text).and_then(|at| text.split_at_checked(at)) {
        Some((leading, last)) => (Some(leading), last.get(1..).unwrap_or_default()),
        None => (None, text),
    }
}

/// A pattern by which others are sought, its `**` padded to the segments that names have.
struct Sought<'a> {
    segments: SmallVec<[Segment<'a>; MAX_SEGMENTS]>,
    rest: bool,
}

impl<'a> Sought<'a> {
    fn of(pattern: PatternRef<'a>) -> Self {
        let mut segments: SmallVec<[Segment<'a>; _]> =
            pattern.segments().filter(|s| !matches!(s, Segment::Rest)).collect();
        let rest = pattern.has_rest();
        while rest && segments.len() < BEFORE_REST {
            segments.push(Segment::Any);
        }
        Self { segments, rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pattern;

    /// Paths are found by a hash, which others may have too.
    #[test]
    fn a_node_is_that_of_its_own_path_only() {
        let mut trie = Trie::new(Seeds::default());
        let pattern: Pattern = "a:bb:c:*".parse().unwrap();
        trie.insert(pattern.view(), 0);
        let node = trie.find(Some(b"a:bb:c")).unwrap();
        assert!(trie.leads_to(b"a:bb:c", node) && !trie.leads_to(b"a", ROOT));
        for other in ["", "c", "bb:c", ":bb:c", "x:bb:c", "xa:bb:c", "a:a:bb:c", "a:b:c", "a:bbb:c", "a:bb:cc", "abb:c"]
        {
            assert!(!trie.leads_to(other.as_bytes(), node), "{other}");
        }
    }
}
