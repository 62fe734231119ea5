//! Attributes: a flat map of names to strings, numbers or booleans.
//!
//! A permission's criteria and a resource's attributes are both such a map.

use std::collections::BTreeMap;
use std::fmt;

/// A flat map of attribute names to values; a permission's criteria, or what is known of a resource.
///
/// In a permission at most [`Limits::criteria_per_permission`](crate::Limits) of them; neither a name, which is not
/// empty, nor a text is longer than [`Limits::attribute_bytes`](crate::Limits). In a [`Request`](crate::Request) there may
/// be any number: only the names that criteria ask for are looked up.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// A string, number or boolean. Numbers are equal when they are the same number: `1` is `1.0`.
///
/// ```
/// use grantrie::AttributeValue;
/// assert_eq!(AttributeValue::from(1_i64), AttributeValue::from_f64(1.0).unwrap());
/// assert_ne!(AttributeValue::from(1_i64), AttributeValue::from("1"));
/// assert!(AttributeValue::from_f64(f64::NAN).is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// A text, compared byte for byte.
    Text(String),
    /// A number; see [`AttributeValue::from_f64`].
    Number(Number),
    /// `true` or `false`. Never equal to the text `"true"`.
    Flag(bool),
}

/// A finite number in canonical form, so that equal numbers are equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Canonical);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Canonical {
    /// Any whole number of magnitude at most 2^64, whichever way it was written.
    Whole(i128),
    /// The bits of any other finite number.
    Fraction(u64),
}

impl AttributeValue {
    /// The number, or nothing if it is not finite (JSON has no such numbers).
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        /// 2^64: every whole `f64` up to it converts to `i128` exactly.
        const WHOLE: f64 = 18_446_744_073_709_551_616.0;
        if !number.is_finite() {
            return None;
        }
        let canonical = if number.fract() == 0.0 && number.abs() <= WHOLE {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole and of magnitude at most 2^64: exact in an i128"
            )]
            Canonical::Whole(number as i128)
        } else {
            Canonical::Fraction(number.to_bits())
        };
        Some(Self::Number(Number(canonical)))
    }
}

impl AttributeValue {
    /// A whole number as [`Number::as_whole`] has it; `None` if it is none of those.
    pub(crate) fn from_whole(whole: i128) -> Option<Self> {
        match (i64::try_from(whole), u64::try_from(whole)) {
            (Ok(small), _) => Some(small.into()),
            (_, Ok(large)) => Some(large.into()),
            #[expect(clippy::cast_precision_loss, reason = "only what an f64 was can be so large")]
            _ => Self::from_f64(whole as f64),
        }
    }
}

impl Number {
    /// The whole number, if it is one of magnitude at most 2^64.
    #[must_use]
    pub const fn as_whole(self) -> Option<i128> {
        match self.0 {
            Canonical::Whole(number) => Some(number),
            Canonical::Fraction(_) => None,
        }
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            #[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
            Canonical::Whole(number) => number as f64,
            Canonical::Fraction(bits) => f64::from_bits(bits),
        }
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for AttributeValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for AttributeValue {
    fn from(number: i64) -> Self {
        Self::Number(Number(Canonical::Whole(number.into())))
    }
}

impl From<u64> for AttributeValue {
    fn from(number: u64) -> Self {
        Self::Number(Number(Canonical::Whole(number.into())))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_whole() {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "{}", self.as_f64()),
        }
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}
