//! A durable, audited engine: every change is on disk before it is acknowledged.
//!
//! [`open`] gives a [`Store`], which is an [`Engine`](grantrie::Engine) to whoever asks it and applies to it. A check is the
//! engine's own: it reads memory, and knows nothing of a file.
//!
//! # What is promised
//!
//! | promise | under which settings | shown by |
//! |---|---|---|
//! | what `apply` answered with a revision survives the process and the system | always: `synchronous=FULL`, which cannot be changed; the disk must keep what it says it synced | `tests/kill.rs` (the process) |
//! | a change set is there wholly or not at all, in the order of revisions, in every process | always | `tests/kill.rs`, `crates/histories` |
//! | what failed is not visible and does not come back, checks go on, and writing goes on when the cause is gone | always | `tests/fault.rs`, `tests/failures.rs` |
//! | a file that is not as it was written is an error, or does not matter; nothing is repaired silently | always | `tests/damage.rs`, `crates/histories` |
//! | one writer at a time, any number of processes follow; what waits to be written is bounded | [`Options::follow`] (100 ms), [`Store::refresh`] at once, [`Store::wait_for`]; [`Options::wait`], [`Options::waiting`] | `tests/processes.rs`, `tests/store.rs`, `crates/histories` |
//! | the audit has every effective change, and its chain survives trimming | [`Options::retention`] (for ever) | `tests/store.rs`, `crates/histories` |
//! | what expired counts no more, and is removed in bounded steps that are audited as expiry | [`Options::purge_every`] (never), [`Store::purge_expired`] | `tests/store.rs`, `crates/histories` |
//!
//! # In the file
//!
//! A SQLite database in write-ahead mode. The log has an entry for each change set that had an effect: revision, instant
//! (which never goes back), actor, origin, request, cause, the changes as they took effect, what was before each, and a
//! checksum over all of it and the checksum before. Replaying an entry depends on no limit, clock or setting. Now and then
//! there is a snapshot of the world at a revision. The audit is the log; an index of it lags behind, so that a write pays
//! nothing for it. A change writes to one page, its entry's. That the log has lost its end shows in two places: `-mark` beside
//! the file says how far acknowledged changes go, after each of them, and the file itself how far the log went when it was
//! closed or last at rest (twice a second). Also beside the file stand SQLite's `-wal` and `-shm`.
//!
//! # A write
//!
//! Change sets wait in a bounded line. The first in line takes the file's write lock, makes what other processes wrote,
//! stages every change set of the line on the engine's spare copy, appends what they came to, commits with one sync, and
//! publishes. If anything fails, the staged copy is dropped: nothing was visible. After a failure the next write first opens
//! the file anew while the old connection is still there, finds the end of the log to be what it shows, and writes and syncs
//! something: what was answered as failed is overwritten before anything else is answered as written.
//!
//! # Backing up
//!
//! [`Store::backup`] while it runs (`grantrie store backup`), [`restore`] into a new file; both verify the copy before it has its
//! name. Copying the file by hand is safe
//! only when no process has it open, and with the `-wal` beside it.
//!
//! # When it says that it is damaged
//!
//! [`verify`] (`grantrie store verify`) says what, and up to which revision everything is good. Restore a backup, or decide
//! that what came after the last good revision is lost: [`restore_last_good`] writes that much to a new file and leaves the
//! damaged one alone. Where a snapshot after the damage is good, nothing of the world is lost, and the audit goes back to the damage.
//!
//! # Not here
//!
//! A store is not opened across a `fork`: open it in each worker. A network file system that does not lock is not safe. Nobody
//! who can write the file is kept out by the chain: it finds accidents, and edits that do not make all later checksums anew.

mod about;
mod audit;
mod background;
mod backup;
mod bell;
mod body;
mod chain;
mod compact;
mod connection;
mod error;
mod log;
mod mark;
mod options;
mod queue;
mod rebuild;
mod recover;
mod schema;
mod snapshot;
mod store;
mod verify;
mod wal;
mod write;

pub use audit::{AuditPage, AuditPlace, AuditQuery, AuditRecord, parse_principal};
pub use backup::restore;
pub use compact::Compacted;
pub use error::{Damage, StoreError};
pub use log::{Cause, Origin};
pub use options::Options;
pub use rebuild::restore_last_good;
pub use recover::Recovery;
pub use store::{State, Store, open};
pub use verify::{Extent, Report, verify};
