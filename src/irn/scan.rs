//! The quick reader of names and patterns: sixteen bytes at a time, and only for those that are beyond doubt.
//!
//! Every check parses a name, so this is on the hottest path of the engine. It accepts plain ASCII names and finds the
//! ends of their segments in the same pass; all else (other scripts, everything that is wrong) it leaves to the exact
//! reader, [`parse`](super::parse), which alone produces errors.
//!
//! What must hold: what is accepted here, `parse` accepts too, with the same ends.

use wide::i8x16;

use super::parse::Ends;
use crate::limits::{MAX_NAME_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENT_WILDCARDS, MAX_SEGMENTS, MIN_NAME_SEGMENTS};

const LANES: usize = 16;

/// What fills up a text of fewer bytes than lanes: nothing that a name must not hold, and no `:`.
const FILLER: u8 = b'x';

/// The ends of a name's segments, or `None` where the exact reader has to decide.
#[inline]
pub(super) fn name(text: &str) -> Option<Ends> {
    let mut ends = Ends::default();
    read(text, &mut ends)?;
    Some(ends)
}

/// Where the first two segments end, if that is in the first 32 bytes. Nothing else is looked at.
#[inline(always)]
pub(super) fn first_two_ends(text: &str) -> Option<[usize; 2]> {
    let bytes = text.as_bytes();
    let colons = match bytes.first_chunk() {
        Some(first) => {
            // The second lanes overlap the first in a text of fewer than 32 bytes: then both find the same colon.
            let second = bytes.len().wrapping_sub(LANES).min(LANES);
            colons(first) | colons(bytes.get(second..)?.first_chunk()?) << second
        }
        None => colons(&filled(bytes)?),
    };
    let after = colons & colons.wrapping_sub(1);
    if after == 0 { None } else { Some([colons.trailing_zeros() as usize, after.trailing_zeros() as usize]) }
}

/// Whether this is a plain name of three segments, the first two of which end there, and of 16 to 64 bytes, as most are.
#[inline(always)]
pub(super) fn is_plain_name(bytes: &[u8], [first, second]: [usize; 2]) -> bool {
    let Some(last) = bytes.len().checked_sub(LANES).filter(|last| *last <= 3 * LANES) else { return false };
    let (mut doubts, mut colons) = (i8x16::default(), 0);
    // Lanes may be read more than once. That costs less than to guess how many there are.
    for at in [0, last.min(LANES), last.min(2 * LANES), last] {
        let Some(lanes) = bytes.get(at..).and_then(<[u8]>::first_chunk::<LANES>) else { return false };
        let lanes = i8x16::new(lanes.map(u8::cast_signed));
        doubts |= doubtful(lanes);
        colons |= u64::from(lanes.simd_eq(i8x16::splat(b':'.cast_signed())).to_bitmask()) << at;
    }
    let bit = |at: usize| u32::try_from(at).map_or(0, |at| 1_u64.unbounded_shl(at));
    let ends = bit(first) | bit(second);
    let are_there = first > 0 && second > first.wrapping_add(1) && second.wrapping_add(1) < bytes.len();
    are_there & (colons == ends) & (doubts.to_bitmask() == 0)
}

/// The ends of a name's segments, the first two of which end there, if it is [plain](is_plain_name); others may be names all the same.
#[inline(always)]
pub(super) fn name_of_three(bytes: &[u8], [first, second]: [usize; 2]) -> Option<Ends> {
    if is_plain_name(bytes, [first, second]) { Ends::of_three([first, second, bytes.len()]) } else { None }
}

/// What stands in a text of at most 64 bytes: a bit for each byte.
#[derive(Default)]
struct Marks {
    colons: u64,
    stars: u64,
    questions: u64,
    /// Bytes that are not ASCII or that no pattern holds.
    refused: u64,
}

impl Marks {
    #[inline(always)]
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut marks = Self::default();
        match bytes.last_chunk() {
            Some(last) => {
                let (chunks, tail) = bytes.as_chunks();
                chunks.iter().zip((0..).step_by(LANES)).for_each(|(lanes, at)| marks.add(lanes, at));
                if !tail.is_empty() {
                    // The last lanes overlap their predecessors, and find the same there.
                    marks.add(last, u32::try_from(bytes.len().wrapping_sub(LANES)).ok()?);
                }
            }
            None => marks.add(&filled(bytes)?, 0),
        }
        Some(marks)
    }

    #[inline(always)]
    fn add(&mut self, lanes: &[u8; LANES], at: u32) {
        let lanes = i8x16::new(lanes.map(u8::cast_signed));
        let splat = |byte: u8| i8x16::splat(byte.cast_signed());
        let bits = |lanes: i8x16| u64::from(lanes.to_bitmask()).wrapping_shl(at);
        self.colons |= bits(lanes.simd_eq(splat(b':')));
        self.stars |= bits(lanes.simd_eq(splat(b'*')));
        self.questions |= bits(lanes.simd_eq(splat(b'?')));
        self.refused |= bits(splat(b'!').simd_gt(lanes) | lanes.simd_eq(splat(0x7f)));
    }
}

