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

/// What may be a name, read no further than the first two segments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance<'a> {
    text: &'a str,
    /// Where the first two segments end, in bytes.
    first_ends: [usize; 2],
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct LazyIrn<'a> {
    glance: Glance<'a>,
    irn: OnceCell<Option<Irn<'a>>>,
}

impl<'a> Glance<'a> {
    /// `None` where the first two segments can't be told at a glance.
    #[inline(always)]
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let first_ends = scan::first_two_ends(text)?;
        Some(Self { text, first_ends })
    }

    #[inline(always)]
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// Where the first two segments end, the second first.
    #[inline(always)]
    pub(crate) fn second_first(self) -> [usize; 2] {
        let [first, second] = self.first_ends;
        [second, first]
    }
}

impl<'a> LazyIrn<'a> {
    /// A name that was read.
    #[inline]
    pub(crate) fn of(irn: Irn<'a>) -> Self {
        let glance = Glance { text: irn.as_str(), first_ends: irn.first_ends() };
        Self { glance, irn: OnceCell::from(Some(irn)) }
    }

    /// What may be a name and was glanced at.
    #[inline(always)]
    pub(crate) fn of_glance(glance: Glance<'a>) -> Self {
        Self { glance, irn: OnceCell::new() }
    }

    #[inline(always)]
    pub(crate) fn glanced(&self) -> Glance<'a> {
        self.glance
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.glance.bytes()
    }

    #[inline]
    pub(crate) fn first_ends(&self) -> [usize; 2] {
        self.glance.first_ends
    }

    /// The bytes of the second segment.
    pub(crate) fn second(&self) -> &'a [u8] {
        let [first, second] = self.first_ends();
        self.bytes().get(first.wrapping_add(1)..second).unwrap_or_default()
    }

    /// The whole name; `None` where it is not plain ASCII and beyond doubt: it may be a name all the same.
    #[inline]
    pub(crate) fn irn(&self) -> Option<&Irn<'a>> {
        let Glance { text, first_ends } = self.glance;
        self.irn.get_or_init(|| Irn::parse_plain(text, first_ends)).as_ref()
    }

    /// Whether it is a short name of three segments, plain ASCII and beyond doubt. Others may be names all the same.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        scan::is_plain_name(self.bytes(), self.first_ends())
    }

    /// The bytes from `from` on, if they end a name of three segments in its last one, and are plain ASCII and beyond doubt.
    /// What comes before them must be known to be the beginning of a name or pattern.
    #[inline]
    pub(crate) fn plain_last(&self, from: usize) -> Option<&'a [u8]> {
        let [_, second] = self.first_ends();
        if from <= second || !scan::is_plain_end(self.bytes(), second.wrapping_add(1), from) {
            return None;
        }
        self.bytes().get(from..)
    }

    /// Whether somebody needed the whole name, and it could not be had.
    #[inline]
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self.irn.get(), Some(None))
    }
}
