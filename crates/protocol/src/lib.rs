//! The engine's publishing protocol (`src/publish.rs`), compiled on [shuttle](https://docs.rs/shuttle)'s primitives.
//!
//! The file itself is compiled here once more, with `cfg(shuttle)`: its mutex becomes one that shuttle schedules, and the
//! cell that holds the published copy has a point of scheduling before and after every access. The engine needs neither
//! the dependency nor a build of its own for that, and the protocol is checked by every `cargo test`.

#[cfg(test)]
#[path = "../../../src/publish.rs"]
mod publish;

#[cfg(test)]
mod tests;
