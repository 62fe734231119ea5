//! JSON bodies, read strictly: one document, no key twice in any object, no deeper than it makes sense.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Nesting of arrays and objects, at most. The deepest that any interface means is 6.
const MAX_DEPTH: usize = 16;

/// Why a body is not what it should be: what was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotRead(String);

/// Reads a document as plain values.
pub(crate) fn value(body: &[u8]) -> Result<Value, NotRead> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(NotRead("the body is empty; expected a JSON document".to_owned()));
    }
    let mut reading = serde_json::Deserializer::from_slice(body);
    let read = Strict { depth: MAX_DEPTH }.deserialize(&mut reading);
    let read = read.and_then(|value| reading.end().map(|()| value));
    read.map_err(|error| NotRead(format!("the body cannot be read: {error}")))
}

/// Reads plain values as what they should be; the error names the field.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, NotRead> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        if path == "." {
            NotRead(error.into_inner().to_string())
        } else {
            NotRead(format!("{path}: {}", error.inner()))
        }
    })
}

struct Strict {
    /// How many more levels there may be.
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(&self) -> Result<Self, E> {
        let message = || E::custom(format_args!("nested deeper than {MAX_DEPTH} levels"));
        self.depth.checked_sub(1).map(|depth| Self { depth }).ok_or_else(message)
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        // Sorted as in a `Map`, so that it becomes one without being sorted again.
        let mut read = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.deeper()?)?;
            if read.contains_key(&key) {
                let shown: String = key.chars().take(80).collect();
                return Err(A::Error::custom(format_args!(
                    "key `{}` stands twice in one object",
                    shown.escape_debug()
                )));
            }
            read.insert(key, value);
        }
        Ok(Value::Object(read.into_iter().collect::<Map<_, _>>()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_read_once_and_whole() {
        let good = br#" {"b": [1, -2, 2.5, true, null, "x"], "a": {"c": {}}} "#;
        assert_eq!(value(good), Ok(json!({"a": {"c": {}}, "b": [1, -2, 2.5, true, null, "x"]})));
        let said = |body: &[u8]| value(body).unwrap_err().to_string();
        assert!(said(b"  ").contains("is empty"));
        assert!(said(br#"{"a": 1, "b": {"x": 1, "x": 2}}"#).contains("key `x` stands twice in one object at line 1"));
        assert!(said(br#"{"a": 1, "\u0061": 2}"#).contains("key `a` stands twice"));
        assert!(said(b"{} {}").contains("trailing characters"));
        assert!(said(b"{\"a\": \"\xff\"}").contains("invalid unicode"));
        assert!(said(b"1e999").contains("out of range"));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(value(nested(MAX_DEPTH).as_bytes()).is_ok());
        let deep = value(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err().to_string();
        assert!(deep.contains("nested deeper than 16 levels"), "{deep}");
        assert!(value(nested(1_000_000).as_bytes()).is_err());
        assert!(value("{\"a\":".repeat(100_000).as_bytes()).is_err());
    }
}
