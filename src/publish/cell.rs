//! The cell that holds the published copy: the one room of the engine with `unsafe` in it.
//!
//! A reader writes the copy's address into its [place](super::places), looks whether it is still the published one, and
//! from then on reads it in peace; a copy that was taken from the cell is anybody's own only when no place has its
//! address. That is one atomic exchange for a read. With reference counts it is two, and more than four times the
//! instructions: `cargo xtask instructions` counts them.
//!
//! What must hold, and is all that the `unsafe` below rests on:
//! 1. `current` is always an address that `Arc::into_raw` gave, and the cell owns that reference.
//! 2. A reader uses an address only after it has (a) set its place to it and then (b) found it in `current`; and only
//!    until it clears the place.
//! 3. Who takes an address out of `current` gets a [`Retired`], which changes, gives away or frees the copy only when
//!    it has found the address in no place *after* it was taken out.
//!
//! Why that is enough: (a), (b), taking out, and looking into the places are sequentially consistent, so they have one
//! order. If (b) comes before the taking out, so does (a), and the look finds the address unless the place was
//! cleared since; clearing is a release and the look an acquire, so that all reading is over. If (b) comes after the
//! taking out, it finds another address, or the same one published anew, which is as good.
//!
//! Tested on shuttle's schedules (`crates/protocol`), by `tests/concurrency.rs`, and with that under valgrind.

#![expect(unsafe_code, reason = "a read with reference counts takes four times the instructions; invariants above")]

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

#[cfg(shuttle)]
use shuttle::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(shuttle))]
use std::sync::atomic::{AtomicPtr, Ordering};

use super::places::{Place, Places, own, places};

/// See the [module](self).
pub(super) struct Cell<R> {
    current: AtomicPtr<R>,
    places: &'static Places,
    /// Sent and shared as the reference that it owns.
    owns: PhantomData<Arc<R>>,
}

/// A reader's hold of the published copy.
pub(crate) struct Guard<'a, R> {
    copy: NonNull<R>,
    place: &'static Place,
    /// The place is not the thread's own, and to be given back.
    lent: bool,
    cell: PhantomData<&'a Cell<R>>,
}

impl<R> Cell<R> {
    pub(super) fn new(value: R) -> Self {
        let current = AtomicPtr::new(Arc::into_raw(Arc::new(value)).cast_mut());
        Self { current, places: places(), owns: PhantomData }
    }

    #[inline(always)]
    pub(super) fn read(&self) -> Guard<'_, R> {
        let (place, lent) = own().map_or_else(|| (self.lend(), true), |place| (place, false));
        let mut seen = self.current.load(Ordering::Relaxed);
        loop {
            place.set(seen.cast());
            let now = self.current.load(Ordering::SeqCst);
            if now == seen {
                break;
            }
            // Another copy was published meanwhile.
            seen = now;
        }
        // SAFETY: not null by invariant 1.
        let copy = unsafe { NonNull::new_unchecked(seen) };
        Guard { copy, place, lent, cell: PhantomData }
    }

    /// A place for a read within a read, as from a host's clock.
    #[cold]
    #[inline(never)]
    fn lend(&self) -> &'static Place {
        self.places.take()
    }

    pub(super) fn snapshot(&self) -> Arc<R> {
        let guard = self.read();
        let copy = guard.copy.as_ptr().cast_const();
        // The counts of `Arc` are not shuttle's: others may go on before they are touched.
        #[cfg(shuttle)]
        shuttle::thread::yield_now();
        // SAFETY: an address of `Arc::into_raw` (invariant 1), whose reference the guard keeps alive (invariants 2 and 3)
        // until there is one more.
        unsafe {
            Arc::increment_strong_count(copy);
            Arc::from_raw(copy)
        }
    }

    /// Publishes a copy, and answers the one that was published before.
    pub(super) fn replace(&self, value: Arc<R>) -> Retired<R> {
        let before = self.current.swap(Arc::into_raw(value).cast_mut(), Ordering::SeqCst);
        // SAFETY: the cell's own reference (invariant 1), which is no longer in the cell.
        Retired { copy: ManuallyDrop::new(unsafe { Arc::from_raw(before) }), places: self.places }
    }

    /// A copy that was never published, as one that was.
    pub(super) fn retire(&self, copy: Arc<R>) -> Retired<R> {
        Retired { copy: ManuallyDrop::new(copy), places: self.places }
    }
}

impl<R> Drop for Cell<R> {
    fn drop(&mut self) {
        // SAFETY: the cell's own reference (invariant 1). No guard is left: each borrows the cell.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Relaxed)) });
    }
}

impl<R> Deref for Guard<'_, R> {
    type Target = R;

    #[inline(always)]
    fn deref(&self) -> &R {
        // SAFETY: the place is set to it (invariant 2), so nobody frees or changes it (invariant 3).
        unsafe { self.copy.as_ref() }
    }
}

impl<R> Drop for Guard<'_, R> {
    #[inline(always)]
    fn drop(&mut self) {
        self.place.clear();
        if self.lent {
            self.place.give_back();
        }
    }
}

/// A copy that is not published any more, and may still be read.
pub(super) struct Retired<R> {
    copy: ManuallyDrop<Arc<R>>,
    places: &'static Places,
}

impl<R> Retired<R> {
    /// Whether nobody reads or holds the copy any more.
    pub(super) fn is_free(&self) -> bool {
        // In this order: a reader may make itself a reference while it reads.
        !self.is_read() && Arc::strong_count(&self.copy) == 1
    }

    fn is_read(&self) -> bool {
        self.places.have(Arc::as_ptr(&self.copy).cast_mut().cast())
    }

    /// The copy for oneself, if nobody reads or holds it any more.
    pub(super) fn reclaim(mut self) -> Result<Arc<R>, Self> {
        if !self.is_free() {
            return Err(self);
        }
        // SAFETY: not used again: `self` is forgotten.
        let copy = unsafe { ManuallyDrop::take(&mut self.copy) };
        std::mem::forget(self);
        Ok(copy)
    }
}

impl<R> Drop for Retired<R> {
    fn drop(&mut self) {
        // Never while it is read: rather is it never freed. The writer waits for that before it drops one.
        if !self.is_read() {
            // SAFETY: dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.copy) };
        }
    }
}
