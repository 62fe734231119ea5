//! The actions that a world knows; the place of each is its bit.

/// Names of actions, found without a hash: there are at most 64, and the known ones come first.
#[derive(Debug, Clone)]
pub(crate) struct ActionNames {
    /// The first bytes of each name, packed, apart from the rest so that they are compared in a run.
    starts: Vec<Start>,
    names: Vec<Box<str>>,
}

/// The length of a name and its first 8 bytes: all of a short one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    length: usize,
    bytes: u64,
}

impl Start {
    #[inline]
    fn of(name: &[u8]) -> Self {
        let word = |chunk: Option<&[u8; 4]>| chunk.map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)));
        let bytes = match (name, name.first_chunk::<8>()) {
            (_, Some(chunk)) => u64::from_le_bytes(*chunk),
            // The two words overlap: with the length they tell all bytes.
            ([_, _, _, _, ..], None) => word(name.first_chunk()) | word(name.last_chunk()) << 32,
            (few, None) => few.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        Self { length: name.len(), bytes }
    }
}

impl ActionNames {
    pub(super) fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let mut new = Self { starts: Vec::new(), names: Vec::new() };
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
    #[inline]
    pub(crate) fn bit(&self, name: &str) -> Option<usize> {
        let start = Start::of(name.as_bytes());
        let is = |bit: &usize| start.length <= 8 || self.names.get(*bit).is_some_and(|known| **known == *name);
        self.starts.iter().enumerate().filter(|(_, known)| **known == start).map(|(bit, _)| bit).find(is)
    }

    /// Adds a name that is not there.
    pub(super) fn push(&mut self, name: &str) {
        self.starts.push(Start::of(name.as_bytes()));
        self.names.push(name.into());
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
