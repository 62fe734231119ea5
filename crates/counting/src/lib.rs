//! The system's allocator, counting for each thread by itself.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: grantrie_counting::Counting = grantrie_counting::Counting;
//!
//! let (counts, text) = grantrie_counting::count(|| "a text on the heap".to_owned());
//! assert_eq!((counts.allocations, counts.frees), (1, 0));
//! assert_eq!(grantrie_counting::count(|| drop(text)).0.frees, 1);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Constants without destructors: reading them allocates nothing, at any time in a thread's life.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static FREES: Cell<u64> = const { Cell::new(0) };
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

/// The allocator.
#[derive(Debug)]
pub struct Counting;

/// What one thread has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Blocks allocated; one that grows or shrinks counts here and among the frees.
    pub allocations: u64,
    /// Blocks freed.
    pub frees: u64,
}

/// What this thread has done so far.
#[must_use]
pub fn so_far() -> Counts {
    Counts { allocations: ALLOCATIONS.get(), frees: FREES.get() }
}

/// The bytes that this thread has allocated and not freed; negative if it freed more, of other threads.
#[must_use]
pub fn bytes_held() -> i64 {
    BYTES.get()
}

/// What this thread does in a piece of work, with the work's result.
pub fn count<T>(work: impl FnOnce() -> T) -> (Counts, T) {
    let before = so_far();
    let result = work();
    let after = so_far();
    (Counts { allocations: after.allocations - before.allocations, frees: after.frees - before.frees }, result)
}

fn hold(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_add_unsigned(bytes as u64));
}

fn release(bytes: usize) {
    BYTES.set(BYTES.get().wrapping_sub_unsigned(bytes as u64));
}

fn add(counter: &'static std::thread::LocalKey<Cell<u64>>) {
    counter.set(counter.get() + 1);
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory but three numbers of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(&ALLOCATIONS);
        hold(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(&ALLOCATIONS);
        hold(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        add(&FREES);
        release(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        add(&ALLOCATIONS);
        add(&FREES);
        hold(new_size);
        release(layout.size());
        // SAFETY: the caller's promises are the same.
        unsafe { System.realloc(block, layout, new_size) }
    }
}
