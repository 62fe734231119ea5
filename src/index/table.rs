//! The grants of one principal that has many, found by keys.

use super::finder::Finder;
use super::line::{Line, WORDS};
use super::{Keys, NameKeys};
use crate::cow::{Hashed, Heap, short};

/// Lines by key. Two of them are one cache line of a bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    lines: Finder<Keyed, 2>,
}

#[derive(Debug, Clone, Copy)]
struct Keyed {
    hash: u32,
    head: u32,
    words: [u32; WORDS],
}

impl Keyed {
    fn new(keys: &Keys, line: Line) -> Self {
        Self { hash: short(keys.place.key), head: keys.head, words: line.pack() }
    }

    #[inline]
    const fn line(&self) -> Line {
        Line::unpack(self.words)
    }
}

impl Hashed for Keyed {
    #[inline]
    fn hash(&self) -> u32 {
        self.hash
    }
}

impl Heap for Table {
    fn heap(&self) -> usize {
        self.lines.heap()
    }
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.lines.len()
    }

    /// All lines with their heads.
    pub(super) fn headed(&self) -> impl Iterator<Item = (u32, Line)> {
        self.lines.iter().map(|keyed| (keyed.head, keyed.line()))
    }

    /// The lines of patterns that these keys may be of.
    pub(super) fn find(&self, keys: &Keys) -> impl Iterator<Item = Line> {
        self.lines.find(&keys.place).map(Keyed::line)
    }

    /// Visits every line whose pattern may match the name, each once.
    pub(super) fn visit(&self, name: &NameKeys<'_, '_>, mut visit: impl FnMut(Line)) {
        let Some(texts) = name.texts() else { return };
        self.lines.visit(texts, name.namespace(), |keyed| {
            let line = keyed.line();
            if line.namespace == name.namespace() {
                visit(line);
            }
        });
    }

    /// Adds a line. `keys_of` says what others are found by.
    pub(crate) fn insert(&mut self, keys: &Keys, line: Line, keys_of: impl Fn(Line) -> Option<Keys>) {
        self.lines.insert(&keys.place, Keyed::new(keys, line), |other| Some(keys_of(other.line())?.place));
    }

    /// Replaces the line of the same grant under these keys.
    pub(crate) fn replace(&mut self, keys: &Keys, line: Line) {
        if let Some(old) = self.lines.find_mut(&keys.place, |old| old.line().grant() == line.grant()) {
            *old = Keyed::new(keys, line);
        }
    }

    pub(crate) fn remove(&mut self, keys: &Keys, grant: u32) {
        self.lines.remove(&keys.place, |keyed| keyed.line().grant() == grant);
    }
}
