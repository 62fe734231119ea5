//! Opening a store of a large world, beside loading the world's file; and how it gets there.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use grantrie::{Engine, Limits, read_world};
use grantrie_store::{Options, Origin, open};

use crate::table::{Goal, Table};
use crate::{Outcome, fresh, median};

const PAIRS: usize = 3;

pub(crate) fn measure(directory: &Path, world: &Path, table: &mut Table) -> Outcome<()> {
    let path = fresh(directory, "large");
    let options = || Options::default().follow(None);
    let (store, _) = open(&path, options())?;
    let set = read_world(File::open(world)?, &Limits::default())?;
    let begun = Instant::now();
    store.import(set, Origin::default())?;
    let import = begun.elapsed().as_secs_f64();
    let permissions = store.counts().permissions;
    let begun = Instant::now();
    store.compact()?;
    let compact = begun.elapsed().as_secs_f64();
    drop(store);
    let (mut loads, mut opens, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let begun = Instant::now();
        let engine = Engine::new();
        engine.load(File::open(world)?)?;
        let loaded = begun.elapsed().as_secs_f64();
        drop(engine);
        let begun = Instant::now();
        let (store, recovery) = open(&path, options())?;
        let opened = begun.elapsed().as_secs_f64();
        if recovery.snapshot.is_none() || store.counts().permissions != permissions {
            return Err("the store did not open from its snapshot".into());
        }
        drop(store);
        loads.push(loaded);
        opens.push(opened);
        ratios.push(opened / loaded);
    }
    let of = format!("{permissions} permissions");
    table.tell(format!("{of}: importing a set that is read"), import, "s");
    table.tell(format!("{of}: compacting the first time"), compact, "s");
    table.tell(format!("{of}: loading the world file"), median(loads), "s");
    table.tell(format!("{of}: opening the store"), median(opens), "s");
    table.hold(format!("{of}: opening to loading"), median(ratios), "x", Goal::AtMost(0.5));
    Ok(())
}
