//! What stands in requests and answers, with the vendor's `_` keys.

use grantrie::{Permission, PermissionDocument};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::error::Detail;

/// A permission, as it is written and read. `_effect`, `_notBefore` and `_expiresAt` are additions to the vendor's
#[derive(ToSchema)]
#[schema(as = Permission)]
#[expect(dead_code, reason = "describes what the engine reads and writes")]
pub(super) struct PermissionShape {
    /// Which permission: made here. With it, that permission is changed; without it, the one with the same namespace, user,
    /// resource and effect, or a new one
    #[schema(rename = "_id", example = "0190a000-0000-7000-8000-000000000014")]
    id: Option<String>,
    #[schema(rename = "_namespace", example = "r_TmBKvZTI")]
    namespace: String,
    #[schema(rename = "_user")]
    user: UserShape,
    #[schema(rename = "_resourceDesc")]
    resource: ResourceShape,
    /// Actions in upper case, or `*` for all
    #[schema(rename = "_actions", example = json!(["READ"]))]
    actions: Vec<String>,
    /// `ALLOW` or `DENY`
    #[schema(rename = "_effect")]
    effect: Option<String>,
    /// RFC 3339
    #[schema(rename = "_notBefore")]
    not_before: Option<String>,
    /// RFC 3339; at this instant it applies no longer
    #[schema(rename = "_expiresAt")]
    expires_at: Option<String>,
}

/// Whose a permission is
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the engine reads and writes")]
pub(super) struct UserShape {
    /// `user`, `usergroup` or `permprofile`
    #[schema(rename = "_type", example = "user")]
    kind: String,
    #[schema(rename = "_id", example = "1f159053-657b-40f4-9897-434f9e2df8be")]
    id: String,
}

/// On what
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the engine reads and writes")]
pub(super) struct ResourceShape {
    /// `service:type:id`, each a text, `*`, or a text with `*` and `?`
    #[schema(rename = "_irn", example = "aisvc:agent:*")]
    irn: String,
    /// Attributes that the resource must have: texts, numbers, true or false
    #[schema(rename = "_criteria")]
    criteria: Option<Map<String, Value>>,
}

/// What became of each item, in the order of the request
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct PutAnswer {
    /// Permissions as they are now, with `_id` and `_status` 200
    #[serde(rename = "_success")]
    #[schema(rename = "_success")]
    pub(super) success: Vec<Map<String, Value>>,
    /// Items as they were sent, with `_status` and `_error`
    #[serde(rename = "_failures")]
    #[schema(rename = "_failures")]
    pub(super) failures: Vec<Map<String, Value>>,
}

/// Some of the permissions that were looked up
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListAnswer {
    #[serde(rename = "_list")]
    #[schema(rename = "_list")]
    pub(super) list: Vec<Map<String, Value>>,
    /// How many were left out before these
    #[serde(rename = "_offset")]
    #[schema(rename = "_offset")]
    pub(super) offset: usize,
    /// How many these are
    #[serde(rename = "_pageSize")]
    #[schema(rename = "_pageSize")]
    pub(super) page_size: usize,
    /// How many there are on all pages
    #[serde(rename = "_total")]
    #[schema(rename = "_total")]
    pub(super) total: usize,
    #[serde(rename = "_includeTotal")]
    #[schema(rename = "_includeTotal")]
    pub(super) include_total: bool,
}

/// A permission as it is answered.
pub(super) fn written(permission: &Permission) -> Map<String, Value> {
    // Always an object: that is how a permission is written.
    let mut item = match serde_json::to_value(PermissionDocument(permission)) {
        Ok(Value::Object(item)) => item,
        _ => Map::new(),
    };
    item.insert("_status".to_owned(), 200.into());
    item
}

/// An item that failed, as it was sent.
pub(super) fn failed(mut item: Map<String, Value>, detail: &Detail) -> Map<String, Value> {
    item.insert("_status".to_owned(), detail.status().as_u16().into());
    item.insert("_error".to_owned(), serde_json::to_value(detail).unwrap_or_default());
    item
}
