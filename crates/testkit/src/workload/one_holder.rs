//! Worlds in which one principal holds everything that counts.

use std::collections::HashSet;

use grantrie::{Actions, Change, Membership, Pattern, PermissionDraft, Principal};

use super::names::{Length, WORDS};
use super::shape::Shaped;
use super::tenant::with_other_actions;
use super::{ACTIONS, Ask, Numbers, user_id};

/// Users of the group, where the holder is one.
const MEMBERS: usize = 1_000;

/// What the holder's patterns are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patterns {
    /// The ordinary ones.
    Ordinary,
    /// Globs of ids under one service and type: a third each prefixes, suffixes and infixes.
    Globs,
    /// Wild in the first segments.
    WildFirst,
    /// Names of one service and type, all equal under the hashes of some languages' texts.
    Colliding,
    /// Globs with as many stars as there can be, between letters that are all the same.
    Hostile,
}

/// So many different patterns of one principal, a user or a group; requests of who has them.
pub(super) fn world(seed: u64, size: usize, holder: &Principal, patterns: Patterns, asks: usize) -> Shaped {
    let mut numbers = Numbers::new(seed);
    let texts = different(&mut numbers, size, patterns);
    let mut changes: Vec<Change> = Vec::with_capacity(size + MEMBERS);
    let is_group = *holder != Principal::user(&holder.id);
    let users = if is_group { MEMBERS } else { 1 };
    if is_group {
        let edge = |user| Membership { member: Principal::user(user_id(user)), of: holder.clone() };
        changes.extend((0..users).map(|user| Change::AddMembership(edge(user))));
    }
    let drafts: Vec<PermissionDraft> = texts.iter().map(|text| draft(&mut numbers, holder, text, patterns)).collect();
    let asks = (0..asks)
        .map(|_| {
            let aim = numbers.below(texts.len());
            let irn = if numbers.percent(50) {
                patterns.fill(&mut numbers, &texts[aim])
            } else {
                patterns.miss(&mut numbers, &texts[aim])
            };
            let user = if is_group { user_id(numbers.below(users)) } else { holder.id.clone() };
            let named: Vec<&str> = ACTIONS.into_iter().filter(|action| drafts[aim].actions.contains(action)).collect();
            let action = ACTIONS.into_iter().find(|action| *action == numbers.pick(&named)).unwrap_or(ACTIONS[0]);
            Ask { namespace: "r_one".to_owned(), user, action, irn, attributes: None, at: None }
        })
        .collect();
    let edits = (0..2_000)
        .map(|_| {
            let own = &drafts[numbers.below(drafts.len())];
            [with_other_actions(own), own.clone()].map(Change::UpsertPermission)
        })
        .collect();
    changes.extend(drafts.into_iter().map(Change::UpsertPermission));
    Shaped { changes, asks, edits }
}

fn draft(numbers: &mut Numbers, holder: &Principal, text: &str, patterns: Patterns) -> PermissionDraft {
    // All hostile globs match: one deny among them would answer everything.
    let denies = if patterns == Patterns::Hostile { 0 } else { 5 };
    let action = if numbers.percent(20) { None } else { Some(numbers.pick(&ACTIONS)) };
    let actions = action.map_or(Actions::All, |action| Actions::parse([action]).expect("an action"));
    let make = if numbers.percent(denies) { PermissionDraft::deny } else { PermissionDraft::allow };
    make("r_one", holder.clone(), Pattern::parse(text).expect("a pattern"), actions)
}

fn different(numbers: &mut Numbers, size: usize, patterns: Patterns) -> Vec<String> {
    let (mut texts, mut seen) = (Vec::with_capacity(size), HashSet::with_capacity(size));
    let mut turn = 0;
    while texts.len() < size {
        let text = patterns.make(numbers, turn, size);
        turn += 1;
        // Where there are no more of a wide kind, a name instead.
        let text =
            if seen.contains(&text) && patterns == Patterns::Ordinary { numbers.name(Length::Three) } else { text };
        if seen.insert(text.clone()) {
            texts.push(text);
        }
    }
    texts
}

impl Patterns {
    fn make(self, numbers: &mut Numbers, turn: usize, size: usize) -> String {
        match self {
            Self::Ordinary => numbers.pattern(Length::Three),
            Self::Globs => {
                let (a, b, n) = (numbers.pick(&WORDS), numbers.pick(&WORDS), numbers.below(size * 2));
                let glob = match turn % 3 {
                    0 => format!("{a}-{b}-{n}*"),
                    1 => format!("*-{b}-{n}"),
                    _ => format!("*-{b}-{n}-*"),
                };
                format!("svc1:type1:{glob}")
            }
            Self::WildFirst => {
                let n = numbers.below(size * 2);
                match turn % 6 {
                    0 => format!("*:agent{n}:*"),
                    1 => format!("*:*:x-{n}"),
                    2 => format!("*:*:x-{n}-*"),
                    3 => format!("*:type{}:{}", numbers.below(10), numbers.word()),
                    4 => format!("svc*:type{}:*-{n}", numbers.below(10)),
                    _ => format!("*vc{n}:*:**"),
                }
            }
            Self::Colliding => format!("svc1:type1:{}", super::hostile::colliding(turn)),
            Self::Hostile => format!("svc1:type1:{}", super::hostile::glob(numbers)),
        }
    }

    /// A name that the pattern matches.
    fn fill(self, numbers: &mut Numbers, pattern: &str) -> String {
        match self {
            Self::Hostile => format!("svc1:type1:{}", "a".repeat(200 + numbers.below(57))),
            _ => numbers.fill(pattern),
        }
    }

    /// A name beside it.
    fn miss(self, numbers: &mut Numbers, pattern: &str) -> String {
        match self {
            Self::Ordinary => numbers.name(Length::Three),
            Self::Hostile => format!("svc1:type1:{}b", "a".repeat(200 + numbers.below(56))),
            _ => format!("{}~", numbers.fill(pattern)),
        }
    }
}
