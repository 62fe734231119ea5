//! A glob inside one segment: `prod-*`, `v?`, `team-*-blue`.
//!
//! `*` is any run of characters, also none; `?` is exactly one Unicode scalar value. Both texts come parsed, so the
//! glob has at most 8 wildcards and the segment is not empty and holds no wildcards.
//!
//! What must hold: the work is bounded by the product of the two lengths, whatever the texts. A hostile `a*a*a*a*`
//! gains nothing: only the last star that was passed is ever tried again, because what an earlier one could gain, a
//! later one can give.

/// Whether the segment `text` is one of those that `glob` describes.
#[inline]
pub(crate) fn matches(mut glob: &[u8], mut text: &[u8]) -> bool {
    // The end first: most globs have one star, and what stands behind it decides.
    while let (Some((last, before)), Some((end, shorter))) = (glob.split_last(), text.split_last()) {
        if matches!(last, b'*' | b'?') {
            break;
        }
        if last != end {
            return false;
        }
        (glob, text) = (before, shorter);
    }
    if matches!(glob, [b'*']) {
        return true;
    }
    let (mut g, mut t) = (0_usize, 0_usize);
    // Where to go on in the glob, and from where in the text, when what followed the last star does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match glob.get(g) {
            Some(b'*') => {
                g = g.wrapping_add(1);
                let Some(found) = find(glob, g, text, t) else { return false };
                t = found;
                retry = Some((g, t));
            }
            Some(b'?') => {
                g = g.wrapping_add(1);
                t = t.wrapping_add(scalar_bytes(byte));
            }
            Some(&literal) if literal == byte => {
                g = g.wrapping_add(1);
                t = t.wrapping_add(1);
            }
            _ => {
                let Some((after_star, from)) = retry else { return false };
                // Whole characters, so that a `?` after the star never begins inside one.
                let Some(&skipped) = text.get(from) else { return false };
                let Some(found) = find(glob, after_star, text, from.wrapping_add(scalar_bytes(skipped))) else {
                    return false;
                };
                (g, t) = (after_star, found);
                retry = Some((g, t));
            }
        }
    }
    glob.iter().skip(g).all(|&byte| byte == b'*')
}

/// The first place in a text, from one on, where the literal bytes may stand that come next in a glob; that one itself if a wildcard
/// comes next, or nothing. Literal bytes stand nowhere inside a character.
#[inline]
fn find(glob: &[u8], next: usize, text: &[u8], from: usize) -> Option<usize> {
    let (glob, text) = (glob.get(next..).unwrap_or_default(), text.get(from..)?);
    let is_wild = |byte: u8| (byte == b'*') | (byte == b'?');
    let found = match (glob.first_chunk(), glob.first()) {
        (Some(run), _) if !run.iter().fold(false, |any, byte| any | is_wild(*byte)) => {
            text.windows(4).position(|bytes| bytes.first_chunk::<4>() == Some(run))
        }
        (_, Some(first)) if !is_wild(*first) => text.iter().position(|byte| byte == first),
        _ => Some(0),
    };
    Some(found?.wrapping_add(from))
}

/// How many bytes the scalar value has that begins with this byte of well-formed UTF-8.
#[inline]
const fn scalar_bytes(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

#[cfg(test)]
mod tests {
    fn matches(glob: &str, text: &str) -> bool {
        super::matches(glob.as_bytes(), text.as_bytes())
    }

    #[test]
    fn stars_are_any_run_and_question_marks_one_scalar() {
        for (glob, yes, no) in [
            ("prod-*", ["prod-", "prod-é"], ["prod", "xprod-"]),
            ("*-eu", ["-eu", "a-eu-eu"], ["eu", "-eu-"]),
            ("team-*-blue", ["team--blue", "team-a-blue-blue"], ["team-blue", "team-x-blu"]),
            ("v?", ["v1", "v日"], ["v", "v12"]),
            ("?*", ["a", "🦀b"], ["", ""]),
            ("*?", ["é", "ab"], ["", ""]),
            ("*?é", ["éé", "日é"], ["é", "日"]),
            ("*ab?b*", ["aabxb", "ababb"], ["abba", "abb"]),
        ] {
            assert!(yes.iter().all(|text| matches(glob, text)), "{glob} {yes:?}");
            assert!(!no.iter().any(|text| matches(glob, text)), "{glob} {no:?}");
        }
    }

    #[test]
    fn a_question_mark_never_takes_part_of_a_scalar() {
        assert!(!matches("??", "é"));
        assert!(!matches("*??", "日"));
        // What does not fit at first is tried again further on, but not from within a character.
        assert!(!matches("*??ab", "日ab"));
        assert!(matches("*??*", "日本"));
    }
}
