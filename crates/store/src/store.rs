//! The handle: an engine that is on disk.

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use grantrie::{ChangeSet, Engine, Revision, Timestamp, Writer};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::background;
use crate::bell::Bell;
use crate::connection::Place;
use crate::error::{Damage, Doing, StoreError};
use crate::log::{self, Cause, Origin};
use crate::options::Options;
use crate::queue::{Job, Queue};
use crate::recover::{self, Recovery};
use crate::write::Core;

/// An engine whose changes are on disk before they are acknowledged. Cloning it gives another handle to the same one.
///
/// It is an [`Engine`] to whoever asks, and [`Engine::apply`] on any clone of that engine writes here too. When the last
/// handle goes, the file is closed: the engine then answers on, and refuses changes.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    _running: Arc<Running>,
}

/// In what state a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The last change was written, or none was tried yet.
    Ready,
    /// It was opened for reading.
    ReadOnly,
    /// The last change could not be written, for this reason. The next one is tried anew.
    Failing(String),
    /// What was read is not as it was written: no change is taken any more, and checks go on with what was good.
    Damaged(Damage),
}

pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) writer: Writer,
    pub(crate) place: Place,
    pub(crate) options: Options,
    pub(crate) core: Mutex<Core>,
    pub(crate) state: Mutex<State>,
    pub(crate) commits: AtomicU64,
    pub(crate) queue: Queue,
    pub(crate) bell: Bell,
}

/// The threads of a store, which end when the last handle goes.
struct Running {
    shared: Weak<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.bell.close();
        }
        for thread in lock(&self.threads).drain(..) {
            drop(thread.join());
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if *lock(&self.state) == State::Ready {
            // Without it the next opening knows less of where the log ends; the mark still tells.
            let _ = self.seal();
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { place, engine, .. } = &*self.shared;
        f.debug_struct("Store").field("path", &place.path).field("revision", &engine.revision()).finish_non_exhaustive()
    }
}

impl Deref for Store {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.shared.engine
    }
}

/// Opens a store, which is made if there is no file, and says what was found.
///
/// ```
/// use grantrie::{Actions, Change, PermissionDraft, Principal, Request, Subject};
/// # let directory = std::env::temp_dir().join(format!("grantrie-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("world.grantrie");
/// let (engine, _) = grantrie_store::open(&path, grantrie_store::Options::default())?;
/// let draft = PermissionDraft::allow("acme", Principal::user("ann"), "aisvc:agent:*".parse()?, Actions::All);
/// let revision = engine.apply(Change::UpsertPermission(draft))?; // on disk from here on
/// drop(engine);
///
/// let (engine, recovery) = grantrie_store::open(&path, grantrie_store::Options::default())?;
/// assert_eq!((recovery.revision, recovery.replayed), (revision, 1));
/// assert!(engine.is_allowed(&Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7")));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The file cannot be read or written, is no store or a later one's, or is [damaged](StoreError::Damaged): then nothing is
/// repaired, and [`verify`](crate::verify) and [`restore_last_good`](crate::restore_last_good) say and do more.
pub fn open(path: impl AsRef<Path>, mut options: Options) -> Result<(Store, Recovery), StoreError> {
    let place = Place {
        path: path.as_ref().to_owned(),
        read_only: options.read_only,
        create: options.create,
        as_it_is: false,
        wait: options.wait,
    };
    let builder = options.engine();
    let queue = Queue::new(options.waiting, options.wait);
    let mut builder = Some(builder);
    let shared = Arc::new_cyclic(|shared: &Weak<Shared>| {
        let keeper = shared.clone();
        let keep = move |set: ChangeSet| {
            let shared = keeper.upgrade().ok_or_else(|| StoreError::Closed.into_refused())?;
            shared.apply(set, Origin::default(), Cause::Change).map_err(StoreError::into_refused)
        };
        let (engine, writer) = builder.take().unwrap_or_default().build_kept(keep);
        Shared {
            engine,
            writer,
            place,
            options,
            core: Mutex::new(Core::default()),
            state: Mutex::new(State::Ready),
            commits: AtomicU64::new(0),
            queue,
            bell: Bell::default(),
        }
    });
    let recovery = recover::recover(&shared, &mut lock(&shared.core))?;
    if shared.place.read_only {
        *lock(&shared.state) = State::ReadOnly;
    }
    let threads = background::start(&shared);
    let running = Running { shared: Arc::downgrade(&shared), threads: Mutex::new(threads) };
    Ok((Store { shared, _running: Arc::new(running) }, recovery))
}

