//! A store that lives, and the model beside it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use grantrie::{GroupConflict, Limits, Revision, Timestamp};
use grantrie_store::{AuditQuery, Options, Recovery, Store, StoreError, verify};
use grantrie_testkit::Choices;
use grantrie_testkit::differential::{Disagreement, Pair, Report};
use grantrie_testkit::history;
use grantrie_testkit::model::Model;

use crate::audited;
use crate::files::Directory;
use crate::ledger::Ledger;
use crate::tally::Tally;

/// What a step comes to.
pub(crate) type Lived<T = ()> = Result<T, Disagreement>;

/// How many steps a report of a disagreement tells.
const TOLD: usize = 12;

/// One opening of the store.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) store: Store,
    pub(crate) writes: bool,
    /// The revision that it must show.
    pub(crate) shows: u64,
}

/// A copy, and what was in it.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) path: PathBuf,
    pub(crate) ledger: Ledger,
}

/// A store that lives: see the [crate](crate).
#[derive(Debug)]
pub struct Life<'a> {
    pub(crate) choices: Choices<'a>,
    pub(crate) directory: Directory,
    pub(crate) path: PathBuf,
    files: u32,
    clock: Arc<AtomicI64>,
    pub(crate) retention: Option<Duration>,
    enabled_wins: bool,
    pub(crate) handles: Vec<Handle>,
    pub(crate) ledger: Ledger,
    pub(crate) copies: Vec<Copy>,
    pub(crate) tally: Tally,
    told: Vec<String>,
}

