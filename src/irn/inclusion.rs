//! Two globs compared: does one include the other, have they a text in common.
//!
//! Both answers are exact, for texts of any length over an alphabet that has characters beyond those that the globs
//! name. No recursion; the work is bounded by the number of wildcards (8) and bytes (256) that a segment may have.
//!
//! **Inclusion** reads the covered glob from left to right and keeps the places that the covering glob may be in. It
//! need not try every character for a wildcard: one that the covering glob nowhere names leads to the fewest places,
//! so if that one is covered, all are. Only the lengths of the runs that stars stand for remain; each length gives a
//! set of places, and only the hardest sets are kept:
//! - What can still match from before a star can match from that star too. So of the places in a set only those from
//!   its last star on count, and a set whose last star comes later is easier.
//! - Of two sets with the same last star, the smaller is harder.
//!
//! A run of unnamed characters leaves only places at the last star and behind a `?`, of which there are at most 7
//! beside a star. So each star of the covered glob adds at most 35 sets, none of which contains another, and the work
//! is bounded.
//!
//! **Overlap** walks both globs at once and asks whether both ends can be reached together.

use std::cmp::Ordering;

use crate::limits::MAX_SEGMENT_BYTES;

/// One step of a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// Exactly this character.
    Literal(char),
    /// `?`
    One,
    /// `*`
    Run,
}

fn tokens(glob: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::Run,
        '?' => Token::One,
        _ => Token::Literal(c),
    };
    glob.chars().map(token).collect()
}

impl Token {
    /// Whether some character suits both, where each takes exactly one.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Run, _) | (_, Self::Run) => false,
            (Self::Literal(a), Self::Literal(b)) => a == b,
            (Self::One, _) | (_, Self::One) => true,
        }
    }
}

/// Whether every text that glob `b` matches, glob `a` matches too.
pub(super) fn covers(a: &str, b: &str) -> bool {
    let a = Walk::of(a);
    let mut sets = vec![a.start()];
    for token in tokens(b) {
        if token == Token::Run {
            sets = a.after_any_run(sets);
        } else {
            let passable = a.passable(token);
            for places in &mut sets {
                *places = a.step(places, &passable);
            }
        }
        // What is left of `b` matches something, and from no place at all `a` matches nothing.
        if sets.iter().any(|places| places.bits == Bits::NONE) {
            return false;
        }
    }
    sets.iter().all(|places| places.bits.has(a.tokens.len()))
}

/// Whether some text matches both globs.
pub(super) fn overlaps(a: &str, b: &str) -> bool {
    let b = tokens(b);
    // For each place in `b`: can it be reached together with the place in `a` that the loop is at?
    let mut reached = Vec::with_capacity(b.len().wrapping_add(1));
    reached.push(true);
    reached.extend(b.iter().map(|_| false));
    if b.first() == Some(&Token::Run) {
        reached.iter_mut().take(2).for_each(|place| *place = true);
    }
    for token in tokens(a) {
        reached = if token == Token::Run { reached_by_run(&reached) } else { reached_by_one(&reached, token, &b) };
    }
    reached.last() == Some(&true)
}

/// Whatever `b` takes, the run takes too: all places from the first one on.
fn reached_by_run(reached: &[bool]) -> Vec<bool> {
    let mut any = false;
    reached
        .iter()
        .map(|&here| {
            any |= here;
            any
        })
        .collect()
}

/// One character that suits `token`, and then perhaps the empty run.
fn reached_by_one(reached: &[bool], token: Token, b: &[Token]) -> Vec<bool> {
    let (mut stepped, mut skipped) = (false, false);
    reached
        .iter()
        .enumerate()
        .map(|(j, &here)| {
            let next = b.get(j).copied();
            let run = next == Some(Token::Run);
            let now = stepped || skipped || (here && run);
            stepped = here && next.is_some_and(|next| next.meets(token));
            skipped = now && run;
            now
        })
        .collect()
}

