//! A durable, audited engine: every change is on disk before it is acknowledged.

mod audit;
mod background;
mod backup;
mod body;
mod chain;
mod compact;
mod connection;
mod error;
mod log;
mod mark;
mod options;
mod queue;
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
pub use recover::Recovery;
pub use store::{State, Store, open};
pub use verify::{Report, restore_last_good, verify};
