//! Grantrie: an embedded policy-evaluation engine.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no input may end a check, or the host's process, in a panic"
    )
)]

pub mod limits;

mod change;
mod cow;
mod decide;
mod engine;
mod error;
mod ids;
mod index;
mod irn;
mod model;
mod pattern_set;
mod publish;
mod read;
mod subscription;
mod wire;
mod world;

pub use change::{AuditEntry, Change, ChangeSet, Effected, Membership, Revision, RowState};
pub use decide::{Considered, Explanation, Outcome, PreparedSubject, Question};
pub use engine::{BatchError, Engine, EngineBuilder, Snapshot};
pub use error::{Code, ParseError, Problem, Refused};
pub use irn::{Irn, Pattern};
pub use limits::Limits;
pub use model::{
    Action, Actions, AttributeValue, Attributes, Decision, Effect, GroupRecord, InvalidRequest, InvalidTimestamp,
    Memberships, NotAUuid, Number, Permission, PermissionDraft, PermissionId, Principal, PrincipalKind, Reason,
    Request, RequestField, Subject, Subscriber, SubscriptionLevel, Timestamp, UnknownPrincipalKind, UserRecord,
};
pub use pattern_set::PatternSet;
pub use read::{Counts, Page, PermissionQuery};
pub use subscription::{GroupConflict, GroupSubscription, Resolution, SubscriptionList, UserSubscription};
pub use wire::{PermissionDocument, Places, RequestDocument, permission_json, read_world, read_world_with_places};

/// The README's example, compiled and run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
