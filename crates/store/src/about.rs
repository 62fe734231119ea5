//! Whom and which namespaces an entry of the audit is about, read from its lines.
//!
//! An import has a million lines: they are read in place, and nothing is kept of them but what is looked for.

use std::borrow::Cow;
use std::fmt;

use grantrie::PrincipalKind;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// A principal's kind and id, or a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Topic<'a> {
    Principal(Cow<'a, str>, Cow<'a, str>),
    Namespace(Cow<'a, str>),
}

/// Tells each topic of an effect: who holds, is a member, has members, is listed or has a row, after the change or before.
pub(crate) fn topics<'a>(change: &'a str, before: &'a str, mut tell: impl FnMut(Topic<'a>)) {
    if let Ok(After(item)) = serde_json::from_str(change) {
        item.tell(&mut tell);
    }
    // Most things were not there before.
    if before != "null"
        && let Ok(mut item) = serde_json::from_str::<Item<'_>>(before)
    {
        let (permissions, memberships) = (std::mem::take(&mut item.permissions), std::mem::take(&mut item.memberships));
        permissions.into_iter().chain(memberships).chain([item]).for_each(|item| item.tell(&mut tell));
    }
}

/// A text that is borrowed from the line, unless it has escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a permission, a record, a membership or a row says of principals.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(rename = "_namespace", borrow)]
    namespace: Option<Text<'a>>,
    #[serde(rename = "_type", borrow)]
    kind: Option<Text<'a>>,
    #[serde(rename = "_id", borrow)]
    id: Option<Text<'a>>,
    #[serde(rename = "_user", borrow)]
    holder: Option<Holder<'a>>,
    #[serde(borrow)]
    member: Option<Holder<'a>>,
    #[serde(borrow)]
    of: Option<Holder<'a>>,
    #[serde(borrow)]
    user_id: Option<Text<'a>>,
    #[serde(borrow)]
    group_id: Option<Text<'a>>,
    /// What hung on a principal that was removed.
    #[serde(borrow)]
    permissions: Vec<Self>,
    #[serde(borrow)]
    memberships: Vec<Self>,
}

#[derive(Debug, Deserialize)]
struct Holder<'a> {
    #[serde(rename = "_type", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "_id", borrow)]
    id: Cow<'a, str>,
}

/// The value of a change's one key; nothing, where that is no object.
struct After<'a>(Item<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for After<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneKey;
        impl<'de> Visitor<'de> for OneKey {
            type Value = After<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a change")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<After<'de>, A::Error> {
                let mut item = Item::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if key.0 == "remove_permission" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        item = map.next_value()?;
                    }
                }
                Ok(After(item))
            }
        }
        deserializer.deserialize_map(OneKey)
    }
}

impl<'a> Item<'a> {
    fn tell(self, tell: &mut impl FnMut(Topic<'a>)) {
        for (id, kind) in [(self.user_id, PrincipalKind::User), (self.group_id, PrincipalKind::UserGroup)] {
            if let Some(id) = id {
                tell(Topic::Principal(Cow::Borrowed(kind.as_str()), id.0));
            }
        }
        if let (Some(kind), Some(id)) = (self.kind, self.id) {
            tell(Topic::Principal(kind.0, id.0));
        }
        for Holder { kind, id } in [self.holder, self.member, self.of].into_iter().flatten() {
            tell(Topic::Principal(kind, id));
        }
        if let Some(namespace) = self.namespace {
            tell(Topic::Namespace(namespace.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: &str, before: &str) -> Vec<String> {
        let mut told = Vec::new();
        topics(change, before, |topic| {
            told.push(match topic {
                Topic::Principal(kind, id) => format!("{kind}:{id}"),
                Topic::Namespace(namespace) => format!("in {namespace}"),
            });
        });
        told
    }

    #[test]
    fn all_that_an_effect_is_about_is_told() {
        let permission =
            r#"{"_id":"1","_namespace":"n","_user":{"_type":"user","_id":"a\"b"},"_resourceDesc":{"_irn":"**"}}"#;
        assert_eq!(told(&format!("{{\"restore_permission\":{permission}}}"), "null"), ["user:a\"b", "in n"]);
        assert_eq!(told(r#"{"remove_permission":"1"}"#, permission), ["user:a\"b", "in n"]);
        let edge = r#"{"member":{"_type":"user","_id":"u"},"of":{"_type":"usergroup","_id":"g"}}"#;
        assert_eq!(told(&format!("{{\"add_membership\":{edge}}}"), r#"{"present":false}"#), ["user:u", "usergroup:g"]);
        let hung = format!(r#"{{"permissions":[{permission}],"memberships":[{edge}],"subscriptions":[]}}"#);
        let removed = told(r#"{"remove_principal":{"_type":"user","_id":"u"}}"#, &hung);
        assert_eq!(removed, ["user:u", "user:a\"b", "in n", "user:u", "usergroup:g"]);
        assert_eq!(told(r#"{"put_user":{"user_id":"u","groups":["g"]}}"#, "null"), ["user:u"]);
        assert_eq!(
            told(r#"{"clear_subscription":{"project_id":"p","group_id":"g"}}"#, r#"{"ai_func":true}"#),
            ["usergroup:g"]
        );
        assert_eq!(told(r#"{"set_gate":{"service":"s","gated":true}}"#, r#"{"gated":false}"#), [""; 0]);
    }
}
