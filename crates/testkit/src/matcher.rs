//! The naive matcher: what a pattern matches, written as the specification reads.
//!
//! The oracle for the engine's trie and compiled globs. It works on text, compares whole segments from left to right
//! and shares no code with the engine. Faults with their places are in [`grammar`](crate::grammar).

/// Whether a pattern matches a name. Both must be valid.
#[must_use]
pub fn matches(pattern: &str, irn: &str) -> bool {
    let pattern: Vec<&str> = pattern.split(':').collect();
    let irn: Vec<&str> = irn.split(':').collect();
    segments_match(&pattern, &irn)
}

/// Whether a text is a name: 3 to 8 plain segments, 1,024 bytes.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let segments: Vec<&str> = text.split(':').collect();
    text.len() <= 1_024 && (3..=8).contains(&segments.len()) && segments.iter().all(|segment| is_literal(segment))
}

/// Whether a text is a pattern: 1 to 8 segments, `**` only at the end, and able to match something.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    let mut segments: Vec<&str> = text.split(':').collect();
    let count = segments.len();
    let open_end = segments.last() == Some(&"**");
    if open_end {
        segments.pop();
    }
    text.len() <= 1_024 && count <= 8 && (open_end || count >= 3) && segments.iter().all(|segment| is_glob(segment))
}

/// A segment without wildcards: not empty, at most 256 bytes, no white space, no control characters.
#[must_use]
pub fn is_literal(segment: &str) -> bool {
    is_glob(segment) && !segment.contains(['*', '?'])
}

fn is_glob(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= 256
        && !segment.contains("**")
        && segment.matches(['*', '?']).count() <= 8
        && !segment.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control())
}

fn segments_match(pattern: &[&str], irn: &[&str]) -> bool {
    match (pattern, irn) {
        (["**"], rest) => !rest.is_empty(),
        ([glob, patterns @ ..], [segment, segments @ ..]) => {
            glob_matches(glob, segment) && segments_match(patterns, segments)
        }
        (rest, segments) => rest.is_empty() && segments.is_empty(),
    }
}

/// Whether a segment of a pattern matches a segment of a name.
///
/// `ends[n]` says whether the part of the glob that was read so far matches exactly the first `n` characters.
#[must_use]
pub fn glob_matches(glob: &str, segment: &str) -> bool {
    // Most segments have no wildcard, and most comparisons end here.
    if !glob.contains(['*', '?']) {
        return glob == segment;
    }
    let segment: Vec<char> = segment.chars().collect();
    let mut ends = vec![false; segment.len() + 1];
    ends[0] = true;
    for wanted in glob.chars() {
        let before = ends.clone();
        for n in 0..ends.len() {
            ends[n] = match wanted {
                '*' => before[..=n].contains(&true),
                '?' => n > 0 && before[n - 1],
                literal => n > 0 && before[n - 1] && segment[n - 1] == literal,
            };
        }
    }
    ends[segment.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_pattern_counts_not_only_what_stands_before_the_first_star() {
        assert!(matches("alice:*:B", "alice:resource1:B"));
        assert!(!matches("alice:*:B", "alice:resource1:A"));
    }

    #[test]
    fn a_double_star_is_one_or_more_segments() {
        assert!(matches("a:**", "a:b:c"));
        assert!(matches("a:b:**", "a:b:c"));
        assert!(!matches("a:b:c:**", "a:b:c"));
        assert!(matches("**", "a:b:c:d:e:f:g:h"));
    }

    #[test]
    fn globs_stay_in_their_segment_and_count_characters() {
        assert!(glob_matches("prod-*", "prod-"));
        assert!(glob_matches("team-*-blue", "team-x-y-blue"));
        assert!(!glob_matches("team-*-blue", "team-blue"));
        assert!(glob_matches("v?", "v日"));
        assert!(!glob_matches("v?", "v"));
        assert!(!matches("a:b*:c", "a:b:x:c"));
    }

    #[test]
    fn validity() {
        assert!(is_name("a:b:c") && !is_name("a:b") && !is_name("a:b:*") && !is_name("a:b:c d"));
        assert!(is_pattern("**") && is_pattern("a:**") && is_pattern("a:b:?*?"));
        assert!(!is_pattern("a:b") && !is_pattern("a**b:c:d") && !is_pattern("**:a:b") && !is_pattern(""));
        assert!(is_pattern("a:b:????????") && !is_pattern("a:b:?????????"));
    }
}
