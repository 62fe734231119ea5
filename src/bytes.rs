//! Short texts, compared without a call: most names, ids and literal beginnings are.

/// Whether two texts are the same.
#[inline(always)]
pub(crate) fn is_same(known: &[u8], text: &[u8]) -> bool {
    if known.len() != text.len() {
        return false;
    }
    match text.len() {
        8..=16 => same_ends::<8>(known, text),
        17..=32 => same_ends::<16>(known, text),
        33..=64 => same_ends::<32>(known, text),
        _ => known == text,
    }
}

/// Whether a text begins with another.
#[inline(always)]
pub(crate) fn begins_with(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len()).is_some_and(|text| is_same(beginning, text))
}

/// Whether the first and the last bytes of two texts are the same, so many of each.
#[inline(always)]
fn same_ends<const N: usize>(known: &[u8], text: &[u8]) -> bool {
    known.first_chunk::<N>() == text.first_chunk() && known.last_chunk::<N>() == text.last_chunk()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_every_byte() {
        for length in 0..70 {
            let text = vec![b'a'; length];
            assert!(is_same(&text, &text.clone()), "{length}");
            assert!(!is_same(&text, &vec![b'a'; length + 1]), "{length}");
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'b';
                assert!(!is_same(&text, &other) && !begins_with(&[&*other, b"c"].concat(), &text), "{at} of {length}");
                assert!(begins_with(&other, &text[..at]) && !begins_with(&text[..at], &text), "{at} of {length}");
            }
        }
    }
}
