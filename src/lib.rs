//! Grantrie: an embedded policy-evaluation engine.

pub mod limits;

mod change;
#[allow(dead_code, reason = "w")]
mod cow;
mod error;
mod irn;
mod model;

pub use change::{AuditEntry, Change, ChangeSet, Effected, Membership, Revision, RowState};
pub use error::{Code, ParseError, Problem, Refused};
pub use irn::{Irn, Pattern};
pub use limits::Limits;
pub use model::{
    Action, Actions, AttributeValue, Attributes, Decision, Effect, GroupRecord, InvalidRequest, InvalidTimestamp,
    Memberships, NotAUuid, Number, Permission, PermissionDraft, PermissionId, Principal, PrincipalKind, Reason,
    Request, RequestField, Subject, Subscriber, SubscriptionLevel, Timestamp, UnknownPrincipalKind, UserRecord,
};
