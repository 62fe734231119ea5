//! Who asks, as options, and what is known of the resource.

use clap::Args;
use grantrie::{AttributeValue, Attributes};

#[derive(Args)]
pub(crate) struct Memberships {
    /// A group of the user; repeat for more. With any, the directory is not asked
    #[arg(long = "group", value_name = "ID")]
    pub(crate) groups: Vec<String>,

    /// The user is in no group, and the directory is not asked
    #[arg(long, conflicts_with = "groups", requires = "user")]
    pub(crate) no_group: bool,

    /// A permission profile of the user; repeat for more. Without --user, the profile asks by itself
    #[arg(long = "permprofile", value_name = "ID")]
    pub(crate) permprofiles: Vec<String>,
}

impl Memberships {
    pub(crate) fn groups(&self) -> Option<Vec<String>> {
        (self.no_group || !self.groups.is_empty()).then(|| self.groups.clone())
    }

    pub(crate) fn permprofiles(&self) -> Option<Vec<String>> {
        (!self.permprofiles.is_empty()).then(|| self.permprofiles.clone())
    }
}

/// Reads `KEY=VALUE`: a JSON number, `true`, `false` or text in double quotes is that; anything else is text.
pub(crate) fn attribute(text: &str) -> Result<(String, AttributeValue), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("expected KEY=VALUE, such as tier=gold or size=5".to_owned());
    };
    if key.is_empty() {
        return Err("the attribute's name is missing before `=`".to_owned());
    }
    let value = match serde_json::from_str(value) {
        Ok(serde_json::Value::Bool(flag)) => flag.into(),
        Ok(serde_json::Value::String(text)) => text.into(),
        Ok(serde_json::Value::Number(_)) => number(value.trim()).ok_or("the number is too large")?,
        _ if value.starts_with('"') => {
            return Err("a text in double quotes must be a JSON string (in a shell: --attr 'KEY=\"5\"')".to_owned());
        }
        _ => value.into(),
    };
    Ok((key.to_owned(), value))
}

/// The number that a JSON number means, exactly as in a world file.
fn number(text: &str) -> Option<AttributeValue> {
    let whole =
        text.parse::<i64>().map(AttributeValue::from).or_else(|_| text.parse::<u64>().map(AttributeValue::from));
    whole.ok().or_else(|| text.parse().ok().and_then(AttributeValue::from_f64))
}

/// The attributes as a map, or the name that is given twice.
pub(crate) fn attributes(pairs: Vec<(String, AttributeValue)>) -> Result<Attributes, String> {
    let mut attributes = Attributes::new();
    for (key, value) in pairs {
        if attributes.contains_key(&key) {
            return Err(key);
        }
        attributes.insert(key, value);
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_json_makes_of_them_and_text_otherwise() {
        let value = |text: &str| attribute(&format!("k={text}")).map(|(_, value)| value);
        assert_eq!(value("5"), Ok(5_i64.into()));
        assert_eq!(value("5.0"), Ok(5_i64.into()));
        assert_eq!(value("18446744073709551615"), Ok(u64::MAX.into()));
        assert_eq!(value("-1.5e1"), Ok((-15_i64).into()));
        assert_eq!(value("true"), Ok(true.into()));
        assert_eq!(value("\"5\""), Ok("5".into()));
        for text in ["gold", "", "null", "[1]", "{}", "5 apples", "007", "a=b", "True", "1e999"] {
            assert_eq!(value(text), Ok(text.into()), "{text}");
        }
        assert!(value("\"5").is_err());
        assert!(attribute("gold").is_err());
        assert!(attribute("=gold").is_err());
    }
}
