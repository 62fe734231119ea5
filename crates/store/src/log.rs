//! The log: what was changed, in order, each entry chained to the one before.

use grantrie::{ChangeSet, Revision, Staged, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::body::{self, Chunk};
use crate::chain::{Heading, Link, link};
use crate::error::{Doing, StoreError};
use crate::schema::{self, CHECKSUM};

/// Why a change was made, as the log writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// Somebody asked for it.
    Change,
    /// A permission that had expired was removed.
    Expiry,
    /// A world file was imported.
    Import,
}

impl Cause {
    /// The cause's name in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Expiry => "expiry",
            Self::Import => "import",
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Change => 0,
            Self::Expiry => 1,
            Self::Import => 2,
        }
    }

    const fn of(number: i64) -> Self {
        match number {
            1 => Self::Expiry,
            2 => Self::Import,
            _ => Self::Change,
        }
    }
}

/// Where a change came from, for the audit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The face or host that it came through (an address, `cli`).
    pub origin: Option<String>,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// An entry of the log as it was read, found to follow from the one before.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) link: Link,
    pub(crate) at: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) origin: Option<String>,
    pub(crate) request: Option<String>,
    pub(crate) cause: Cause,
    pub(crate) chunks: Vec<Chunk>,
}

/// Where the instant of the last trimmed entry stands.
const TRIMMED: &str = "trimmed";
/// Where it stands how far the log goes at least. Up to format 2 it was how far it goes.
pub(crate) const SEAL: &str = "head";

/// Where the log begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// What the first entry follows from.
    pub(crate) base: Link,
    /// The last entry, as it says of itself; `base`, if there is none.
    pub(crate) head: Link,
    /// How far the file remembers the log to have gone. It is not written with each entry, which would cost a second page.
    pub(crate) sealed: Link,
}

impl Ends {
    /// Fails if the log does not have what the file remembers of it.
    pub(crate) fn whole(&self, connection: &Connection) -> Result<(), StoreError> {
        if self.sealed.revision > self.head.revision {
            let what =
                format!("the log ends at revision {}, and {} was written", self.head.revision, self.sealed.revision);
            return Err(StoreError::damaged(what, self.head.revision));
        }
        same(connection, &self.sealed, "written")
    }
}

/// Fails if an entry, where it is still kept, is another than was once seen there.
pub(crate) fn same(connection: &Connection, seen: &Link, done: &str) -> Result<(), StoreError> {
    match said_link(connection, seen.revision)? {
        Some(link) if link != *seen => {
            let what = format!("revision {} is not the one that was {done}", seen.revision);
            Err(StoreError::damaged(what, Revision(seen.revision.0.saturating_sub(1))))
        }
        _ => Ok(()),
    }
}

/// Where the log begins and ends, as the file says.
pub(crate) fn ends(connection: &Connection) -> Result<Ends, StoreError> {
    let base = meta_link(connection, "base")?;
    let select = "SELECT revision, checksum FROM log ORDER BY revision DESC LIMIT 1";
    let last = |row: &Row<'_>| {
        // What is no checksum is none that follows from what is before: it is found when the chain is walked.
        let checksum = row.get_ref(1)?.as_blob().ok().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        Ok(Link { revision: revision_of(row.get(0)?), checksum })
    };
    let last = connection.prepare_cached(select).and_then(|mut select| select.query_row([], last).optional());
    let head = last.map_err(|error| broken(&error, &base))?.unwrap_or(base);
    Ok(Ends { base, head, sealed: meta_link(connection, SEAL)? })
}

/// Lets the file remember that the log goes up to here, unless it knows of more.
pub(crate) fn seal(connection: &Connection, link: &Link) -> Result<(), StoreError> {
    if meta_link(connection, SEAL)?.revision <= link.revision {
        put_link(connection, SEAL, link).doing("writing how far the log goes")?;
    }
    Ok(())
}

pub(crate) fn meta_link(connection: &Connection, key: &str) -> Result<Link, StoreError> {
    let damaged = || StoreError::damaged(format!("the link `{key}` of the chain cannot be read"), Revision(0));
    let (number, bytes) = schema::meta(connection, key).doing("reading the store")?.ok_or_else(damaged)?;
    let revision = Revision(u64::try_from(number).map_err(|_| damaged())?);
    Ok(Link { revision, checksum: bytes.try_into().map_err(|_| damaged())? })
}

pub(crate) fn put_link(connection: &Connection, key: &str, link: &Link) -> rusqlite::Result<()> {
    schema::put_meta(connection, key, number(link.revision), &link.checksum)
}

fn revision_of(number: i64) -> Revision {
    Revision(u64::try_from(number).unwrap_or(u64::MAX))
}

