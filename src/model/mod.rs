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
mod spelled;
mod subscription;
mod timestamp;

pub(crate) use action::ActionsRef;
pub use action::{Action, Actions, InvalidActions};
pub use criteria::{AttributeValue, Attributes, Number};
pub use directory::{GroupRecord, UserRecord};
pub(crate) use directory::{TextsRef, UserRef};
pub(crate) use permission::DraftRef;
pub use permission::{Effect, NotAUuid, Permission, PermissionDraft, PermissionId};
pub(crate) use principal::check_id;
pub use principal::{Memberships, Principal, PrincipalKind, Subject, UnknownPrincipalKind};
pub use request::{Decision, InvalidRequest, Reason, Request, RequestField};
pub(crate) use spelled::{Span, Spelled, SpelledUser};
pub use subscription::{Subscriber, SubscriptionLevel};
pub use timestamp::{InvalidTimestamp, Timestamp};
