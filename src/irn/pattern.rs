//! skeleton
use crate::Irn;
use crate::error::ParseError;
/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: std::sync::Arc<str>,
}
impl Pattern {
    /// Parse.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.into() })
    }
    /// Text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// m
    pub fn matches(&self, _irn: &Irn<'_>) -> bool {
        false
    }
    /// c
    pub fn covers(&self, _other: &Self) -> bool {
        false
    }
    /// o
    pub fn overlaps(&self, _other: &Self) -> bool {
        false
    }
}
