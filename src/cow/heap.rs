//! How much memory a value takes besides its own size.

use std::sync::Arc;

use smallvec::{Array, SmallVec};

use super::{Pages, Slab};

/// Two counts before the value of every [`Arc`].
const ARC_COUNTS: usize = 2 * size_of::<usize>();

/// Something that may own blocks of memory.
pub(crate) trait Heap {
    /// The bytes of those blocks, as they were asked of the allocator. What versions share counts for each.
    fn heap(&self) -> usize;
}

/// Adds up what items own.
pub(crate) fn heap_of<'a, T: Heap + 'a>(items: impl IntoIterator<Item = &'a T>) -> usize {
    items.into_iter().fold(0, |sum, item| sum.saturating_add(item.heap()))
}

/// The bytes of so many items.
pub(crate) const fn bytes_of<T>(items: usize) -> usize {
    items.saturating_mul(size_of::<T>())
}

/// The block of an [`Arc`] that holds so many bytes.
pub(crate) const fn shared(bytes: usize) -> usize {
    bytes.saturating_add(ARC_COUNTS)
}

impl Heap for u32 {
    fn heap(&self) -> usize {
        0
    }
}

impl<T: Heap> Heap for Option<T> {
    fn heap(&self) -> usize {
        heap_of(self)
    }
}

impl<T> Heap for Vec<T>
where
    T: Copy,
{
    fn heap(&self) -> usize {
        bytes_of::<T>(self.capacity())
    }
}

impl<A: Array> Heap for SmallVec<A>
where
    A::Item: Copy,
{
    fn heap(&self) -> usize {
        if self.spilled() { bytes_of::<A::Item>(self.capacity()) } else { 0 }
    }
}

impl Heap for Arc<[u32]> {
    fn heap(&self) -> usize {
        shared(size_of_val::<[u32]>(self))
    }
}

impl Heap for Arc<Vec<u32>> {
    fn heap(&self) -> usize {
        shared(size_of::<Vec<u32>>()).saturating_add(self.as_ref().heap())
    }
}

impl<T: Heap, const PAGE: usize> Heap for Pages<T, PAGE> {
    fn heap(&self) -> usize {
        self.own_heap().saturating_add(heap_of(self.iter()))
    }
}

impl<T: Heap, const PAGE: usize> Heap for Slab<T, PAGE> {
    fn heap(&self) -> usize {
        self.own_heap().saturating_add(heap_of(self.iter()))
    }
}
