//! Releasing the GIL, and forking while other threads have it released.
//!
//! A child has only the thread that forked. Were another thread changing the engine then, the child would have the writer's
//! lock held by nobody. So whatever runs without the GIL is counted, and a fork waits until nothing does; what would begin
//! meanwhile waits for the fork. The counts change only under the GIL.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pyo3::prelude::*;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// Counts what runs, until it ends: in an answer or in a panic.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Does something that takes long without holding the GIL.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    while FORKING.load(Ordering::SeqCst) > 0 {
        pause(py);
    }
    RUNNING.fetch_add(1, Ordering::SeqCst);
    let _running = Running;
    py.detach(work)
}

fn pause(py: Python<'_>) {
    py.detach(|| std::thread::sleep(Duration::from_micros(100)));
}

/// Waits until nothing runs without the GIL, and holds back what would begin.
#[pyfunction]
#[pyo3(name = "_before_fork")]
pub(crate) fn before_fork(py: Python<'_>) {
    FORKING.fetch_add(1, Ordering::SeqCst);
    while RUNNING.load(Ordering::SeqCst) > 0 {
        pause(py);
    }
}

/// Lets go on what was held back.
#[pyfunction]
#[pyo3(name = "_after_fork_in_parent")]
pub(crate) fn after_fork_in_parent() {
    FORKING.fetch_sub(1, Ordering::SeqCst);
}

/// The same in the child, where nobody else forks.
#[pyfunction]
#[pyo3(name = "_after_fork_in_child")]
pub(crate) fn after_fork_in_child() {
    FORKING.store(0, Ordering::SeqCst);
}
