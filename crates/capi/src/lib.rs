//! The C interface of Grantrie: what `include/grantrie.h` declares.
//!
//! - [`engine`], [`ask`], [`subject`], [`read`], [`changes`], [`attributes`], [`names`], [`output`] and [`error`] hold the
//!   calls, by what they are about; [`types`] and [`options`] the structs; [`status`] what a call answers;
//! - `border` is what stands between: how a call is entered, and how memory of the caller's is read and written. See there
//!   for what is unsafe, and what must hold.
//!
//! No decision is made here. A call reads what C passed, asks the engine, and writes what it answered; where the first
//! fails, the answer is a deny. Deliberately not here: anything that only a Rust host could call, but
//! [`Engine::of`](engine::Engine::of), for one that hands its engine to a library in C.
//!
//! `tests/header.rs` compares the header with what these files say.

pub mod ask;
pub mod attributes;
pub mod changes;
pub mod engine;
pub mod error;
pub mod names;
pub mod options;
pub mod output;
pub mod read;
pub mod status;
pub mod subject;
pub mod types;

mod border;

pub use border::Text;
