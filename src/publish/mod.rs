//! Publishing versions: one writer, any number of readers, and nobody waits.
//!
//! There are two copies of the value. Readers see the published one; the writer owns the other, the *spare*. A change
//! is made on the spare, which is then published; the copy that was published before becomes the spare, and lags by the
//! changes just made until they are replayed on it at the next change. A change therefore costs its own work twice and
//! copies nothing.
//!
//! If a reader still holds the copy that the writer wants back, the writer leaves it to that reader and takes a fork of
//! the published copy, which shares its pages. Copies left so are kept until nobody holds them and are then dropped
//! here: a reader never pays for freeing an old version, and one that sleeps on a version costs memory, not time.

mod cell;
mod places;

use std::sync::{Arc, PoisonError};
#[cfg(not(shuttle))]
use std::sync::{Mutex, MutexGuard, TryLockError};

#[cfg(shuttle)]
use shuttle::sync::{Mutex, MutexGuard};

use cell::{Cell, Guard, Retired};

/// A value of which two copies are kept in step.
pub(crate) trait Replica: Clone {
    /// A change that was made on one copy and is to be made on the other.
    type Change;

    /// Makes the change again. Must come to the same as it did on the other copy.
    fn replay(&mut self, change: &Self::Change);
}

/// The place where readers find the published copy.
pub(crate) struct Published<R: Replica> {
    current: Cell<R>,
    writer: Mutex<Writer<R>>,
}

/// The writer's side: the spare and what it lacks.
struct Writer<R: Replica> {
    spare: Option<Retired<R>>,
    /// The one change that was made on the published copy only.
    lacks: Option<R::Change>,
    /// Copies that readers still held when the writer wanted them back.
    left: Vec<Retired<R>>,
}

impl<R: Replica> Published<R> {
    pub(crate) fn new(value: R) -> Self {
        let writer = Writer { spare: None, lacks: None, left: Vec::new() };
        Self { current: Cell::new(value), writer: Mutex::new(writer) }
    }

    /// The published copy, for as long as the guard lives.
    #[inline]
    pub(crate) fn read(&self) -> Guard<'_, R> {
        self.current.read()
    }

    /// The published copy, to keep.
    pub(crate) fn snapshot(&self) -> Arc<R> {
        self.current.snapshot()
    }

    /// Becomes the one writer, waiting for another.
    pub(crate) fn write(&self) -> Writing<'_, R> {
        // A panic of a writer before it published has left at most the spare half changed: see `Writing::spare`.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Writing { published: self, writer }
    }
}

#[cfg(not(shuttle))]
impl<R: Replica> Published<R> {
    /// Becomes the one writer, unless there is another.
    pub(crate) fn try_write(&self) -> Option<Writing<'_, R>> {
        let writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(Writing { published: self, writer })
    }
}

/// The one writer, for as long as this lives.
pub(crate) struct Writing<'a, R: Replica> {
    published: &'a Published<R>,
    writer: MutexGuard<'a, Writer<R>>,
}

impl<R: Replica> Writing<'_, R> {
    /// Takes the spare, in step with what is published. It is nobody else's; if it is not given back by
    /// [`publish`](Self::publish) or [`keep`](Self::keep), it is simply gone, and the next one is a fork.
    pub(crate) fn spare(&mut self) -> Arc<R> {
        let lacks = std::mem::take(&mut self.writer.lacks);
        if let Some(spare) = self.writer.spare.take() {
            match spare.reclaim() {
                Ok(mut spare) => {
                    let value = Arc::get_mut(&mut spare);
                    value.into_iter().for_each(|value| lacks.iter().for_each(|change| value.replay(change)));
                    return spare;
                }
                Err(held) => self.writer.left.push(held),
            }
        }
        Arc::new(self.published.snapshot().as_ref().clone())
    }

    /// Gives back a spare that was not changed after all.
    pub(crate) fn keep(&mut self, unchanged: Arc<R>) {
        self.writer.spare = Some(self.published.current.retire(unchanged));
    }

    /// Publishes a changed spare; the copy published before becomes the spare, and `change` what it lacks. With
    /// `None` (as for a very large change) it is dropped instead, and the next spare is a fork.
    pub(crate) fn publish(&mut self, changed: Arc<R>, change: Option<R::Change>) {
        let before = self.published.current.replace(changed);
        match change {
            Some(change) => {
                self.writer.lacks = Some(change);
                self.writer.spare = Some(before);
            }
            None => self.writer.left.push(before),
        }
        self.writer.left.retain(|copy| !copy.is_free());
    }
}
