//! The compiled world: two views of the same permissions.
//!
//! - [`Grants`], the *principal-first* view that a check runs on: the grants of one principal under hashed keys.
//! - [`PatternIndex`], the *pattern-first* view: a trie of the segments of all patterns, for lookups.
//!
//! Both rest on [`Shape`]: what of a pattern is known text, and therefore can be hashed. Neither ever decides by a hash
//! alone: what a key finds is compared in full.

mod anchor;
mod anchors;
mod bunch;
mod compiled;
mod edges;
mod finder;
mod grants;
mod head;
mod key;
mod line;
mod pattern_index;
mod pattern_store;
mod search;
mod secret;
mod shape;
mod sieve;
mod spread;
mod table;
mod texts;
mod trie;

pub(crate) use compiled::{Builder, Compiled, Filing, HeldGrant, MANY_ALIKE, Place, Proposal, Seeking, Walked};
pub(crate) use grants::{Grants, NO_ROW, NewRow, Row, RowForm};
pub(crate) use head::{Sought, Summary};
pub(crate) use key::{Keys, NameKeys, PatternHashes, Seeds};
pub(crate) use line::{ActionMask, Flagged, Line, MAX_GRANTS, Wanted};
pub(crate) use pattern_index::{PatternIndex, SoughtPattern};
pub(crate) use pattern_store::{Lent, Packed};
pub(crate) use table::Table;
pub(crate) use texts::Texts;
