//! A vector in pages of equal size.

use std::hint::black_box;
use std::sync::Arc;

use super::fetch::fetch;
use super::heap::{bytes_of, shared};

/// A vector whose pages are shared with its clones until they are changed.
///
/// There are `PAGE` items in a page: so few that copying a shared page is cheap, and so many that the list of pages is short.
/// Where an item shares blocks of its own, copying it counts a reference that is in no cache: then a page had better be small.
#[derive(Debug)]
pub(crate) struct Pages<T, const PAGE: usize = 128> {
    pages: Vec<Arc<[T; PAGE]>>,
    len: usize,
}

/// Pages whose counts are fetched together: one after the other they would be waited for.
const FETCHED: usize = 64;

impl<T, const PAGE: usize> Clone for Pages<T, PAGE> {
    fn clone(&self) -> Self {
        Self { pages: share_all(&self.pages), len: self.len }
    }
}

/// The same pages once more.
pub(super) fn share_all<P: ?Sized>(pages: &[Arc<P>]) -> Vec<Arc<P>> {
    let mut all = Vec::with_capacity(pages.len());
    for some in pages.chunks(FETCHED) {
        some.iter().for_each(|page| {
            black_box(Arc::strong_count(page));
        });
        all.extend_from_slice(some);
    }
    all
}

impl<T, const PAGE: usize> Default for Pages<T, PAGE> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T, const PAGE: usize> Pages<T, PAGE> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        // Items past `len` are blanks: nobody holds an index to one.
        let (page, item) = Self::place(index);
        self.pages.get(page)?.get(item)
    }

    /// The page of an item, and where it stands in it.
    #[inline(always)]
    fn place(index: usize) -> (usize, usize) {
        // No page is empty.
        index.checked_div(PAGE).zip(index.checked_rem(PAGE)).unwrap_or_default()
    }

    /// The bytes of its pages and of the list of them.
    pub(super) const fn own_heap(&self) -> usize {
        let pages = self.pages.len().saturating_mul(shared(bytes_of::<T>(PAGE)));
        pages.saturating_add(bytes_of::<Arc<[T; PAGE]>>(self.pages.capacity()))
    }

    /// Has fetched what [`get_mut`](Self::get_mut) will look at.
    #[inline]
    pub(crate) fn fetch_to_change(&self, index: usize) {
        // A count has no place that one could ask for: it is read.
        black_box(self.pages.get(Self::place(index).0).map(Arc::strong_count));
        self.get(index).into_iter().for_each(fetch);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter()).take(self.len)
    }
}

impl<T: Clone + Default, const PAGE: usize> Pages<T, PAGE> {
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (page, item) = Self::place(index);
        Arc::make_mut(self.pages.get_mut(page)?).get_mut(item)
    }

    /// Appends an item and answers its index.
    pub(crate) fn push(&mut self, item: T) -> usize {
        let index = self.len;
        let (page, item_in_page) = Self::place(index);
        if self.pages.len() <= page {
            self.pages.push(Arc::new(std::array::from_fn(|_| T::default())));
        }
        if let Some(slot) = self.pages.last_mut().and_then(|page| Arc::make_mut(page).get_mut(item_in_page)) {
            *slot = item;
        }
        self.len = self.len.saturating_add(1);
        index
    }

    /// Removes the last item.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let index = self.len.checked_sub(1)?;
        let item = std::mem::take(self.get_mut(index)?);
        self.len = index;
        self.pages.truncate(index.div_ceil(PAGE));
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_until_they_change() {
        let mut first: Pages<u32> = Pages::default();
        for n in 0..1_000_u32 {
            assert_eq!(first.push(n), n as usize);
        }
        let mut second = first.clone();
        *second.get_mut(500).unwrap() = 7;
        assert_eq!((first.get(500), second.get(500)), (Some(&500), Some(&7)));
        let shared = first.pages.iter().zip(&second.pages).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(shared, first.pages.len() - 1);
        assert_eq!(first.iter().copied().collect::<Vec<_>>(), (0..1_000).collect::<Vec<_>>());
        assert_eq!(second.pop(), Some(999));
        assert_eq!((second.len(), first.len()), (999, 1_000));
    }
}
