//! Grantrie: an embedded policy-evaluation engine.

pub mod limits;

mod change;
mod error;
mod irn;
mod model;
mod wire;

pub use change::{AuditEntry, Change, ChangeSet, Effected, Membership, Revision, RowState};
pub use error::{Code, ParseError, Problem, Refused};
pub use irn::{Irn, Pattern};
pub use limits::Limits;
pub use model::{
    Action, Actions, AttributeValue, Attributes, Decision, Effect, GroupRecord, InvalidRequest, InvalidTimestamp,
    Memberships, NotAUuid, Number, Permission, PermissionDraft, PermissionId, Principal, PrincipalKind, Reason,
    Request, RequestField, Subject, Subscriber, SubscriptionLevel, Timestamp, UnknownPrincipalKind, UserRecord,
};
pub use wire::{PermissionDocument, Places, RequestDocument, permission_json, read_world, read_world_with_places};
