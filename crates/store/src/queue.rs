//! Who writes next: change sets wait in a line, and whoever is first writes for all that are there.
//!
//! There is no thread that writes. The first in line leads: it takes what waits, writes it with one sync, tells the
//! others what became of theirs, and hands the lead to the next. The line is bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use grantrie::{ChangeSet, Revision, Timestamp};

use crate::error::StoreError;
use crate::log::{Cause, Origin};

/// Change sets that are written together, at most.
const GROUP: usize = 256;

/// What is to be written.
#[derive(Debug)]
pub(crate) enum Job {
    Apply {
        set: ChangeSet,
        origin: Origin,
        cause: Cause,
    },
    /// Remove so many permissions at most that have expired at the instant.
    Purge {
        at: Timestamp,
        most: usize,
    },
}

/// What became of a job.
pub(crate) type Outcome = Result<Written, StoreError>;

/// What was written, or had been so before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// The revision that shows it.
    pub(crate) revision: Revision,
    pub(crate) effects: usize,
}

#[derive(Debug)]
struct Ticket {
    turn: Mutex<Turn>,
    called: Condvar,
}

#[derive(Debug)]
enum Turn {
    Wait,
    Lead,
    Done(Outcome),
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<(Arc<Ticket>, Job)>,
    led: bool,
    /// How many wait for room. Waking costs a call of the system, also where nobody sleeps.
    outside: usize,
    /// How many groups were written.
    groups: u64,
    /// How many wait for that.
    giving_way: usize,
}

#[derive(Debug)]
pub(crate) struct Queue {
    line: Mutex<Line>,
    room: Condvar,
    group_done: Condvar,
    most: usize,
    wait: Duration,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    pub(crate) fn new(most: usize, wait: Duration) -> Self {
        Self { line: Mutex::default(), room: Condvar::new(), group_done: Condvar::new(), most: most.max(1), wait }
    }

    /// Waits until the job is written, by this thread (`write` answers an outcome for each job) or another.
    ///
    /// # Errors
    /// Busy, if there was no room in the line for too long; else what `write` answered.
    pub(crate) fn submit(&self, job: Job, write: impl Fn(Vec<Job>) -> Vec<Outcome>) -> Outcome {
        let ticket = Arc::new(Ticket { turn: Mutex::new(Turn::Wait), called: Condvar::new() });
        if !self.stand_in_line(&ticket, job)? {
            let mut turn = lock(&ticket.turn);
            loop {
                match std::mem::replace(&mut *turn, Turn::Wait) {
                    Turn::Wait => turn = ticket.called.wait(turn).unwrap_or_else(PoisonError::into_inner),
                    Turn::Lead => break,
                    Turn::Done(outcome) => return outcome,
                }
            }
        }
        let (mut tickets, jobs) = self.take_group();
        // The leader is the first of its group, and need not be told.
        tickets.pop_front();
        let mut leading = Leading { queue: self, tickets };
        let mut outcomes = write(jobs).into_iter();
        let own = outcomes.next().unwrap_or(Err(StoreError::Closed));
        outcomes.for_each(|outcome| leading.tell(outcome));
        own
    }

    /// Waits, if somebody is about to write, until that is written, or for so long at most.
    ///
    /// The lock on the file goes to whoever asks at the right moment, and SQLite asks ever more rarely: a background that
    /// took it again and again would keep it from a group for seconds where a sync is slow.
    pub(crate) fn give_way(&self, at_most: Duration) {
        let mut line = lock(&self.line);
        let seen = line.groups;
        line.giving_way += 1;
        let waiting = |line: &mut Line| line.led && line.groups == seen;
        line = self.group_done.wait_timeout_while(line, at_most, waiting).unwrap_or_else(PoisonError::into_inner).0;
        line.giving_way -= 1;
    }

    /// Answers whether whoever stands in line now is to lead.
    fn stand_in_line(&self, ticket: &Arc<Ticket>, job: Job) -> Result<bool, StoreError> {
        let begun = Instant::now();
        let mut line = lock(&self.line);
        while line.waiting.len() >= self.most {
            let Some(left) = self.wait.checked_sub(begun.elapsed()) else {
                return Err(StoreError::Busy { waited: self.wait });
            };
            line.outside += 1;
            line = self.room.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0;
            line.outside -= 1;
        }
        line.waiting.push_back((Arc::clone(ticket), job));
        Ok(!std::mem::replace(&mut line.led, true))
    }