/// A revision as SQLite stores it. A store that changes a million times a second lasts for 290,000 years.
pub(crate) fn number(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// Appends what was staged; answers its link.
pub(crate) fn append(
    connection: &Connection,
    before: &Link,
    staged: &Staged,
    origin: &Origin,
    cause: Cause,
) -> rusqlite::Result<Link> {
    let chunks = body::chunks(staged);
    let heading = Heading {
        revision: staged.revision,
        at: staged.at,
        actor: staged.actor.as_deref(),
        origin: origin.origin.as_deref(),
        request: origin.request_id.as_deref(),
        cause: cause.number(),
        effects: staged.effected.len() as u64,
    };
    let link = link(before, &heading, chunks.iter().map(Chunk::bytes));
    write(connection, &heading, &chunks, &link)?;
    Ok(link)
}

/// Appends an entry of another store as it is.
pub(crate) fn copy(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let heading = Heading {
        revision: entry.link.revision,
        at: entry.at,
        actor: entry.actor.as_deref(),
        origin: entry.origin.as_deref(),
        request: entry.request.as_deref(),
        cause: entry.cause.number(),
        effects: entry.effects() as u64,
    };
    write(connection, &heading, &entry.chunks, &entry.link)
}

fn write(connection: &Connection, heading: &Heading<'_>, chunks: &[Chunk], link: &Link) -> rusqlite::Result<()> {
    let revision = number(heading.revision);
    let inline = if let [chunk] = chunks { Some(chunk.bytes()) } else { None };
    let insert = "INSERT INTO log (revision, at, actor, origin, request, cause, effects, changes, befores, checksum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    connection.prepare_cached(insert)?.execute(params![
        revision,
        heading.at.as_micros(),
        heading.actor,
        heading.origin,
        heading.request,
        heading.cause,
        i64::try_from(heading.effects).unwrap_or(i64::MAX),
        inline.map(|(changes, _)| changes),
        inline.map(|(_, befores)| befores),
        link.checksum,
    ])?;
    if inline.is_none() {
        let insert = "INSERT INTO log_part (revision, part, changes, befores) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = connection.prepare_cached(insert)?;
        for (part, chunk) in (0_i64..).zip(chunks) {
            let (changes, befores) = chunk.bytes();
            insert.execute(params![revision, part, changes, befores])?;
        }
    }
    Ok(())
}

/// Visits the entries after this link, in order, each found to follow from the one before; ends early if `visit` says so.
/// Answers the last link that was visited.
pub(crate) fn after(
    connection: &Connection,
    mut link: Link,
    mut visit: impl FnMut(Entry) -> Result<bool, StoreError>,
) -> Result<Link, StoreError> {
    let doing = "reading the log";
    let select = "SELECT revision, at, actor, origin, request, cause, effects, changes, befores, checksum
        FROM log WHERE revision > ?1 ORDER BY revision";
    let mut select = connection.prepare_cached(select).doing(doing)?;
    let mut rows = select.query([number(link.revision)]).doing(doing)?;
    while let Some(row) = rows.next().map_err(|error| broken(&error, &link))? {
        let entry = Stored::of(row).map_err(|error| broken(&error, &link))?.entry(connection, &link)?;
        link = entry.link;
        if !visit(entry)? {
            break;
        }
    }
    Ok(link)
}

/// One entry, found to follow from `before`.
pub(crate) fn entry(connection: &Connection, before: &Link) -> Result<Option<Entry>, StoreError> {
    let mut found = None;
    after(connection, *before, |entry| {
        found = Some(entry);
        Ok(false)
    })?;
    Ok(found)
}

/// The link that an entry says it made; whether that is true shows when the chain is walked.
pub(crate) fn said_link(connection: &Connection, revision: Revision) -> Result<Option<Link>, StoreError> {
    let doing = "reading the log";
    let base = meta_link(connection, "base")?;
    if base.revision == revision {
        return Ok(Some(base));
    }
    let select = "SELECT checksum FROM log WHERE revision = ?1";
    let mut select = connection.prepare_cached(select).doing(doing)?;
    let checksum: Option<[u8; CHECKSUM]> =
        select.query_row([number(revision)], |row| row.get(0)).optional().doing(doing)?;
    Ok(checksum.map(|checksum| Link { revision, checksum }))
}

/// The instant of the newest entry, also if it was trimmed since: those of later ones are not before it.
pub(crate) fn latest(connection: &Connection, head: Revision) -> Result<Option<Timestamp>, StoreError> {
    match instant(connection, head)? {
        Some(at) => Ok(Some(at)),
        None => trimmed(connection),
    }
}

/// The instant of the last entry that was trimmed.
pub(crate) fn trimmed(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let trimmed = schema::meta(connection, TRIMMED).doing("reading the log")?;
    Ok(trimmed.and_then(|(micros, _)| Timestamp::from_micros(micros)))
}

/// Notes the instant of the last entry that is trimmed.
pub(crate) fn put_trimmed(connection: &Connection, at: Timestamp) -> rusqlite::Result<()> {
    schema::put_meta(connection, TRIMMED, at.as_micros(), &[])
}

