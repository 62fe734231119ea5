//! The engine's publishing protocol (`src/publish`), compiled on [shuttle](https://docs.rs/shuttle)'s primitives.
//!
//! The files themselves are compiled here once more, with `cfg(shuttle)`: their mutex and atomics become those that shuttle
//! schedules, each access a point where other threads may go on. The engine needs neither the dependency nor a build of its
//! own for that, and the protocol is checked by every `cargo test`.

#[cfg(test)]
#[path = "../../../src/publish/mod.rs"]
mod publish;

#[cfg(test)]
mod tests;
