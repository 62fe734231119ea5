//! A name that was looked up before.

use crate::world::Lookup;

/// A name with the number that it had when it was looked up. Numbers are given out again, and another engine has
/// others, so each use makes sure of the name.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    text: Box<str>,
    room: u8,
    number: Option<u32>,
}

impl Known {
    pub(super) fn look_up(names: &impl Lookup, room: u8, text: &str) -> Self {
        Self { text: text.into(), room, number: names.find(room, text) }
    }

    /// The number that the name has in this version.
    #[inline]
    pub(crate) fn find(&self, names: &impl Lookup) -> Option<u32> {
        match self.number {
            Some(number) if names.is(number, self.room, &self.text) => Some(number),
            _ => names.find(self.room, &self.text),
        }
    }
}
