//! Many patterns, asked at once which of them match a name.

use std::fmt;

use crate::index::{Lent, PatternIndex, Seeds};
use crate::{Irn, Pattern};

/// A set of patterns: which of them match a name, cover a pattern, or are covered by one.
///
/// One pattern is added or removed without touching the others. The work of a question is in the segments of the name
/// and in the number of answers, not in the number of patterns.
///
/// ```
/// use grantrie::{Irn, PatternSet};
/// let mut set = PatternSet::new();
/// for pattern in ["aisvc:agent:*", "aisvc:**", "aisvc:agent:prod-*", "filesvc:**"] {
///     set.insert(&pattern.parse()?);
/// }
/// let mut found: Vec<&str> = set.matching(&Irn::parse("aisvc:agent:prod-7")?).iter().map(|p| p.as_str()).collect();
/// found.sort();
/// assert_eq!(found, ["aisvc:**", "aisvc:agent:*", "aisvc:agent:prod-*"]);
/// # Ok::<(), grantrie::ParseError>(())
/// ```
#[derive(Clone)]
pub struct PatternSet {
    index: PatternIndex<Lent>,
}

impl Default for PatternSet {
    fn default() -> Self {
        Self { index: PatternIndex::new(Seeds::default()) }
    }
}

impl fmt::Debug for PatternSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Pattern::as_str)).finish()
    }
}

impl PatternSet {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All patterns, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &Pattern> {
        self.index.iter()
    }

    /// Whether the set has a pattern, by its text.
    #[must_use]
    pub fn contains(&self, pattern: &Pattern) -> bool {
        self.index.find(pattern.view()).is_some()
    }

    /// Adds a pattern; false if it was there. A set has room for more than 500 million patterns; a further one is not
    /// added, and the answer is false.
    pub fn insert(&mut self, pattern: &Pattern) -> bool {
        let before = self.len();
        self.index.intern(pattern);
        self.len() > before
    }

    /// Removes a pattern; false if it was not there.
    pub fn remove(&mut self, pattern: &Pattern) -> bool {
        self.index.find(pattern.view()).is_some_and(|number| self.index.remove(number))
    }

    /// The patterns that match a name, each once, in no order that means anything.
    #[must_use]
    pub fn matching(&self, irn: &Irn<'_>) -> Vec<&Pattern> {
        let mut found = Vec::new();
        self.for_each_matching(irn, |pattern| found.push(pattern));
        found
    }

    /// Calls `visit` for each pattern that matches a name, and allocates nothing for it.
    pub fn for_each_matching<'a>(&'a self, irn: &Irn<'_>, visit: impl FnMut(&'a Pattern)) {
        self.index.matching(irn, visit);
    }

    /// The patterns that cover this one, each once, in no order that means anything.
    ///
    /// ```
    /// use grantrie::{Pattern, PatternSet};
    /// let mut set = PatternSet::new();
    /// set.extend(&[Pattern::parse("aisvc:**")?, Pattern::parse("aisvc:agent:prod-*")?]);
    /// let agents = Pattern::parse("aisvc:agent:*")?;
    /// assert_eq!(set.covering(&agents), [&Pattern::parse("aisvc:**")?]);
    /// assert_eq!(set.covered_by(&agents), [&Pattern::parse("aisvc:agent:prod-*")?]);
    /// # Ok::<(), grantrie::ParseError>(())
    /// ```
    #[must_use]
    pub fn covering(&self, pattern: &Pattern) -> Vec<&Pattern> {
        let mut found = Vec::new();
        self.index.covering(pattern.view(), |number| found.extend(self.index.pattern(number)));
        found
    }

    /// The patterns that this one covers, each once, in no order that means anything.
    #[must_use]
    pub fn covered_by(&self, pattern: &Pattern) -> Vec<&Pattern> {
        let mut found = Vec::new();
        self.index.covered_by(pattern.view(), |number| found.extend(self.index.pattern(number)));
        found
    }
}

impl<'a> Extend<&'a Pattern> for PatternSet {
    fn extend<I: IntoIterator<Item = &'a Pattern>>(&mut self, patterns: I) {
        for pattern in patterns {
            self.insert(pattern);
        }
    }
}