    fn take_group(&self) -> (VecDeque<Arc<Ticket>>, Vec<Job>) {
        let mut line = lock(&self.line);
        let group = line.waiting.len().min(GROUP);
        let group = line.waiting.drain(..group).unzip();
        let outside = line.outside;
        drop(line);
        if outside > 0 {
            self.room.notify_all();
        }
        group
    }
}

/// The lead, which is handed on whatever happens.
struct Leading<'a> {
    queue: &'a Queue,
    tickets: VecDeque<Arc<Ticket>>,
}

impl Leading<'_> {
    fn tell(&mut self, outcome: Outcome) {
        if let Some(ticket) = self.tickets.pop_front() {
            *lock(&ticket.turn) = Turn::Done(outcome);
            ticket.called.notify_one();
        }
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        while !self.tickets.is_empty() {
            self.tell(Err(StoreError::Closed));
        }
        let mut line = lock(&self.queue.line);
        match line.waiting.front() {
            Some((next, _)) => {
                *lock(&next.turn) = Turn::Lead;
                next.called.notify_one();
            }
            None => line.led = false,
        }
        line.groups += 1;
        if line.giving_way > 0 {
            self.queue.group_done.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn job() -> Job {
        Job::Purge { at: Timestamp::MIN, most: 0 }
    }

    fn written(revision: u64) -> Outcome {
        Ok(Written { revision: Revision(revision), effects: 1 })
    }

    #[test]
    fn every_job_is_written_once_and_many_share_a_group() {
        let queue = Queue::new(8, Duration::from_secs(60));
        let (jobs, groups) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let write = |group: Vec<Job>| {
            groups.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(200));
            group.iter().map(|_| written(jobs.fetch_add(1, Ordering::Relaxed) as u64)).collect()
        };
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| (0..50).for_each(|_| assert!(queue.submit(job(), write).is_ok())));
            }
        });
        assert_eq!(jobs.load(Ordering::Relaxed), 800);
        assert!(groups.load(Ordering::Relaxed) < 500, "{groups:?}");
    }

    #[test]
    fn who_gives_way_waits_for_one_group_and_for_nobody_else() {
        let queue = Queue::new(8, Duration::from_secs(60));
        let long = Duration::from_secs(60);
        queue.give_way(long);
        let (writing, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let write = |group: Vec<Job>| {
            writing.fetch_add(1, Ordering::SeqCst);
            while over.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            group.iter().map(|_| written(1)).collect()
        };
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(queue.submit(job(), write).is_ok()));
            while writing.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            queue.give_way(Duration::from_millis(1));
            assert_eq!(over.load(Ordering::SeqCst), 0, "no longer than it is told to");
            let giving = scope.spawn(|| {
                queue.give_way(long);
                assert_eq!(over.load(Ordering::SeqCst), 1, "not before it is written");
            });
            while lock(&queue.line).giving_way == 0 {
                std::thread::yield_now();
            }
            over.store(1, Ordering::SeqCst);
            giving.join().unwrap();
        });
    }

    #[test]
    fn a_line_that_is_full_is_busy_and_a_panic_hands_the_lead_on() {
        let queue = Queue::new(1, Duration::from_millis(20));
        let slow = |group: Vec<Job>| {
            std::thread::sleep(Duration::from_millis(300));
            group.iter().map(|_| written(1)).collect()
        };
        std::thread::scope(|scope| {
            let submits: Vec<_> = (0..3).map(|_| scope.spawn(|| queue.submit(job(), slow))).collect();
            let outcomes: Vec<Outcome> = submits.into_iter().map(|thread| thread.join().unwrap()).collect();
            let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Busy { .. }))).count();
            assert_eq!(busy, 1, "one leads, one waits, one finds no room: {outcomes:?}");
            let panicked = scope.spawn(|| queue.submit(job(), |_| panic!("on purpose"))).join();
            assert!(panicked.is_err());
            assert!(queue.submit(job(), slow).is_ok());
        });
    }
}
