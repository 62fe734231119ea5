//! Names, patterns, and how they relate.
//!
//! A text enters here and leaves as an [`Irn`] or a [`Pattern`]; everything after works on those two and never judges
//! text again. They are different types on purpose: a name that somebody chose can never act as a pattern.
//!
//! - [`parse`] says what either may hold; it is the one place that knows the rules, and where errors come from.
//! - [`pattern`] keeps a pattern; [`pattern_ref`] is one that stands somewhere else, with its [`form`] and its [`segment`]s.
//! - [`scan`] accepts the common names quickly and leaves everything else to `parse`.
//! - [`lazy`] puts the reading of a name off until somebody needs it.
//! - [`glob`] matches a text against wildcards inside one segment, [`inclusion`] compares two globs.
//! - [`relation`] puts the answers for segments together to answers for whole patterns.
//!
//! What must hold: the relations are exact. `a.covers(b)` is true if and only if every name that `b` matches, `a`
//! matches too, where names have at least 3 segments and the upper bounds on lengths and counts are disregarded.
//!
//! Deliberately not here: an index over many patterns, a cache, case folding, normalisation, percent decoding.

mod form;
pub(crate) mod glob;
mod inclusion;
mod lazy;
mod name;
mod parse;
mod pattern;
mod pattern_ref;
mod relation;
mod scan;
mod segment;

pub(crate) use form::Form;
pub(crate) use lazy::{Glance, LazyIrn};
pub use name::Irn;
pub(crate) use parse::Ends;
pub use pattern::Pattern;
pub(crate) use pattern_ref::PatternRef;
pub(crate) use scan::last_colon;
pub(crate) use segment::Segment;
