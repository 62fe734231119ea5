//! Asking the processor for memory that will be read soon.

/// Has the cache line at the beginning of this fetched, and does not wait for it. Where the processor can't be asked, nothing is done.
#[inline(always)]
pub(crate) fn fetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    safe_arch::prefetch_t0(place);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
