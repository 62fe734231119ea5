//! One grant, as far as a check needs it before it looks closer.

/// A line of a [`GrantTable`](super::GrantTable).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// The grant's number, and three flags in the bits that no number reaches.
    grant: u32,
    pub(crate) pattern: u32,
    pub(crate) namespace: u32,
    /// A bit for each action.
    pub(crate) actions: u64,
}

const DENY: u32 = 1 << 31;
const ALL_ACTIONS: u32 = 1 << 30;
const CONDITIONAL: u32 = 1 << 29;
const FLAGS: u32 = DENY | ALL_ACTIONS | CONDITIONAL;

/// Grants must have numbers below this.
pub(crate) const MAX_GRANTS: usize = CONDITIONAL as usize;

/// Words that a line packs into.
pub(super) const WORDS: usize = 5;

impl Line {
    /// The line of a grant whose number is below [`MAX_GRANTS`].
    pub(crate) const fn new(grant: u32, pattern: u32, namespace: u32, actions: u64) -> Self {
        Self { grant: grant & !FLAGS, pattern, namespace, actions }
    }

    /// Says whether the grant denies, is for `*`, and has criteria or times.
    pub(crate) const fn with(mut self, deny: bool, all_actions: bool, conditional: bool) -> Self {
        self.grant &= !FLAGS;
        if deny {
            self.grant |= DENY;
        }
        if all_actions {
            self.grant |= ALL_ACTIONS;
        }
        if conditional {
            self.grant |= CONDITIONAL;
        }
        self
    }

    #[inline]
    pub(crate) const fn grant(self) -> u32 {
        Self::grant_of(self.grant)
    }

    /// The grant's number in the first word of a packed line.
    #[inline]
    pub(super) const fn grant_of(word: u32) -> u32 {
        word & !FLAGS
    }

    #[inline]
    pub(crate) const fn is_deny(self) -> bool {
        self.grant & DENY != 0
    }

    /// Whether it is for `*`: for actions without a bit too.
    #[inline]
    pub(crate) const fn is_for_all_actions(self) -> bool {
        self.grant & ALL_ACTIONS != 0
    }

    /// Whether it is for an action, given by its bit; an action without one is held only by `*`.
    #[inline]
    pub(crate) const fn holds(self, action: Option<usize>) -> bool {
        match action {
            Some(bit) => self.actions >> bit & 1 == 1,
            None => self.is_for_all_actions(),
        }
    }

    /// Whether criteria or times must be asked.
    #[inline]
    pub(crate) const fn is_conditional(self) -> bool {
        self.grant & CONDITIONAL != 0
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the actions")]
    pub(super) const fn pack(self) -> [u32; WORDS] {
        [self.grant, self.pattern, self.namespace, self.actions as u32, (self.actions >> 32) as u32]
    }

    #[inline]
    pub(super) const fn unpack([grant, pattern, namespace, low, high]: [u32; WORDS]) -> Self {
        Self { grant, pattern, namespace, actions: low as u64 | (high as u64) << 32 }
    }
}
