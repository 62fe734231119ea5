//! Grantrie: an embedded policy-evaluation engine.
//!
//! An [`Engine`] keeps permissions, memberships and subscriptions in memory and answers whether a subject may do an action
//! on a resource, and why. This page is a tour; the README has the model on one page, and a comparison.
//!
//! # Names and patterns
//!
//! A resource has a name, an [`Irn`]: `service:type:id`, 3 to 8 segments. A permission speaks of a [`Pattern`] of names.
//! They are different types, so a name that somebody chose never acts as a pattern.
//!
//! ```
//! use grantrie::{Irn, Pattern};
//! let matches = |pattern, name| Pattern::parse(pattern).unwrap().matches(&Irn::parse(name).unwrap());
//! assert!(matches("aisvc:agent:42", "aisvc:agent:42"));
//! assert!(matches("aisvc:agent:*", "aisvc:agent:42")); // `*`: one whole segment
//! assert!(!matches("aisvc:agent:*", "aisvc:agent:eu:42"));
//! assert!(matches("aisvc:agent:prod-*", "aisvc:agent:prod-")); // inside a segment: any run, also none
//! assert!(!matches("aisvc:agent:prod-*", "aisvc:agent:prod-7:draft"));
//! assert!(!matches("aisvc:tool:deploy-*-eu", "aisvc:tool:deploy-eu"));
//! assert!(matches("aisvc:agent:v?", "aisvc:agent:vé")); // one character, not one byte
//! assert!(!matches("aisvc:agent:v?", "aisvc:agent:v12"));
//! assert!(matches("aisvc:**", "aisvc:file:a:b:c")); // a final `**`: one or more segments
//! assert!(matches("**", "aisvc:agent:42"));
//!
//! // What could match nothing is refused, and so is whatever could be misread.
//! assert!(Pattern::parse("a:b").is_err() && Pattern::parse("a:b:c**").is_err());
//! ```
//!
//! [`Pattern::covers`] and [`Pattern::overlaps`] compare patterns, exactly. [`PatternSet`] holds many patterns and is of
//! use without an engine.
//!
//! # Permissions and changes
//!
//! A [`Change`] puts or removes one thing; a [`ChangeSet`] is applied as a whole or not at all and gets a [`Revision`].
//! Who asks is a [`Principal`]: a user, a group or a permission profile.
//!
//! ```
//! use grantrie::{Actions, Change, ChangeSet, Engine, GroupRecord, PermissionDraft, Principal, Request, Subject, UserRecord};
//! let engine = Engine::new();
//!
//! // Ann is in `support`, which is in `everyone`. Everyone may read agents; support may run one of them.
//! let everyone = GroupRecord { group_id: "everyone".to_owned(), ..GroupRecord::default() };
//! let above = vec!["everyone".to_owned()];
//! let support = GroupRecord { group_id: "support".to_owned(), groups: above, ..GroupRecord::default() };
//! let ann = UserRecord { user_id: "ann".to_owned(), groups: vec!["support".to_owned()], ..UserRecord::default() };
//! let grant = |group: &str, action: &str, pattern: &str| -> Result<Change, grantrie::ParseError> {
//!     let actions = Actions::from_iter([action.parse()?]);
//!     Ok(Change::UpsertPermission(PermissionDraft::allow("acme", Principal::group(group), pattern.parse()?, actions)))
//! };
//! engine.apply(ChangeSet::new(vec![
//!     Change::PutGroup(everyone),
//!     Change::PutGroup(support),
//!     Change::PutUser(ann),
//!     grant("everyone", "READ", "aisvc:agent:*")?,
//!     grant("support", "RUN", "aisvc:agent:support-bot")?,
//! ]))?;
//!
//! let ann = Subject::user("ann");
//! assert!(engine.is_allowed(&Request::new("acme", ann, "READ", "aisvc:agent:7")));
//! assert!(engine.is_allowed(&Request::new("acme", ann, "RUN", "aisvc:agent:support-bot")));
//! assert!(!engine.is_allowed(&Request::new("acme", ann, "RUN", "aisvc:agent:7")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Deciding
//!
//! Of the permissions whose principal is in the subject, whose pattern matches, whose actions hold the action, whose
//! criteria hold and which apply at the instant, any DENY denies; else any ALLOW allows; else the answer is no. Invalid
//! input is denied as well. [`Engine::check`] gives the [`Reason`], and until when time alone cannot change it.
//!
//! ```
//! use grantrie::{Actions, Attributes, Change, ChangeSet, Engine, PermissionDraft, Principal, Reason, Request, Subject};
//! let engine = Engine::new();
//! let draft = |pattern: &str, actions| -> Result<PermissionDraft, grantrie::ParseError> {
//!     Ok(PermissionDraft::allow("acme", Principal::user("ann"), pattern.parse()?, actions))
//! };
//! let mut in_drafts = draft("aisvc:agent:*", Actions::from_iter(["EDIT".parse()?]))?;
//! in_drafts.criteria.insert("stage".to_owned(), "draft".into());
//! let mut for_a_while = draft("aisvc:tool:*", Actions::All)?;
//! for_a_while.expires_at = Some("2030-01-01T00:00:00Z".parse()?);
//! engine.apply([in_drafts, for_a_while].map(Change::UpsertPermission).into_iter().collect::<ChangeSet>())?;
//!
//! // Criteria must be equal to what is known of the resource. If nothing is known, they are not.
//! let edit = Request::new("acme", Subject::user("ann"), "EDIT", "aisvc:agent:7");
//! let draft = Attributes::from([("stage".to_owned(), "draft".into())]);
//! assert!(engine.is_allowed(&edit.with_attributes(&draft)));
//! assert_eq!(engine.check(&edit).reason, Reason::NoGrant);
//!
//! let run = Request::new("acme", Subject::user("ann"), "RUN", "aisvc:tool:calculator");
//! let answer = engine.check(&run.at("2029-12-31T23:59:59Z".parse()?));
//! assert_eq!((answer.allowed, answer.valid_until), (true, Some("2030-01-01T00:00:00Z".parse()?)));
//! assert!(!engine.is_allowed(&run.at("2030-01-01T00:00:00Z".parse()?)));
//!
//! assert_eq!(engine.check(&Request::new("acme", Subject::user("ann"), "run", "a:b:c")).reason.as_str(), "invalid");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | call |
//! |---|---|
//! | know only whether | [`Engine::is_allowed`] |
//! | know why | [`Engine::check`] |
//! | see every permission that was considered | [`Engine::explain`] |
//! | decide many at once, on one state | [`Engine::check_many`] |
//! | ask often for one subject | [`Engine::prepare`], then [`Engine::is_allowed_for`] and its kin |
//! | ask several things of one state | [`Engine::snapshot`] |
//!
//! They all end in one decision and always agree.
//!
//! # Gates and subscriptions
//!
//! A service may need the AI function besides: [`Change::SetGate`]. Rows of projects, groups and users say who has it.
//!
//! ```
//! use grantrie::{Actions, Change, ChangeSet, Engine, PermissionDraft, Principal, Request, Subject, Subscriber};
//! let engine = Engine::new();
//! let draft = PermissionDraft::allow("acme", Principal::user("ann"), "aisvc:**".parse()?, Actions::All);
//! let gate = Change::SetGate { service: "aisvc".to_owned(), gated: true };
//! engine.apply(ChangeSet::new(vec![Change::UpsertPermission(draft), gate]))?;
//!
//! let request = Request::new("acme", Subject::user("ann"), "READ", "aisvc:agent:7").in_project("atlas");
//! assert_eq!(engine.check(&request).reason.as_str(), "not_subscribed");
//! let (project, user) = ("atlas".to_owned(), Subscriber::User("ann".to_owned()));
//! engine.apply(Change::Subscriptions { project, add: vec![user], delete: vec![] })?;
//! assert!(engine.is_allowed(&request));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A world from a file
//!
//! [`Engine::load`] reads a JSON document and applies it; [`RequestDocument`] reads a request.
//!
//! ```
//! use grantrie::{Engine, Limits, RequestDocument};
//! let world = r#"{
//!     "permissions": [ {
//!         "_namespace": "acme",
//!         "_user": { "_type": "user", "_id": "ann" },
//!         "_resourceDesc": { "_irn": "aisvc:agent:*" },
//!         "_actions": [ "READ" ]
//!     } ]
//! }"#;
//! let engine = Engine::new();
//! engine.load(world.as_bytes())?;
//!
//! let line = br#"{"namespace": "acme", "user": "ann", "action": "READ", "irn": "aisvc:agent:7"}"#;
//! let request = RequestDocument::read(line, &Limits::default())?;
//! assert!(request.with_request(|request| engine.is_allowed(request)));
//! # Ok::<(), grantrie::Refused>(())
//! ```
//!
//! # What holds throughout
//!
//! - A check allocates nothing, takes no lock and never waits. It reads one snapshot; a change set shows in it wholly or not at
//!   all, and whoever got a revision from [`Engine::apply`] reads it or a later one from then on.
//! - Nothing here does I/O, starts a thread, or reads a clock other than the one that the host gives
//!   ([`EngineBuilder::clock`]; the system's by default).
//! - No input ends in a panic. Whatever input can make grow is bounded: see [`limits`].
//! - Errors carry a stable [`Code`], the field and the place.
//!
//! Not here: a policy language, a switch that allows everything; and durable storage, which is the crate `grantrie-store`.
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