impl<'a> Life<'a> {
    /// An empty store with one handle.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(mut choices: Choices<'a>) -> Lived<Self> {
        let directory = Directory::new().map_err(|error| unexpected("a directory", error))?;
        let enabled_wins = choices.percent(30);
        let retention = *choices.pick(&[None, Some(Duration::ZERO), Some(Duration::from_secs(6))]);
        let model = Model { enabled_wins, limits: history::limits(), ..Model::default() };
        let path = directory.file("0");
        let mut life = Self {
            choices,
            directory,
            path,
            files: 0,
            clock: Arc::new(AtomicI64::new(0)),
            retention,
            enabled_wins,
            handles: Vec::new(),
            ledger: Ledger::new(model),
            copies: Vec::new(),
            tally: Tally::default(),
            told: Vec::new(),
        };
        life.tick();
        life.open(true)?;
        Ok(life)
    }

    /// Whether the choices are over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.choices.is_over()
    }

    /// What was done so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The last steps.
    #[must_use]
    pub fn told(&self) -> String {
        self.told.join("; ")
    }

    pub(crate) fn tell(&mut self, what: impl Into<String>) {
        if self.told.len() >= TOLD {
            self.told.remove(0);
        }
        self.told.push(what.into());
    }

    /// A name that no file has had.
    pub(crate) fn new_file(&mut self) -> PathBuf {
        self.files += 1;
        self.directory.file(&self.files.to_string())
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN)
    }

    /// Sets the clock, also back.
    pub(crate) fn tick(&mut self) {
        let now = history::instant(&mut self.choices);
        self.clock.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Nothing happens but what a step does: no threads.
    pub(crate) fn options(&self) -> Options {
        let clock = Arc::clone(&self.clock);
        let conflict = if self.enabled_wins { GroupConflict::EnabledWins } else { GroupConflict::DisabledWins };
        Options::default()
            .follow(None)
            .limits(self.limits())
            .group_conflict(conflict)
            .clock(move || Timestamp::from_micros(clock.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN))
            .retention(self.retention)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.ledger.newest().limits.clone()
    }

    /// One more handle, which shows everything.
    pub(crate) fn open(&mut self, writes: bool) -> Lived {
        let options = self.options().read_only(!writes);
        let (store, recovery) = grantrie_store::open(&self.path, options).map_err(|error| unexpected("open", error))?;
        self.tally.opened += 1;
        let head = self.ledger.head();
        let Recovery { revision, replayed, spoilt_snapshots, .. } = recovery;
        let expected = (Revision(head), head - self.ledger.snapshot, 0);
        same(&(revision, replayed, spoilt_snapshots), &expected, || "what opening found".to_owned())?;
        self.handles.push(Handle { store, writes, shows: head });
        Ok(())
    }

    /// A handle to write by, which is opened if there is none.
    pub(crate) fn writer(&mut self) -> Lived<usize> {
        let writers: Vec<usize> = (0..self.handles.len()).filter(|n| self.handles[*n].writes).collect();
        if writers.is_empty() {
            self.open(true)?;
            return Ok(self.handles.len() - 1);
        }
        Ok(*self.choices.pick(&writers))
    }

    /// Reads back from a handle and asks it: all must be as the model says that was at its revision.
    pub(crate) fn look(&mut self, handle: usize, whole: bool) -> Lived {
        let Handle { store, shows, .. } = &self.handles[handle];
        same(&store.revision(), &Revision(*shows), || format!("the revision that handle {handle} shows"))?;
        let model = Arc::clone(self.ledger.world(*shows));
        let engine = store.engine();
        self.compare(&engine, &model, whole)
    }

    pub(crate) fn compare(&mut self, engine: &grantrie::Engine, model: &Model, whole: bool) -> Lived {
        let pair = Pair::beside(engine.clone(), model.clone(), self.now());
        if whole {
            pair.compare_whole_state(&mut self.choices)?
        } else {
            pair.compare_state(&mut self.choices)?
        }
        for _ in 0..if whole { 12 } else { 3 } {
            let request = history::request(&mut self.choices, model);
            pair.ask(&request, &mut Report::default())?;
            self.tally.checks += 1;
        }
        Ok(())
    }

    /// Compares the audit by a query.
    pub(crate) fn audit(&mut self, handle: usize, query: &AuditQuery) -> Lived {
        let count = audited::compare(&self.handles[handle].store, query, &self.ledger)?;
        self.tally.audited += count as u64;
        Ok(())
    }

    /// Compares everything, also after a last opening.
    ///
    /// # Errors
    /// The first disagreement.
    pub fn end(&mut self) -> Lived {
        self.tell("end");
        for n in 0..self.handles.len() {
            self.refresh(n)?;
            self.look(n, true)?;
        }
        self.handles.clear();
        self.open(true)?;
        self.look(0, true)?;
        self.audit(0, &AuditQuery::default())?;
        self.export()?;
        self.verified(&self.path.clone(), &self.ledger.clone())
    }

    pub(crate) fn refresh(&mut self, handle: usize) -> Lived {
        let shown = self.handles[handle].store.refresh().map_err(|error| unexpected("refresh", error))?;
        self.handles[handle].shows = self.ledger.head();
        same(&shown, &Revision(self.ledger.head()), || "what refreshing answered".to_owned())
    }

    /// Whether everything in a file is as it was written.
    pub(crate) fn verified(&self, path: &std::path::Path, ledger: &Ledger) -> Lived {
        let report = verify(path, |_, _| {}).map_err(|error| unexpected("verify", error))?;
        let snapshot = (ledger.snapshot > 0).then_some(Revision(ledger.snapshot));
        let found = (report.damages, report.base, report.head, report.entries, report.snapshot);
        let (base, head) = (ledger.base, ledger.head());
        let expected = (Vec::new(), Revision(base), Revision(head), head - base, snapshot);
        same(&found, &expected, || format!("what verifying {} found", path.display()))
    }
}

pub(crate) fn unexpected(what: impl Into<String>, error: impl fmt::Display) -> Disagreement {
    Disagreement { what: what.into(), engine: error.to_string(), model: "no error".to_owned() }
}

pub(crate) fn failed(what: &'static str) -> impl Fn(StoreError) -> Disagreement {
    move |error| unexpected(what, error)
}

pub(crate) fn same<T: PartialEq + fmt::Debug>(store: &T, model: &T, what: impl FnOnce() -> String) -> Lived {
    Disagreement::unless_equal(store, model, what)
}
