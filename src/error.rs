//! Errors: a stable numeric code, the place, and a message that names the bound.
//!
//! One [`Code`] table serves Rust, the command line, HTTP and foreign languages. A code is never reused.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal $text:literal,)+) => {
        /// What went wrong, as a number that never changes and a name in `snake_case`.
        ///
        /// 1xx names and patterns, 2xx the parts of a permission, 3xx changes, 4xx requests, 5xx documents,
        /// 6xx stores, 7xx calls from other languages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])+ $name = $number,)+ }

        impl Code {
            /// Every code, ascending.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u16 { self as u16 }

            /// The stable name, in `snake_case`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// A segment of a name or pattern is empty.
    EmptySegment = 101 "empty_segment",
    /// A name has fewer than 3 segments.
    TooFewSegments = 102 "too_few_segments",
    /// A name or pattern has more than 8 segments.
    TooManySegments = 103 "too_many_segments",
    /// A segment is longer than 256 bytes.
    SegmentTooLong = 104 "segment_too_long",
    /// A name or pattern is longer than 1,024 bytes.
    NameTooLong = 105 "name_too_long",
    /// White space or a control character in a name or pattern.
    ForbiddenCharacter = 106 "forbidden_character",
    /// `*` or `?` in a name, where only patterns have wildcards.
    WildcardInName = 107 "wildcard_in_name",
    /// A pattern of fewer than 3 segments that does not end in `**` can match nothing.
    PatternMatchesNothing = 108 "pattern_matches_nothing",
    /// `**` anywhere but as the whole last segment.
    MisplacedDoubleStar = 109 "misplaced_double_star",
    /// More than 8 wildcards in a segment.
    TooManyWildcards = 110 "too_many_wildcards",

    /// An action's name is not `[A-Z][A-Z0-9_]{0,63}`.
    InvalidAction = 201 "invalid_action",
    /// An action's name has lower-case letters: it would never apply.
    LowerCaseAction = 202 "lower_case_action",
    /// A permission without any action.
    NoActions = 203 "no_actions",
    /// More than 64 different actions in one engine.
    TooManyActions = 204 "too_many_actions",
    /// A principal's kind is none of `user`, `usergroup`, `permprofile`.
    UnknownPrincipalKind = 205 "unknown_principal_kind",
    /// An id or namespace is empty, too long, or holds a control character.
    InvalidId = 206 "invalid_id",
    /// More attributes in a criteria map than the limit.
    TooManyCriteria = 207 "too_many_criteria",
    /// An attribute's name or value is out of bounds or of an unsupported type.
    InvalidAttribute = 208 "invalid_attribute",
    /// A time is not RFC 3339, or finer than a microsecond.
    InvalidTime = 209 "invalid_time",
    /// `not_before` is not earlier than `expires_at`: the permission could never apply.
    EmptyTimeWindow = 210 "empty_time_window",
    /// An effect is neither `ALLOW` nor `DENY`.
    UnknownEffect = 211 "unknown_effect",

    /// No permission has this id.
    UnknownPermission = 301 "unknown_permission",
    /// A permission with this id exists already.
    DuplicatePermissionId = 302 "duplicate_permission_id",
    /// Another permission has the same namespace, principal, pattern, criteria and effect.
    PermissionKeyTaken = 303 "permission_key_taken",
    /// A group would contain itself.
    MembershipCycle = 304 "membership_cycle",
    /// A membership that the model does not have (a user inside a profile, say).
    InvalidMembership = 305 "invalid_membership",
    /// More memberships of one principal than the limit.
    TooManyMemberships = 306 "too_many_memberships",
    /// The same entity is named twice where once is meant (in `add` and `delete`, say).
    ContradictoryChange = 307 "contradictory_change",
    /// More changes in one set than the limit.
    ChangeSetTooLarge = 308 "change_set_too_large",
    /// The engine cannot hold more entities of this kind (2^32).
    CapacityExceeded = 309 "capacity_exceeded",

    /// More items in a batch than the limit.
    BatchTooLarge = 401 "batch_too_large",
    /// Somebody would pass on what it does not hold itself, or may not share.
    NotShareable = 402 "not_shareable",

    /// The document is not JSON.
    Syntax = 501 "syntax",
    /// A key stands twice in one object.
    DuplicateKey = 502 "duplicate_key",
    /// A key that the format does not have.
    UnknownKey = 503 "unknown_key",
    /// A required key is missing.
    MissingKey = 504 "missing_key",
    /// A value of the wrong type.
    WrongType = 505 "wrong_type",
    /// The document nests deeper than the limit.
    TooDeep = 506 "too_deep",
    /// A string is longer than the limit.
    StringTooLong = 507 "string_too_long",
    /// Text after the end of the document.
    TrailingText = 508 "trailing_text",
    /// The document could not be read.
    Unreadable = 509 "unreadable",
    /// An id is not a UUID.
    InvalidUuid = 510 "invalid_uuid",
    /// A request names nobody who asks, or not one only.
    InvalidSubject = 511 "invalid_subject",

    /// A store could not be read or written.
    StoreIo = 601 "store_io",
    /// No room is left where the store is.
    StoreFull = 602 "store_full",
    /// The store cannot be written: opened for reading, or not allowed to.
    StoreReadOnly = 603 "store_read_only",
    /// Others were writing for longer than the change was allowed to wait.
    StoreBusy = 604 "store_busy",
    /// The store is not as it was written.
    StoreDamaged = 605 "store_damaged",
    /// The store is of a later format than this version knows.
    StoreTooNew = 606 "store_too_new",
    /// The file is no store.
    NotAStore = 607 "not_a_store",
    /// The store was closed.
    StoreClosed = 608 "store_closed",
    /// A revision was waited for in vain.
    RevisionAwaited = 609 "revision_awaited",

    /// A text that another language handed over is not UTF-8 (a lone surrogate, say).
    InvalidUtf8 = 701 "invalid_utf8",
    /// Something that another language handed over is not what the call takes: a null pointer, a wrong type.
    InvalidArgument = 702 "invalid_argument",
    /// A handle that was closed already.
    HandleClosed = 703 "handle_closed",
    /// A fault of the library: a panic that was caught before it reached the host. The engine goes on working.
    Internal = 704 "internal",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is not a name, a pattern or an action, with the byte where that shows.
///
/// Holds no copy of the text, so making one allocates nothing: a check reports it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    pub(crate) code: Code,
    pub(crate) offset: u16,
    pub(crate) found: Option<char>,
}

