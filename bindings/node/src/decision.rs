//! A decision, as an object.

use grantrie::Reason;
use napi_derive::napi;

/// A decision. Keys that would say nothing are absent.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct NativeDecision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: &'static str,
    /// The revision of the state that was asked.
    pub revision: f64,
    /// The permission that granted or denied.
    pub permission: Option<String>,
    /// The level that decided a subscription.
    pub decided_by: Option<&'static str>,
    /// The field that makes the request invalid.
    pub field: Option<&'static str>,
    /// The code of what makes it invalid.
    pub code: Option<u32>,
    /// What makes it invalid, in words.
    pub message: Option<String>,
    /// The first instant at which time alone could change the answer, RFC 3339.
    pub valid_until: Option<String>,
}

impl From<&grantrie::Decision> for NativeDecision {
    fn from(decision: &grantrie::Decision) -> Self {
        let (decided_by, invalid) = match &decision.reason {
            Reason::NotSubscribed(level) => (Some(level.as_str()), None),
            Reason::Invalid(invalid) => (None, Some(invalid)),
            _ => (None, None),
        };
        Self {
            allowed: decision.allowed,
            reason: decision.reason.as_str(),
            revision: number(decision.revision.0),
            permission: decision.reason.permission().map(|id| id.to_string()),
            decided_by,
            field: invalid.map(|invalid| invalid.field.as_str()),
            code: invalid.map(|invalid| invalid.error.code().number().into()),
            message: invalid.map(ToString::to_string),
            valid_until: decision.valid_until.map(|until| until.to_string()),
        }
    }
}

/// A number as JavaScript has it: exact up to 2^53, which no revision reaches.
#[expect(clippy::cast_precision_loss, reason = "no engine makes 2^53 changes")]
pub(super) fn number(number: u64) -> f64 {
    number as f64
}
