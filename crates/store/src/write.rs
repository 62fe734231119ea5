//! Writing a group of change sets with one sync, and following what other processes wrote.

use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, TryLockError};

use grantrie::{Change, ChangeSet, Refused, Revision, Staged, Staging, Timestamp};
use rusqlite::Connection;

use crate::chain::Link;
use crate::error::{Doing, StoreError};
use crate::log::{self, Cause, Origin};
use crate::mark;
use crate::queue::{Job, Outcome, Written};
use crate::schema::{self, CHECKSUM};
use crate::snapshot;
use crate::store::{Shared, State, lock};

/// Entries that are made again before what they came to is published.
const STRIDE: usize = 1_000;

/// What only one thread of a process has at a time.
pub(crate) struct Core {
    pub(crate) connection: Option<Connection>,
    /// What the engine shows.
    pub(crate) head: Link,
    /// Whether a write failed since the file was last known to be well.
    pub(crate) suspect: bool,
    /// Effective changes since the last snapshot.
    pub(crate) unsaved: u64,
    /// The instant of the newest entry, also if it was trimmed since.
    latest: Option<Timestamp>,
    /// The state of the file that all this is of, as SQLite numbers them for this connection.
    seen: Option<i64>,
    mark: Option<File>,
}

impl Default for Core {
    fn default() -> Self {
        let head = Link { revision: Revision(0), checksum: [0; CHECKSUM] };
        Self { connection: None, head, suspect: false, unsaved: 0, latest: None, seen: None, mark: None }
    }
}

/// What a job came to, before it is on disk.
type Judged = Result<Written, Refused>;

impl Shared {
    /// Writes a group of jobs; answers an outcome for each.
    pub(crate) fn write(&self, jobs: Vec<Job>) -> Vec<Outcome> {
        let count = jobs.len();
        let written = self.may_write().and_then(|()| {
            let mut core = lock(&self.core);
            let written = self.write_group(&mut core, jobs);
            if let Err(error) = &written {
                let unharmed = matches!(error, StoreError::Busy { .. });
                core.suspect |= !unharmed;
            }
            written
        });
        self.note(written.as_ref().err());
        match written {
            Ok(judged) => {
                self.bell.ring();
                judged.into_iter().map(|judged| judged.map_err(StoreError::Refused)).collect()
            }
            // What was refused may have been so because of others of the group, which are not there now.
            Err(error) => vec![Err(error); count],
        }
    }

    fn may_write(&self) -> Result<(), StoreError> {
        match &*lock(&self.state) {
            State::ReadOnly => Err(StoreError::ReadOnly {
                path: self.place.path.clone(),
                reason: "it was opened for reading".to_owned(),
            }),
            State::Damaged(damage) => Err(StoreError::Damaged(damage.clone())),
            State::Ready | State::Failing(_) => Ok(()),
        }
    }

    /// Remembers how the last write went.
    pub(crate) fn note(&self, error: Option<&StoreError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (error, &*state) {
            (Some(StoreError::Damaged(damage)), _) => *state = State::Damaged(damage.clone()),
            (Some(_), State::ReadOnly | State::Damaged(_)) => {}
            (Some(error), _) => *state = State::Failing(error.to_string()),
            (None, State::Failing(_)) => *state = State::Ready,
            (None, _) => {}
        }
    }

    fn write_group(&self, core: &mut Core, jobs: Vec<Job>) -> Result<Vec<Judged>, StoreError> {
        let connection = self.sound(core)?;
        let written = self.write_with(&connection, core, jobs);
        if written.is_err() && !connection.is_autocommit() {
            // What it answers changes nothing: the connection is not trusted any more.
            let _ = connection.execute_batch("ROLLBACK");
        }
        core.connection = Some(connection);
        written
    }