/// The covering glob, as an automaton whose places are the gaps between its tokens.
struct Walk {
    tokens: Vec<Token>,
    runs: Bits,
}

/// Where the covering glob may be after one of the texts that lead here.
#[derive(Clone, Copy)]
struct Places {
    bits: Bits,
    /// The last run among them, counted from 1; 0 where there is none.
    last_run: usize,
}

impl Walk {
    fn of(glob: &str) -> Self {
        let tokens = tokens(glob);
        let runs = Bits::of(tokens.iter().map(|&token| token == Token::Run));
        Self { tokens, runs }
    }

    fn start(&self) -> Places {
        self.closed(Bits::of([true]))
    }

    /// The places that a character which suits `token` of the covered glob leads out of: for `?` and `*` a character
    /// that this glob nowhere names.
    fn passable(&self, token: Token) -> Bits {
        Bits::of(self.tokens.iter().map(|&own| own == Token::One || (own == token && own != Token::Run)))
    }

    fn step(&self, from: &Places, passable: &Bits) -> Places {
        self.closed(from.bits.and(passable).next().or(&from.bits.and(&self.runs)))
    }

    /// Adds what the empty run leads to, and drops what the last run makes superfluous.
    fn closed(&self, bits: Bits) -> Places {
        let bits = bits.or(&bits.and(&self.runs).next());
        let last_run = bits.and(&self.runs).length();
        Places { bits: bits.from(last_run.saturating_sub(1)), last_run }
    }

    /// The hardest of the sets that runs of any length lead to from any of these.
    fn after_any_run(&self, mut open: Vec<Places>) -> Vec<Places> {
        let passable = self.passable(Token::Run);
        let mut hardest: Vec<Places> = Vec::with_capacity(open.len());
        while let Some(places) = open.pop() {
            if hardest.iter().any(|kept| kept.no_easier_than(&places)) {
                continue;
            }
            hardest.retain(|kept| !places.no_easier_than(kept));
            open.push(self.step(&places, &passable));
            hardest.push(places);
        }
        hardest
    }
}

impl Places {
    /// Whether all that matches from here matches from `other` too (true is certain, false is not).
    fn no_easier_than(&self, other: &Self) -> bool {
        self.last_run < other.last_run || (self.last_run == other.last_run && self.bits.and(&other.bits) == self.bits)
    }
}

/// A set of places.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Bits([u64; WORDS]);

/// Room for the places before, between and behind as many tokens as a segment has bytes.
const WORDS: usize = MAX_SEGMENT_BYTES / 64 + 1;

impl Bits {
    const NONE: Self = Self([0; WORDS]);

    fn of(members: impl IntoIterator<Item = bool>) -> Self {
        let mut bits = Self::NONE;
        let mut members = members.into_iter();
        for word in &mut bits.0 {
            for (i, member) in members.by_ref().take(64).enumerate() {
                *word |= u64::from(member) << (i & 63);
            }
        }
        bits
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place >> 6).is_some_and(|word| word >> (place & 63) & 1 == 1)
    }

    fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= other);
        self
    }

    fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        self
    }

    /// Each place's successor.
    fn next(mut self) -> Self {
        let mut carry = 0;
        for word in &mut self.0 {
            (*word, carry) = (*word << 1 | carry, *word >> 63);
        }
        self
    }

    /// One more than the last place, 0 if there is none.
    fn length(&self) -> usize {
        let last = self.0.iter().enumerate().rev().find(|(_, word)| **word != 0);
        last.map_or(0, |(i, word)| (i << 6 | (word.ilog2() as usize)).wrapping_add(1))
    }

    /// Only the places from this one on.
    fn from(mut self, place: usize) -> Self {
        for (i, word) in self.0.iter_mut().enumerate() {
            match i.cmp(&(place >> 6)) {
                Ordering::Less => *word = 0,
                Ordering::Equal => *word &= u64::MAX << (place & 63),
                Ordering::Greater => {}
            }
        }
        self
    }
}

#[cfg(test)]
#[path = "inclusion_tests.rs"]
mod tests;
