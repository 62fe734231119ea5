//! What a store does by itself: it follows other processes, writes snapshots, trims, and removes what expired.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::store::Shared;

/// How often the second thread looks whether there is something to do.
const UPKEEP: Duration = Duration::from_millis(500);

/// Permissions that a step of purging removes at most.
const PURGE_STEP: usize = 1_000;

/// Starts the threads, if there are to be any.
pub(crate) fn start(shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let Some(follow) = shared.options.follow else { return Vec::new() };
    let mut threads = vec![spawn(shared, "grantrie-follow", move |shared| follow_others(shared, follow))];
    if !shared.place.read_only {
        threads.push(spawn(shared, "grantrie-upkeep", keep_up));
    }
    threads.into_iter().flatten().collect()
}

fn spawn(shared: &Arc<Shared>, name: &str, run: impl FnOnce(&Shared) + Send + 'static) -> Option<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    // Without a thread the host can still refresh and compact.
    std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&shared)).ok()
}

fn follow_others(shared: &Shared, every: Duration) {
    let mut last = Instant::now();
    while shared.bell.rest(every.saturating_sub(last.elapsed())) {
        last = Instant::now();
        // What cannot be read now is tried again; damage is in the state.
        let _ = shared.refresh();
    }
}

fn keep_up(shared: &Shared) {
    let (mut last, mut purged) = (Instant::now(), Instant::now());
    while shared.bell.rest(UPKEEP.saturating_sub(last.elapsed())) {
        last = Instant::now();
        // What fails here costs time at the next opening, not a change; it is tried again.
        let _ = shared.keep_up();
        if shared.options.purge.is_some_and(|every| purged.elapsed() >= every) {
            purged = Instant::now();
            let _ = shared.purge(PURGE_STEP);
        }
    }
}
