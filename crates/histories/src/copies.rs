//! Backups, worlds in files, and what is good of a damaged store.

use grantrie::{Limits, Revision, read_world};
use grantrie_store::{AuditQuery, Origin, Store, StoreError, restore, restore_last_good, verify};
use grantrie_testkit::history;

use crate::ledger::Ledger;
use crate::life::{Copy, Handle, Life, Lived, failed, same, unexpected};

/// Backups that are kept.
const COPIES: usize = 2;

impl Life<'_> {
    pub(crate) fn back_up(&mut self) -> Lived {
        let (handle, path) = (self.choices.below(self.handles.len()), self.new_file());
        self.tell(format!("{handle} backs up"));
        let revision = self.handles[handle].store.backup(&path, |_, _| {}).map_err(failed("back up"))?;
        self.tally.backups += 1;
        same(&revision, &Revision(self.ledger.head()), || "the revision of the backup".to_owned())?;
        if self.copies.len() >= COPIES {
            let gone = self.choices.below(COPIES);
            self.copies.remove(gone);
        }
        self.copies.push(Copy { path, ledger: self.ledger.clone() });
        Ok(())
    }

    /// A backup takes the store's place.
    pub(crate) fn restore(&mut self) -> Lived {
        if self.copies.is_empty() {
            return self.back_up();
        }
        let copy = self.choices.below(self.copies.len());
        let Copy { path, ledger } = self.copies.remove(copy);
        self.tell(format!("restore revision {}", ledger.head()));
        let into = self.new_file();
        let report = restore(&path, &into, |_, _| {}).map_err(failed("restore"))?;
        self.tally.restored += 1;
        same(&report.head, &Revision(ledger.head()), || "the revision restored".to_owned())?;
        self.verified(&into, &ledger)?;
        self.handles.clear();
        (self.path, self.ledger) = (into, ledger);
        self.open(true)?;
        self.look(0, true)
    }

    /// A world file of the store, imported into an empty one: the same ids, the same decisions.
    pub(crate) fn export(&mut self) -> Lived {
        self.tell("export and import");
        let handle = self.choices.below(self.handles.len());
        let Handle { store, shows, .. } = &self.handles[handle];
        let mut file = Vec::new();
        let revision = store.export(&mut file).map_err(|error| unexpected("export", error))?;
        same(&revision, &Revision(*shows), || "the revision of an export".to_owned())?;
        let model = self.ledger.world(*shows).clone();
        let set = read_world(&file[..], &Limits::default()).map_err(|error| unexpected("the exported world", error))?;
        let into = self.new_file();
        let options = self.options();
        let (copy, _) = grantrie_store::open(&into, options).map_err(failed("an empty store"))?;
        let empty = set.changes.is_empty();
        let revision = copy.import(set, Origin::default()).map_err(failed("import"))?;
        same(&revision, &Revision(u64::from(!empty)), || "an import is one change set".to_owned())?;
        drop(copy);
        let (copy, _) = grantrie_store::open(&into, self.options()).map_err(failed("what was imported"))?;
        self.tally.exported += 1;
        let mut again = Vec::new();
        copy.export(&mut again).map_err(|error| unexpected("export again", error))?;
        same(&again, &file, || "what was exported, imported and exported".to_owned())?;
        let all = |store: &Store| store.permissions(&grantrie::PermissionQuery::default()).items;
        let mut expected = model.permissions.clone();
        expected.sort_by_key(|permission| permission.id);
        same(&all(&copy), &expected, || "permissions of what was imported".to_owned())?;
        // Decisions: at another revision, and members are listed that were not before.
        for _ in 0..6 {
            let owned = history::request(&mut self.choices, &model);
            let verdict = grantrie_testkit::Verdict::of(&copy.check(&owned.as_request()));
            let expected = model.decide(&owned.as_request(), self.now());
            same(&verdict, &expected, || format!("asked of what was imported: {owned:?}"))?;
            self.tally.checks += 1;
        }
        Ok(())
    }

    /// An entry is damaged: that is found, and the store goes on with what is good.
    pub(crate) fn damage(&mut self) -> Lived {
        let Ledger { base, snapshot, .. } = self.ledger;
        let head = self.ledger.head();
        let Some(entries) = usize::try_from(head - base).ok().filter(|entries| *entries > 0) else { return Ok(()) };
        let spoilt = base + 1 + self.choices.below(entries) as u64;
        self.tell(format!("damage revision {spoilt}"));
        let (handle, path) = (self.choices.below(self.handles.len()), self.new_file());
        self.handles[handle].store.backup(&path, |_, _| {}).map_err(failed("back up"))?;
        let change = *self.choices.pick(&["at = at + 1", "actor = 'nobody'", "effects = effects + 1"]);
        let update = format!("UPDATE log SET {change} WHERE revision = {spoilt}");
        let spoil = || rusqlite::Connection::open(&path)?.execute(&update, []);
        same(&spoil().map_err(|error| unexpected("spoil", error))?, &1, || update.clone())?;
        let report = verify(&path, |_, _| {}).map_err(failed("verify what is damaged"))?;
        let found: Vec<u64> = report.damages.iter().map(|damage| damage.last_good.0).collect();
        same(&found, &vec![spoilt - 1], || "what verifying a damaged store found".to_owned())?;
        let opened = grantrie_store::open(&path, self.options()).map(|(store, _)| store.revision());
        match opened {
            // What is damaged is older than the snapshot, and is not read to open.
            Ok(revision) => same(&(revision, spoilt <= snapshot), &(Revision(head), true), || "open".to_owned())?,
            Err(StoreError::Damaged(found)) => {
                let found = (found.last_good.0, spoilt > snapshot);
                same(&found, &(spoilt - 1, true), || "opening what is damaged".to_owned())?;
            }
            Err(other) => return Err(unexpected("open what is damaged", other)),
        }
        let into = self.new_file();
        let reached = restore_last_good(&path, &into).map_err(failed("restore the last good revision"))?;
        self.tally.last_good += 1;
        let (good, base) = if spoilt > snapshot { (spoilt - 1, base) } else { (head, spoilt) };
        same(&reached, &Revision(good), || "the last good revision".to_owned())?;
        self.handles.clear();
        self.path = into;
        self.ledger.keep(good, base);
        self.open(true)?;
        self.look(0, true)?;
        self.audit(0, &AuditQuery::default())
    }
}
