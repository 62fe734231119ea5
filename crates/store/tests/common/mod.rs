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
        Self::under(&std::env::temp_dir())
    }

    /// Where syncs cost nothing, if there is such a place: for what opens stores by the thousand.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::under(memory) } else { Self::new() }
    }

    fn under(parent: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("grantrie-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A directory in this one.
    pub(crate) fn new_in(&self, name: &str) -> Self {
        let path = self.0.join(name);
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

/// Numbers that differ from run to run unless a seed is given.
pub(crate) struct Dice(u64);

impl Dice {
    /// From `GRANTRIE_SEED`, else the clock; the seed is printed.
    pub(crate) fn new() -> Self {
        let given = std::env::var("GRANTRIE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
            u64::from(since.subsec_nanos()) ^ since.as_secs()
        });
        println!("GRANTRIE_SEED={seed}");
        Self(seed)
    }

    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// splitmix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

/// Copies a store as a crash leaves it: the file and what stands beside it.
pub(crate) fn copy_store(from: &Path, to: &Path) {
    for end in ["", "-wal", "-mark"] {
        let path = |of: &Path| PathBuf::from(format!("{}{end}", of.display()));
        let _ = std::fs::remove_file(path(to));
        if path(from).exists() {
            std::fs::copy(path(from), path(to)).unwrap();
        }
    }
    let _ = std::fs::remove_file(format!("{}-shm", to.display()));
}