mod bytes;
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
mod seats;
mod subscription;
mod wire;
mod world;

pub use change::{AuditEntry, Change, ChangeSet, Effected, Membership, Revision, RowState};
pub use decide::{Considered, Explanation, NotShareable, Outcome, PreparedSubject, Question};
pub use engine::{BatchError, Engine, EngineBuilder, NotAnImage, Snapshot, Staged, Staging, Writer};
pub use error::{Code, ParseError, Problem, Refused};
pub use irn::{Irn, Pattern};
pub use limits::Limits;
pub use model::{
    Action, Actions, AttributeValue, Attributes, Decision, Effect, GroupRecord, InvalidActions, InvalidRequest,
    InvalidTimestamp, Memberships, NotAUuid, Number, Permission, PermissionDraft, PermissionId, Principal,
    PrincipalKind, Reason, Request, RequestField, Subject, Subscriber, SubscriptionLevel, Timestamp,
    UnknownPrincipalKind, UserRecord,
};
pub use pattern_set::PatternSet;
pub use read::{Counts, MemoryUse, Page, PermissionQuery};
pub use subscription::{GroupConflict, GroupSubscription, Resolution, SubscriptionList, UserSubscription};
pub use wire::{
    PermissionDocument, Places, RequestDocument, changes_json, decision_json, explanation_json, permission_json,
    permissions_json, read_attributes, read_changes, read_changes_with_places, read_permission, read_world,
    read_world_with_places, resolution_json, subscriptions_json,
};

/// The README's example, compiled and run with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
