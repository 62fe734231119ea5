//! What the bindings to Python and Node have in common: an engine as a host holds it, faults as a host raises them, and what
//! is answered as JSON because it is not asked on a hot path.
//!
//! Before it comes a binding, which knows its language's values; after it the engine. What must hold: whatever the host
//! hands over ends in an answer or in a [`Fault`], a panic too; no fault is an answer, so nothing is allowed by one; and the
//! engine goes on working. Deliberately not here: any value of any language, and any decision.

mod audit;
mod document;
mod fault;
mod registry;
mod settings;
mod shared;

pub use audit::AuditQueue;
pub use document::counts_json;
pub use fault::{Fault, Kind, codes, fault_json, guarded};
pub use registry::{share, shared};
pub use settings::Settings;
pub use shared::{Shared, validate};
