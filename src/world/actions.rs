//! The actions that a world knows; the place of each is its bit.

/// Names of actions: at most 64.
#[derive(Debug, Clone)]
pub(crate) struct ActionNames {
    /// The first bytes of names of at most 8, packed, each with its bit, at the slot that its hash says or one of those
    /// that follow it. More than twice as many slots as names.
    slots: Box<[(u64, u32); SLOTS]>,
    names: Vec<Box<str>>,
}

const SLOTS: usize = 256;

/// The slot at which a name is looked for first.
#[inline(always)]
const fn slot(start: u64) -> usize {
    // A multiplicative hash (Knuth), which spreads the few names well; whoever registers others knows them all.
    (start.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

/// Set in the packed bytes of a name that is longer than they are. No ASCII byte has it.
const LONGER: u64 = 1 << 63;

/// The first 8 bytes of a name, filled up with zeros, which no name holds.
#[inline(always)]
fn start(name: &[u8]) -> u64 {
    match (name.len(), name.first_chunk::<4>(), name.last_chunk::<4>()) {
        // One road for all of these, for names of actions are as long as that; which it would be is not to be guessed.
        (length @ 4..=8, Some(first), Some(last)) => {
            // The second word overlaps the first by what is missing to 8.
            let last = u64::from(u32::from_le_bytes(*last)) >> (8_usize.wrapping_sub(length).wrapping_mul(8) & 31);
            u64::from(u32::from_le_bytes(*first)) | last << 32
        }
        (9.., ..) => name.first_chunk().map_or(0, |first| u64::from_le_bytes(*first)) | LONGER,
        _ => match *name {
            [a] => a.into(),
            [a, b] => u64::from(a) | u64::from(b) << 8,
            [a, b, c] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
            _ => 0,
        },
    }
}

impl ActionNames {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut new = Self { slots: Box::new([(0, 0); SLOTS]), names: Vec::new() };
        names.into_iter().for_each(|name| new.push(name));
        new
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The names in the order of their bits.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The bit of a name; `None` if nobody registered it.
    #[inline(always)]
    pub(crate) fn bit(&self, name: &str) -> Option<usize> {
        let start = start(name.as_bytes());
        if start & LONGER != 0 || start == 0 {
            return self.position(name);
        }
        let mut at = slot(start);
        loop {
            let (known, bit) = *self.slots.get(at)?;
            if known == start {
                return Some(bit as usize);
            }
            if known == 0 {
                return None;
            }
            at = at.wrapping_add(1) % SLOTS;
        }
    }

    #[cold]
    #[inline(never)]
    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| **known == *name)
    }

    /// Adds a name that is not there.
    pub(super) fn push(&mut self, name: &str) {
        let (start, bit) = (start(name.as_bytes()), u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.into());
        if start & LONGER == 0 {
            let mut free = (slot(start)..SLOTS).chain(0..slot(start));
            let free = free.find(|at| self.slots.get(*at).is_some_and(|(known, _)| *known == 0));
            if let Some(place) = free.and_then(|at| self.slots.get_mut(at)) {
                *place = (start, bit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_every_byte() {
        let texts =
            ["A", "B", "AA", "AB", "BA", "ABC", "ABB", "READ", "READS", "READY", "CREATE", "CREATED", "DEPLOYED"];
        let long = ["DEPLOYED_1", "DEPLOYED_2", "DEPLOYED_12"];
        let mut names = ActionNames::new([]);
        for (bit, name) in texts.into_iter().chain(long).enumerate() {
            assert_eq!(names.bit(name), None, "{name}");
            names.push(name);
            assert_eq!(names.bit(name), Some(bit), "{name}");
        }
        for absent in ["", "a", "ABCD", "RAED", "READSY", "DEPLOYED_", "DEPLOYED_123"] {
            assert_eq!(names.bit(absent), None, "{absent}");
        }
        assert_eq!(names.iter().count(), names.len());
    }
}
