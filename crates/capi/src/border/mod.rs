//! What stands between C and the engine: how a call is entered, and what becomes of the pointers that it brings.
//!
//! `entry` catches panics. `pointers` and `text` are where memory of the caller is read and written, `handle` where
//! ownership goes out and comes back; outside of these, only the first lines of each entry are unsafe, where raw
//! pointers become those types on the strength of what the entry demands of its caller. What must hold: a null, a
//! misaligned pointer and a length that cannot be are refused before anything is read; a decision is a deny before anything
//! else happens; no panic leaves.

mod entry;
mod handle;
mod pointers;
mod text;

pub(crate) use entry::{entry, entry_with_error};
pub(crate) use handle::{Handle, HandleOut, free};
pub(crate) use pointers::{Flags, Growable, In, Items, ItemsOut, Out};
pub use text::Text;
pub(crate) use text::{document, optional, texts};
