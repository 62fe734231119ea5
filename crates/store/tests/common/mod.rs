//! What the tests of the store share.
#![allow(dead_code, reason = "each test uses some of it")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use grantrie::{Actions, Change, Engine, PermissionDraft, PermissionQuery, Principal, Request, Subject};
use grantrie_store::{Options, Recovery, Store, StoreError};

/// A directory that is gone with the test.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("grantrie-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Opens without threads: what happens is what the test does.
pub(crate) fn open(path: &Path) -> Result<(Store, Recovery), StoreError> {
    grantrie_store::open(path, Options::default().follow(None))
}

/// A permission of a user to read one thing.
pub(crate) fn grant(user: &str, pattern: &str) -> Change {
    let actions = Actions::from_iter(["READ".parse().unwrap()]);
    Change::UpsertPermission(PermissionDraft::allow("n", Principal::user(user), pattern.parse().unwrap(), actions))
}

pub(crate) fn may(engine: &Engine, user: &str, irn: &str) -> bool {
    engine.is_allowed(&Request::new("n", Subject::user(user), "READ", irn))
}

/// All that an engine holds, as a world file.
pub(crate) fn world(engine: &Engine) -> String {
    let mut file = Vec::new();
    engine.snapshot().write_world(&mut file).unwrap();
    String::from_utf8(file).unwrap()
}

pub(crate) fn count(engine: &Engine) -> usize {
    engine.permissions(&PermissionQuery { limit: Some(0), ..PermissionQuery::default() }).total
}

/// Grants a user so many things, one change set after the other.
pub(crate) fn grants(store: &Store, user: &str, things: u32) {
    for n in 0..things {
        store.apply(grant(user, &format!("a:b:{n}"))).unwrap();
    }
}
