//! Where generated things come from: one choice after the other, out of a seed or out of a fuzzer's bytes.
//!
//! Whoever generates asks only "which of n?". So the same generator serves a seeded run, which goes on for ever, and a
//! fuzzer, which learns what its bytes do. Where bytes are over, every answer is the first.

use crate::generate::Dice;

/// A source of choices.
#[derive(Debug, Clone)]
pub struct Choices<'a> {
    from: From<'a>,
}

#[derive(Debug, Clone)]
enum From<'a> {
    Dice(Dice),
    Bytes(&'a [u8]),
}

impl<'a> Choices<'a> {
    /// Endless choices, the same for the same seed.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { from: From::Dice(Dice::new(seed)) }
    }

    /// The choices that these bytes make.
    #[must_use]
    pub const fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { from: From::Bytes(bytes) }
    }

    /// Whether all bytes are used up; never for a seed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.from, From::Bytes([]))
    }

    /// A number below `n`, which must not be 0.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "a choice among nothing");
        match &mut self.from {
            From::Dice(dice) => dice.below(n),
            From::Bytes(bytes) => {
                let wide = usize::from(n > 256);
                let (used, rest) = bytes.split_at((1 + wide).min(bytes.len()));
                *bytes = rest;
                used.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)) % n
            }
        }
    }

    /// True in `of` cases out of 100.
    pub fn percent(&mut self, of: usize) -> bool {
        // With bytes used up this is false, as long as `of` is not 100: what is rare stays away.
        self.below(100) >= 100 - of
    }

    /// One of the items, which must not be none.
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }

    /// One of the items, the first ones far more often than the last.
    pub fn pick_skewed<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        let upto = 1 + self.below(items.len());
        &items[self.below(upto)]
    }

    /// Up to `most` of the items, each at most as often as it is drawn.
    pub fn some<T: Clone>(&mut self, items: &[T], most: usize) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.pick(items).clone()).collect()
    }

    /// Puts the items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_go_on_and_bytes_end() {
        let mut seeded = Choices::seeded(1);
        let drawn: Vec<usize> = (0..1_000).map(|_| seeded.below(10)).collect();
        assert!((0..10).all(|n| drawn.contains(&n)) && !seeded.is_over());
        let mut bytes = Choices::of_bytes(&[7, 1, 2]);
        assert_eq!([bytes.below(5), bytes.below(1_000)], [2, 258]);
        assert!(bytes.is_over() && bytes.below(9) == 0 && !bytes.percent(99));
    }
}
