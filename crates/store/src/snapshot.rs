//! Snapshots: the whole world at a revision, in parts, so that opening replays only what came after.
//!
//! A snapshot is there when its row is: the parts are written before, in transactions of their own, so that writers get
//! in between, and a crash on the way leaves only parts that belong to nothing.

use grantrie::{Revision, Snapshot, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::chain::Link;
use crate::error::{Doing, StoreError};
use crate::log::number;
use crate::schema::CHECKSUM;

/// Bytes of a part: what a writer waits for at most, while a snapshot is written.
const PART: usize = 512 * 1024;

/// What is known of a snapshot without its parts.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) link: Link,
    name: i64,
    bytes: i64,
    digest: [u8; CHECKSUM],
}

/// The snapshots, the newest first.
pub(crate) fn headers(connection: &Connection) -> Result<Vec<Header>, StoreError> {
    let doing = "reading the snapshots";
    let select = "SELECT revision, checksum, name, bytes, digest FROM snapshot ORDER BY revision DESC";
    let mut select = connection.prepare_cached(select).doing(doing)?;
    let header = |row: &Row<'_>| {
        let revision = Revision(u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX));
        Ok(Header {
            link: Link { revision, checksum: row.get(1)? },
            name: row.get(2)?,
            bytes: row.get(3)?,
            digest: row.get(4)?,
        })
    };
    let headers = select.query_map([], header).doing(doing)?.collect::<rusqlite::Result<Vec<_>>>();
    headers.doing(doing)
}

/// The image of a snapshot, or nothing if it is not as it was written.
pub(crate) fn image(connection: &Connection, header: &Header) -> Option<Vec<u8>> {
    let mut select = connection.prepare_cached("SELECT bytes FROM snapshot_part WHERE name = ?1 ORDER BY part").ok()?;
    let mut rows = select.query([header.name]).ok()?;
    let mut image = Vec::with_capacity(usize::try_from(header.bytes).ok()?.min(1 << 32));
    while let Some(row) = rows.next().ok()? {
        image.extend_from_slice(row.get_ref(0).ok()?.as_blob().ok()?);
    }
    (digest(&header.link, &image) == header.digest).then_some(image)
}

fn digest(link: &Link, image: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&link.revision.0.to_le_bytes());
    hasher.update(&link.checksum);
    hasher.update(image);
    hasher.finalize().into()
}

/// Writes a snapshot of the world at `link`, and drops those before it. Answers false if another process was at it too,
/// or has a later one.
pub(crate) fn write(
    connection: &mut Connection,
    world: &Snapshot,
    link: &Link,
    at: Timestamp,
    go_on: impl Fn() -> bool,
) -> Result<bool, StoreError> {
    let doing = "writing a snapshot";
    if headers(connection)?.first().is_some_and(|newest| newest.link.revision >= link.revision) {
        return Ok(false);
    }
    drop_loose_parts(connection, &go_on)?;
    let image = world.image();
    let digest = digest(link, &image);
    let name =
        i64::from_le_bytes(std::array::from_fn(|index| digest[index])).wrapping_add(i64::from(std::process::id()));
    let mut parts = 0_i64;
    for bytes in image.chunks(PART) {
        if !go_on() {
            return Ok(false);
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
        let insert = "INSERT OR REPLACE INTO snapshot_part (name, part, bytes) VALUES (?1, ?2, ?3)";
        transaction.prepare_cached(insert).doing(doing)?.execute(params![name, parts, bytes]).doing(doing)?;
        transaction.commit().doing(doing)?;
        parts += 1;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
    let count = "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM snapshot_part WHERE name = ?1";
    let there: (i64, i64) = transaction.query_row(count, [name], |row| Ok((row.get(0)?, row.get(1)?))).doing(doing)?;
    let bytes = i64::try_from(image.len()).unwrap_or(i64::MAX);
    if there != (parts, bytes) {
        // Another process took them for loose.
        return Ok(false);
    }
    let insert = "INSERT OR REPLACE INTO snapshot (revision, at, checksum, name, parts, bytes, digest)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = params![number(link.revision), at.as_micros(), link.checksum, name, parts, bytes, digest];
    transaction.execute(insert, row).doing(doing)?;
    transaction.execute("DELETE FROM snapshot WHERE revision < ?1", [number(link.revision)]).doing(doing)?;
    transaction.commit().doing(doing)?;
    drop_loose_parts(connection, &go_on)?;
    Ok(true)
}

/// Drops parts that belong to no snapshot, one in each transaction.
fn drop_loose_parts(connection: &mut Connection, go_on: impl Fn() -> bool) -> Result<(), StoreError> {
    let doing = "dropping an old snapshot";
    while go_on() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).doing(doing)?;
        let find = "SELECT rowid FROM snapshot_part WHERE name NOT IN (SELECT name FROM snapshot) LIMIT 1";
        let loose: Option<i64> = transaction.query_row(find, [], |row| row.get(0)).optional().doing(doing)?;
        let Some(loose) = loose else { return Ok(()) };
        transaction.execute("DELETE FROM snapshot_part WHERE rowid = ?1", [loose]).doing(doing)?;
        transaction.commit().doing(doing)?;
    }
    Ok(())
}