impl Store {
    /// The engine, to be given to whoever only asks and applies.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.shared.engine.clone()
    }

    /// Applies a change set: all of it, or nothing; see [`Engine::apply`]. When it answers a revision, the change is on
    /// disk, and checks see it.
    ///
    /// # Errors
    /// The set is refused, or could not be written; either way nothing of it is visible.
    pub fn apply(&self, set: impl Into<ChangeSet>) -> Result<Revision, StoreError> {
        self.apply_from(set, Origin::default())
    }

    /// The same, with where it came from, for the audit.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_from(&self, set: impl Into<ChangeSet>, origin: Origin) -> Result<Revision, StoreError> {
        self.shared.apply(set.into(), origin, Cause::Change)
    }

    /// Imports a world file's change set: the same as applying it, audited as an import.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn import(&self, set: impl Into<ChangeSet>, origin: Origin) -> Result<Revision, StoreError> {
        self.shared.apply(set.into(), origin, Cause::Import)
    }

    /// Removes permissions that have expired, `step` of them at most in each change set, audited as expired; answers how
    /// many. They count no more either way: this is for the memory and the lists.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); the steps before the one that failed are done.
    pub fn purge_expired(&self, step: usize) -> Result<usize, StoreError> {
        self.shared.purge(step.max(1))
    }

    /// Shows at once what other processes have written.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn refresh(&self) -> Result<Revision, StoreError> {
        self.shared.refresh()
    }

    /// Waits until a revision is visible here, whichever process wrote it; answers the newest.
    ///
    /// # Errors
    /// It did not come in time, or the file cannot be read.
    pub fn wait_for(&self, revision: Revision, timeout: Duration) -> Result<Revision, StoreError> {
        let begun = Instant::now();
        loop {
            let heard = self.shared.bell.rings();
            // Whoever has the file now publishes what it finds there: it is not waited for longer than was asked.
            if self.revision() < revision {
                self.shared.try_refresh()?;
            }
            let newest = self.revision();
            if newest >= revision {
                return Ok(newest);
            }
            let Some(left) = timeout.checked_sub(begun.elapsed()) else {
                return Err(StoreError::Awaited { wanted: revision, waited: timeout, newest });
            };
            // Other processes ring no bell here.
            self.shared.bell.listen(heard, left.min(Duration::from_millis(5)));
        }
    }

    /// How many commits this handle has made: each is one sync, for as many change sets as waited.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// In what state the store is.
    #[must_use]
    pub fn state(&self) -> State {
        lock(&self.shared.state).clone()
    }

    /// The store's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.place.path
    }
}

impl Shared {
    pub(crate) fn apply(&self, set: ChangeSet, origin: Origin, cause: Cause) -> Result<Revision, StoreError> {
        self.queue.submit(Job::Apply { set, origin, cause }, |jobs| self.write(jobs)).map(|written| written.revision)
    }

    pub(crate) fn purge(&self, step: usize) -> Result<usize, StoreError> {
        let due = |at| self.engine.snapshot().expired(at, step).len();
        self.refresh()?;
        let mut purged = 0;
        loop {
            let at = self.now();
            if due(at) == 0 {
                return Ok(purged);
            }
            // Others may have removed some meanwhile: what counts is what this one did.
            purged += self.queue.submit(Job::Purge { at, most: step }, |jobs| self.write(jobs))?.effects;
        }
    }

    /// Lets the file remember how far it goes, unless it knows or others are writing.
    fn seal(&self) -> Result<(), StoreError> {
        let core = lock(&self.core);
        let Some(connection) = &core.connection else { return Ok(()) };
        if log::ends(connection)?.sealed.revision >= core.head.revision {
            return Ok(());
        }
        let doing = "closing the store";
        connection.busy_timeout(Duration::ZERO).doing(doing)?;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).doing(doing)?;
        log::seal(&transaction, &core.head)?;
        transaction.commit().doing(doing)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.writer.now()
    }

    /// A connection of one's own, for what takes long.
    pub(crate) fn connect(&self) -> Result<Connection, StoreError> {
        Place { create: false, ..self.place.clone() }.connect()
    }
}
