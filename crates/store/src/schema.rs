//! The tables of a store, and how those of earlier formats become these.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::error::{Doing, StoreError};
use crate::log;

/// The format that this version writes.
pub(crate) const FORMAT: i64 = 3;
/// The earliest that is read as it is, by whoever only reads.
pub(crate) const READABLE: i64 = 2;

/// "GRNT": tells a store from other SQLite files.
pub(crate) const APPLICATION: i64 = 0x4752_4E54;

/// Bytes of a checksum.
pub(crate) const CHECKSUM: usize = 32;

/// What the chain of a store begins with, or goes on from after trimming.
const TABLES: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT,
    origin TEXT,
    request TEXT,
    cause INTEGER NOT NULL,
    effects INTEGER NOT NULL,
    changes BLOB,
    befores BLOB,
    checksum BLOB NOT NULL
);
CREATE TABLE log_part (
    revision INTEGER NOT NULL,
    part INTEGER NOT NULL,
    changes BLOB NOT NULL,
    befores BLOB NOT NULL,
    UNIQUE (revision, part)
);
CREATE TABLE snapshot (
    revision INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    name INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    digest BLOB NOT NULL
);
CREATE TABLE snapshot_part (
    name INTEGER NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (name, part)
);
";

/// What format 2 has besides: the index of the audit.
const INDEX: &str = "
CREATE TABLE audit_key (
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (key, revision)
) WITHOUT ROWID;
";

/// Brings a store of an earlier format to this one, all at once.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let doing = "bringing the store to this version's format";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).doing(doing)?;
    // Another process may have been at it.
    if found < 2 {
        transaction.execute_batch(INDEX).doing(doing)?;
    }
    // With format 3 only the meaning of a row changed, see `log::SEAL`: who knows format 2 alone takes it for the end.
    transaction.pragma_update(None, "user_version", FORMAT).doing(doing)?;
    transaction.commit().doing(doing)
}

/// Makes a new store's tables, unless another process just did.
pub(crate) fn create(connection: &mut Connection) -> Result<(), StoreError> {
    let doing = "making the store";
    // Both must stand before the first table.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").doing(doing)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).doing(doing)?;
    if tables > 0 {
        return Ok(());
    }
    transaction.execute_batch(TABLES).doing(doing)?;
    transaction.execute_batch(INDEX).doing(doing)?;
    let genesis = blake3::hash(format!("{:?} {}", std::time::SystemTime::now(), std::process::id()).as_bytes());
    for key in ["base", log::SEAL] {
        put_meta(&transaction, key, 0, genesis.as_bytes()).doing(doing)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).doing(doing)?;
    transaction.pragma_update(None, "user_version", FORMAT).doing(doing)?;
    transaction.commit().doing(doing)
}

pub(crate) fn put_meta(connection: &Connection, key: &str, number: i64, bytes: &[u8]) -> rusqlite::Result<()> {
    let put = "INSERT INTO meta (key, number, bytes) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET number = excluded.number, bytes = excluded.bytes";
    connection.prepare_cached(put)?.execute(params![key, number, bytes]).map(drop)
}

pub(crate) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
    let get = "SELECT number, bytes FROM meta WHERE key = ?1";
    connection.prepare_cached(get)?.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
