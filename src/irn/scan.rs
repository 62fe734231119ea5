//! The quick reader of names: eight bytes at a time, and only for names that are beyond doubt.
//!
//! Every check parses a name, so this is on the hottest path of the engine. It accepts plain ASCII names of at least 8
//! bytes and finds the ends of their segments in the same pass; all else (other scripts, shorter texts, everything that
//! is wrong) it leaves to the exact reader, [`parse`](super::parse), which alone produces errors.
//!
//! What must hold: what is accepted here, `parse` accepts too, with the same ends.
//!
//! The words are ordinary integers whose bytes are judged side by side: the sums and differences below never carry
//! from one ASCII byte into the next. With other bytes they may, but then the text is not accepted anyway.

use super::parse::Ends;
use crate::limits::{MAX_NAME_BYTES, MAX_SEGMENT_BYTES, MIN_NAME_SEGMENTS};

const WORD: usize = size_of::<u64>();
const HIGH: u64 = every(0x80);

const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; WORD])
}

/// The ends of a name's segments, or `None` where the exact reader has to decide.
#[inline]
pub(super) fn name(text: &str) -> Option<Ends> {
    let bytes = text.as_bytes();
    if bytes.len() > MAX_NAME_BYTES {
        return None;
    }
    let last = u64::from_le_bytes(*bytes.last_chunk::<WORD>()?);
    let (words, tail) = bytes.as_chunks::<WORD>();

    let mut reading = Reading::default();
    let mut base = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        reading.doubt |= doubt(word);
        reading.end_at_each(equal(word, b':'), base)?;
        base = base.wrapping_add(WORD);
    }
    if !tail.is_empty() {
        // The last word overlaps its predecessor; of the bytes read before, only the colons must not count again.
        let again = WORD.wrapping_sub(tail.len());
        let fresh = u64::MAX << (again.wrapping_mul(8) & 63);
        reading.doubt |= doubt(last);
        reading.end_at_each(equal(last, b':') & fresh, base.wrapping_sub(again))?;
    }
    if reading.doubt & HIGH != 0 {
        return None;
    }
    reading.end_segment(bytes.len())?;
    let ends = reading.ends;
    let long = bytes.len() > MAX_SEGMENT_BYTES && has_long_segment(&ends);
    (ends.count() >= MIN_NAME_SEGMENTS && !long).then_some(ends)
}

/// The high bits of the result say whether a word has a byte that is not ASCII or that a name must not hold: at most a
/// space, a `*`, a `?` or a delete.
#[inline]
fn doubt(word: u64) -> u64 {
    let at_most_space = !(word | HIGH).wrapping_sub(every(b' '.wrapping_add(1)));
    // `?` and delete are the two ASCII bytes that 0x40 turns into 0x7f.
    let question_or_delete = (word | every(0x40)).wrapping_add(every(1));
    word | at_most_space | question_or_delete | equal(word, b'*')
}

/// The high bit of every byte that is this one; of the other bits, none.
#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    !(word ^ every(byte)).wrapping_add(every(0x7f)) & HIGH
}

#[cold]
fn has_long_segment(ends: &Ends) -> bool {
    (0..ends.count()).filter_map(|i| ends.range(i)).any(|range| range.len() > MAX_SEGMENT_BYTES)
}

#[derive(Default)]
struct Reading {
    ends: Ends,
    start: usize,
    doubt: u64,
}

impl Reading {
    /// Ends a segment at each byte whose high bit is set, counted from `base`.
    #[inline]
    fn end_at_each(&mut self, mut high_bits: u64, base: usize) -> Option<()> {
        while high_bits != 0 {
            let end = base.wrapping_add((high_bits.trailing_zeros() >> 3) as usize);
            self.end_segment(end)?;
            self.start = end.wrapping_add(1);
            high_bits &= high_bits.wrapping_sub(1);
        }
        Some(())
    }

    /// `None` if the segment would be empty or one too many.
    #[inline]
    fn end_segment(&mut self, end: usize) -> Option<()> {
        if end == self.start {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the text is at most MAX_NAME_BYTES long")]
        self.ends.push(end as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    /// Each ASCII byte, alone in a name at each place of a word, so that a carry into a neighbour would show.
    #[test]
    fn accepts_no_more_than_the_exact_reader_and_gives_the_same_ends() {
        for byte in 0..=0x7f_u8 {
            for at in 0..24 {
                for around in ['a', '+', '~', '>', '@', '9', ';'] {
                    let mut text = format!("svc:type:{}", String::from(around).repeat(15)).into_bytes();
                    text[at] = byte;
                    let text = String::from_utf8(text).expect("ASCII");
                    if let Some(ends) = name(&text) {
                        assert_eq!(parse::name(&text), Ok(ends), "{text:?}");
                    } else {
                        assert!(parse::name(&text).is_err(), "{text:?} is left to the exact reader");
                    }
                }
            }
        }
    }

    #[test]
    fn ends_do_not_depend_on_where_words_begin() {
        for length in 1..40 {
            let text = format!("{}:b:{}", "a".repeat(length), "c".repeat(40 - length));
            assert_eq!(name(&text), parse::name(&text).ok());
            let text = format!("a:{}:{}", "a".repeat(length), "c".repeat(length));
            assert_eq!(name(&text), parse::name(&text).ok().filter(|_| text.len() >= WORD));
        }
    }

    #[test]
    fn long_segments_are_left_to_the_exact_reader() {
        let fits = format!("a:b:{}", "x".repeat(MAX_SEGMENT_BYTES));
        assert!(name(&fits).is_some());
        assert!(name(&format!("{fits}x")).is_none());
        assert!(name(&format!("{fits}:{fits}")).is_some());
        assert!(name(&"a:b:c".repeat(300)).is_none());
    }
}
