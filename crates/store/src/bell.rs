//! What threads of this process wait for: that a revision is published, and that the store is closed.
//!
//! Waking costs a call of the system and a turn of whoever wakes. So publishing wakes those alone who wait for it, not
//! the threads of the background, which rest by the clock.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::store::lock;

#[derive(Debug, Default)]
pub(crate) struct Bell {
    state: Mutex<State>,
    published: Condvar,
    closed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How often something was published.
    rings: u64,
    listeners: usize,
    closed: bool,
}

impl Bell {
    /// Something was published.
    pub(crate) fn ring(&self) {
        let mut state = lock(&self.state);
        state.rings += 1;
        let heard = state.listeners > 0;
        drop(state);
        if heard {
            self.published.notify_all();
        }
    }

    /// How often it rang.
    pub(crate) fn rings(&self) -> u64 {
        lock(&self.state).rings
    }

    /// Waits until it rang more often than `heard`.
    pub(crate) fn listen(&self, heard: u64, timeout: Duration) {
        let mut state = lock(&self.state);
        state.listeners += 1;
        let waiting = |state: &mut State| state.rings == heard && !state.closed;
        let waited = self.published.wait_timeout_while(state, timeout, waiting);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.listeners -= 1;
    }

    /// Rests for so long; answers whether the store is to go on.
    pub(crate) fn rest(&self, time: Duration) -> bool {
        let rested = self.closed.wait_timeout_while(lock(&self.state), time, |state| !state.closed);
        !rested.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.closed.notify_all();
        self.published.notify_all();
    }

    pub(crate) fn goes_on(&self) -> bool {
        !lock(&self.state).closed
    }
}
