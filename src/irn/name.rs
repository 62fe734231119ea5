//! skeleton
use crate::error::ParseError;
/// A name.
#[derive(Debug, Clone, Copy)]
pub struct Irn<'a> {
    text: &'a str,
}
impl<'a> Irn<'a> {
    /// Parse.
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        Ok(Self { text })
    }
    /// Text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }
}
