//! Opening the engine that a configuration describes: its store, its first world, its gates.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use grantrie::{Change, ChangeSet, Engine, Limits, Refused, Revision, read_world_with_places};
use grantrie_store::{Options, Origin, Store, StoreError};
use tokio::sync::Semaphore;

use super::decision_log::DecisionLog;
use super::question::Stranger;
use super::{Authority, Clock};
use crate::config::Config;

/// Why the engine could not be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store cannot be opened or written.
    #[error("the store `{}`: {error} [{} {}]", path.display(), error.code().number(), error.code())]
    Store {
        /// Its file.
        path: PathBuf,
        /// Why.
        error: StoreError,
    },
    /// The world file cannot be read, or is refused.
    #[error("the world file `{}`:\n{reason}", path.display())]
    World {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The gates are refused.
    #[error("the gates: {0}")]
    Gates(Refused),
    /// The file of decisions cannot be written.
    #[error("the decision log {0}")]
    DecisionLog(String),
    /// The clock file cannot be read.
    #[error("the clock file {0}")]
    Clock(String),
}

impl Authority {
    /// Opens the store, or makes an engine in memory; loads the world file if nothing is there yet; sets the gates.
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        let clock = match &config.clock_file {
            None => Clock::System,
            Some(path) => Clock::of_file(path.clone()).map_err(OpenError::Clock)?,
        };
        let (engine, store) = match &config.store {
            None => {
                let of_engine = clock.clone();
                let builder = Engine::builder().group_conflict(config.group_conflict);
                (builder.clock(move || of_engine.now()).build(), None)
            }
            Some(path) => {
                let store = open_store(path, config, &clock)?;
                (store.engine(), Some(store))
            }
        };
        let log = DecisionLog::open(config.decision_log.as_ref()).map_err(OpenError::DecisionLog)?;
        let authority = Self {
            engine,
            store,
            clock,
            zone: config.time_zone.clone(),
            writes: Arc::new(Semaphore::new(config.limits.writes)),
            stranger: Stranger::new(),
            metrics: Arc::default(),
            log,
        };
        if let Some(path) = &config.data {
            authority.load_file(path)?;
        }
        authority.set_gates(&config.gates)?;
        Ok(authority)
    }

    fn load_file(&self, path: &Path) -> Result<(), OpenError> {
        let revision = self.engine.revision();
        if revision != Revision(0) {
            tracing::info!(data = %path.display(), %revision, "the store is not empty, so the world file is not loaded");
            return Ok(());
        }
        let failed = |reason: String| OpenError::World { path: path.to_owned(), reason };
        let file = BufReader::new(File::open(path).map_err(|error| failed(error.to_string()))?);
        let revision = self.load(file).map_err(|error| failed(error.to_string()))?;
        tracing::info!(data = %path.display(), %revision, permissions = self.engine.counts().permissions, "loaded");
        Ok(())
    }

    /// Adds a world file's text, all of it or nothing.
    pub(crate) fn load(&self, world: impl Read) -> Result<Revision, StoreError> {
        let Some(store) = &self.store else { return Ok(self.engine.load(world)?) };
        let (set, places) = read_world_with_places(world, &Limits::default())?;
        store.import(set, at_start()).map_err(|error| match error {
            StoreError::Refused(refused) => StoreError::Refused(places.locate(refused)),
            error => error,
        })
    }

    /// Gates that the store has and the configuration does not name stay: nothing is opened by leaving a line out.
    fn set_gates(&self, gates: &[String]) -> Result<(), OpenError> {
        let gate = |service: &String| Change::SetGate { service: service.clone(), gated: true };
        let set = gates.iter().map(gate).collect::<ChangeSet>().by("configuration");
        match &self.store {
            None => self.engine.apply(set).map(drop).map_err(OpenError::Gates),
            Some(store) => store.apply_from(set, at_start()).map(drop).map_err(|error| match error {
                StoreError::Refused(refused) => OpenError::Gates(refused),
                error => OpenError::Store { path: store.path().to_owned(), error },
            }),
        }
    }
}

fn at_start() -> Origin {
    Origin { origin: Some("serve".to_owned()), request_id: None }
}

fn open_store(path: &Path, config: &Config, clock: &Clock) -> Result<Store, OpenError> {
    let of_store = clock.clone();
    let options = Options::default().group_conflict(config.group_conflict).clock(move || of_store.now());
    let opened = grantrie_store::open(path, options);
    let (store, recovery) = opened.map_err(|error| OpenError::Store { path: path.to_owned(), error })?;
    tracing::info!(store = %path.display(), revision = %recovery.revision, replayed = recovery.replayed, "store opened");
    Ok(store)
}
