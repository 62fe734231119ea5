//! A name that is read only as far as somebody asks.
//!
//! Most patterns that a check meets are told from the name by its first two segments or byte for byte, and what is equal
//! to a pattern without wildcards needs no further proof that it is a name. Only where a wildcard is to match the rest
//! must that rest be read.
//!
//! What must hold: whoever got `None` from [`LazyIrn::irn`] knows nothing, and must ask the exact reader before deciding
//! anything: [`LazyIrn::is_in_doubt`] says so afterwards.

use std::cell::OnceCell;

use super::{Irn, scan};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct LazyIrn<'a> {
    text: &'a str,
    /// Where the first two segments end, in bytes.
    first_ends: [usize; 2],
    irn: OnceCell<Option<Irn<'a>>>,
}

impl<'a> LazyIrn<'a> {
    /// A name that was read.
    #[inline]
    pub(crate) fn of(irn: Irn<'a>) -> Self {
        Self { text: irn.as_str(), first_ends: irn.first_ends(), irn: OnceCell::from(Some(irn)) }
    }

    /// Reads no more than the first two segments of what may be a name. `None` where they can't be told at a glance.
    #[inline(always)]
    pub(crate) fn glance(text: &'a str) -> Option<Self> {
        let first_ends = scan::first_two_ends(text)?;
        Some(Self { text, first_ends, irn: OnceCell::new() })
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[inline]
    pub(crate) fn first_ends(&self) -> [usize; 2] {
        self.first_ends
    }

    /// The bytes of the second segment.
    pub(crate) fn second(&self) -> &'a [u8] {
        let [first, second] = self.first_ends;
        self.bytes().get(first.wrapping_add(1)..second).unwrap_or_default()
    }

    /// The whole name; `None` where it is not plain ASCII and beyond doubt: it may be a name all the same.
    #[inline]
    pub(crate) fn irn(&self) -> Option<&Irn<'a>> {
        self.irn.get_or_init(|| Irn::parse_plain(self.text)).as_ref()
    }

    /// Whether somebody needed the whole name, and it could not be had.
    #[inline]
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self.irn.get(), Some(None))
    }
}