    fn write_with(&self, connection: &Connection, core: &mut Core, jobs: Vec<Job>) -> Result<Vec<Judged>, StoreError> {
        let doing = "writing a change";
        self.begin(connection)?;
        self.catch_up(connection, core)?;
        let mut staging = self.writer.stage();
        let (mut link, mut effects) = (core.head, 0_u64);
        let mut judged = Vec::with_capacity(jobs.len());
        // A clock that goes back does not take the log back: what is asked by time is found by halving.
        let mut latest = core.latest;
        for job in jobs {
            let (mut staged, origin, cause) = stage(&mut staging, job);
            if let Ok(staged) = &mut staged
                && !staged.effected.is_empty()
            {
                staged.at = latest.map_or(staged.at, |latest| staged.at.max(latest));
                latest = Some(staged.at);
                link = log::append(connection, &link, staged, &origin, cause).doing(doing)?;
                effects += staged.effected.len() as u64;
            }
            judged.push(staged.map(|Staged { revision, effected, .. }| Written { revision, effects: effected.len() }));
        }
        if effects == 0 {
            connection.execute_batch("ROLLBACK").doing(doing)?;
            return Ok(judged);
        }
        run(connection, "COMMIT").doing(doing)?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        // On disk: now it may be seen.
        staging.publish();
        core.head = link;
        core.latest = latest;
        core.unsaved += effects;
        mark::put(&self.place.path, &mut core.mark, &link);
        Ok(judged)
    }

    pub(crate) fn begin(&self, connection: &Connection) -> Result<(), StoreError> {
        let begun = run(connection, "BEGIN IMMEDIATE").doing("beginning to write");
        begun.map_err(|error| match error {
            StoreError::Busy { .. } => StoreError::Busy { waited: self.place.wait },
            StoreError::ReadOnly { reason, .. } => StoreError::ReadOnly { path: self.place.path.clone(), reason },
            other => other,
        })
    }

    /// A connection that is known to write. After a failed write that is a new one, through which the end of the log was
    /// found to be what this process shows, and something was written and synced.
    ///
    /// The old connection stays open meanwhile. What it failed to sync is no part of the file as long as somebody has it
    /// open, and the new write takes its place: so what was answered as failed does not come back.
    pub(crate) fn sound(&self, core: &mut Core) -> Result<Connection, StoreError> {
        let old = core.connection.take();
        if !core.suspect {
            return old.map_or_else(|| self.anew(core), Ok);
        }
        let fresh = self.fresh(core);
        // What was seen through one connection is not numbered as by another.
        core.seen = None;
        if fresh.is_ok() {
            core.suspect = false;
        } else {
            core.connection = old;
        }
        fresh
    }

    fn anew(&self, core: &mut Core) -> Result<Connection, StoreError> {
        core.seen = None;
        self.connect()
    }

    fn fresh(&self, core: &mut Core) -> Result<Connection, StoreError> {
        let doing = "making sure that the store can be written again";
        let connection = self.anew(core)?;
        self.begin(&connection)?;
        self.catch_up(&connection, core)?;
        let known = core.head;
        if log::said_link(&connection, known.revision)? != Some(known) {
            let what = format!("revision {} is not there as it was written", known.revision);
            return Err(StoreError::damaged(what, Revision(known.revision.0.saturating_sub(1))));
        }
        let probe = schema::meta(&connection, "probe").doing(doing)?.map_or(0, |(number, _)| number);
        schema::put_meta(&connection, "probe", probe.wrapping_add(1), &[]).doing(doing)?;
        connection.execute_batch("COMMIT").doing(doing)?;
        Ok(connection)
    }

    /// Shows what other processes wrote.
    pub(crate) fn refresh(&self) -> Result<Revision, StoreError> {
        self.refresh_with(&mut lock(&self.core))
    }

    /// The same, unless somebody is at the file now: who writes shows what others wrote, too.
    pub(crate) fn try_refresh(&self) -> Result<(), StoreError> {
        match self.core.try_lock() {
            Ok(mut core) => self.refresh_with(&mut core).map(drop),
            Err(TryLockError::Poisoned(core)) => self.refresh_with(&mut core.into_inner()).map(drop),
            Err(TryLockError::WouldBlock) => Ok(()),
        }
    }

    fn refresh_with(&self, core: &mut Core) -> Result<Revision, StoreError> {
        let before = core.head;
        let refreshed = self.look(core);
        if core.head != before {
            self.bell.ring();
        }
        if let Err(error @ StoreError::Damaged(_)) = &refreshed {
            self.note(Some(error));
        }
        refreshed.map(|()| core.head.revision)
    }

    fn look(&self, core: &mut Core) -> Result<(), StoreError> {
        let doing = "reading what others wrote";
        let connection = core.connection.take().map_or_else(|| self.anew(core), Ok)?;
        let looked = version(&connection).doing(doing).and_then(|version| {
            if core.seen == Some(version) {
                return Ok(());
            }
            connection.execute_batch("BEGIN").doing(doing)?;
            let caught = self.catch_up(&connection, core);
            let ended = connection.execute_batch("ROLLBACK").doing(doing);
            caught.and(ended)
        });
        core.connection = Some(connection);
        looked
    }

