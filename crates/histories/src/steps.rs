//! What can happen to a store.

use std::time::Duration;

use grantrie::{Change, Code, Revision, Timestamp};
use grantrie_store::StoreError;

use crate::audited;
use crate::files::Files;
use crate::life::{Handle, Life, Lived, failed, same, unexpected};

/// Handles at once: two that write and one that follows, mostly.
const HANDLES: usize = 3;

impl Life<'_> {
    /// One thing happens; then a handle is asked.
    ///
    /// # Errors
    /// Where store and model part.
    pub fn step(&mut self) -> Lived {
        if self.choices.percent(30) {
            self.tick();
        }
        match self.choices.below(100) {
            0..46 => self.apply()?,
            46..52 => self.follow()?,
            52..57 => self.one_more()?,
            57..61 => self.close()?,
            61..66 => self.crash()?,
            66..71 => self.crash_in_a_commit()?,
            71..78 => self.compact()?,
            78..82 => self.purge()?,
            82..86 => self.back_up()?,
            86..89 => self.restore()?,
            89..92 => self.export()?,
            92..94 => self.damage()?,
            94..96 => self.verify()?,
            _ => self.query()?,
        }
        if self.handles.is_empty() {
            self.open(true)?;
        }
        let handle = self.choices.below(self.handles.len());
        self.look(handle, false)
    }

    fn follow(&mut self) -> Lived {
        let handle = self.choices.below(self.handles.len());
        if self.choices.percent(50) {
            self.tell(format!("{handle} refreshes"));
            return self.refresh(handle);
        }
        self.tell(format!("{handle} waits"));
        let head = Revision(self.ledger.head());
        let store = &self.handles[handle].store;
        let found = store.wait_for(head, Duration::from_secs(5)).map_err(failed("wait for what is there"))?;
        same(&found, &head, || "what waiting answered".to_owned())?;
        self.handles[handle].shows = head.0;
        let store = &self.handles[handle].store;
        match store.wait_for(Revision(head.0 + 1), Duration::ZERO) {
            Err(StoreError::Awaited { .. }) => Ok(()),
            other => same(&format!("{other:?}"), &"none".to_owned(), || "waiting for what is not there".to_owned()),
        }
    }

    fn one_more(&mut self) -> Lived {
        let writes = self.choices.percent(60);
        self.tell("one more handle");
        if self.handles.len() >= HANDLES {
            let gone = self.choices.below(self.handles.len());
            self.handles.remove(gone);
        }
        self.open(writes)
    }

    fn close(&mut self) -> Lived {
        let gone = self.choices.below(self.handles.len());
        self.tell(format!("{gone} closes"));
        let Handle { store, shows, .. } = self.handles.remove(gone);
        let engine = store.engine();
        drop(store);
        // It answers on, and takes nothing.
        let model = self.ledger.world(shows).clone();
        self.compare(&engine, &model, false)?;
        match engine.apply(Change::SetGate { service: "s".to_owned(), gated: true }) {
            Err(refused) if refused.problems()[0].code == Code::StoreClosed => Ok(()),
            other => same(&format!("{other:?}"), &"closed".to_owned(), || "a change after closing".to_owned()),
        }
    }

    fn crash(&mut self) -> Lived {
        self.tell("crash");
        let files = Files::of(&self.path).map_err(|error| unexpected("copying", error))?;
        self.go_on_with(&files)
    }

    /// Applies, and crashes somewhere between the first byte that is written and the answer.
    fn crash_in_a_commit(&mut self) -> Lived {
        let before = Files::of(&self.path).map_err(|error| unexpected("copying", error))?;
        let head = self.ledger.head();
        self.apply()?;
        let after = Files::of(&self.path).map_err(|error| unexpected("copying", error))?;
        let Some((torn, whole)) = Files::torn(&before, &after, &mut self.choices) else { return Ok(()) };
        self.tell(format!("crash in that commit, {}", if whole { "all of it written" } else { "torn" }));
        self.tally.torn += 1;
        if !whole && self.ledger.head() > head {
            self.ledger.pop();
        }
        self.go_on_with(&torn)
    }

    fn go_on_with(&mut self, files: &Files) -> Lived {
        self.tally.crashes += 1;
        self.handles.clear();
        self.path = self.new_file();
        files.put(&self.path).map_err(|error| unexpected("putting back", error))?;
        self.open(true)?;
        self.look(0, true)
    }

    fn compact(&mut self) -> Lived {
        let writer = self.writer()?;
        self.tell(format!("{writer} compacts"));
        let compacted = self.handles[writer].store.compact().map_err(failed("compact"))?;
        self.tally.compacted += 1;
        let shows = self.handles[writer].shows;
        let due = shows > self.ledger.snapshot;
        if due {
            self.ledger.snapshot = shows;
        }
        let trimmed = match self.retention {
            Some(kept) => {
                let micros = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
                self.ledger.trim(Timestamp::from_micros(self.now().as_micros() - micros).unwrap_or(Timestamp::MIN))
            }
            None => 0,
        };
        self.tally.trimmed += trimmed;
        let expected = (due.then_some(Revision(shows)), trimmed);
        same(&(compacted.snapshot, compacted.trimmed), &expected, || "what compacting did".to_owned())
    }

    fn verify(&mut self) -> Lived {
        self.tell("verify");
        self.verified(&self.path, &self.ledger)?;
        for copy in &self.copies {
            self.verified(&copy.path, &copy.ledger)?;
        }
        Ok(())
    }

    fn query(&mut self) -> Lived {
        let query = audited::query(&mut self.choices);
        let handle = self.choices.below(self.handles.len());
        self.tell("audit");
        self.audit(handle, &query)
    }
}
