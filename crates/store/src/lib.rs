//! A durable, audited engine: every change is on disk before it is acknowledged.

mod audit;
mod background;
mod body;
mod chain;
mod compact;
mod connection;
mod error;
mod log;
mod options;
mod queue;
mod recover;
mod schema;
mod snapshot;
mod store;
mod write;

pub use audit::{AuditPage, AuditPlace, AuditQuery, AuditRecord, parse_principal};
pub use compact::Compacted;
pub use error::{Damage, StoreError};
pub use log::{Cause, Origin};
pub use options::Options;
pub use recover::Recovery;
pub use store::{State, Store, open};
