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

use std::sync::{Arc, PoisonError};
#[cfg(not(shuttle))]
use std::sync::{Mutex, MutexGuard, TryLockError};

#[cfg(shuttle)]
use shuttle::sync::{Mutex, MutexGuard};

/// A value of which two copies are kept in step.
pub(crate) trait Replica: Clone {
    /// A change that was made on one copy and is to be made on the other.
    type Change;

    /// Makes the change again. Must come to the same as it did on the other copy.
    fn replay(&mut self, change: &Self::Change);
}

/// The place where readers find the published copy.
pub(crate) struct Published<R: Replica> {
    current: cell::Cell<R>,
    writer: Mutex<Writer<R>>,
}

/// The writer's side: the spare and what it lacks.
struct Writer<R: Replica> {
    spare: Option<Arc<R>>,
    /// The one change that was made on the published copy only.
    lacks: Option<R::Change>,
    /// Copies that readers still held when the writer wanted them back.
    left: Vec<Arc<R>>,
}

impl<R: Replica> Published<R> {
    pub(crate) fn new(value: R) -> Self {
        let writer = Writer { spare: None, lacks: None, left: Vec::new() };
        Self { current: cell::Cell::new(value), writer: Mutex::new(writer) }
    }

    /// The published copy, for as long as the guard lives.
    #[inline]
    pub(crate) fn read(&self) -> cell::Guard<R> {
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
        if let Some(mut spare) = self.writer.spare.take() {
            match Arc::get_mut(&mut spare) {
                Some(value) => {
                    lacks.iter().for_each(|change| value.replay(change));
                    return spare;
                }
                None => self.writer.left.push(spare),
            }
        }
        Arc::new(self.published.snapshot().as_ref().clone())
    }

    /// Gives back a spare that was not changed after all.
    pub(crate) fn keep(&mut self, unchanged: Arc<R>) {
        self.writer.spare = Some(unchanged);
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
        self.writer.left.retain(|copy| Arc::strong_count(copy) > 1);
    }
}

/// The cell that holds the published copy.
#[cfg(not(shuttle))]
mod cell {
    use std::sync::Arc;

    use arc_swap::ArcSwap;

    pub(super) struct Cell<R>(ArcSwap<R>);

    pub(crate) type Guard<R> = arc_swap::Guard<Arc<R>>;

    impl<R> Cell<R> {
        pub(super) fn new(value: R) -> Self {
            Self(ArcSwap::from_pointee(value))
        }

        #[inline]
        pub(super) fn read(&self) -> Guard<R> {
            self.0.load()
        }

        pub(super) fn snapshot(&self) -> Arc<R> {
            self.0.load_full()
        }

        pub(super) fn replace(&self, value: Arc<R>) -> Arc<R> {
            self.0.swap(value)
        }
    }
}

/// The same cell on shuttle's primitives: other threads may run before and after every access, and before a reader's
/// guard goes.
#[cfg(shuttle)]
mod cell {
    use std::ops::Deref;
    use std::sync::Arc;

    use shuttle::sync::Mutex;
    use shuttle::thread::yield_now;

    pub(super) struct Cell<R>(Mutex<Arc<R>>);

    pub(crate) struct Guard<R>(Arc<R>);

    impl<R> Deref for Guard<R> {
        type Target = Arc<R>;

        fn deref(&self) -> &Arc<R> {
            &self.0
        }
    }

    impl<R> Drop for Guard<R> {
        fn drop(&mut self) {
            yield_now();
        }
    }

    impl<R> Cell<R> {
        pub(super) fn new(value: R) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(super) fn read(&self) -> Guard<R> {
            Guard(self.snapshot())
        }

        pub(super) fn snapshot(&self) -> Arc<R> {
            let value = Arc::clone(&self.lock());
            yield_now();
            value
        }

        pub(super) fn replace(&self, value: Arc<R>) -> Arc<R> {
            let before = std::mem::replace(&mut *self.lock(), value);
            yield_now();
            before
        }

        fn lock(&self) -> shuttle::sync::MutexGuard<'_, Arc<R>> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }
}
