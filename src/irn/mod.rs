//! Names and patterns (skeleton).
mod name;
mod pattern;
pub use name::Irn;
pub use pattern::Pattern;
