//! Containers that two versions of a world can share page by page.
//!
//! Cloning one copies only the list of its pages; changing one copies only the pages that it shares with another
//! version, and changes its own in place. So a version that nobody else looks at is changed at the speed of plain
//! vectors, and a version that a reader holds on to costs its writer no more than the pages that change meanwhile.
//!
//! Nothing here knows what is stored; no version knows of another.

mod buckets;
mod fetch;
mod heap;
mod numbers;
mod pages;
mod slab;
mod sorted;
mod text_slab;

pub(crate) use buckets::{Buckets, Hashed, IdEntry, IdTable, short};
pub(crate) use fetch::fetch;
pub(crate) use heap::{Heap, bytes_of, heap_of, shared};
pub(crate) use numbers::{ANY, NumberTable, Spot};
pub(crate) use pages::Pages;
pub(crate) use slab::{Slab, Slot};
pub(crate) use sorted::SortedIds;
pub(crate) use text_slab::TextSlab;
