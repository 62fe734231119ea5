//! Handles: what C holds by an opaque pointer.
//!
//! A handle is shared: `clone` counts one more owner and `free` one fewer, and the last one to free it ends it. All of what
//! stands behind handles can be used by any number of threads at once.

use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

use grantrie::Code;

/// A handle that the caller has.
pub(crate) struct Handle<'a, T>(*const T, PhantomData<&'a T>);

/// Where the caller wants a handle to be put.
pub(crate) struct HandleOut<'a, T>(*mut *mut T, PhantomData<&'a mut *mut T>);

impl<T> Clone for Handle<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<'_, T> {}

impl<T> Clone for HandleOut<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for HandleOut<'_, T> {}

impl<'a, T: Send + Sync> Handle<'a, T> {
    /// # Safety
    /// Null, or a handle that was given out and not freed since, until the end of `'a`.
    #[inline]
    pub(crate) const unsafe fn new(pointer: *const T) -> Self {
        Self(pointer, PhantomData)
    }

    /// What stands behind it.
    #[inline]
    pub(crate) fn get(self) -> Result<&'a T, Code> {
        if self.0.is_null() || !self.0.is_aligned() {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: as `new` demands, it came from `HandleOut::give` and has an owner until the end of `'a`.
        Ok(unsafe { &*self.0 })
    }

    /// What stands behind it, or nothing where it is null.
    #[inline]
    pub(crate) fn get_if_given(self) -> Result<Option<&'a T>, Code> {
        if self.0.is_null() { Ok(None) } else { self.get().map(Some) }
    }

    /// Gives the same handle out once more.
    pub(crate) fn share(self, to: HandleOut<'_, T>) -> Result<(), Code> {
        to.clear();
        self.get()?;
        to.check()?;
        // SAFETY: as `new` demands, the pointer came from `Arc::into_raw` and has an owner.
        unsafe { Arc::increment_strong_count(self.0) };
        to.put(self.0.cast_mut());
        Ok(())
    }
}

impl<'a, T: Send + Sync> HandleOut<'a, T> {
    /// # Safety
    /// Null, or room for one pointer of the caller's, valid for `'a`.
    #[inline]
    pub(crate) const unsafe fn new(pointer: *mut *mut T) -> Self {
        Self(pointer, PhantomData)
    }

    /// Whether there is a place to put a handle.
    pub(crate) fn check(self) -> Result<(), Code> {
        if self.0.is_null() || !self.0.is_aligned() { Err(Code::InvalidArgument) } else { Ok(()) }
    }

    /// Puts null there, so that nobody takes what stood there for a handle.
    pub(crate) fn clear(self) {
        if self.check().is_ok() {
            self.put(ptr::null_mut());
        }
    }

    /// Puts a new handle there, if there is a place.
    pub(crate) fn give(self, value: T) {
        if self.check().is_ok() {
            self.put(Arc::into_raw(Arc::new(value)).cast_mut());
        }
    }

    fn put(self, handle: *mut T) {
        // SAFETY: `check` has found it neither null nor misaligned, so, as `new` demands, there is room for one pointer.
        unsafe { self.0.write(handle) };
    }
}

/// Counts one owner fewer; nothing happens to null.
///
/// # Safety
/// Null, or a handle that was given out, of which this owner has not freed its own before.
pub(crate) unsafe fn free<T: Send + Sync>(handle: *mut T) {
    if handle.is_null() || !handle.is_aligned() {
        return;
    }
    // What is dropped may be of the host's making (the audit), and a panic must not leave.
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        // SAFETY: it came from `Arc::into_raw`, and this owner's count is still there.
        drop(unsafe { Arc::from_raw(handle.cast_const()) });
    }));
    if let Err(panic) = dropped {
        std::mem::forget(panic);
    }
}
