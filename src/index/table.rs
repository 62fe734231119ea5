//! The grants of one principal that has many, found by keys.

use super::Keys;
use super::finder::Finder;
use super::line::{Line, WORDS, Wanted, brief};
use super::texts::Texts;
use crate::cow::{Heap, Slab, Slot};

/// Lines under numbers, and the numbers by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    finder: Finder,
    lines: Slab<Headed>,
}

/// A line with its head.
#[derive(Debug, Clone, Copy)]
struct Headed {
    head: u32,
    words: [u32; WORDS],
}

impl Headed {
    #[inline]
    const fn line(&self) -> Line {
        Line::unpack(self.words)
    }
}

impl Heap for Headed {
    fn heap(&self) -> usize {
        0
    }
}

impl Heap for Table {
    fn heap(&self) -> usize {
        self.finder.heap().saturating_add(self.lines.heap())
    }
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.lines.len()
    }

    /// All lines with their heads.
    pub(super) fn headed(&self) -> impl Iterator<Item = (u32, Line)> {
        self.lines.iter().map(|headed| (headed.head, headed.line()))
    }

    fn line(&self, number: u32) -> Option<Line> {
        self.lines.get(number).map(Headed::line)
    }

    /// The lines of patterns that these keys may be of.
    pub(super) fn find(&self, keys: &Keys) -> impl Iterator<Item = Line> {
        self.finder.find(&keys.place).filter_map(|number| self.line(number))
    }

    /// The number of a grant's line, which has these keys.
    fn number(&self, keys: &Keys, grant: u32) -> Option<u32> {
        self.finder.find(&keys.place).find(|number| self.line(*number).is_some_and(|line| line.grant() == grant))
    }

    /// Visits every line that may be wanted and whose pattern may match the name, each once.
    pub(crate) fn visit(&self, name: &Texts<'_>, namespace: u32, wanted: Wanted, mut visit: impl FnMut(Line)) {
        let of = |number| self.lines.seek(number);
        self.finder.visit(name, namespace, wanted.brief(), of, |slot| {
            let line = slot.and_then(Slot::item).map(Headed::line);
            line.filter(|line| line.namespace == namespace && wanted.has(*line)).into_iter().for_each(&mut visit);
        });
    }

    /// Adds a line, unless there are as many as there can be. `keys_of` says what others are found by.
    pub(crate) fn insert(&mut self, keys: &Keys, line: Line, keys_of: impl Fn(Line) -> Option<Keys>) {
        let Some(number) = self.lines.insert(Headed { head: keys.head, words: line.pack() }) else { return };
        let lines = &self.lines;
        self.finder.insert(&keys.place, number, marks(line), |other| {
            lines.get(other).and_then(|headed| keys_of(headed.line())).map(|keys| keys.place)
        });
    }

    /// Replaces the line of the same grant under these keys.
    pub(crate) fn replace(&mut self, keys: &Keys, line: Line) {
        if let Some(number) = self.number(keys, line.grant()) {
            self.finder.mark(&keys.place, number, marks(line));
            if let Some(headed) = self.lines.get_mut(number) {
                headed.words = line.pack();
            }
        }
    }

    pub(crate) fn remove(&mut self, keys: &Keys, grant: u32) {
        if let Some(number) = self.number(keys, grant) {
            self.finder.remove(&keys.place, number);
            self.lines.remove(number);
        }
    }
}

/// What tells of a line for which actions it may be.
fn marks(line: Line) -> u8 {
    // Nobody asks for a line without actions, but it must be there.
    brief(line.actions).max(1)
}
