//! The engine: set up, loaded, changed, and asked for prepared subjects.

use std::fs::File;
use std::path::PathBuf;

use grantrie::{Code, Problem, Refused};

use crate::border::{Handle, HandleOut, In, Out, Text, document, entry, entry_with_error, free};
use crate::changes::Changes;
use crate::error::Error;
use crate::names::{bad, invalid, refused};
use crate::options::Options;
use crate::status::Status;
use crate::subject::Subject;
use crate::types::{Caller, Names};

/// An engine. To be freed; may be used by any number of threads at once.
pub struct Engine {
    pub(crate) engine: grantrie::Engine,
    /// Items in one batch, at most.
    pub(crate) batch_items: usize,
}

impl Engine {
    /// A handle to a Rust host's engine, to be handed to a library in C, which frees it with `grantrie_engine_free`. The
    /// batches of a handle have the default limit, or the engine's if that is lower.
    #[must_use]
    pub fn of(engine: grantrie::Engine) -> *mut Self {
        let mut handle = std::ptr::null_mut();
        // SAFETY: `handle` is room for one pointer.
        let out = unsafe { HandleOut::new(&raw mut handle) };
        out.give(Self { engine, batch_items: grantrie::Limits::default().batch_items });
        handle
    }
}

/// Sets an engine up, empty. `options` may be null: then all is as the defaults say.
///
/// # Safety
/// `options` is null or options that begin with their size, `engine` room for a pointer, `error` null or room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_new(
    options: *const Options,
    engine: *mut *mut Engine,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (options, out, error) = unsafe { (In::new(options), HandleOut::new(engine), HandleOut::new(error)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("engine"))?;
        let options = options.read_if_given().map_err(bad("options"))?;
        let (builder, limits) = match &options {
            Some(options) => (options.builder().map_err(bad("options"))?, options.limits()),
            None => (grantrie::Engine::builder(), grantrie::Limits::default()),
        };
        out.give(Engine { engine: builder.build(), batch_items: limits.batch_items });
        Ok(())
    })
}

/// Gives the same engine out once more, to be freed by itself.
///
/// # Safety
/// `engine` is null or an engine that was not freed; `copy` is null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_clone(engine: *const Engine, copy: *mut *mut Engine) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, copy) = unsafe { (Handle::new(engine), HandleOut::new(copy)) };
    entry(|| engine.share(copy))
}

/// Frees an engine; null is left alone. Prepared subjects keep what they need.
///
/// # Safety
/// `engine` is null or an engine that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_free(engine: *mut Engine) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(engine) };
}

/// The revision that is published.
///
/// # Safety
/// `engine` is null or an engine that was not freed; `revision` is null or room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_revision(engine: *const Engine, revision: *mut u64) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, out) = unsafe { (Handle::new(engine), Out::new(revision)) };
    let cleared = out.write(0);
    entry(|| {
        cleared?;
        out.write(engine.get()?.engine.revision().0)
    })
}

/// Reads a world file (JSON) from memory and applies it: all of it, or nothing. `revision` may be null.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `json` a text of the caller's, `revision` null or room for a number,
/// `error` null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_load(
    engine: *const Engine,
    json: Text,
    revision: *mut u64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, json) = unsafe { (Handle::new(engine), document(json)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (Out::new(revision), HandleOut::new(error)) };
    let cleared = out.write_if_wanted(0);
    entry_with_error(error, || {
        cleared.map_err(bad("revision"))?;
        let engine = engine.get().map_err(bad("engine"))?;
        let loaded = engine.engine.load(json.map_err(bad("json"))?)?;
        out.write_if_wanted(loaded.0).map_err(bad("revision"))
    })
}

/// Reads a world file and applies it: all of it, or nothing. `revision` may be null. On Unix a path is any bytes, elsewhere
/// UTF-8.
///
/// # Safety
/// As `grantrie_engine_load`; `path` is a text of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_load_file(
    engine: *const Engine,
    path: Text,
    revision: *mut u64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, path) = unsafe { (Handle::new(engine), path_of(path)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (Out::new(revision), HandleOut::new(error)) };
    let cleared = out.write_if_wanted(0);
    entry_with_error(error, || {
        cleared.map_err(bad("revision"))?;
        let engine = engine.get().map_err(bad("engine"))?;
        let path = path.map_err(bad("path"))?;
        let file = File::open(&path).map_err(|error| {
            let message = format!("`{}` cannot be read: {error}", path.display());
            Refused::from(Problem::new(Code::Unreadable, "path", message))
        })?;
        out.write_if_wanted(engine.engine.load(file)?.0).map_err(bad("revision"))
    })
}

/// A path from a text.
///
/// # Safety
/// As `Text::read`.
unsafe fn path_of(path: Text) -> Result<PathBuf, Code> {
    if path.length > 65_536 {
        return Err(Code::InvalidArgument);
    }
    // SAFETY: the caller of this function has what `document` demands.
    let bytes = unsafe { document(path)? };
    #[cfg(unix)]
    return Ok(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes.to_vec())));
    #[cfg(not(unix))]
    return std::str::from_utf8(bytes).map(PathBuf::from).map_err(|_| Code::InvalidUtf8);
}

/// Applies a change set: all of it, or nothing. `revision` may be null; whoever has it back reads at it or later.
///
/// # Safety
/// `engine` and `changes` are null or handles that were not freed, `revision` is null or room for a number, `error` null or
/// room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_apply(
    engine: *const Engine,
    changes: *const Changes,
    revision: *mut u64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, changes) = unsafe { (Handle::new(engine), Handle::new(changes)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (Out::new(revision), HandleOut::new(error)) };
    let cleared = out.write_if_wanted(0);
    entry_with_error(error, || {
        cleared.map_err(bad("revision"))?;
        let engine = engine.get().map_err(bad("engine"))?;
        let applied = changes.get().map_err(bad("changes"))?.apply(&engine.engine)?;
        out.write_if_wanted(applied.0).map_err(bad("revision"))
    })
}

/// Prepares a caller: its names are looked up once for any number of checks, and grants and memberships that change later
/// count from the next check on. The subject keeps the engine.
///
/// # Safety
/// `engine` is null or an engine that was not freed, `caller` null or a caller that begins with its size, `subject` null or
/// room for a pointer, `error` null or room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_engine_prepare(
    engine: *const Engine,
    caller: *const Caller,
    subject: *mut *mut Subject,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (engine, caller) = unsafe { (Handle::new(engine), In::new(caller)) };
    // SAFETY: as above.
    let (out, error) = unsafe { (HandleOut::new(subject), HandleOut::new(error)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("subject"))?;
        let Engine { engine, batch_items } = engine.get().map_err(bad("engine"))?;
        let mut names = Names::default();
        // SAFETY: what this function demands of its caller.
        let asker =
            unsafe { caller.read().map_err(bad("caller"))?.read(&mut names) }.map_err(|wrong| refused(&wrong))?;
        let prepared = engine.prepare(asker.namespace, &asker.subject, asker.project).map_err(invalid)?;
        out.give(Subject::new(engine.clone(), prepared, *batch_items));
        Ok(())
    })
}