impl ParseError {
    pub(crate) fn new(code: Code, offset: usize, found: Option<char>) -> Self {
        // Offsets past the longest text that is looked at say only "at the end of what may be".
        Self { code, offset: u16::try_from(offset).unwrap_or(u16::MAX), found }
    }

    /// What went wrong.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The byte offset into the text, from 0.
    #[must_use]
    pub fn offset(&self) -> usize {
        usize::from(self.offset)
    }

    /// The character found there, if the text goes on there.
    #[must_use]
    pub const fn found(&self) -> Option<char> {
        self.found
    }

    /// What would have been right, in words.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        match self.code {
            Code::EmptySegment => "a segment of at least one character",
            Code::TooFewSegments => "at least 3 segments joined by `:` (service:type:id)",
            Code::TooManySegments => "at most 8 segments",
            Code::SegmentTooLong => "a segment of at most 256 bytes",
            Code::NameTooLong => "at most 1024 bytes in all",
            Code::ForbiddenCharacter => "no white space and no control characters",
            Code::WildcardInName => "no `*` or `?` in a name (only patterns have wildcards)",
            Code::PatternMatchesNothing => "at least 3 segments, or a final `**` (names have at least 3 segments)",
            Code::MisplacedDoubleStar => "`**` only as the whole last segment",
            Code::TooManyWildcards => "at most 8 wildcards in a segment",
            Code::InvalidAction => "an action `[A-Z][A-Z0-9_]*` of at most 64 bytes",
            Code::LowerCaseAction => "an action in upper case (`READ`, not `read`)",
            Code::InvalidId => "an id of 1 to 256 bytes without control characters",
            Code::TooManyMemberships => "fewer groups and profiles (see Limits::memberships_per_principal)",
            _ => "another text",
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: found ", self.offset)?;
        match self.found {
            Some(c) => write!(f, "`{}`", c.escape_debug())?,
            None => f.write_str("the end")?,
        }
        write!(f, ", expected {}", self.expected())
    }
}

impl std::error::Error for ParseError {}

/// One problem of a change set or document: what, in which item and field, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What went wrong.
    pub code: Code,
    /// The index of the offending item in its list, from 0, where there is a list.
    pub item: Option<usize>,
    /// The offending field, as a path (`permissions[3]._actions[0]`), empty where the whole item is meant.
    pub field: String,
    /// The byte offset inside the field's text, where there is one.
    pub offset: Option<usize>,
    /// Line and column of the document, both from 1, where it came from one.
    pub place: Option<(usize, usize)>,
    /// What was found and what was expected.
    pub message: String,
}

impl Problem {
    /// A problem of `field` with a message; further places are set by their fields.
    pub fn new(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, item: None, field: field.into(), offset: None, place: None, message: message.into() }
    }

    /// The problem that a text of `field` does not parse.
    pub fn parse(error: ParseError, field: impl Into<String>, text: &str) -> Self {
        let mut shown: String = text.chars().take(80).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self {
            offset: Some(error.offset()),
            ..Self::new(error.code, field, format!("`{}`: {error}", shown.escape_debug()))
        }
    }

    /// The same problem, said of the item with this index.
    #[must_use]
    pub fn at_item(mut self, item: usize) -> Self {
        self.item = Some(item);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        } else if let Some(item) = self.item {
            write!(f, "item {item}: ")?;
        }
        write!(f, "{} [{} {}]", self.message, self.code.number(), self.code)
    }
}

/// Why a change set or document was refused: all its problems, and nothing was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    problems: Vec<Problem>,
    unlisted: usize,
}

impl Refused {
    /// Collects problems, keeping the first `listed` of them and counting the rest.
    pub(crate) fn new(mut problems: Vec<Problem>, listed: usize, counted_before: usize) -> Self {
        let listed = listed.max(1);
        let unlisted = counted_before.saturating_add(problems.len().saturating_sub(listed));
        problems.truncate(listed);
        Self { problems, unlisted }
    }

    /// The problems, in the order of the items; never empty.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems, for whoever says more of each.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// How many further problems were found but not listed (see [`Limits::reported_problems`](crate::Limits)).
    #[must_use]
    pub const fn unlisted(&self) -> usize {
        self.unlisted
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], unlisted: 0 }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        if self.unlisted > 0 {
            write!(f, "\n… and {} more problems", self.unlisted)?;
        }
        Ok(())
    }
}
