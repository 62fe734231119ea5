//! Change sets: read once, applied to any number of engines.

use grantrie::{ChangeSet, Limits, Places, Refused, read_changes_with_places};

use crate::border::{Handle, HandleOut, Text, document, entry, entry_with_error, free};
use crate::error::Error;
use crate::names::bad;
use crate::status::Status;

/// A change set. To be freed; may be used by any number of threads at once.
pub struct Changes {
    set: ChangeSet,
    /// Where each change stood, for what only shows when it is applied.
    places: Places,
}

impl Changes {
    /// Applies them.
    pub(crate) fn apply(&self, engine: &grantrie::Engine) -> Result<grantrie::Revision, Refused> {
        engine.apply(self.set.clone()).map_err(|refused| self.places.locate(refused))
    }
}

/// Reads a change file (JSON), whose form the README has. What only shows on an engine, shows when it is applied.
///
/// # Safety
/// `json` is a text of the caller's; `changes` and `error` are null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_changes_read(
    json: Text,
    changes: *mut *mut Changes,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (out, error, json) = unsafe { (HandleOut::new(changes), HandleOut::new(error), document(json)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("changes"))?;
        let (set, places) = read_changes_with_places(json.map_err(bad("json"))?, &Limits::default())?;
        out.give(Changes { set, places });
        Ok(())
    })
}

/// Gives the same change set out once more, to be freed by itself.
///
/// # Safety
/// `changes` is null or a change set that was not freed; `copy` is null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_changes_clone(changes: *const Changes, copy: *mut *mut Changes) -> Status {
    // SAFETY: what this function demands of its caller.
    let (changes, copy) = unsafe { (Handle::new(changes), HandleOut::new(copy)) };
    entry(|| changes.share(copy))
}

/// Frees a change set; null is left alone.
///
/// # Safety
/// `changes` is null or a change set that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_changes_free(changes: *mut Changes) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(changes) };
}
