//! Places where readers write down which copy they read: hazard pointers (Michael, *Hazard Pointers: Safe Memory
//! Reclamation for Lock-Free Objects*, 2004).
//!
//! A thread takes a place with its first read and gives it back when it ends; a read within a read takes another. There
//! are as many places as there were ever readers at the same time: they are never freed, and used again.

use std::ptr::null_mut;
use std::sync::OnceLock;

#[cfg(shuttle)]
use shuttle::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
#[cfg(not(shuttle))]
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// One reader's place, on cache lines of its own: readers do not slow each other down.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Place {
    /// The copy that is read; null between reads. Never looked into, only compared.
    reads: AtomicPtr<()>,
    taken: AtomicBool,
    next: OnceLock<&'static Place>,
}

impl Place {
    /// Writes down what is read from now on. Whatever this thread loads after it, it loads after everybody can see this.
    #[inline(always)]
    pub(super) fn set(&self, pointer: *mut ()) {
        // An exchange and not a store: nothing that follows may be done before it.
        self.reads.swap(pointer, Ordering::SeqCst);
    }

    /// Nothing is read any more.
    #[inline(always)]
    pub(super) fn clear(&self) {
        self.reads.store(null_mut(), Ordering::Release);
    }

    #[inline(always)]
    fn is_clear(&self) -> bool {
        self.reads.load(Ordering::Relaxed).is_null()
    }

    /// Lets others take the place.
    #[cold]
    pub(super) fn give_back(&self) {
        self.taken.store(false, Ordering::Release);
    }
}

/// All places.
#[derive(Debug, Default)]
pub(super) struct Places {
    first: OnceLock<&'static Place>,
}

impl Places {
    /// Whether any reader has written this down.
    pub(super) fn have(&self, pointer: *mut ()) -> bool {
        let mut next = self.first.get();
        while let Some(place) = next {
            if place.reads.load(Ordering::SeqCst) == pointer {
                return true;
            }
            next = place.next.get();
        }
        false
    }

    /// A place that nobody else has, until it is [given back](Place::give_back).
    pub(super) fn take(&self) -> &'static Place {
        let mut end = &self.first;
        loop {
            let place = *end.get_or_init(|| {
                let (reads, taken) = (AtomicPtr::new(null_mut()), AtomicBool::new(false));
                Box::leak(Box::new(Place { reads, taken, next: OnceLock::new() }))
            });
            let free = place.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
            // One that is not clear was left by a reader that never came to an end.
            if free && place.is_clear() {
                return place;
            }
            end = &place.next;
        }
    }
}

/// The places of this process. A model of the protocol has its own for each run.
#[cfg(not(shuttle))]
pub(super) fn places() -> &'static Places {
    static PLACES: Places = Places { first: OnceLock::new() };
    &PLACES
}

#[cfg(shuttle)]
pub(super) fn places() -> &'static Places {
    Box::leak(Box::default())
}

/// This thread's place, if there is nothing in it; the first time, it is taken.
#[cfg(not(shuttle))]
#[inline(always)]
pub(super) fn own() -> Option<&'static Place> {
    use std::cell::Cell;

    /// Gives the place back when its thread ends.
    struct Leaving;

    impl Drop for Leaving {
        fn drop(&mut self) {
            OWN.take().into_iter().for_each(Place::give_back);
        }
    }

    thread_local! {
        /// Apart from what is dropped, so that to look at it is one load.
        static OWN: Cell<Option<&'static Place>> = const { Cell::new(None) };
        static LEAVING: Leaving = const { Leaving };
    }

    #[cold]
    fn settle() -> Option<&'static Place> {
        // A thread that is leaving already takes a place for each read.
        LEAVING.try_with(|_| ()).ok()?;
        OWN.set(Some(places().take()));
        OWN.get()
    }

    let place = OWN.get().or_else(settle)?;
    if place.is_clear() { Some(place) } else { None }
}

/// Shuttle's threads take a place for each read.
#[cfg(shuttle)]
pub(super) fn own() -> Option<&'static Place> {
    None
}
