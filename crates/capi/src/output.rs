//! Texts that the library makes: JSON, mostly.

use crate::border::{Handle, Text, free};

/// A text that the library has made. To be freed.
pub struct OwnedText(String);

impl OwnedText {
    /// Terminated with a zero besides, for whoever prints it.
    pub(crate) fn new(mut text: String) -> Self {
        text.push('\0');
        Self(text)
    }
}

/// The text; a zero that is not counted stands after its last byte. Ends with the handle.
///
/// # Safety
/// `text` is null or a text that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_text_get(text: *const OwnedText) -> Text {
    // SAFETY: what this function demands of its caller.
    let text = unsafe { Handle::new(text) };
    text.get().map_or(Text::ABSENT, |OwnedText(text)| Text::of(text.strip_suffix('\0').unwrap_or(text)))
}

/// Frees a text; null is left alone.
///
/// # Safety
/// `text` is null or a text that was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn grantrie_text_free(text: *mut OwnedText) {
    // SAFETY: what this function demands of its caller.
    unsafe { free(text) };
}
