//! Texts of the caller's: a pointer and a length.

use std::ffi::c_char;

use grantrie::Code;

use super::Items;

/// Bytes of a text in a question, at most; a longer one is refused unread. Far above what the engine takes (256 for an id,
/// 1,024 for a name), so that a length that is no length does no harm.
const MAX_TEXT_BYTES: usize = 65_536;

/// Bytes of a document, at most, for the same reason. A file has no such bound.
const MAX_DOCUMENT_BYTES: u64 = 1 << 36;

/// A text: UTF-8, not terminated. Where a text may be absent, a null pointer with the length 0 says so.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    /// The first byte.
    pub data: *const c_char,
    /// How many bytes.
    pub length: usize,
}

impl Text {
    /// No text.
    pub const ABSENT: Self = Self { data: std::ptr::null(), length: 0 };

    /// For C, valid as long as `text` is.
    pub const fn of(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), length: text.len() }
    }

    /// The text; null is the empty one.
    ///
    /// # Safety
    /// The length is 0, or so many bytes of the caller's, valid for `'a`, begin at the pointer.
    #[inline]
    pub(crate) unsafe fn read<'a>(self) -> Result<&'a str, Code> {
        if self.length == 0 {
            return Ok("");
        }
        if self.length > MAX_TEXT_BYTES {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: the caller of this function has what `bytes` demands.
        let bytes = unsafe { bytes(self)? };
        if is_ascii(bytes) {
            // SAFETY: ASCII is UTF-8; to see that it is costs a fraction of what the general look does.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
        std::str::from_utf8(bytes).map_err(|_| Code::InvalidUtf8)
    }
}

/// Whether all bytes are ASCII, for texts of a few dozen bytes: eight at a time, the last ones once more.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    if let Some(last) = bytes.last_chunk::<8>() {
        let all = bytes.as_chunks::<8>().0.iter().fold(u64::from_ne_bytes(*last), |all, chunk| {
            // Together, not one by one: there is nothing to gain from an early end.
            all | u64::from_ne_bytes(*chunk)
        });
        return all & HIGH == 0;
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => u64::from(u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)) & HIGH == 0,
        _ => bytes.is_ascii(),
    }
}

/// A text that may be absent.
///
/// # Safety
/// As [`Text::read`].
#[inline]
pub(crate) unsafe fn optional<'a>(text: Text) -> Result<Option<&'a str>, Code> {
    if text.data.is_null() && text.length == 0 {
        return Ok(None);
    }
    // SAFETY: the caller of this function has what `read` demands.
    unsafe { text.read() }.map(Some)
}

/// The bytes of a document.
///
/// # Safety
/// As [`Text::read`].
pub(crate) unsafe fn document<'a>(text: Text) -> Result<&'a [u8], Code> {
    if text.length as u64 > MAX_DOCUMENT_BYTES {
        return Err(Code::InvalidArgument);
    }
    // SAFETY: the caller of this function has what `bytes` demands.
    if text.length == 0 { Ok(&[]) } else { unsafe { bytes(text) } }
}

/// Texts one after the other, `most` at most, added to a list.
///
/// # Safety
/// As [`Items::new`] for the array, and as [`Text::read`] for each text.
pub(crate) unsafe fn texts<'a>(
    first: *const Text,
    count: usize,
    most: usize,
    to: &mut impl Extend<&'a str>,
) -> Result<(), Code> {
    // SAFETY: the caller of this function has what `new` demands.
    let items = unsafe { Items::new(first, count) }.get(most)?;
    for item in items {
        // SAFETY: and what `read` demands.
        to.extend([unsafe { item.read()? }]);
    }
    Ok(())
}

/// # Safety
/// So many bytes of the caller's, valid for `'a`, begin at the pointer.
#[inline]
unsafe fn bytes<'a>(text: Text) -> Result<&'a [u8], Code> {
    let Text { data, length } = text;
    let past = data.addr().checked_add(length);
    if data.is_null() || past.is_none() || length > isize::MAX as usize {
        return Err(Code::InvalidArgument);
    }
    // SAFETY: not null, no longer than memory is, and the caller's.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), length) })
}

#[cfg(test)]
mod tests {
    use super::is_ascii;

    #[test]
    fn one_byte_that_is_not_ascii_is_found_wherever_it_stands() {
        for length in 0..40 {
            assert!(is_ascii(&vec![0x7F; length]), "{length}");
            for at in 0..length {
                let mut bytes = vec![b'a'; length];
                bytes[at] = 0x80;
                assert!(!is_ascii(&bytes), "{at} of {length}");
            }
        }
    }
}