/// How many segments a pattern has and how many bytes before its first wildcard, or `None` where the exact reader has to decide: it
/// alone reads patterns of more than 64 bytes or with many wildcards.
#[inline]
pub(super) fn pattern(bytes: &[u8]) -> Option<(usize, usize)> {
    if bytes.len() > MAX_MARKED {
        return None;
    }
    let marks = Marks::of(bytes)?;
    let first = (marks.stars | marks.questions).trailing_zeros() as usize;
    let (fixed, rest) = match bytes.strip_suffix(b":**") {
        Some(fixed) => (fixed.len(), 1),
        None => (bytes.len(), 0),
    };
    let last = 1_u64.unbounded_shl(u32::try_from(fixed.checked_sub(1)?).ok()?);
    let is_fixed = last | last.wrapping_sub(1);
    let (colons, stars) = (marks.colons & is_fixed, marks.stars & is_fixed);
    let wildcards = (stars | marks.questions).count_ones() as usize;
    let count = (colons.count_ones() as usize).wrapping_add(1).wrapping_add(rest);
    let has_empty_segment = colons & (colons << 1 | 1 | last) != 0;
    let has_misplaced = stars & stars << 1 != 0;
    let fits = count <= MAX_SEGMENTS && (rest > 0 || count >= MIN_NAME_SEGMENTS) && wildcards <= MAX_SEGMENT_WILDCARDS;
    (fits && !has_empty_segment && !has_misplaced && marks.refused == 0).then_some((count, first.min(bytes.len())))
}

/// Bytes that a word has bits for.
const MAX_MARKED: usize = 64;

/// A bit for each `:`.
#[inline(always)]
fn colons(bytes: &[u8; LANES]) -> u32 {
    i8x16::new(bytes.map(u8::cast_signed)).simd_eq(i8x16::splat(b':'.cast_signed())).to_bitmask()
}

/// Where the first `:` of a text is.
#[inline]
pub(crate) fn first_colon(text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks();
    for (chunk, base) in chunks.iter().zip((0_usize..).step_by(LANES)) {
        let colons = colons(chunk);
        if colons != 0 {
            return Some(base.wrapping_add(colons.trailing_zeros() as usize));
        }
    }
    let at = rest.iter().position(|byte| *byte == b':')?;
    Some(text.len().wrapping_sub(rest.len()).wrapping_add(at))
}

/// Where the last `:` of a text is.
#[inline]
pub(crate) fn last_colon(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    while let Some((before, chunk)) = rest.split_last_chunk() {
        if let Some(highest) = colons(chunk).checked_ilog2() {
            return Some(before.len().wrapping_add(highest as usize));
        }
        rest = before;
    }
    rest.iter().rposition(|byte| *byte == b':')
}

/// A text of fewer bytes than lanes, filled up.
#[inline]
fn filled(bytes: &[u8]) -> Option<[u8; LANES]> {
    let mut filled = [FILLER; LANES];
    filled.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(filled)
}

/// Whether the last segment of a name, which starts at one byte and is read from another on, is plain and within bounds, and
/// nothing comes after it.
#[inline]
pub(super) fn is_plain_end(bytes: &[u8], segment: usize, from: usize) -> bool {
    let length = bytes.len().wrapping_sub(segment);
    // No segment, or one that starts behind the end.
    if length == 0 || length > MAX_SEGMENT_BYTES || bytes.len() > MAX_NAME_BYTES {
        return false;
    }
    let Some(rest) = bytes.get(from..) else { return false };
    let refused = |bytes: &[u8; LANES]| {
        let lanes = i8x16::new(bytes.map(u8::cast_signed));
        doubtful(lanes) | lanes.simd_eq(i8x16::splat(b':'.cast_signed()))
    };
    let (chunks, tail) = rest.as_chunks::<LANES>();
    let all = chunks.iter().fold(i8x16::default(), |all, chunk| all | refused(chunk)).to_bitmask();
    // The last lanes may begin before what is read.
    let last = match bytes.last_chunk() {
        Some(last) => refused(last).to_bitmask() >> LANES.wrapping_sub(tail.len()),
        None => filled(bytes).map_or(u32::MAX, |bytes| refused(&bytes).to_bitmask() >> from),
    };
    all | last == 0
}

