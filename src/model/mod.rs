//! What people write and ask: the plain data types that the engine, its reference model and every face share.
//!
//! Nothing here knows an index or a snapshot. A value of these types is well-formed by construction where a type can
//! say so (an [`Action`], a [`Pattern`](crate::Pattern)); ids are checked when they are applied or asked.

mod action;
mod criteria;
mod directory;
mod permission;
mod principal;
mod request;
mod subscription;
mod timestamp;

pub use action::{Action, Actions, InvalidActions};
pub use criteria::{AttributeValue, Attributes, Number};
pub use directory::{GroupRecord, UserRecord};
pub use permission::{Effect, NotAUuid, Permission, PermissionDraft, PermissionId};
pub(crate) use principal::check_id;
pub use principal::{Memberships, Principal, PrincipalKind, Subject, UnknownPrincipalKind};
pub use request::{Decision, InvalidRequest, Reason, Request, RequestField};
pub use subscription::{Subscriber, SubscriptionLevel};
pub use timestamp::{InvalidTimestamp, Timestamp};
