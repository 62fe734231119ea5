//! An engine as a host holds it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use grantrie::{
    Action, BatchError, ChangeSet, Code, Decision, Engine, Irn, Memberships, Pattern, PreparedSubject, Problem,
    Refused, Request, RequestDocument, Revision, Timestamp, read_changes,
};

use crate::audit::AuditQueue;
use crate::fault::Fault;
use crate::settings::Settings;

/// An engine with what the host hangs on it. Its handles share it; one of them can close it for all.
#[derive(Debug)]
pub struct Shared {
    engine: Engine,
    settings: Settings,
    audit: Option<Arc<AuditQueue>>,
    closed: AtomicBool,
}

impl Shared {
    /// An empty engine; with an audit, its entries wait in [`audit`](Self::audit).
    #[must_use]
    pub fn new(settings: Settings, audited: bool) -> Self {
        let audit = audited.then(Arc::<AuditQueue>::default);
        let mut builder = settings.builder();
        if let Some(queue) = audit.clone() {
            builder = builder.audit(move |entries| queue.push(entries));
        }
        Self::over(builder.build(), settings, audit)
    }

    /// An engine that was made elsewhere.
    #[must_use]
    pub fn of(engine: Engine) -> Self {
        Self::over(engine, Settings::default(), None)
    }

    fn over(engine: Engine, settings: Settings, audit: Option<Arc<AuditQueue>>) -> Self {
        Self { engine, settings, audit, closed: AtomicBool::new(false) }
    }

    /// The engine.
    ///
    /// # Errors
    /// It was closed.
    #[inline]
    pub fn engine(&self) -> Result<&Engine, Fault> {
        if self.is_closed() { Err(Fault::closed()) } else { Ok(&self.engine) }
    }

    /// Refuses every call from now on; those that are under way end as they would. The memory goes with the last handle.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Whether it was closed.
    #[inline]
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The entries that wait for the host, if it wants any.
    #[must_use]
    pub fn audit(&self) -> Option<&Arc<AuditQueue>> {
        self.audit.as_ref()
    }

    /// Loads a world file that is in memory.
    ///
    /// # Errors
    /// All problems, and nothing was applied.
    pub fn load(&self, document: &[u8]) -> Result<Revision, Fault> {
        Ok(self.engine()?.load(document)?)
    }

    /// Loads a world file.
    ///
    /// # Errors
    /// All problems, and nothing was applied; a file that cannot be opened is one.
    pub fn load_file(&self, path: &Path) -> Result<Revision, Fault> {
        let engine = self.engine()?;
        let unreadable = |error| {
            let message = format!("`{}` cannot be opened: {error}", path.display());
            Refused::from(Problem::new(Code::Unreadable, "", message))
        };
        Ok(engine.load(std::io::BufReader::with_capacity(1 << 20, File::open(path).map_err(unreadable)?))?)
    }

    /// Applies a change file; an actor given here counts before the file's own.
    ///
    /// # Errors
    /// All problems, and nothing was applied.
    pub fn apply(&self, changes: &[u8], actor: Option<String>) -> Result<Revision, Fault> {
        let engine = self.engine()?;
        let set: ChangeSet = read_changes(changes, self.settings.limits())?;
        Ok(engine.apply(ChangeSet { actor: actor.or(set.actor), ..set })?)
    }

    /// Prepares the subject of a request; its action and name do not matter.
    ///
    /// # Errors
    /// It is not clear who asks, or a name is none.
    pub fn prepare(&self, request: &RequestDocument) -> Result<PreparedSubject, Fault> {
        let engine = self.engine()?;
        check_subject(request)?;
        Ok(request.with_request(|asked| engine.prepare(asked.namespace, &asked.subject, asked.project))?)
    }

    /// Decides a batch on one state.
    ///
    /// # Errors
    /// It is larger than the limit.
    pub fn check_many(&self, requests: &[RequestDocument]) -> Result<Vec<Decision>, Fault> {
        let snapshot = self.engine()?.snapshot();
        let most = self.settings.limits().batch_items;
        if requests.len() > most {
            return Err(BatchError { items: requests.len(), most }.into());
        }
        let at = Timestamp::now();
        let decide = |request: &Request<'_>| snapshot.check(&Request { at: request.at.or(Some(at)), ..*request });
        Ok(requests.iter().map(|request| request.with_request(decide)).collect())
    }

    /// What a user's rows come to in a project; with groups, those, else the directory's.
    ///
    /// # Errors
    /// An id that can be none.
    pub fn resolve(&self, project: &str, user: &str, groups: Option<&[String]>) -> Result<String, Fault> {
        let named: Vec<&str> = groups.into_iter().flatten().map(String::as_str).collect();
        let memberships = match groups {
            None => Memberships::Directory,
            Some(_) => Memberships::Named { groups: &named, permprofiles: &[] },
        };
        let resolution = self.engine()?.resolve_subscription(project, user, memberships)?;
        Ok(grantrie::resolution_json(project, user, &resolution))
    }
}

/// Whether it is clear who asks; else the fault that says so.
///
/// # Errors
/// Nobody asks, or not one only.
pub(crate) fn check_subject(request: &RequestDocument) -> Result<(), Fault> {
    request.check_subject().map_err(|problem| Fault::one(crate::fault::Kind::Request, problem))
}

/// Whether a text is a `name`, a `pattern` or an `action`.
///
/// # Errors
/// Why not, and at which byte.
pub fn validate(what: &'static str, text: &str) -> Result<(), Fault> {
    let error = match what {
        "name" => Irn::parse(text).err(),
        "pattern" => Pattern::parse(text).err(),
        _ => Action::check(text).err(),
    };
    error.map_or(Ok(()), |error| Err(Fault::parse(error, what, text)))
}
