//! What is known of a resource: read once, used for many questions.

use grantrie::{Limits, Refused, read_attributes};

use crate::border::{Handle, HandleOut, Text, document, entry, entry_with_error, free};
use crate::error::Error;
use crate::names::bad;
use crate::status::Status;

/// What is known of a resource. To be freed; may be used by any number of threads at once.
pub struct Attributes(grantrie::Attributes);

impl Attributes {
    pub(crate) const fn known(&self) -> &grantrie::Attributes {
        &self.0
    }
}

/// Reads attributes: one flat JSON object of texts, numbers, `true` and `false`.
///
/// # Safety
/// `json` is a text of the caller's; `attributes` and `error` are null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_attributes_read(
    json: Text,
    attributes: *mut *mut Attributes,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (out, error, json) = unsafe { (HandleOut::new(attributes), HandleOut::new(error), document(json)) };
    out.clear();
    entry_with_error(error, || {
        out.check().map_err(bad("attributes"))?;
        let known: Result<_, Refused> = read_attributes(json.map_err(bad("json"))?, &Limits::default());
        out.give(Attributes(known?));
        Ok(())
    })
}

/// Gives the same attributes out once more, to be freed by themselves.
///
/// # Safety
/// `attributes` is null or attributes that were not freed; `copy` is null or room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_attributes_clone(
    attributes: *const Attributes,
    copy: *mut *mut Attributes,
) -> Status {
    // SAFETY: what this function demands of its caller.
    let (attributes, copy) = unsafe { (Handle::new(attributes), HandleOut::new(copy)) };
    entry(|| attributes.share(copy))
}

/// Frees attributes; null is left alone.
///
/// # Safety
/// `attributes` is null or attributes that were not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_attributes_free(attributes: *mut Attributes) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(attributes) };
}