/// The lanes of bytes that are not ASCII or that a name must not hold.
#[inline(always)]
fn doubtful(lanes: i8x16) -> i8x16 {
    let splat = |byte: u8| i8x16::splat(byte.cast_signed());
    // As signed numbers, bytes that are not ASCII are below the space too.
    let at_most_space = splat(b'!').simd_gt(lanes);
    // `?` and delete are the two ASCII bytes that 0x40 turns into 0x7f.
    let question_or_delete = (lanes | splat(0x40)).simd_eq(splat(0x7f));
    at_most_space | question_or_delete | lanes.simd_eq(splat(b'*'))
}

/// The same, with the ends put where they are to stay; `None` may leave some.
#[inline(always)]
fn read(text: &str, ends: &mut Ends) -> Option<()> {
    let bytes = text.as_bytes();
    if bytes.len() > MAX_NAME_BYTES {
        return None;
    }
    let mut reading = Reading { ends, count: 0, start: 0, doubt: i8x16::default() };
    match bytes.last_chunk::<LANES>() {
        Some(last) => {
            let (chunks, tail) = bytes.as_chunks::<LANES>();
            let mut base = 0;
            for chunk in chunks {
                let colons = reading.lanes(chunk);
                reading.end_at_each(colons, base)?;
                base = base.wrapping_add(LANES);
            }
            if !tail.is_empty() {
                // The last lanes overlap their predecessors; what was read before must not count again.
                let again = LANES.wrapping_sub(tail.len());
                let colons = reading.lanes(last) >> again;
                reading.end_at_each(colons, base)?;
            }
        }
        None => {
            let colons = reading.lanes(&filled(bytes)?);
            reading.end_at_each(colons, 0)?;
        }
    }
    reading.end_segment(bytes.len())?;
    if reading.doubt.to_bitmask() != 0 {
        return None;
    }
    let count = reading.count;
    ends.set_count(count);
    let long = bytes.len() > MAX_SEGMENT_BYTES && has_long_segment(ends);
    (count >= MIN_NAME_SEGMENTS && !long).then_some(())
}

#[cold]
fn has_long_segment(ends: &Ends) -> bool {
    (0..ends.count()).filter_map(|i| ends.range(i)).any(|range| range.len() > MAX_SEGMENT_BYTES)
}

struct Reading<'a> {
    ends: &'a mut Ends,
    /// Segments that have ended.
    count: usize,
    start: usize,
    /// The lanes that ever held a byte that is not ASCII or that a name must not hold.
    doubt: i8x16,
}

