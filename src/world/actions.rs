//! The actions that a world knows; the place of each is its bit.

/// Names of actions, found without a hash: there are at most 64, and the known ones come first.
#[derive(Debug, Clone)]
pub(crate) struct ActionNames {
    /// The first bytes of each name, packed, apart from the rest so that they are compared in a run.
    starts: Vec<u64>,
    names: Vec<Box<str>>,
}

/// Set in the packed bytes of a name that is longer than they are. No ASCII byte has it.
const LONGER: u64 = 1 << 63;

/// The first 8 bytes of a name, filled up with zeros, which no name holds.
#[inline(always)]
fn start(name: &[u8]) -> u64 {
    match (name.len(), name.first_chunk::<8>(), name.first_chunk::<4>(), name.last_chunk::<4>()) {
        (8, Some(all), ..) => u64::from_le_bytes(*all),
        (_, Some(first), ..) => u64::from_le_bytes(*first) | LONGER,
        (length, None, Some(first), Some(last)) => {
            // The second word overlaps the first by what is missing to 8.
            let last = u64::from(u32::from_le_bytes(*last)) >> (8_usize.wrapping_sub(length).wrapping_mul(8) & 31);
            u64::from(u32::from_le_bytes(*first)) | last << 32
        }
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
    #[inline(always)]
    pub(crate) fn bit(&self, name: &str) -> Option<usize> {
        let start = start(name.as_bytes());
        if start & LONGER != 0 || start == 0 {
            return self.names.iter().position(|known| **known == *name);
        }
        self.starts.iter().position(|known| *known == start)
    }

    /// Adds a name that is not there.
    pub(super) fn push(&mut self, name: &str) {
        self.starts.push(start(name.as_bytes()));
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
