//! Documents: the world file, permissions in wire form, and requests as JSON lines.
//!
//! A document comes in as bytes and leaves as the plain data types of [`model`](crate::model): a world as a
//! [`ChangeSet`](crate::ChangeSet) for [`Engine::apply`](crate::Engine::apply), a request as what
//! [`Engine::check`](crate::Engine::check) is asked. Read from the bottom: `lexer` knows JSON and positions, `document`
//! knows values and problems, and the others know one format each.
//!
//! What must hold: no input panics, recurses or takes more memory than what it means; every problem is reported with
//! its place, not the first only; what is unknown, repeated or missing is refused, never guessed. Deliberately not
//! here: whether changes fit each other and the engine (`apply` judges that), and opening files.

mod document;
mod lexer;
mod permission;
mod request;
mod world;

#[cfg(test)]
mod tests;

pub use permission::{PermissionDocument, permission_json};
pub use request::RequestDocument;
pub use world::{Places, read_world, read_world_with_places};