/// When an entry was made.
pub(crate) fn instant(connection: &Connection, revision: Revision) -> Result<Option<Timestamp>, StoreError> {
    let doing = "reading the log";
    let mut select = connection.prepare_cached("SELECT at FROM log WHERE revision = ?1").doing(doing)?;
    let micros: Option<i64> = select.query_row([number(revision)], |row| row.get(0)).optional().doing(doing)?;
    Ok(micros.and_then(Timestamp::from_micros))
}

fn broken(error: &rusqlite::Error, good: &Link) -> StoreError {
    match Err::<(), _>(rusqlite_error(error)).doing("reading the log") {
        Err(StoreError::Damaged(damage)) => StoreError::damaged(damage.what, good.revision),
        // A value of another type than was written.
        Err(StoreError::Io { reason, .. }) if error.sqlite_error().is_none() => {
            StoreError::damaged(format!("the entry after revision {}: {reason}", good.revision), good.revision)
        }
        Err(other) => other,
        Ok(()) => StoreError::damaged("the log cannot be read", good.revision),
    }
}

fn rusqlite_error(error: &rusqlite::Error) -> rusqlite::Error {
    match error.sqlite_error() {
        Some(failure) => rusqlite::Error::SqliteFailure(*failure, Some(error.to_string())),
        None => rusqlite::Error::InvalidParameterName(error.to_string()),
    }
}

/// A row of the log as it stands there.
struct Stored {
    revision: Revision,
    at: Option<Timestamp>,
    actor: Option<String>,
    origin: Option<String>,
    request: Option<String>,
    cause: i64,
    effects: u64,
    inline: Option<Chunk>,
    checksum: [u8; CHECKSUM],
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |index: usize| -> rusqlite::Result<Option<String>> {
            let bytes: Option<Vec<u8>> = row.get(index)?;
            Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        };
        let inline = text(7)?.zip(text(8)?).map(|(changes, befores)| Chunk { changes, befores });
        Ok(Self {
            revision: revision_of(row.get(0)?),
            at: Timestamp::from_micros(row.get(1)?),
            actor: row.get(2)?,
            origin: row.get(3)?,
            request: row.get(4)?,
            cause: row.get(5)?,
            effects: u64::try_from(row.get::<_, i64>(6)?).unwrap_or(u64::MAX),
            inline,
            checksum: row.get(9)?,
        })
    }

    fn entry(self, connection: &Connection, before: &Link) -> Result<Entry, StoreError> {
        let damaged = |what: String| StoreError::damaged(what, before.revision);
        let revision = self.revision;
        if revision.0 != before.revision.0.saturating_add(1) {
            return Err(damaged(format!(
                "revision {revision} stands where {} should",
                before.revision.0.saturating_add(1)
            )));
        }
        let chunks = match self.inline {
            Some(chunk) => vec![chunk],
            None => parts(connection, revision).map_err(|error| broken(&error, before))?,
        };
        let at = self.at.ok_or_else(|| damaged(format!("revision {revision} has no instant")))?;
        let heading = Heading {
            revision,
            at,
            actor: self.actor.as_deref(),
            origin: self.origin.as_deref(),
            request: self.request.as_deref(),
            cause: self.cause,
            effects: self.effects,
        };
        let link = link(before, &heading, chunks.iter().map(Chunk::bytes));
        if link.checksum != self.checksum {
            return Err(damaged(format!("revision {revision} is not as it was written: its checksum is wrong")));
        }
        let Self { actor, origin, request, cause, .. } = self;
        Ok(Entry { link, at, actor, origin, request, cause: Cause::of(cause), chunks })
    }
}

fn parts(connection: &Connection, revision: Revision) -> rusqlite::Result<Vec<Chunk>> {
    let select = "SELECT changes, befores FROM log_part WHERE revision = ?1 ORDER BY part";
    let mut select = connection.prepare_cached(select)?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let mut rows = select.query([number(revision)])?;
    let mut chunks = Vec::new();
    while let Some(row) = rows.next()? {
        chunks.push(Chunk { changes: text(row.get(0)?), befores: text(row.get(1)?) });
    }
    Ok(chunks)
}

impl Entry {
    /// Its effects: the place of each, the change, and what was before.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        self.chunks.iter().flat_map(Chunk::lines).enumerate().map(|(index, (change, before))| (index, change, before))
    }

    pub(crate) fn effects(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.changes.lines().count()).sum()
    }

    /// The change set, to be made again.
    pub(crate) fn changes(&self, good: Revision) -> Result<ChangeSet, StoreError> {
        let mut changes = Vec::new();
        for chunk in &self.chunks {
            let unreadable =
                || StoreError::damaged(format!("the changes of revision {} cannot be read", self.link.revision), good);
            changes.append(&mut body::read(&chunk.changes).ok_or_else(unreadable)?);
        }
        Ok(ChangeSet { actor: self.actor.clone(), changes })
    }
}

impl Chunk {
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.changes.lines().zip(self.befores.lines())
    }

    pub(crate) fn bytes(&self) -> (&[u8], &[u8]) {
        (self.changes.as_bytes(), self.befores.as_bytes())
    }
}
