//! Texts that somebody chose to make an engine slow.

use super::Numbers;

/// One of many texts with the same hash under `h * 31 + c`, the hash of texts in more than one language, and under any
/// hash of that kind with an odd factor of this one's neighbourhood: `Aa` and `BB` are equal, and so are texts of them.
pub(super) fn colliding(number: usize) -> String {
    (0..20).rev().map(|bit| if number >> bit & 1 == 0 { "Aa" } else { "BB" }).collect()
}

/// `a*aa*a…*a`: eight stars between runs of one letter, which no hash of its edges tells from the others.
pub(super) fn glob(numbers: &mut Numbers) -> String {
    let runs: Vec<String> = (0..9).map(|_| "a".repeat(1 + numbers.below(20))).collect();
    runs.join("*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_collide() {
        let hash = |text: String| text.bytes().fold(0_u32, |h, c| h.wrapping_mul(31).wrapping_add(c.into()));
        assert!((0..5_000).map(colliding).all(|text| hash(text) == hash(colliding(0))));
        assert_ne!(colliding(1), colliding(2));
    }
}