    /// Makes what others wrote, and publishes it: it is on disk already. Must be in a transaction.
    pub(crate) fn catch_up(&self, connection: &Connection, core: &mut Core) -> Result<(), StoreError> {
        let doing = "reading what others wrote";
        let version = version(connection).doing(doing)?;
        if core.seen == Some(version) {
            return Ok(());
        }
        self.follow(connection, core)?;
        core.latest = log::latest(connection, core.head.revision)?;
        core.seen = Some(version);
        Ok(())
    }

    fn follow(&self, connection: &Connection, core: &mut Core) -> Result<(), StoreError> {
        let ends = log::ends(connection)?;
        ends.whole(connection)?;
        if ends.head == core.head {
            return Ok(());
        }
        let known = core.head.revision;
        if ends.head.revision <= known {
            let what = format!("it ends at revision {}, and this process has seen {known}", ends.head.revision);
            return Err(StoreError::damaged(what, known));
        }
        if ends.base.revision > known {
            // What came next was trimmed away meanwhile.
            self.load_snapshot(connection, core)?;
        }
        self.replay(connection, core, &ends.head).map(drop)
    }

    /// Loads the newest snapshot that is as it was written, if there is one; answers whether some were not.
    pub(crate) fn load_snapshot(&self, connection: &Connection, core: &mut Core) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded { revision: None, spoilt: 0 };
        for header in snapshot::headers(connection)? {
            if header.link.revision < core.head.revision {
                break;
            }
            let said = log::said_link(connection, header.link.revision)?;
            let image = (said == Some(header.link)).then(|| snapshot::image(connection, &header)).flatten();
            if image.is_some_and(|image| self.writer.restore(&image).is_ok_and(|found| found == header.link.revision)) {
                core.head = header.link;
                core.unsaved = 0;
                loaded.revision = Some(header.link.revision);
                return Ok(loaded);
            }
            loaded.spoilt += 1;
        }
        Ok(loaded)
    }

    /// Makes the entries after what is shown, up to the end, which must be `head`; answers how many.
    pub(crate) fn replay(&self, connection: &Connection, core: &mut Core, head: &Link) -> Result<u64, StoreError> {
        let mut entries = 0;
        loop {
            let mut staging = self.writer.stage();
            let (mut count, mut effects) = (0, 0);
            let reached = log::after(connection, core.head, |entry| {
                let good = Revision(entry.link.revision.0.saturating_sub(1));
                let changes = entry.changes(good)?;
                let staged = staging.replay(changes, entry.at);
                if staged.as_ref().map(|staged| staged.revision) != Ok(entry.link.revision) {
                    let what = match staged {
                        Err(refused) => format!("revision {} does not fit: {refused}", entry.link.revision),
                        Ok(_) => format!("revision {} comes to nothing", entry.link.revision),
                    };
                    return Err(StoreError::damaged(what, good));
                }
                count += 1;
                effects += entry.effects() as u64;
                Ok(count < STRIDE)
            })?;
            staging.publish();
            core.head = reached;
            core.unsaved += effects;
            entries += count as u64;
            if count < STRIDE {
                break;
            }
        }
        if core.head == *head {
            return Ok(entries);
        }
        let what = format!("the log ends at revision {}, and {} was written", core.head.revision, head.revision);
        Err(StoreError::damaged(what, core.head.revision))
    }
}

/// What became of loading a snapshot.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) revision: Option<Revision>,
    /// How many were not as they were written.
    pub(crate) spoilt: usize,
}

/// Begins or ends a transaction.
fn run(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

/// Which state of the file a connection sees: another number after any other connection wrote.
fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Makes a job's changes where nobody sees them.
fn stage(staging: &mut Staging<'_>, job: Job) -> (Result<Staged, Refused>, Origin, Cause) {
    match job {
        Job::Apply { set, origin, cause } => (staging.apply(set), origin, cause),
        Job::Purge { at, most } => {
            let expired = staging.expired(at, most).into_iter().map(Change::RemovePermission);
            (staging.apply(expired.collect::<ChangeSet>()), Origin::default(), Cause::Expiry)
        }
    }
}