impl Reading<'_> {
    /// Judges the bytes; a bit is set for each `:` among them.
    #[inline]
    fn lanes(&mut self, bytes: &[u8; LANES]) -> u32 {
        let lanes = i8x16::new(bytes.map(u8::cast_signed));
        self.doubt |= doubtful(lanes);
        lanes.simd_eq(i8x16::splat(b':'.cast_signed())).to_bitmask()
    }

    /// Ends a segment at each byte whose bit is set, counted from `base`.
    #[inline]
    fn end_at_each(&mut self, mut colons: u32, base: usize) -> Option<()> {
        while colons != 0 {
            let end = base.wrapping_add(colons.trailing_zeros() as usize);
            self.end_segment(end)?;
            self.start = end.wrapping_add(1);
            colons &= colons.wrapping_sub(1);
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
        self.ends.set(self.count, end as u16)?;
        self.count = self.count.wrapping_add(1);
        Some(())
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

    /// Every length of the last segment, read from every byte of it on, with each ASCII byte at each place.
    #[test]
    fn a_plain_end_is_one_that_the_exact_reader_accepts() {
        for length in 1..50 {
            for byte in [b'a', b'?', b'*', b' ', b'~', 0x7f, b':'] {
                for at in 0..length {
                    let mut text = format!("a:b:{}", "x".repeat(length)).into_bytes();
                    text[4 + at] = byte;
                    let text = String::from_utf8(text).expect("ASCII");
                    let read = parse::name(&text).is_ok_and(|ends| ends.count() == 3);
                    for from in 4..=4 + at {
                        assert_eq!(is_plain_end(text.as_bytes(), 4, from), read, "{text:?} from {from}");
                    }
                }
            }
        }
        assert!(!is_plain_end(b"a:b:", 4, 4) && !is_plain_end("a:b:c\u{e9}".as_bytes(), 4, 4));
        let long = |length| is_plain_end(format!("a:b:{}", "x".repeat(length)).as_bytes(), 4, 4);
        assert!(long(MAX_SEGMENT_BYTES) && !long(MAX_SEGMENT_BYTES + 1));
    }

    /// Every length, with each of these bytes at each place, and with the first two segments as long as can be told at a glance.
    #[test]
    fn a_plain_name_is_one_that_the_exact_reader_accepts() {
        for beginning in ["a:b:", "svc:type:", "svc-seventeen:type-eleven:", ":b:", "a::"] {
            for length in 0..70 {
                let text = format!("{beginning}{}", "x".repeat(length));
                for (byte, at) in [b'a', b'?', b'*', b' ', b'~', 0x7f, b':']
                    .into_iter()
                    .flat_map(|byte| (0..text.len()).map(move |at| (byte, at)))
                {
                    let mut text = text.clone().into_bytes();
                    text[at] = byte;
                    let text = String::from_utf8(text).expect("ASCII");
                    let Some(ends) = first_two_ends(&text) else { continue };
                    let read = parse::name(&text).is_ok_and(|ends| ends.count() == 3);
                    assert_eq!(
                        is_plain_name(text.as_bytes(), ends),
                        read && (16..=64).contains(&text.len()),
                        "{text:?}"
                    );
                }
            }
        }
        let text = "svc:type:seventeen-\u{e9}";
        assert!(!is_plain_name(text.as_bytes(), first_two_ends(text).expect("colons")));
    }

    /// Patterns of pieces, whose fixed beginning has each length.
    #[test]
    fn a_pattern_at_first_sight_is_what_the_exact_reader_reads() {
        let pieces = ["a", "*", "?", ":", ":", "**", ":**", "b", "-", " ", "\u{e9}", "\u{7f}"];
        let mut texts: Vec<String> =
            ["", "**", "*:**", "a:**", "a:b:*", "a:b:**", "a:b:?*?*?*?*?", ":**"].map(str::to_owned).into();
        let mut state = 1_u32;
        for turn in 0..400_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut rest = state >> 4;
            let mut text = if turn % 2 == 0 { String::new() } else { format!("{}:b:", "a".repeat(turn % 67 + 1)) };
            for _ in 0..(state >> 28) + 1 {
                text.push_str(pieces[rest as usize % pieces.len()]);
                rest = (rest / 12) ^ (state << 3);
            }
            texts.push(text);
        }
        let mut plain = 0;
        for text in &texts {
            if let Some((count, literal)) = pattern(text.as_bytes()) {
                assert_eq!(parse::pattern(text).map(|ends| ends.count()), Ok(count), "{text}");
                assert_eq!(literal, text.find(parse::is_wildcard).unwrap_or(text.len()), "{text}");
                plain += 1;
            } else if text.len() <= MAX_MARKED && text.is_ascii() {
                let few = text.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count() <= MAX_SEGMENT_WILDCARDS;
                assert!(!few || text == "**" || parse::pattern(text).is_err(), "{text} is left to the exact reader");
            }
        }
        assert!(plain > 10_000, "{plain}");
        let read = ["a:b:*", "a:**", "a:b:x*y", "a:b:c", "**"].map(|text| pattern(text.as_bytes()));
        assert_eq!(read, [Some((3, 4)), Some((2, 2)), Some((3, 5)), Some((3, 5)), None]);
    }

    #[test]
    fn ends_do_not_depend_on_where_words_begin() {
        for length in 1..40 {
            let text = format!("{}:b:{}", "a".repeat(length), "c".repeat(40 - length));
            assert_eq!(name(&text), parse::name(&text).ok());
            let text = format!("a:{}:{}", "a".repeat(length), "c".repeat(length));
            assert_eq!(name(&text), parse::name(&text).ok());
        }
    }

    #[test]
    fn colons_are_found_from_both_ends() {
        for length in 0..70 {
            let none = vec![b'a'; length];
            assert_eq!((first_colon(&none), last_colon(&none)), (None, None));
            for (first, last) in (0..length).flat_map(|first| (first..length).map(move |last| (first, last))) {
                let mut text = none.clone();
                (text[first], text[last]) = (b':', b':');
                assert_eq!((first_colon(&text), last_colon(&text)), (Some(first), Some(last)));
            }
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
