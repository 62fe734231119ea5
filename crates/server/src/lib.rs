//! The engine behind HTTP.
//!
//! [`Config::read`] reads and judges a configuration, [`serve`] serves it. There is no decision, no index and no rule about permissions
//! here: interfaces translate between HTTP and the engine.
//!
//! ```text
//! connection ──> http ────────────────> router ──> access          AuthZEN decisions
//!                bounds, request id,              ├─> administration  what the command does, for services
//!                one reading of path,             ├─> permissions     the Permissions API
//!                whole body                       ├─> subscriptions   AI assistant subscriptions
//!                                                 ├─> quickbi         Smart Q&A grants
//!                                                 └─> operations      health, metrics, documents
//!                config, credential, signature    every one ──> authority ──> engine, store
//! ```

mod access;
mod administration;
mod app;
mod authority;
mod config;
mod credential;
pub mod fuzz;
mod http;
mod operations;
mod permissions;
pub mod query;
mod quickbi;
mod router;
mod serve;
pub mod signature;
mod subscriptions;

pub use authority::OpenError;
pub use config::{Config, ConfigError, DecisionLog, Limits, Log, Problem, Tls};
pub use credential::{Caller, Credentials};
pub use serve::{ServeError, serve};
