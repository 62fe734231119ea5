//! The engine as a Node addon. What users see is the TypeScript around it, in `lib`.
//!
//! Before it comes Node's interpreter by way of that layer, which has checked types and options; after it `grantrie-host` and
//! the engine. A fault is thrown as an error whose message is JSON, of which that layer makes one of its classes. What must
//! hold: a fault is an error, never an answer; a text with a lone surrogate is refused, never replaced; the JavaScript thread
//! waits for no load. Deliberately not here: any decision, and `unsafe`.

pub mod decision;
pub mod engine;
mod errors;
pub mod names;
pub mod subject;
pub mod texts;
