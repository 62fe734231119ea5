//! One grant, as far as a check needs it before it looks closer.

/// A line of somebody's [`Grants`](super::Grants).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    grant: Flagged,
    pub(crate) pattern: u32,
    pub(crate) namespace: u32,
    /// A bit for each action.
    pub(crate) actions: u64,
}

/// A grant's number, and three flags in the bits that no number reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flagged(u32);

impl Flagged {
    /// The first word of a packed line.
    #[inline]
    pub(super) const fn unpack(word: u32) -> Self {
        Self(word)
    }

    #[inline]
    pub(crate) const fn grant(self) -> u32 {
        self.0 & !FLAGS
    }

    #[inline]
    pub(crate) const fn is_deny(self) -> bool {
        self.0 & DENY != 0
    }

    /// Whether criteria or times must be asked.
    #[inline]
    pub(crate) const fn is_conditional(self) -> bool {
        self.0 & CONDITIONAL != 0
    }
}

const DENY: u32 = 1 << 31;
const ALL_ACTIONS: u32 = 1 << 30;
const CONDITIONAL: u32 = 1 << 29;
const FLAGS: u32 = DENY | ALL_ACTIONS | CONDITIONAL;

/// What tells of packed lines whether they hold an action, given by its bit; an action without one is held only by `*`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActionMask {
    bit: u64,
    flag: u32,
}

impl ActionMask {
    #[inline]
    pub(crate) const fn of(action: Option<usize>) -> Self {
        match action {
            Some(bit) => Self { bit: 1 << (bit & 63), flag: 0 },
            None => Self { bit: 0, flag: ALL_ACTIONS },
        }
    }

    /// Whether a line that packs into these words holds it: the grant, and the two halves of its actions.
    #[inline]
    pub(super) const fn has(self, [grant, low, high]: [u32; 3]) -> bool {
        (low as u64 | (high as u64) << 32) & self.bit != 0 || grant & self.flag != 0
    }
}

/// For which of its actions a line may be: an action's bit, modulo eight.
#[inline]
pub(super) const fn brief(actions: u64) -> u8 {
    let half = actions | actions >> 32;
    let quarter = half | half >> 16;
    ((quarter | quarter >> 8) & 0xff) as u8
}

/// The brief of one action. Of one that nobody registered no more is known than that `*` has it, and `*` has every bit.
#[inline(always)]
pub(super) fn brief_of_bit(action: Option<usize>) -> u8 {
    1 << (action.unwrap_or(0) & 7)
}

/// Which lines somebody looks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    All,
    /// Those for an action, given by its bit; an action without one is held only by `*`.
    For(Option<usize>),
}

impl Wanted {
    #[inline(always)]
    pub(crate) const fn has(self, line: Line) -> bool {
        match self {
            Self::All => true,
            Self::For(action) => line.holds(action),
        }
    }

    /// The brief that those lines have a bit of.
    #[inline]
    pub(super) fn brief(self) -> u8 {
        match self {
            Self::All => u8::MAX,
            Self::For(action) => brief_of_bit(action),
        }
    }
}

/// Grants must have numbers below this.
pub(crate) const MAX_GRANTS: usize = CONDITIONAL as usize;

/// Words that a line packs into.
pub(super) const WORDS: usize = 5;

/// Words that most lines pack into: those of one of the first 2^16 namespaces whose actions are all, or some of the first
/// 16.
pub(super) const NARROW: usize = 3;

impl Line {
    /// The line of a grant whose number is below [`MAX_GRANTS`].
    pub(crate) const fn new(grant: u32, pattern: u32, namespace: u32, actions: u64) -> Self {
        Self { grant: Flagged(grant & !FLAGS), pattern, namespace, actions }
    }

    /// Says whether the grant denies, is for `*`, and has criteria or times.
    pub(crate) fn with(mut self, deny: bool, all_actions: bool, conditional: bool) -> Self {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let flags = flag(deny, DENY) | flag(all_actions, ALL_ACTIONS) | flag(conditional, CONDITIONAL);
        self.grant = Flagged(self.grant.grant() | flags);
        self
    }

    #[inline]
    pub(crate) const fn grant(self) -> u32 {
        self.grant.grant()
    }

    #[inline]
    pub(crate) const fn flagged(self) -> Flagged {
        self.grant
    }

    #[inline]
    pub(crate) const fn is_deny(self) -> bool {
        self.grant.is_deny()
    }

    /// Whether it is for `*`: for actions without a bit too.
    #[inline]
    pub(crate) const fn is_for_all_actions(self) -> bool {
        self.grant.0 & ALL_ACTIONS != 0
    }

    /// Whether it is for an action, given by its bit; an action without one is held only by `*`.
    #[inline]
    pub(crate) const fn holds(self, action: Option<usize>) -> bool {
        match action {
            Some(bit) => self.actions >> bit & 1 == 1,
            None => self.is_for_all_actions(),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the actions")]
    pub(super) const fn pack(self) -> [u32; WORDS] {
        [self.grant.0, self.pattern, self.namespace, self.actions as u32, (self.actions >> 32) as u32]
    }

    /// In fewer words; `None` if it does not fit.
    pub(super) fn pack_narrow(self) -> Option<[u32; NARROW]> {
        let namespace = u16::try_from(self.namespace).ok()?;
        let actions = if self.is_for_all_actions() { u16::MAX } else { u16::try_from(self.actions).ok()? };
        Some([self.grant.0, self.pattern, u32::from(namespace) | u32::from(actions) << 16])
    }

    #[inline]
    pub(super) const fn unpack_narrow([grant, pattern, rest]: [u32; NARROW]) -> Self {
        let grant = Flagged(grant);
        let actions = if grant.0 & ALL_ACTIONS != 0 { u64::MAX } else { (rest >> 16) as u64 };
        Self { grant, pattern, namespace: rest & 0xffff, actions }
    }

    #[inline]
    pub(super) const fn unpack([grant, pattern, namespace, low, high]: [u32; WORDS]) -> Self {
        Self { grant: Flagged(grant), pattern, namespace, actions: low as u64 | (high as u64) << 32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brief_has_the_bit_of_every_action() {
        for bit in 0..64 {
            assert_eq!(brief(1 << bit), 1 << (bit % 8));
        }
        assert_eq!((brief(0), brief(u64::MAX)), (0, 0xff));
    }
}
