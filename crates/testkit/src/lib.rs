//! What the engine is tested against: a plain reference model, generators of worlds and requests, and a corpus of cases.
//!
//! - [`matcher`], [`grammar`] and [`relation`] say naively what names and patterns mean;
//! - [`model`] says naively what a change does and what a request is answered;
//! - [`history`] makes change sets and requests over a small vocabulary, out of [`Choices`]: a seed or a fuzzer's bytes;
//! - [`differential`] puts engine and model through such histories and compares every answer;
//! - [`generate`] makes worlds, requests and histories from a seed;
//! - [`fuzz`] holds what the fuzz targets do with their bytes;
//! - [`serve`] starts the server as a process, and talks to it byte by byte;
//! - [`corpus`] reads the cases in `tests/corpus` and puts them to any [`Face`](corpus::Face) of the engine.
//!
//! What must hold: nothing here calls the engine's parsing, matching or deciding. Only the plain data types (and
//! [`Action::check`](grantrie::Action::check)) are shared, so that a fault of the engine cannot hide in its oracle.

pub mod corpus;
pub mod differential;
pub mod fuzz;
pub mod generate;
pub mod grammar;
pub mod history;
pub mod matcher;
pub mod model;
pub mod relation;
pub mod serve;
pub mod workload;

mod choices;
mod large_pages;
mod request;
mod scratch;
mod verdict;

pub use choices::Choices;
pub use large_pages::on_large_pages;
pub use request::{OwnedRequest, OwnedSubject};
pub use scratch::Scratch;
pub use verdict::{Verdict, Why};
