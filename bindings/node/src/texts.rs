//! JavaScript's texts as UTF-8.

use std::collections::HashMap;

use grantrie::{AttributeValue, Attributes, Code, Problem, Timestamp};
use grantrie_host::{Fault, Kind};
use napi::bindgen_prelude::{BigInt, Either4};
use napi::{JsString, JsStringUtf8, Result};
use napi_derive::napi;

use super::errors::thrown;

/// What stands for a lone surrogate in what Node makes of it; a text may also hold it by itself.
pub(super) const REPLACEMENT: char = '\u{FFFD}';

/// A text of JavaScript's in UTF-8.
pub(super) struct Text<'env>(JsStringUtf8<'env>);

impl<'env> Text<'env> {
    /// Reads it. A lone surrogate is refused: with another character in its place it would be another name.
    pub(super) fn read(field: &'static str, text: JsString<'env>) -> Result<Self> {
        let read = Self(text.into_utf8()?);
        if read.as_str()?.contains(REPLACEMENT) {
            let units = text.into_utf16()?;
            // The units end with a zero that is none of the text's.
            if char::decode_utf16(units.iter().copied()).any(|unit| unit.is_err()) {
                let message = "the text has a lone surrogate: it is not Unicode";
                return Err(thrown(&Fault::one(Kind::Request, Problem::new(Code::InvalidUtf8, field, message))));
            }
        }
        Ok(read)
    }

    pub(super) fn as_str(&self) -> Result<&str> {
        self.0.as_str()
    }
}

/// What is known of a resource, as JavaScript has it.
#[napi]
pub type Known = HashMap<String, Either4<bool, f64, BigInt, String>>;

/// What else is known of a question.
pub(super) fn known(known: Option<Known>, at: Option<String>) -> Result<(Option<Attributes>, Option<Timestamp>)> {
    let attributes = known.map(|known| known.into_iter().map(attribute).collect::<Result<_>>()).transpose()?;
    Ok((attributes, at.map(|at| instant(&at)).transpose()?))
}

fn attribute((name, value): (String, Either4<bool, f64, BigInt, String>)) -> Result<(String, AttributeValue)> {
    let value = match value {
        Either4::A(flag) => Some(flag.into()),
        Either4::B(number) => AttributeValue::from_f64(number),
        Either4::C(number) => whole(&number),
        Either4::D(text) => Some(text.into()),
    };
    let value = value.ok_or_else(|| {
        let message = format!("attribute `{}` is no finite number", name.escape_debug());
        thrown(&Fault::one(Kind::Request, Problem::new(Code::InvalidAttribute, "attributes", message)))
    })?;
    Ok((name, value))
}

/// A whole number, as JSON would bring it: exact as far as 64 bits go.
fn whole(number: &BigInt) -> Option<AttributeValue> {
    let (found, lossless) = number.get_i128();
    let exact =
        i64::try_from(found).map(AttributeValue::from).or_else(|_| u64::try_from(found).map(AttributeValue::from));
    #[expect(clippy::cast_precision_loss, reason = "the nearest is what JSON's readers make of it too")]
    exact.ok().or_else(|| AttributeValue::from_f64(found as f64)).filter(|_| lossless)
}

fn instant(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error| {
        let message = format!("`{}`: {error}", text.escape_debug());
        thrown(&Fault::one(Kind::Request, Problem::new(Code::InvalidTime, "at", message)))
    })
}
