//! The clocks.
//!
//! Passes, and calls that take long, are timed by what this thread has had of the processor: other work on the machine can slow
//! it, but the time in which it has to wait is not counted. That clock takes longer to read than a short call takes, so
//! short calls that are timed by themselves have the ordinary one, less what reading that takes.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::worker::quantile;

/// What this thread has had of the processor, in nanoseconds.
pub(crate) fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "below 2^53 nanoseconds, which are a hundred days")]
    let (seconds, nanoseconds) = (time.tv_sec as f64, time.tv_nsec as f64);
    seconds * 1e9 + nanoseconds
}

/// What reading the ordinary clock twice takes, in nanoseconds.
pub(crate) fn reading_takes() -> f64 {
    let mut times: Vec<f64> = (0..1_000).map(|_| Instant::now().elapsed().as_secs_f64() * 1e9).collect();
    quantile(&mut times, 0.5)
}
